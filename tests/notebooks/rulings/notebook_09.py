"""Cases of the claims that notebook 09 judges: number, verdict, numbers given."""

from __future__ import annotations

ARTICLE = {"weeks": 6, "every": 4, "hold": 24, "low": 0.0, "high": 100.0, "ending": -1.0}
NUMBERS = ARTICLE | {
    **{"mean_low": 48.0, "mean_high": 60.0, "cost_low": 4.0, "cost_high": 10.0},
    **{"reached_low": 41.0, "reached_high": 53.0, "free_low": 42.0, "free_high": 53.0},
    **{"without_low": 37.0, "without_high": 48.0, "only_low": 3.0, "only_high": 8.0, "bill": 2.7},
}
CASES = [
    (16, "not identified", NUMBERS | {"weeks": 13}),
    (16, "not identified", NUMBERS | {"hold": 72, "reached_low": 0.0, "reached_high": 1.0}),
    (16, "contradicted", NUMBERS | {"reached_low": 0.0, "reached_high": 4.0}),
    (16, "supported", NUMBERS | {"mean_low": 88.0, "mean_high": 95.0}),
    (16, "only if", NUMBERS | {"only_low": 60.0, "only_high": 70.0, "without_high": 30.0}),
    (16, "not identified", NUMBERS),
    (16, "not identified", NUMBERS | {"only_low": 45.0, "only_high": 60.0}),
    (16, "not identified", NUMBERS | {"mean_low": 88.0, "mean_high": 95.0, "free_high": 90.0}),
    (16, "not identified", NUMBERS | {"mean_low": 88.0, "mean_high": 95.0, "cost_low": 0.0}),
]
