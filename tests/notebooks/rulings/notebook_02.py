"""Cases of the claims that notebook 02 judges: number, verdict, numbers given."""

from __future__ import annotations

ARTICLE = {"every": 4, "hold": 24, "weeks": 6, "cut": 0.0}
COUNTS = ARTICLE | {"low": 1.0, "high": 6.0}
DUE = {"due_low": 3.8, "due_high": 5.5}
LIVES = {"life": 24.0, "at_once": 5.9, "moves": 5.0}
SHARES = ARTICLE | {
    **{"low": 16.0, "high": 41.0, "still_low": 0.0, "still_high": 0.0, "hold_low": 24.0},
    **{"hold_high": 54.0, "netted_low": 46.0, "netted_high": 58.0},
    **{"fixed_low": 66.0, "fixed_high": 67.0, "seldom": 24},
}
LONGER = ARTICLE | {"low": 14.0, "high": 15.7}
LONGER |= {"long_hold": 72, "longer_low": 66.0, "longer_high": 67.0}
CASES = [
    (7, "not identified", COUNTS | DUE | {"hold": 48}),
    (7, "only if", COUNTS | DUE),
    (7, "contradicted", COUNTS | DUE | {"high": 1.0}),
    (9, "not identified", ARTICLE | {"low": 42.0, "high": 49.0, "weeks": 1}),
    (9, "supported", ARTICLE | {"low": 47.4, "high": 54.0}),
    (9, "only if", ARTICLE | {"low": 42.0, "high": 49.0}),
    (9, "contradicted", ARTICLE | {"low": 28.0, "high": 35.0}),
    (13, "not identified", COUNTS | LIVES | {"cut": 0.01}),
    (13, "only if", COUNTS | LIVES),
    (13, "contradicted", COUNTS | LIVES | {"life": 4.0}),
    (17, "not identified", SHARES | {"every": 1}),
    (17, "not identified", SHARES | {"seldom": 72}),  # longer than a life
    (17, "only if", SHARES),
    (17, "contradicted", SHARES | {"low": 0.0, "high": 9.0}),
    (17, "contradicted", SHARES | {"hold_low": 0.0, "hold_high": 9.0, "fixed_high": 9.0}),
    (17, "not identified", SHARES | {"low": 9.0}),
    (17, "not identified", SHARES | {"hold_low": 9.0}),
    (25, "not identified", LONGER | {"long_hold": 48}),
    (25, "contradicted", LONGER | {"longer_low": 10.0, "longer_high": 40.0}),
    (25, "supported", LONGER),
    (25, "only if", LONGER | {"low": 9.0, "high": 11.0}),
    (25, "not identified", LONGER | {"longer_low": 40.0}),
]
