"""When a trigger is on, what share it catches, what a clock pays beside a band."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hedgelab import Book, Constant, Hedge, VolatilityTrigger, history, scenarios, simulate
from hedgelab.errors import ParameterError
from hedgelab.project import DATA
from hedgelab.timing import Watched, dearness, share, watch


def seen(*squares: float) -> Watched:
    """One path from t0 on, of squared returns as multiples of a variance of one a year."""
    returns = np.sqrt(np.array([[0.0, *squares]]) / 8760.0)
    return Watched(returns, np.ones((1, len(squares))), 0, 1.0)


def test_the_switch_acts_a_bar_late_and_waits_for_its_least_life() -> None:
    # a lookback of one hour: the last square is the variance; on above 1, off below 0.25
    quick = VolatilityTrigger(1.0, 0.5, 1.0, 3.0)
    # closes 1..6 read 4, 0.1, 0.1, 0.1, 0.1, 4: on from bar 2, for three bars
    on = seen(4.0, 0.1, 0.1, 0.1, 0.1, 4.0).on(quick)
    assert_array_equal(on, [[False, True, True, True, False, False]])


def test_the_switch_stays_on_between_its_levels() -> None:
    on = seen(4.0, 0.5, 0.5, 0.1, 0.5, 0.5).on(VolatilityTrigger(1.0, 0.5, 1.0, 0.0))
    assert_array_equal(on, [[False, True, True, True, False, False]])


@pytest.mark.parametrize("lookback", [6.0, 112.0])
def test_the_switch_is_the_one_the_ledger_used(lookback: float) -> None:
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=60, seed=3)
    trigger = VolatilityTrigger(0.5, 0.4, lookback, 24.0)
    book = Book(hedge_collateral=1e7)
    ledger = simulate(market, Hedge(Constant(1.0), trigger), venue="binance", book=book)
    hours = watch(market, 60).on(trigger).sum(axis=1)
    assert_array_equal(hours, ledger["hours_hedged"][:, 0])


def test_windows_that_are_watched_do_not_overlap() -> None:
    market = history.windows(history.load(DATA / "sample" / "btc-simulated-1h.csv.gz"), "7D")
    eye = watch(market, 1_000)
    weeks = (market.times[-1] - market.times[0]) / np.timedelta64(7, "D") + 1
    assert len(eye.moves) == int(weeks)
    first = {row.tobytes() for row in eye.days(eye.moves).reshape(-1, 24)}
    assert len(first) == 7 * len(eye.moves)  # no day is seen twice


def test_a_share_is_a_ratio_of_sums_with_the_spread_of_its_paths() -> None:
    found = share(np.array([1.0, 3.0]), np.array([4.0, 4.0]))
    # by hand: 4 of 8; paths have 1/4 and 3/4, sd 0.3536, t(1) = 12.706, over sqrt(2)
    assert found.estimate == 0.5
    assert_allclose(found.high - found.estimate, 12.706 * 0.25, rtol=1e-4)


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match="nothing to take a share of"):
        share(np.zeros(3), np.zeros(3))


def test_a_timing_is_as_dear_as_itself() -> None:
    rng = np.random.default_rng(1)
    missed = rng.normal(size=(50, 1)) * [1.0, 2.0, 3.0]
    paid = rng.uniform(1.0, 2.0, size=(50, 1)) / [1.0, 2.0, 3.0]
    found = dearness((paid[:, 1], missed[:, 1]), (paid, missed))
    assert_allclose([found.low, found.estimate, found.high], 1.0, rtol=1e-12)
