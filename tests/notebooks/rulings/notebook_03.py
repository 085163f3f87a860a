"""Cases of the claims that notebook 03 judges: number, verdict, numbers given."""

from __future__ import annotations

ARTICLE = {"weeks": 6, "cut": 0.0}
PACKED = ARTICLE | {
    **{"low": 2.9, "high": 3.1, "trade_low": 0.05, "trade_high": 0.06},
    **{"week_low": 0.6, "week_high": 0.9},
    **{"funding_low": 0.0, "funding_high": 0.2, "funding_ratio": 1.0},
}
SPOT = ARTICLE | {"settings": 24, "inside": 2, "edge": 21}
SPOT |= {"low": 72.0, "high": 168.0, "where": "5x"}
WORK = ARTICLE | {
    **{"low": -27.0, "high": -0.2, "leverage": 10.0, "friction_low": 0.2, "friction_high": 0.34},
    **{"reopened_low": -1.1, "reopened_high": -0.2, "closed_low": -27.0, "closed_high": -12.0},
}
FILLS = ARTICLE | {
    **{"low": 160.0, "high": 240.0, "loss_one": 200.0, "loss_five": 200.1},
    **{"rate_low": 4.5, "rate_high": 4.9},
}
CASES = [
    (11, "not identified", PACKED | {"cut": 0.01}),
    (11, "supported", PACKED),
    (11, "only if", PACKED | {"week_low": 0.1}),
    (11, "contradicted", PACKED | {"low": 1.0, "high": 1.9}),
    (11, "not identified", PACKED | {"low": 1.9}),
    (12, "not identified", SPOT | {"weeks": 2}),
    (12, "supported", SPOT | {"inside": 24, "edge": 0}),
    (12, "only if", SPOT),
    (12, "only if", SPOT | {"inside": 23, "edge": 0}),  # in one, one day may be the best
    (12, "contradicted", SPOT | {"inside": 0, "edge": 24}),
    (12, "not identified", SPOT | {"inside": 0}),
    (18, "not identified", WORK | {"leverage": 20.0}),
    (18, "supported", WORK | {"low": 1.2, "high": 4.0}),
    (18, "contradicted", WORK | {"friction_low": 0.6, "friction_high": 0.7}),
    (18, "only if", WORK),
    (18, "only if", WORK | {"high": -1.5}),  # costs that halve are spread, whatever else
    (18, "not identified", WORK | {"high": 1.5}),
    (33, "not identified", FILLS | {"weeks": 2}),
    (33, "supported", FILLS | {"loss_five": 100.0}),
    (33, "only if", FILLS),
    (33, "contradicted", FILLS | {"rate_low": 1.5}),
]
