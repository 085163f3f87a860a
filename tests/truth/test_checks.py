"""Every check passes, sees 5 % of its value, and rejects the bug that it carries."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pytest

from hedgelab import hedges, truth
from hedgelab.errors import ParameterError
from hedgelab.project import DATA
from hedgelab.truth import fairness, following, liquidation

NAMES = [check.name for check in truth.CHECKS]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def right():
    return truth.run().set_index("check")


@pytest.fixture(scope="module")
def wrong():
    return truth.run(wrong=True).set_index("check")


@pytest.mark.parametrize("name", NAMES)
def test_check_passes(name, right):
    found = right.loc[name]
    assert abs(found["z"]) <= 5.0
    assert found["passed"]


@pytest.mark.parametrize("name", NAMES)
def test_check_would_see_a_bias_of_a_twentieth(name, right):
    # five standard errors, over the value or over mean friction
    found = right.loc[name]
    value = abs(found["theory"]) if found["theory"] else 1.0
    assert 0.0 < 5.0 * found["standard_error"] <= 0.05 * value
    assert (found["unit"] == "of mean friction") == (found["theory"] == 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_check_rejects_its_bug(name, wrong):
    assert abs(wrong.loc[name, "z"]) > 5.0
    assert not wrong.loc[name, "passed"]


def test_there_are_at_least_25_checks_of_different_names_with_a_question_and_a_source():
    assert len(set(NAMES)) == len(NAMES) >= 25
    for check in truth.CHECKS:
        assert check.question.endswith("?")
        assert check.source
        assert check.bug
        assert check.wrong


def test_words_on_file_are_those_of_checks_there_are():
    # of a check's own, or of its family; an entry that nothing reads is a check that was lost
    words = tomllib.loads((DATA / "truth.toml").read_text(encoding="utf-8"))
    assert words.keys() <= {*NAMES, *(name.partition(": ")[0] for name in NAMES)}


@pytest.mark.parametrize(
    ("side", "seen", "true"), [("long", 0.281, 0.378719), ("short", 0.287, 0.391223)]
)
def test_daily_closes_miss_a_quarter_of_the_liquidations(side, seen, true):
    # ten times, 80 % a year, seven days: an independent simulation saw .281 of .378719 for a long
    # and .287 of .391223 for a short
    check = truth.check(f"liquidation: {side}, 10x, 7 d")
    canary = check.measure(wrong=True)
    assert check.theory == pytest.approx(true, abs=5e-7)
    assert abs(canary.simulated - seen) < 5.0 * canary.standard_error
    assert not canary.passed


def test_best_schedule_costs_half_as_much_again_as_the_best_band(right):
    # 1.5632 by theory; the error of a ratio is that of its parts
    names = ("best schedule", "the band that finds its width")
    schedule, band = (right.loc[f"following: {name}"] for name in names)
    ratio = schedule["simulated"] / band["simulated"]
    error = ratio * math.hypot(*(x["standard_error"] / x["simulated"] for x in (schedule, band)))
    assert abs(ratio - 1.5632) < 5.0 * error


def test_best_schedule_trades_two_and_a_half_times_as_often_as_to_the_centre(right):
    # 2.418 by theory
    centre = right.loc["following: trades to the centre"]
    trades = (following.LONG - following.SHORT) / following.INTERVAL
    seen = trades / centre["simulated"]
    allowed = 5.0 * seen * centre["standard_error"] / centre["simulated"]
    assert abs(seen - 2.418) < allowed + 0.01  # the interval is a whole number of bars


def test_every_rule_there_is_earns_nothing():
    tried = [*fairness.RULES.values(), fairness.ACROSS, fairness.ONCE]
    kinds = {type(part) for hedge in tried for part in (hedge.how_much, hedge.when)}
    rules = {*hedges.BUILT_IN, hedges.Band} - {hedges.Never}
    assert rules <= kinds


def test_a_check_repeats_itself_and_another_seed_is_another_draw():
    check = truth.check("liquidation: short, 50x, 1 d")
    assert check.measure(0.1) == check.measure(0.1)
    assert check.measure(0.1, seed=1).simulated != check.measure(0.1).simulated


def test_a_check_of_too_few_paths_does_not_pass():
    found = truth.check("liquidation: short, 50x, 1 d").measure(0.02)
    assert abs(found.z) < 5.0
    assert not found.passed


def test_a_check_that_nobody_wrote_is_refused_with_those_there_are():
    with pytest.raises(ParameterError, match="liquidation: long, 10x, 7 d"):
        truth.run(["liquidation"])


def test_values_without_any_spread_do_not_divide_by_zero():
    check = truth.Check(
        "constant", "is it one?", 2.0, "", "", lambda n_paths, seed: np.ones(n_paths), 100, "", {}
    )
    found = check.measure()
    assert found.z == -math.inf
    assert not found.passed


def test_liquidation_does_not_depend_on_how_often_one_looks_within():
    # extremes are exact, so a day of one bar and a day of 24 have the same liquidations
    check = truth.check("liquidation: short, 50x, 1 d")
    values = liquidation.first_passage(20_000, 3, **{**check.setting, "bar_hours": 1.0})
    error = values.std() / math.sqrt(values.size)
    assert abs(values.mean() - check.theory) < 5.0 * error
