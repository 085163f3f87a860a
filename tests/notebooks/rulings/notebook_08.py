"""Cases of the claims that notebook 08 judges: number, verdict, numbers given."""

from __future__ import annotations

ARTICLE = {"every": 4, "hold": 24, "capital": 100_000.0}
EIGHT = ARTICLE | {"idle": (0.55, 0.60), "left": (0.85, 0.88), "risen": 0.47}
NINETEEN = ARTICLE | {"system": (29.0, 31.0), "netted": (3.0, 3.4), "kept": (-0.01, 0.01)}
PARTS = {"moves": (0.07, 0.09), "reopening": (0.88, 0.9), "fast": (0.4, 0.45), "weekly": (6.9, 7.0)}
OFTEN = {"orders": 41.7, "looks": 42.0}
TWENTY_ONE = ARTICLE | PARTS | OFTEN | {"coins": 2, "memory": 72, "brief": 4}
STOP = {"cost": (0.32, 0.33), "variance": (1.1, 1.3), "worse": (-12.0, -8.0)}
USUAL = {"usual_cost": (0.02, 0.03), "usual_variance": (0.1, 0.2), "usual_worse": (4.0, 9.0)}
GOOD = {"usual_variance": (1.0, 1.1), "usual_worse": (-1.0, 1.0)}
LEVELS = {"level": 0.1, "tight": 0.002, "loose": 0.01, "out": 0.75, "works": True}
TWENTY_THREE = ARTICLE | STOP | USUAL | LEVELS
SHARES = {"less": (0.7, 0.75), "static": (0.7, 0.8), "stop": (0.6, 0.65), "idle": (0.6, 0.65)}
TWENTY_FOUR = ARTICLE | SHARES | {"spells": 500, "gone": (0.23, 0.31)}
THIRTY = {"threshold": (0.04, 0.05), "person": 1.0, "weeks": 6, "sides": "for nobody"}
THIRTY |= {"reach": 0.38, "above": (0.38, 0.42)}
LIKELY, EVEN, SELDOM = (0.92, 0.95), (0.45, 0.55), (0.3, 0.4)
CASES = [
    (8, "not identified", EIGHT | {"hold": 72}),
    (8, "supported", EIGHT),
    (8, "contradicted", EIGHT | {"idle": SELDOM, "left": SELDOM}),
    (8, "only if", EIGHT | {"idle": SELDOM}),
    (8, "only if", EIGHT | {"left": SELDOM}),
    (8, "not identified", EIGHT | {"idle": EVEN}),
    (19, "not identified", NINETEEN | {"every": 1}),
    (19, "supported", NINETEEN),
    (19, "only if", NINETEEN | {"kept": (0.1, 0.2)}),
    (19, "only if", NINETEEN | {"netted": (1.0, 1.2)}),
    (19, "contradicted", NINETEEN | {"system": (1.0, 1.1), "netted": (1.0, 1.1)}),
    (19, "not identified", NINETEEN | {"kept": (0.0, 0.2)}),
    (21, "not identified", TWENTY_ONE | {"hold": 72}),
    (21, "not identified", TWENTY_ONE | {"coins": 1}),
    (21, "supported", TWENTY_ONE | {"moves": (0.6, 0.7)}),
    (21, "only if", TWENTY_ONE),
    (21, "contradicted", TWENTY_ONE | {"brief": 0}),
    (21, "not identified", TWENTY_ONE | {"brief": 0, "reopening": EVEN}),
    (23, "not identified", TWENTY_THREE | {"capital": 5_000.0}),
    (23, "not identified", TWENTY_THREE | {"works": False}),
    (23, "supported", TWENTY_THREE | GOOD),
    (23, "only if", TWENTY_THREE),
    (23, "only if", TWENTY_THREE | GOOD | {"level": 0.01}),
    (23, "contradicted", TWENTY_THREE | {"loose": 0, "cost": (1.1, 1.2)}),
    (23, "contradicted", TWENTY_THREE | {"loose": 0, "variance": (0.1, 0.2)}),
    (23, "contradicted", TWENTY_THREE | {"loose": 0, "worse": (5.0, 6.0)}),
    (23, "not identified", TWENTY_THREE | {"loose": 0, "variance": (0.8, 1.0)}),
    (24, "not identified", TWENTY_FOUR | {"capital": 5_000.0}),
    (24, "not identified", TWENTY_FOUR | {"spells": 50}),
    (24, "supported", TWENTY_FOUR | dict.fromkeys(SHARES, LIKELY)),
    (24, "only if", TWENTY_FOUR | {"static": LIKELY, "idle": EVEN}),
    (24, "only if", TWENTY_FOUR),
    (24, "contradicted", TWENTY_FOUR | dict.fromkeys(SHARES, SELDOM)),
    (24, "not identified", TWENTY_FOUR | {"idle": EVEN}),
    (30, "supported", THIRTY | {"threshold": (-0.02, -0.01)}),
    (30, "supported", THIRTY),
    (30, "only if", THIRTY | {"threshold": (0.5, 0.6)}),
    (30, "not identified", THIRTY | {"threshold": (0.3, 0.6)}),
]
