"""Cases of the claims that notebook 07 judges: number, verdict, numbers given."""

from __future__ import annotations

CLOCK = {"every": 4, "hold": 24, "capital": 1e5, "ratio": 1.0}
BLEEDS = CLOCK | {"bleed": (0.3, 0.4), "hidden": (0.07, 0.13), "spared": (0.25, 0.3)}
THIN = {"spread": (0.01, 0.08), "others": (0.7, 1.2), "at": "binance"}
WORTH = {"threshold": (2.25, 14.4), "middle": 4.56, "own": 2.7}
SPREAD = {"hold": 24, "touch": (0.0, 0.1), "size": (3e6, 1e7), "small": (1e5, 3e5)}
SPREAD |= {"drift": (-0.004, 0.008), "strays": (0.0, 0.01), "apart": (0.9, 0.95)}
NEVER = {"apart": (0.1, 0.2), "size": (2e9, 3e9), "small": (2e9, 3e9)}
LEFT_OUT = CLOCK | {"weeks": 6, "perfect": (0.96, 0.98), "gap": (0.04, 0.05), "still": (1e-3, 2e-3)}
CASES = [
    (5, "not identified", BLEEDS | {"hold": 72}),
    (5, "supported", BLEEDS | {"hidden": (0.6, 0.8), "spared": (-0.3, -0.1)}),
    (5, "contradicted", BLEEDS | {"bleed": (0.0, 0.05)}),
    (5, "only if", BLEEDS),
    (5, "only if", BLEEDS | {"hidden": (0.6, 0.8)}),
    (5, "not identified", BLEEDS | {"bleed": (0.05, 0.2)}),
    (6, "supported", THIN | {"others": (0.1, 0.2)}),
    (6, "only if", THIN),
    (6, "contradicted", THIN | {"spread": (0.6, 0.9)}),
    (6, "not identified", THIN | {"spread": (0.1, 0.9)}),
    (20, "supported", WORTH | {"threshold": (11.0, 30.0)}),
    (20, "contradicted", WORTH | {"threshold": (0.1, 0.9)}),
    (20, "only if", WORTH),
    (26, "not identified", SPREAD | {"hold": 72}),
    (26, "supported", SPREAD | {"strays": (0.6, 0.9)}),
    (26, "supported", SPREAD | {"touch": (0.6, 0.9)}),
    (26, "only if", SPREAD),
    (26, "only if", SPREAD | {"apart": (0.1, 0.2)}),
    (26, "contradicted", SPREAD | NEVER),
    (26, "not identified", SPREAD | {"touch": (0.2, 0.9)}),
    (26, "not identified", SPREAD | {"strays": (0.2, 0.9)}),
    (34, "not identified", LEFT_OUT | {"weeks": 2}),
    (34, "supported", LEFT_OUT | {"still": (0.02, 0.03)}),
    (34, "contradicted", LEFT_OUT | {"gap": (1e-3, 2e-3)}),
    (34, "only if", LEFT_OUT),
    (34, "not identified", LEFT_OUT | {"still": (0.005, 0.02)}),
]
