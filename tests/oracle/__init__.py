"""A slow, plain ledger in Decimal: what the engine must agree with, sharing no code with it.

`pytest tests/oracle` compares 2,000 random paths, each under several hedges. The whole run is

    python -m tests.oracle --paths 10000
"""
