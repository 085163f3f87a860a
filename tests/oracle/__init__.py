"""A slow, plain ledger in Decimal: what the engine must agree with, sharing no code with it."""
