"""Claims: what the files hold, how a rule is read, and what is emitted."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hedgelab import claims
from hedgelab.errors import DataError, ParameterError
from hedgelab.project import DATA, NOTEBOOKS
from tests.notebooks.rulings.notebook_01 import EFFECT, STORY

FILES = sorted((DATA / "claims").glob("*.toml"))
RULE = '[[claim.rule]]\nverdict = "{}"\nwhen = "{}"\nbecause = "Of {{claimed:g}}, {{low:.1f}}."\n'
CLAIM = (
    '[[claim]]\nnumber = {}\nclaim = "So."\narticle = "2"\nunit = "1"\nkind = "shape"\n'
    'found = "{{low:.1f}}"\n[claim.values]\nclaimed = 2.0\n'
)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Claims of a test's own."""

    def write(*texts):
        for number, text in enumerate(texts, 1):
            (tmp_path / f"{number:02d}.toml").write_text(text, encoding="utf-8")
        loaded = claims.load(tmp_path)
        monkeypatch.setattr(claims, "load", lambda: loaded)
        return loaded

    return write


@pytest.mark.parametrize("entry", claims.load().values(), ids=lambda entry: f"claim {entry.number}")
def test_a_claim_is_complete_and_its_rule_ends(entry):
    assert 1 <= entry.number <= 36
    assert entry.kind in claims.KINDS
    assert all((entry.claim, entry.article, entry.unit, entry.found))
    assert entry.rule[-1].when == "True"
    assert all(rule.when != "True" for rule in entry.rule[:-1])
    assert len({rule.verdict for rule in entry.rule}) > 1 or entry.kind == "context"
    assert entry.needs or entry.kind == "context"  # every expression compiles
    for rule in entry.rule:
        assert not rule.because[0].islower()
        assert rule.because.endswith(".")


def test_the_article_makes_thirty_six_claims_and_each_has_its_rule():
    assert list(claims.load()) == list(range(1, claims.TOTAL + 1))
    assert claims.TOTAL == 36


def test_a_file_of_claims_is_named_by_its_notebook():
    assert [path.stem for path in FILES] == [f"{number:02d}" for number in range(1, 11)]
    known = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    assert {entry.notebook for entry in claims.load().values()} <= known


def test_the_files_hold_no_sentence_of_the_article():
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    for quote in ("The difference was over", "the net effect was closer", "Same starting capital"):
        assert quote not in text


def test_the_first_condition_that_holds_gives_the_verdict(written):
    rules = (("only if", "low > claimed"), ("context", "low > 1"), ("contradicted", "True"))
    written(CLAIM.format(1) + "".join(RULE.format(*rule) for rule in rules))
    given = {3.0: "only if", 2.0: "context", 1.0: "contradicted"}
    assert {low: claims.judge(1, low=low).verdict for low in given} == given
    assert claims.judge(1, low=3.04) == (1, "only if", "Of 2, 3.0.", "3.0")


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({}, "claim 1 is not given low; give it low"),
        ({"low": 1.0, "high": 2.0}, "claim 1 does not use high"),
        ({"low": 1.0, "claimed": 2.0}, "claim 1 has the article's own claimed"),
        ({"low": float("nan")}, "claim 1 needs a finite low"),
        ({"low": (0.0, float("inf"))}, "claim 1 needs a finite low"),
    ],
)
def test_numbers_that_a_rule_cannot_use_are_refused_in_one_line(written, numbers, message):
    written(CLAIM.format(1) + RULE.format("context", "True"))
    with pytest.raises(ParameterError, match=message) as caught:
        claims.judge(1, **numbers)
    assert "\n" not in str(caught.value)


def test_a_rule_in_which_no_condition_holds_is_an_error(written):
    written(CLAIM.format(1) + RULE.format("context", "low > 5"))
    with pytest.raises(DataError, match="no condition of claim 1 holds"):
        claims.judge(1, low=1.0)


def test_a_condition_sees_functions_of_numbers_and_nothing_else(written):
    written(
        CLAIM.format(1) + RULE.format("context", "max(low, any(x > 9 for x in (low, 0))) < 9"),
        CLAIM.format(2) + RULE.format("context", "open('x')"),
    )
    assert claims.claim(1).needs == {"low"}
    assert claims.judge(1, low=1.0).verdict == "context"
    with pytest.raises(ParameterError, match="not given open"):
        claims.judge(2, low=1.0)


def test_an_unknown_verdict_and_a_number_given_twice_are_refused(written):
    with pytest.raises(DataError, match="unknown verdict 'plausible'"):
        written(CLAIM.format(1) + RULE.format("plausible", "True"))
    one = CLAIM.format(1) + RULE.format("context", "True")
    with pytest.raises(DataError, match="claim 1 is given twice"):
        written(one, one + " ")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((0.0776, 0.0834), "0.08, so"),
        ((10.0, 100.0), "10.00 to 100.00, so"),
        ((1.0, 1.02), "1.00 to 1.02, so"),
        ((-0.001, 0.001), "0.00, so"),
        ((-5.0, -5.0), "-5.00, so"),
    ],
)
def test_a_range_whose_ends_read_alike_is_one_number(values, text):
    assert claims._tidy("{:.2f} to {:.2f}, so".format(*values)) == text


def test_money_lost_has_its_sign_before_the_dollar():
    assert claims._tidy("$-5 to $-5, +0.0 % or -0.05 % and +10") == "-$5, 0.0 % or -0.05 % and +10"


class SmallLedger(dict):
    """Two equal paths of half a hedge beside none, book of 1,000; as much as evidence reads."""

    names = ("unhedged", "short")
    book = SimpleNamespace(capital=1_000.0)
    friction = np.array([[0.0, 20.0]] * 2)

    def __init__(self, end, funding=6.0, friction=20.0):
        # the market rose 8.3 %: 83 less 41.5, 6 of funding, 20 of friction
        lines = {"mean_hedge_ratio": 0.5, "funding": funding, "turnover": 20_000.0}
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


def test_a_market_that_pays_a_free_hedge_all_it_costs_still_gives_finite_evidence():
    # a rise of 1.2 % and 1.2 % of funding: hedging changes nothing, and no ratio gives a gap
    assert np.isfinite(claims.evidence(SmallLedger(0.012), SmallLedger(None), "short").free).all()


def test_evidence_needs_a_market_that_ends_somewhere():
    with pytest.raises(ParameterError, match="not conditioned on its end"):
        claims.evidence(SmallLedger(None), SmallLedger(None), "short")


def test_a_verdict_that_only_one_market_gives_identifies_nothing():
    near, far = (claims.judge(14, **STORY | {"free": (free, 3.0)}) for free in (1.5, 2.5))
    assert (near.verdict, far.verdict) == ("only if", "supported")
    assert claims.agreed({"btc-2025": near, "btc-2023": near}) == near
    split = claims.agreed({"btc-2025": near, "btc-2023": far})
    assert split.verdict == "not identified"
    assert "only if on btc-2025, supported on btc-2023" in split.reason


def test_a_reason_is_also_a_clause():
    away = claims.judge(10, **EFFECT | {"weeks": 1})
    assert away.clause.startswith("this run's market ended at +8.3 % after 1 week, which")
    assert not away.clause.endswith(".")
    assert away.answer == "The numbers cannot tell"


def test_an_unknown_claim_or_bound_is_refused():
    with pytest.raises(ParameterError, match="no claim 99"):
        claims.claim(99)
    ruling = claims.Ruling(14, "context", "So.", "1")
    with pytest.raises(ParameterError, match="not a finite number"):
        claims.emit(ruling, bounds=(float("nan"), 0.0))


def test_what_is_emitted_is_plain_json_with_every_field(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    claims.emit(claims.judge(15, sums=(6_100.0, 6_300.0)), bounds=(6_100.123, 6_300.0))
    bundle, raw = shown[0]
    assert raw
    data = json.loads(json.dumps(bundle[claims.MIME], allow_nan=False))
    assert data["number"] == 15
    assert data["verdict"] == "arithmetic error"
    assert data["found"] == "$6,200"
    assert (data["low"], data["high"], data["figure"]) == (6_100.0, 6_300.0, 12_000.0)
    assert data["notebook"] == "01_six_weeks_hedged_or_not"
    assert set(data) == {
        *("number", "claim", "article", "found", "low", "high", "figure"),
        *("unit", "kind", "verdict", "reason", "notebook"),
    }
    assert r"\$6,200" in bundle["text/markdown"]
