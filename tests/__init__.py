"""Tests mirror hedgelab/; the gate for notebooks is in notebooks/ and sabotaged/."""
