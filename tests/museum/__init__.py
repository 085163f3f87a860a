"""Bugs of this trade, let into a copy of the project one at a time: a test dies of each."""
