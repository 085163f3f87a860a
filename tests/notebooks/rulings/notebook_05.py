"""Cases of the claims that notebook 05 judges: number, verdict, numbers given."""

from __future__ import annotations

ASKED = {"every": 4, "hold": 24, "ratio": 1.0, "pair": "two", "best": (0.6, 0.7)}
ASKED |= {"capital": 1e5}
MIDDLE = ASKED | {"middle": (0.3, 0.4)}
SWITCH = ASKED | {"larger": (0.8, 0.9), "usual": 0.9, "market": "one", "needed": (1.9, 2.1)}
SWITCH |= {"most": 1e6, "coin": (0.9, 1.0), "other": "a coin"}
CASES = [
    (31, "not identified", MIDDLE | {"hold": 72}),
    (31, "not identified", MIDDLE | {"capital": 1e6}),
    (31, "supported", MIDDLE | {"middle": (0.5, 0.6)}),
    (31, "only if", MIDDLE),
    (31, "contradicted", MIDDLE | {"best": (0.02, 0.04)}),
    (31, "not identified", MIDDLE | {"best": (0.02, 0.05)}),
    (32, "not identified", SWITCH | {"ratio": 0.5}),
    (32, "not identified", SWITCH | {"capital": 5e3}),
    (32, "supported", SWITCH | {"best": (1.2, 1.3)}),
    (32, "only if", SWITCH | {"usual": 1.25, "coin": (0.9, 1.5)}),
    (32, "contradicted", SWITCH),
    (32, "not identified", SWITCH | {"coin": (0.9, 1.3)}),
    (32, "not identified", SWITCH | {"best": (1.1, 1.3)}),
]
