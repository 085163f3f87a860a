"""The model as plain functions of numbers, and the engine that runs them at three speeds.

Nothing here checks its input: the floors above do that once.  Nothing here knows pandas or figures.
"""
