"""Claims: what the file holds, what the rules say at their edges, and what is emitted."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hedgelab import claims
from hedgelab.errors import ParameterError
from hedgelab.project import DATA

ARTICLE = claims.Setting(market=0.083, weeks=6, every=4, hold=24)
STORY = {"free": (1.4, 3.0), "costly": (0.5, 0.6)}  # claim 14 where only a costly hedge is possible
EFFECT = {"net": (-0.125, -0.10), "break_even": (-0.045, -0.005), "swing": (-0.19, 0.41)}


def test_every_listed_claim_has_the_rule_as_code():
    for number in claims.load():
        assert callable(getattr(claims, f"verdict_{number}"))


def test_every_listed_claim_is_complete():
    text = (DATA / "claims.toml").read_text(encoding="utf-8")
    assert len(claims.load()) == text.count("\n[[claim]]")  # no number twice
    for entry in claims.load().values():
        assert entry.kind in ("arithmetic", "probability", "difference", "shape", "context")
        assert all((entry.claim, entry.article, entry.rule.strip(), entry.unit))


def test_the_file_holds_no_sentence_of_the_article():
    text = (DATA / "claims.toml").read_text(encoding="utf-8")
    for quote in ("The difference was over", "the net effect was closer", "Same starting capital"):
        assert quote not in text


@pytest.mark.parametrize("free", [(1e-9, 0.5), (0.78, 1.4), (0.9, -2.0), (1.0, 1.0)])
def test_a_possible_free_hedge_leaves_claim_14_open(free):
    ruling = claims.verdict_14(ARTICLE, **STORY | {"free": free})
    assert ruling.verdict == "not identified"
    assert f"{free[0]:.2f} to " in ruling.reason


def test_a_range_of_ratios_ends_at_one():
    assert (
        "at a ratio of 0.78 to 1.00, by its funding"
        in claims.verdict_14(ARTICLE, **STORY | {"free": (0.78, 1.4)}).reason
    )


# A full hedge with least funding needs friction of 1 - 1/free of the gap: half of it at 2.
@pytest.mark.parametrize(
    ("free", "verdict"),
    [
        ((1.001, 3.0), "only if"),
        ((2.0, 3.0), "only if"),
        ((2.01, 3.0), "supported"),
        ((-0.2, -0.1), "supported"),
        ((float("inf"), -0.1), "supported"),
    ],
)
def test_without_a_free_hedge_the_friction_that_every_ratio_needs_decides_claim_14(free, verdict):
    ruling = claims.verdict_14(ARTICLE, **STORY | {"free": free})
    assert ruling.verdict == verdict
    assert ("0.50 to 0.60" in ruling.reason) == (verdict == "only if")


@pytest.mark.parametrize("costly", [(1.2, 1.3), (-0.1, -0.2)])
def test_claim_14_is_contradicted_when_no_ratio_gives_its_numbers(costly):
    assert claims.verdict_14(ARTICLE, **STORY | {"costly": costly}).verdict == "contradicted"


@pytest.mark.parametrize("net", [(-0.02, -0.01), (0.01, 0.05), (-0.3, 0.4)])
def test_a_full_hedge_that_reaches_one_point_is_close_to_break_even(net):
    assert claims.verdict_10(ARTICLE, **EFFECT | {"net": net}).verdict == "supported"


def test_claim_10_names_the_ratios_and_the_markets_in_which_it_would_be_true():
    ruling = claims.verdict_10(ARTICLE, **EFFECT)
    assert ruling.verdict == "only if"
    # one point of a net effect of 12.5 to 10 points
    assert "at most 0.08 to 0.10," in ruling.reason
    # one point either side of -4.5 % to -0.5 %
    assert "between -5.5 % and +0.5 %" in ruling.reason


@pytest.mark.parametrize(
    ("break_even", "verdict"),
    [
        ((-0.3, -0.20), "contradicted"),
        ((0.42, 0.5), "contradicted"),
        ((-0.3, -0.19), "only if"),
        ((0.41, 0.5), "only if"),
    ],
)
def test_claim_10_is_contradicted_when_no_ordinary_market_breaks_even(break_even, verdict):
    assert claims.verdict_10(ARTICLE, **EFFECT | {"break_even": break_even}).verdict == verdict


@pytest.mark.parametrize(
    ("change", "judged"),
    [
        ({"market": 0.0835}, True),
        ({"market": 0.0836}, False),
        ({"market": -0.083}, False),
        ({"weeks": 1}, False),
        ({"weeks": 13}, False),
        ({"every": 8}, False),
        ({"hold": 1008}, False),
    ],
)
def test_only_the_article_s_own_market_and_system_are_judged(change, judged):
    setting = ARTICLE._replace(**change)
    possible = STORY | {"free": (1.5, 2.0)}
    for ruling in (claims.verdict_10(setting, **EFFECT), claims.verdict_14(setting, **possible)):
        assert (ruling.verdict == "not identified") == (not judged)
        assert ("which is not the article's" in ruling.reason) == (not judged)


class SmallLedger(dict):
    """Two equal paths of half a hedge beside none, book of 1,000; as much as evidence reads."""

    names = ("unhedged", "short")
    book = SimpleNamespace(capital=1_000.0)
    friction = np.array([[0.0, 20.0]] * 2)

    def __init__(self, end):
        # the market rose 8.3 %: 83 less 41.5, 6 of funding, 20 of friction
        lines = {"mean_hedge_ratio": 0.5, "funding": 6.0, "turnover": 20_000.0}
        super().__init__({key: np.array([[0.0, value]] * 2) for key, value in lines.items()})
        self["equity_change"] = np.array([[83.0, 27.5]] * 2)
        self.market = SimpleNamespace(terminal_return=end, name="small")

    def of(self, name):
        return {key: values[:, self.names.index(name)] for key, values in self.items()}


def test_half_a_hedge_that_stays_open_gives_evidence_on_a_full_one():
    found = claims.evidence(SmallLedger(0.083), SmallLedger(None), "short")
    # of capital, per unit of ratio: (27.5 - 83) / 500; 12 received less 40 paid; 83 unhedged
    assert_allclose(found.net, [-0.111] * 2)
    assert_allclose(found.break_even, [-0.028] * 2)
    assert_allclose(found.swing, [0.083] * 2)
    # 6.2 / (8.3 - 1.2) and 6.2 / (8.3 + 4 - 1.2)
    assert_allclose(found.free, [0.87324] * 2, atol=5e-6)
    assert_allclose(found.costly, [0.55856] * 2, atol=5e-6)


def test_evidence_needs_a_market_that_ends_somewhere():
    with pytest.raises(ParameterError, match="not conditioned on its end"):
        claims.evidence(SmallLedger(None), SmallLedger(None), "short")


def test_a_verdict_that_only_one_market_gives_identifies_nothing():
    near, far = (claims.verdict_14(ARTICLE, **STORY | {"free": (f, 3.0)}) for f in (1.5, 2.5))
    assert (near.verdict, far.verdict) == ("only if", "supported")
    assert claims.agreed({"btc-2025": near, "btc-2023": near}) == near
    split = claims.agreed({"btc-2025": near, "btc-2023": far})
    assert split.verdict == "not identified"
    assert "only if on btc-2025, supported on btc-2023" in split.reason


def test_a_range_whose_ends_read_alike_is_one_number():
    # 0.01 / 0.1288 and 0.01 / 0.1199 are both 0.08
    ruling = claims.verdict_10(ARTICLE, **EFFECT | {"net": (-0.1288, -0.1199)})
    assert "at most 0.08, or" in ruling.reason


def test_a_reason_is_also_a_clause():
    away = claims.verdict_10(ARTICLE._replace(weeks=1), **EFFECT)
    assert away.clause.startswith("this run's market ended at +8.3 % after 1 week, which")
    assert not away.clause.endswith(".")


def test_six_points_of_a_hundred_thousand_are_not_twelve_thousand():
    ruling = claims.verdict_15()
    assert ruling.verdict == "arithmetic error"
    # 12,000 / 0.062
    assert "$193,548" in ruling.reason


def test_an_unknown_claim_or_bound_is_refused():
    with pytest.raises(ParameterError, match="no claim 99"):
        claims.claim(99)
    with pytest.raises(ParameterError, match="not a finite number"):
        claims.emit(14, found="", ruling=claims.Ruling("context", ""), bounds=(float("nan"), 0.0))


def test_what_is_emitted_is_plain_json_with_every_field(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    claims.emit(15, found="$6,200", bounds=(6_100.123, 6_300.0), ruling=claims.verdict_15())
    bundle, raw = shown[0]
    assert raw
    data = json.loads(json.dumps(bundle[claims.MIME], allow_nan=False))
    assert data["number"] == 15
    assert data["verdict"] == "arithmetic error"
    assert (data["low"], data["high"]) == (6_100.0, 6_300.0)
    assert data["notebook"] == "01_six_weeks_hedged_or_not"
    assert set(data) == {
        *("number", "claim", "article", "found", "low", "high"),
        *("unit", "verdict", "reason", "notebook"),
    }
    assert r"\$6,200" in bundle["text/markdown"]
