"""Notebooks that are wrong in one way each, to prove that the gate sees it."""
