"""Cases of the claims that notebook 06 judges: number, verdict, numbers given."""

from __future__ import annotations

DAY = {"day": (0.01, 0.06), "hours": (56.0, 144.0)}
TIGHT = {"at": 10.0, "zone": (0.09, 0.1), "harder": (6.0, 7.0)}
TIGHT |= {"isolated": (0.1, 0.2), "cross": (0.03, 0.05), "band": (0.02, 0.04)}
SPIRAL = {"at": 10.0, "kept": (150.0, 170.0), "step": (2.0, 2.1), "aware": (1.5, 1.6)}
SPIRAL |= {"peak": 10.0, "risk": (0.5, 0.7)}
LEVERED = {"at": 10.0, "dearer": (5.0, 7.0), "harsh": (-0.1, -0.08), "gentle": (-0.08, -0.02)}
LEVERED |= {"lost": (0.04, 0.06)}
CASES = [
    (2, "context", {}),
    (3, "supported", DAY | {"leverages": (15.0, 22.0), "day": (0.11, 0.13)}),
    (3, "not identified", DAY | {"leverages": (9.0, 22.0), "day": (0.01, 0.11)}),
    (3, "only if", DAY | {"leverages": (15.0, 22.0)}),
    (3, "contradicted", DAY | {"leverages": (126.0, 126.0)}),
    (22, "not identified", TIGHT | {"at": 5.0}),
    (22, "contradicted", TIGHT | {"harder": (0.8, 0.9)}),
    (22, "contradicted", TIGHT | {"isolated": (0.0, 0.005), "cross": (0.0, 0.005)}),
    (22, "supported", TIGHT),
    (22, "only if", TIGHT | {"band": (0.001, 0.006)}),
    (22, "only if", TIGHT | {"cross": (0.0, 0.005)}),
    (22, "not identified", TIGHT | {"band": (0.005, 0.02)}),
    (29, "not identified", SPIRAL | {"at": 5.0}),
    (29, "contradicted", SPIRAL | {"risk": (-0.1, 0.0)}),
    (29, "only if", SPIRAL),
    (29, "only if", SPIRAL | {"aware": (0.9, 1.1)}),
    (29, "not identified", SPIRAL | {"step": (0.9, 1.1)}),
    (36, "not identified", LEVERED | {"at": 5.0}),
    (36, "contradicted", LEVERED | {"harsh": (0.0, 0.1), "gentle": (0.05, 0.1)}),
    (36, "supported", LEVERED),
    (36, "only if", LEVERED | {"gentle": (0.05, 0.1)}),
    (36, "not identified", LEVERED | {"harsh": (-0.1, 0.1)}),
]
