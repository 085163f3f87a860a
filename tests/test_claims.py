"""Claims: what the file holds, what the rules say at their edges, and what is emitted."""

from __future__ import annotations

import json

import pytest

from hedgelab import claims
from hedgelab.errors import ParameterError
from hedgelab.project import DATA

STORY = {  # claim 14 where only a costly hedge is possible, and the stated one fits
    "market": 0.083,
    "weeks": 6,
    "outcome": (0.01, 0.03),
    "free": 1.4,
    "costly": 0.5,
    "share": 0.6,
}
EFFECT = {  # claim 10 in the article's market
    "market": 0.083,
    "weeks": 6,
    "net": (-0.12, -0.10),
    "break_even": -0.035,
    "swing": (-0.19, 0.41),
    "ratio": 1.0,
}


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


def test_a_possible_free_hedge_leaves_claim_14_open():
    for ratio in (1e-9, 0.881, 1.0):
        ruling = claims.verdict_14(**STORY | {"free": ratio})
        assert ruling.verdict == "not identified"


@pytest.mark.parametrize("ratio", [-0.2, 0.0, 1.0001])
def test_without_a_possible_free_hedge_the_stated_one_decides_claim_14(ratio):
    assert claims.verdict_14(**STORY | {"free": ratio}).verdict == "supported"


@pytest.mark.parametrize(
    "change", [{"outcome": (0.022, 0.03)}, {"share": 0.5}, {"outcome": (-0.05, -0.02)}]
)
def test_claim_14_holds_only_at_another_ratio_when_the_stated_one_does_not_fit(change):
    ruling = claims.verdict_14(**STORY | change)
    assert ruling.verdict == "only if"
    assert "0.50" in ruling.reason


def test_claim_14_is_contradicted_when_no_ratio_gives_its_numbers():
    change = {"outcome": (-0.05, -0.02), "costly": 1.2}
    assert claims.verdict_14(**STORY | change).verdict == "contradicted"


@pytest.mark.parametrize("net", [(-0.02, -0.01), (0.01, 0.05), (-0.3, 0.4)])
def test_an_effect_that_reaches_one_point_is_close_to_break_even(net):
    ruling = claims.verdict_10(**EFFECT | {"net": net})
    assert ruling.verdict == "supported"


def test_claim_10_names_the_markets_in_which_it_would_be_true():
    ruling = claims.verdict_10(**EFFECT)
    assert ruling.verdict == "only if"
    # one point either side of -3.5 %, at a full hedge
    assert "-4.5 %" in ruling.reason
    assert "-2.5 %" in ruling.reason
    # half a hedge feels the market half as much: two points either side
    assert "-5.5 %" in claims.verdict_10(**EFFECT | {"ratio": 0.5}).reason


@pytest.mark.parametrize("break_even", [-0.20, 0.42])
def test_claim_10_is_contradicted_when_no_ordinary_market_breaks_even(break_even):
    assert claims.verdict_10(**EFFECT | {"break_even": break_even}).verdict == "contradicted"


@pytest.mark.parametrize(("rise", "judged"), [(0.0835, True), (0.0836, False), (-0.083, False)])
def test_only_the_article_s_own_market_is_judged(rise, judged):
    open_verdicts = (
        claims.verdict_10(**EFFECT | {"market": rise}).verdict == "not identified",
        claims.verdict_14(**STORY | {"market": rise}).verdict == "not identified",
    )
    assert open_verdicts == (not judged, not judged)


def test_only_the_article_s_own_length_is_judged():
    assert claims.verdict_10(**EFFECT | {"weeks": 2}).verdict == "not identified"
    assert claims.verdict_14(**STORY | {"weeks": 13}).verdict == "not identified"


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
