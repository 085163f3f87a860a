"""Cases of the claims that notebook 10 judges: number, verdict, numbers given, words said."""

from __future__ import annotations

SPELLS = {"spoken": (23.9, 28.2)}  # 5.5 months of 365 / 84 weeks are 23.9
CASES = [
    (1, "context", {}),  # a volume without a period
    # a log that nobody sees
    (4, "not identified", SPELLS | {"covered": (16.4, 21.7)}, "no record for a part"),
    (4, "not identified", SPELLS | {"covered": (16.4, 24.0)}, "may be 24"),
]
