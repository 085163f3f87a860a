"""The gate: what a committed notebook must look like, and that it still says what it said."""
