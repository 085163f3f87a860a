"""Cases of the claims that notebook 04 judges: number, verdict, numbers given."""

from __future__ import annotations

ASKED = {"weeks": 13, "capital": 1e5, "ratio": 1.0}
EQUAL = ASKED | {"factor": (1.4, 1.5), "ahead": (-15.0, 34.0), "mean": (6.0, 8.0)}
NEEDS = {"useful": (0.37, 0.41), "best": (0.81, 0.83), "tried": 24, "setting": "waits"}
NEEDS |= {"quick": (0.65, 0.68), "time": 0.8}
SAVES = ASKED | {"saved": (0.4, 0.8), "longer": (5.0, 6.0), "cut": (0.6, 0.7), "kept": 0.0}
SAVES |= {"clock": (0.3, 0.4), "even": (0.4, 0.5)}
CASES = [
    (27, "not identified", EQUAL | {"weeks": 6}),
    (27, "not identified", EQUAL | {"capital": 5e3, "ahead": (4.7, 9.0)}),
    (27, "contradicted", EQUAL | {"mean": (-8.0, -6.0)}),
    (27, "supported", EQUAL | {"ahead": (4.7, 9.0)}),
    (27, "not identified", EQUAL),
    (28, "supported", NEEDS | {"useful": (0.9, 0.93)}),
    (28, "contradicted", NEEDS),
    (28, "only if", NEEDS | {"best": (0.91, 0.93)}),
    (28, "not identified", NEEDS | {"best": (0.88, 0.93)}),
    (35, "not identified", SAVES | {"ratio": 0.5}),
    (35, "contradicted", SAVES | {"cut": (-0.2, -0.1)}),
    (35, "contradicted", SAVES | {"longer": (-6.0, -5.0)}),
    (35, "supported", SAVES),
    (35, "only if", SAVES | {"cut": (0.3, 0.4)}),
    (35, "not identified", SAVES | {"saved": (-0.4, 0.8)}),
    (35, "not identified", SAVES | {"cut": (0.4, 0.6)}),
]
