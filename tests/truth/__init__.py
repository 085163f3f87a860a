"""The statistical checks: they pass, they see 5 %, and each rejects its bug."""
