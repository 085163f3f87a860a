"""Closed forms against printed numbers, other routes to the same number, limits and orders."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from hedgelab import closed_forms
from hedgelab.closed_forms import Chase, Wander
from hedgelab.errors import ParameterError


def mean_over_normal(function, mean, sd):
    """Expectation of a function of a normal variable, by quadrature."""
    density = stats.norm(mean, sd).pdf
    ends, kinks = (mean - 12 * sd, mean + 12 * sd), [mean, 0.0]
    return integrate.quad(lambda x: function(x) * density(x), *ends, limit=400, points=kinks)[0]


# -- liquidation ---------------------------------------------------------------------------------
# independent table: year of 365 days, no drift of the price, maintenance 0.4 %, to six digits
@pytest.mark.parametrize(
    ("leverage", "volatility", "days", "long", "short"),
    [
        (3, 0.8, 30, 0.097392, 0.186806),
        (3, 1.0, 7, 0.004568, 0.035088),
        (5, 0.4, 30, 0.062428, 0.109579),
        (5, 0.8, 30, 0.377377, 0.398412),
        (10, 0.6, 7, 0.233999, 0.259508),
        (10, 0.8, 1, 0.016306, 0.027891),
        (10, 0.8, 30, 0.69147, 0.658542),
        (20, 0.4, 1, 0.024488, 0.031663),
        (20, 1.0, 7, 0.749877, 0.729404),
        (50, 0.4, 1, 0.442788, 0.446602),
        (50, 0.8, 30, 0.951039, 0.937271),
    ],
)
def test_first_passage_is_that_of_the_table(leverage, volatility, days, long, short):
    found = [
        closed_forms.first_passage(leverage, volatility, days, side) for side in ("long", "short")
    ]
    assert_allclose(found, [long, short], rtol=0.0, atol=6e-7)


def test_looks_six_times_a_day_see_fewer_liquidations():
    # .0083 with the shifted barrier; the truth at so few looks is .0099, so the shift wants many
    found = closed_forms.first_passage(10, 0.8, 1, "long", look_days=1 / 6)
    assert_allclose(found, 0.0083, rtol=0.0, atol=5e-5)


def test_higher_leverage_and_longer_time_are_liquidated_more_often():
    leverages, days = np.linspace(2.0, 100.0, 50), np.array([1.0, 3.0, 10.0, 30.0])
    for side in ("long", "short"):
        table = np.array([closed_forms.first_passage(leverages, 0.6, day, side) for day in days])
        assert (np.diff(table, axis=0) >= 0.0).all()
        assert (np.diff(table, axis=1) > 0.0).all()
        assert ((table >= 0.0) & (table < 1.0)).all()


def test_a_long_is_liquidated_almost_surely_in_the_end_and_a_short_less_than_surely():
    # a martingale price goes to 0: past every barrier below, and with odds S0/B past one above
    level = closed_forms.liquidation_level(10, "short")
    assert_allclose(closed_forms.first_passage(10, 5.0, 5000, "long"), 1.0, rtol=1e-9)
    assert_allclose(closed_forms.first_passage(10, 5.0, 5000, "short"), 1.0 / level, rtol=1e-9)


@pytest.mark.parametrize("leverage", [1.0, 0.5, 250.0, [10.0, 300.0]])
def test_a_leverage_without_a_level_is_refused_in_one_line(leverage):
    with pytest.raises(ParameterError, match="not between 1 and one over"):
        closed_forms.first_passage(leverage, 0.8, 7, "long")


def test_a_side_that_is_neither_is_refused_in_one_line():
    with pytest.raises(ParameterError, match="use long or short"):
        closed_forms.first_passage(10, 0.8, 7, "buy")


# -- following a moving target -------------------------------------------------------------------
# cost 1e-3, sd .05, aversion 2: confirmed by an independent Monte Carlo
EXAMPLE = Chase(cost=1e-3, sd=0.05, aversion=2.0)


def best_three(chase):
    return (
        chase.band(chase.best_band),
        chase.centre(chase.best_centre),
        chase.schedule(chase.best_interval),
    )


def test_best_widths_and_costs_are_those_of_the_example():
    found = [EXAMPLE.best_band, EXAMPLE.best_centre, EXAMPLE.best_interval]
    assert_allclose(found, [0.0097872, 0.0155362, 0.0399295], rtol=0.0, atol=5e-8)
    totals = [pursuit.total for pursuit in best_three(EXAMPLE)]
    assert_allclose(totals, [1.915774e-4, 2.413723e-4, 2.994709e-4], rtol=0.0, atol=5e-11)


@pytest.mark.parametrize(
    "chase", [EXAMPLE, Chase(6e-4, 2e-3, 7.6e-5), Chase(cost=20.0, sd=3.0, aversion=0.1)]
)
def test_best_costs_are_the_universal_constants(chase):
    totals = [pursuit.total / chase.unit for pursuit in best_three(chase)]
    assert_allclose(totals, [0.825482, 1.040042, 1.290381], rtol=0.0, atol=6e-7)
    band, centre, schedule = totals
    assert_allclose(schedule / band, 1.563185, rtol=0.0, atol=6e-7)
    assert_allclose(schedule / centre, 1.240701, rtol=0.0, atol=6e-7)
    trades = (1.0 / chase.best_interval) / chase.trades_to_centre(chase.best_centre)
    assert_allclose(trades, 2.4179879, rtol=0.0, atol=6e-8)


def test_trading_costs_twice_the_penalty_at_every_optimum():
    for pursuit in best_three(EXAMPLE):
        assert_allclose(pursuit.trading, 2.0 * pursuit.penalty, rtol=1e-12)


def test_no_other_width_costs_less_than_the_best():
    factors = np.geomspace(0.2, 5.0, 201)  # 1 is in the middle
    curves = (
        EXAMPLE.band(EXAMPLE.best_band * factors).total,
        EXAMPLE.centre(EXAMPLE.best_centre * factors).total,
        EXAMPLE.schedule(EXAMPLE.best_interval * factors).total,
    )
    for curve in curves:
        assert curve.argmin() == 100


def test_partial_adjustment_is_an_autoregression():
    # rate r, step 1: the gap after trading is sum of (1 - r)^k steps, k from 1 on
    chase, kept = Chase(cost=1.0, sd=1.0, aversion=1.0, look=1.0), 0.7 ** np.arange(200)
    before, after = (kept**2).sum(), (kept[1:] ** 2).sum()
    found = chase.partial(0.3)
    assert_allclose(found.penalty, after, rtol=1e-12)
    assert_allclose(found.trading, 0.3 * math.sqrt(before * 2.0 / math.pi), rtol=1e-12)


def test_looking_once_a_bar_widens_a_band_and_narrows_the_gap_of_a_schedule():
    # .5826 standard deviations of a bar (Broadie, Glasserman and Kou 1997)
    seldom = EXAMPLE._replace(look=0.01)
    wider = 0.02 + 0.5825971579 * 0.05 * 0.1
    assert_allclose(seldom.band(0.02), EXAMPLE.band(wider), rtol=1e-9)
    assert_allclose(seldom.centre(0.02), EXAMPLE.centre(wider), rtol=1e-9)
    # four bars: gaps of 0, 1, 2, 3 steps after looks, squared 1.5 steps on average
    assert_allclose(seldom.schedule(0.04).penalty, 2.0 * 1.5 * 0.05**2 * 0.01, rtol=1e-12)
    assert_allclose(seldom.schedule(0.04).trading, EXAMPLE.schedule(0.04).trading, rtol=1e-12)


def test_ten_times_costs_160_times_what_twice_costs_to_keep():
    ratio = closed_forms.keeping_leverage(10) / closed_forms.keeping_leverage(2)
    assert_allclose(ratio, 160.0, rtol=1e-3)


# sd .2, reversion .5 a day, hedge .5, 6 bp: mean square gap; reopening, netting in bp a day
@pytest.mark.parametrize(
    ("hold", "gap", "reopening", "netting"),
    [(1.0, 0.017045, 6.0, 0.849), (3.0, 0.038567, 2.0, 0.398)],
)
def test_renewing_costs_what_the_table_says(hold, gap, reopening, netting):
    wander = Wander(sd=0.2, reversion=0.5, hold=hold)
    assert_allclose(wander.mean_square_gap, gap, rtol=0.0, atol=6e-7)
    assert_allclose(1e4 * wander.reopening(0.5, 6e-4), reopening, rtol=0.0, atol=0.05)
    assert_allclose(1e4 * wander.netting(6e-4), netting, rtol=0.0, atol=6e-4)


def test_gap_at_looks_is_the_mean_over_them_and_ends_at_that_of_always_looking():
    ages = np.arange(24) / 24.0
    by_hand = np.mean(2.0 * 0.04 * (1.0 - np.exp(-0.5 * ages)))
    assert_allclose(Wander(0.2, 0.5, 1.0, looks=24.0).mean_square_gap, by_hand, rtol=1e-12)
    many = Wander(0.2, 0.5, 1.0, looks=1e7).mean_square_gap
    assert_allclose(many, Wander(0.2, 0.5, 1.0).mean_square_gap, rtol=1e-6)


def test_reopening_trades_every_renewal_twice_and_the_ends_once():
    # E S = 1, 1.1, 1.21 with a growth of 10 % a hold
    found = closed_forms.reopened_notional(2, 1.0, math.log(1.1))
    assert_allclose(found, 1.0 + 2.0 * 1.1 + 1.21, rtol=1e-12)


# -- what a hedge leaves -------------------------------------------------------------------------
def test_minimum_variance_is_that_of_the_example():
    # (.8, .6, .85) -> 1.13333, .7225, .42143
    found = closed_forms.minimum_variance(0.8, 0.6, 0.85)
    assert_allclose(found, [1.13333, 0.7225, 0.42143], rtol=0.0, atol=5e-6)


def test_no_other_ratio_leaves_less_variance():
    best = closed_forms.minimum_variance(0.8, 0.6, 0.85)
    covariance = np.array([[0.64, 0.408], [0.408, 0.36]])
    ratios = best.ratio + np.linspace(-0.5, 0.5, 101)
    left = [np.array([1.0, -h]) @ covariance @ np.array([1.0, -h]) for h in ratios]
    assert np.argmin(left) == 50
    assert_allclose(left[50], best.residual**2, rtol=1e-12)


def test_a_perfect_trigger_removes_64_percent_in_the_example():
    assert_allclose(closed_forms.trigger_share(0.2, 1.2, 0.45), 0.64, rtol=1e-12)


@pytest.mark.parametrize("sd", [0.01, 0.05, 0.4])
def test_rebalance_turnover_is_the_mean_absolute_return(sd):
    absolute = mean_over_normal(lambda x: abs(math.expm1(x)), -0.5 * sd * sd, sd)
    assert_allclose(closed_forms.rebalance_turnover(sd), absolute, rtol=1e-6)


@pytest.mark.parametrize("leverage", [-1.0, 0.25, 0.5, 2.0])
def test_leverage_drag_is_the_mean_log_growth_to_second_order(leverage):
    sd = 0.02

    def lost(x):
        return math.log1p(leverage * math.expm1(x)) - leverage * x

    exact = mean_over_normal(lost, -0.5 * sd * sd, sd)
    assert_allclose(closed_forms.leverage_drag(leverage, sd), exact, rtol=1e-5)


@pytest.mark.parametrize("leverage", [0.0, 1.0])
def test_an_account_without_a_market_or_with_all_of_it_has_no_drag(leverage):
    assert_allclose(closed_forms.leverage_drag(leverage, 0.02), 0.0, rtol=0.0, atol=1e-18)


def test_expected_drawdown_is_that_of_an_independent_walk():
    rng = np.random.default_rng(1)
    walk = rng.standard_normal((8_000, 400)).cumsum(axis=1)
    walk = np.hstack([np.zeros((8_000, 1)), walk])
    deepest = (np.maximum.accumulate(walk, axis=1) - walk).max(axis=1)
    error = deepest.std() / math.sqrt(deepest.size)
    assert abs(deepest.mean() - closed_forms.expected_drawdown(20.0, 1.0)) < 5.0 * error


def test_mean_inverse_deviation_is_that_of_an_independent_average():
    weight, rng = 0.05, np.random.default_rng(2)
    ages = np.arange(400)
    weights = weight * (1.0 - weight) ** ages
    estimated = rng.standard_normal((20_000, ages.size)) ** 2 @ weights
    inverse = 1.0 / np.sqrt(estimated)
    error = inverse.std() / math.sqrt(inverse.size)
    assert abs(inverse.mean() - closed_forms.mean_inverse_deviation(weight)) < 5.0 * error


# -- prices, funding, outages --------------------------------------------------------------------
def test_moments_of_merton_are_those_of_a_mixture_over_the_number_of_jumps():
    rate, mean, sd, days = 100.0, -0.05, 0.1, 10.0
    number = np.arange(60)
    odds = stats.poisson.pmf(number, rate * days / 365.0)
    middle, variance = number * mean, 0.36 * days / 365.0 + number * sd**2
    about = middle - odds @ middle
    second = odds @ (variance + about**2)
    fourth = odds @ (3.0 * variance**2 + 6.0 * variance * about**2 + about**4)
    found = closed_forms.merton(0.6, rate, mean, sd, days)
    assert_allclose(found, [second, fourth / second**2 - 3.0], rtol=1e-9)


@pytest.mark.parametrize("leverage", [5.0, 20.0, math.inf])
def test_relief_is_the_mean_loss_beyond_the_margin(leverage):
    margin = 0.0 if math.isinf(leverage) else 1.0 / leverage

    def beyond(x):
        return max(math.expm1(x) - margin, 0.0)

    exact = mean_over_normal(beyond, -0.5 * 0.01, 0.1)
    assert_allclose(closed_forms.expected_relief(leverage, 0.1), exact, rtol=1e-5)


@pytest.mark.parametrize(
    ("premium", "rate"), [(2.0, 1.0), (6.0, 1.0), (10.0, 5.0), (-4.0, 1.0), (-10.0, -5.0)]
)
def test_a_certain_premium_pays_what_the_table_says(premium, rate):
    # P = 2, 6, 10, -4, -10 bp -> F = 1, 1, 5, 1, -5 bp
    assert_allclose(closed_forms.expected_funding(premium, 1e-9, 1.0, 5.0), rate, atol=1e-8)


@pytest.mark.parametrize(("mean", "sd"), [(6.0, 6.0), (-3.0, 2.0), (0.0, 30.0), (28.0, 10.0)])
def test_expected_funding_is_the_mean_of_the_clamped_premium(mean, sd):
    def rate(premium):
        return np.clip(premium + np.clip(1.0 - premium, -5.0, 5.0), -30.0, 30.0)

    grid = np.linspace(mean - 9 * sd, mean + 9 * sd, 400_001)
    exact = integrate.trapezoid(rate(grid) * stats.norm.pdf(grid, mean, sd), grid)
    found = closed_forms.expected_funding(mean, sd, 1.0, 5.0, 30.0)
    assert_allclose(found, exact, rtol=1e-6)


def test_premium_deviation_is_that_of_an_independent_walk():
    kept, rng = math.exp(-0.25), np.random.default_rng(3)
    basis = np.empty((50_000, 8))
    basis[:, 0] = rng.standard_normal(50_000)
    for k in range(1, 8):
        shock = rng.standard_normal(50_000)
        basis[:, k] = kept * basis[:, k - 1] + math.sqrt(1.0 - kept**2) * shock
    premium = basis @ (np.arange(1, 9) / 36.0)
    allowed = 5.0 * premium.std() / math.sqrt(2.0 * premium.size)
    assert abs(premium.std() - closed_forms.premium_sd(1.0, 0.25)) < allowed


def test_a_change_of_basis_has_twice_the_variance_less_twice_the_covariance():
    found = closed_forms.basis_change_sd(0.3, 0.1, 7.0) ** 2
    assert_allclose(found, 2.0 * 0.09 - 2.0 * 0.09 * math.exp(-0.7), rtol=1e-12)


def test_outage_share_is_the_stationary_law_of_its_chain():
    odds, mean_bars = 0.02, 10.0
    chain = np.array([[1.0 - odds, odds], [1.0 / mean_bars, 1.0 - 1.0 / mean_bars]])
    stationary = np.linalg.matrix_power(chain, 2_000)[0, 1]
    assert_allclose(closed_forms.outage_share(odds, mean_bars), stationary, rtol=1e-9)
