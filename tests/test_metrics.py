"""Risk measures: by hand, in the limit, and in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hedgelab import metrics
from hedgelab.errors import ParameterError
from hedgelab.inference import simulation_error

OUTCOMES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)


def test_expected_shortfall_of_a_normal_is_the_textbook_s():
    # density(1.95996)/0.025 = 2.3378 for a standard normal at 97.5 %
    draws = np.random.default_rng(2).normal(size=400_000)
    assert_allclose(metrics.expected_shortfall(draws), 2.3378, atol=0.03)


def test_expected_shortfall_of_whole_paths_is_their_mean():
    # the worst two of ten at 80 %
    assert metrics.expected_shortfall(-np.arange(1.0, 11.0), level=0.8) == 9.5


def test_a_tail_thinner_than_one_path_is_the_worst_path():
    assert metrics.expected_shortfall([-3.0, 1.0], level=0.99) == 3.0


@given(OUTCOMES, st.floats(-100.0, 100.0), st.sampled_from([0.5, 0.9, 0.975]))
def test_cash_shifts_expected_shortfall_by_itself(values, cash, level):
    before = metrics.expected_shortfall(values, level)
    after = metrics.expected_shortfall(np.array(values) + cash, level)
    assert_allclose(after, before - cash, atol=1e-9)


@given(OUTCOMES, st.floats(0.0, 100.0))
def test_a_worse_path_never_lowers_expected_shortfall(values, loss):
    worse = [values[0] - loss, *values[1:]]
    assert metrics.expected_shortfall(worse) >= metrics.expected_shortfall(values) - 1e-9


@given(OUTCOMES)
def test_a_deeper_tail_is_never_milder(values):
    mild, deep = (metrics.expected_shortfall(values, level) for level in (0.5, 0.9))
    assert deep >= mild - 1e-9


def test_a_full_hedge_removes_all_variance_and_no_hedge_none():
    market = np.array([5.0, -3.0, 1.0])
    assert metrics.hedge_effectiveness(np.full(3, 2.0), market) == 1.0
    assert metrics.hedge_effectiveness(market + 4.0, market) == pytest.approx(0.0, abs=1e-12)


def test_effectiveness_without_unhedged_variance_is_refused():
    with pytest.raises(ParameterError, match="does not vary"):
        metrics.hedge_effectiveness([1.0, 2.0], [3.0, 3.0])


@pytest.mark.parametrize("bad", [[], [np.nan]])
def test_missing_outcomes_are_refused(bad):
    with pytest.raises(ParameterError, match="empty or not finite"):
        metrics.expected_shortfall(bad)


@given(OUTCOMES, st.sampled_from([0.5, 0.75, 0.9, 0.975]))
def test_the_mean_of_the_scores_is_the_measure(values, level):
    found = metrics.shortfall_scores(values, level).mean()
    assert_allclose(found, metrics.expected_shortfall(values, level), rtol=1e-9, atol=1e-9)
    assert_allclose(metrics.variance_scores(values).mean(), np.var(values, ddof=1), atol=1e-9)


@pytest.mark.parametrize(
    ("scores", "truth"),
    # variance of a standard normal, and its expected shortfall at 97.5 %, 2.3378
    [(metrics.variance_scores, 1.0), (metrics.shortfall_scores, 2.3378)],
)
def test_the_error_of_the_scores_is_the_error_of_the_measure(scores, truth):
    draws = np.random.default_rng(7).normal(size=(1_000, 2_000))
    covered = np.mean([simulation_error(scores(row)).covers(truth) for row in draws])
    # the tail of 50 paths is skewed, which costs a point or two
    assert abs(covered - 0.95) < 5 * (0.0475 / 1_000) ** 0.5 + 0.01


def test_one_value_has_no_variance():
    with pytest.raises(ParameterError, match="no variance"):
        metrics.variance_scores([1.0])
