"""Tests of the floor that compiles: words, streams, records, laws, rules and the ledger's bar."""
