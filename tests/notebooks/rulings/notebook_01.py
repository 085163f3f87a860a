"""Cases of the claims that notebook 01 judges: number, verdict, numbers given, words said."""

from __future__ import annotations

SETTING = {"market": 0.083, "weeks": 6, "every": 4, "hold": 24, "ratio": "1"}
EFFECT = SETTING | {
    **{"net": (-0.125, -0.10), "break_even": (-0.045, -0.005), "swing": (-0.19, 0.41)},
    "gap": -11.2,
}
# claim 14 where only a costly hedge is possible
STORY = SETTING | {"free": (1.4, 3.0), "costly": (0.5, 0.6), "outcome": -4.0}
NEAR = STORY | {"free": (1.5, 2.0)}
CHANGES = (
    *({"market": 0.0836}, {"market": -0.083}, {"weeks": 1}, {"weeks": 13}),
    *({"every": 8}, {"hold": 1008}),
)
AWAY = "which is not the article's"
COSTLY = r"0\.50 to 0\.60"
# Every ratio needs friction of 1 - 1/free of the gap. Said whole: no ratio of a costly hedge in it.
NEEDS = r"^No free hedge gives the two results, and every ratio up to one needs friction of at "
NEEDS += r"least {} % of the gap\.$"
CASES = [
    # a full hedge that reaches one point is close to break-even
    (10, "supported", EFFECT | {"net": (-0.02, -0.01)}),
    (10, "supported", EFFECT | {"net": (0.01, 0.05)}),
    (10, "supported", EFFECT | {"net": (-0.3, 0.4)}),
    # one point of a net effect of 12.5 to 10 points; one point either side of -4.5 % to -0.5 %
    (10, "only if", EFFECT, r"at most 0\.08 to 0\.10,.*between -5\.5 % and \+0\.5 %"),
    # 0.01 / 0.1288 and 0.01 / 0.1199 are both 0.08
    (10, "only if", EFFECT | {"net": (-0.1288, -0.1199)}, r"at most 0\.08, or"),
    # no ordinary market breaks even, or only just one
    (10, "contradicted", EFFECT | {"break_even": (-0.3, -0.20)}),
    (10, "contradicted", EFFECT | {"break_even": (0.42, 0.5)}),
    (10, "only if", EFFECT | {"break_even": (-0.3, -0.19)}),
    (10, "only if", EFFECT | {"break_even": (0.41, 0.5)}),
    # only the article's own market and system are judged
    (10, "only if", EFFECT | {"market": 0.0835}),
    (14, "only if", NEAR | {"market": 0.0835}),
    *((10, "not identified", EFFECT | change, AWAY) for change in CHANGES),
    *((14, "not identified", NEAR | change, AWAY) for change in CHANGES),
    # a free hedge is possible, at a ratio above zero and up to one
    (14, "not identified", STORY | {"free": (1e-9, 0.5)}, r"at a ratio of 0\.00"),
    (14, "not identified", STORY | {"free": (0.78, 1.4)}, r"of 0\.78 to 1\.00, by its funding"),
    (14, "not identified", STORY | {"free": (0.9, -2.0)}, r"at a ratio of 0\.90"),
    (14, "not identified", STORY | {"free": (1.0, 1.0)}, r"at a ratio of 1\.00"),
    # without one, the friction that every ratio needs decides: half of the gap at 2
    (14, "only if", STORY | {"free": (1.001, 3.0)}, COSTLY),
    (14, "only if", STORY | {"free": (2.0, 3.0)}, COSTLY),
    (14, "supported", STORY | {"free": (2.01, 3.0)}, NEEDS.format(50)),
    (14, "supported", STORY | {"free": (-0.2, -0.1)}, NEEDS.format(600)),
    (14, "supported", STORY | {"free": (1.7e308, -0.1)}, NEEDS.format(100)),
    # no ratio gives the article's numbers
    (14, "contradicted", STORY | {"costly": (1.2, 1.3)}),
    (14, "contradicted", STORY | {"costly": (-0.1, -0.2)}),
    (15, "arithmetic error", {"sums": (6_100.0, 6_300.0)}, r"\$193,548"),  # 12,000 / 0.062
    (15, "supported", {"sums": (11_900.0, 12_000.0)}),
]
