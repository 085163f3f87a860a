"""Textbook markets against closed forms; every statistical tolerance is five standard errors."""

import math

import numpy as np
import pytest

from hedgelab import scenarios
from hedgelab.kernels.layout import tile_fields
from tests.kernels.test_laws import assert_mean


def after_t0(market, name):
    """Return a field of every bar after t0, one row a path."""
    return market.bars()[name][:, market.warm_up + 1 :]


# -- jumps ---------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def jumpy():
    """One bar in twenty jumps by -2 % give or take 3 %; a bar's own deviation is 0.64 %."""
    return scenarios.merton(
        volatility=0.6, jump_rate=438.0, jump_mean=-0.02, jump_sd=0.03, n_bars=168, n_paths=2000
    )


def test_moments_of_a_jumpy_return_are_those_of_a_mixture_of_normals(jumpy):
    # without a jump N(a, s^2), with one N(b, s^2 + d^2); a = -p m and b = (1 - p) m from the mean
    p, mean, s2, d2 = 0.05, -0.02, 0.6**2 / 8760, 0.03**2
    a, b = -p * mean, (1.0 - p) * mean
    parts = ((1.0 - p, a, s2), (p, b, s2 + d2))
    returns = after_t0(jumpy, "index_return").ravel()
    # the mean itself: a compensator of log(1 + p (e^(m + d^2/2) - 1)), diffusion and jumps
    centred = returns - (p * mean - 0.5 * s2 - math.log(1.0 - p + p * math.exp(mean + 0.5 * d2)))
    assert_mean(centred, 0.0)
    assert_mean(centred**2, sum(w * (m**2 + v) for w, m, v in parts))
    assert_mean(centred**4, sum(w * (m**4 + 6.0 * m**2 * v + 3.0 * v**2) for w, m, v in parts))


def test_a_market_with_jumps_is_a_martingale_even_where_they_are_large():
    # the mean of jumps alone would be off by 0.4 % a bar, thirty errors
    large = {"jump_rate": 438.0, "jump_mean": -0.3, "jump_sd": 0.3}
    market = scenarios.merton(**large, n_bars=168, n_paths=2000)
    assert_mean(np.expm1(after_t0(market, "index_return")).ravel(), 0.0)


def test_jumps_of_a_jumpy_market_stand_in_its_gaps(jumpy):
    bars = jumpy.bars()
    gaps = np.log(bars["mark_open"][:, 1:] / bars["mark"][:, :-1])
    sizes = gaps[np.abs(gaps) > 1e-9]
    np.testing.assert_allclose(
        sizes.size / gaps.size, 0.05, atol=5.0 * math.sqrt(0.05 * 0.95 / gaps.size)
    )
    assert_mean(sizes, -0.02)
    assert_mean((sizes + 0.02) ** 2, 0.03**2)


def test_low_and_high_of_a_jumpy_market_enclose_last_close_open_and_close(jumpy):
    bars = jumpy.bars()
    for price in (bars["mark"][:, :-1], bars["mark_open"][:, 1:], bars["mark"][:, 1:]):
        assert np.all(bars["mark_low"][:, 1:] <= price * (1.0 + 1e-9))
        assert np.all(bars["mark_high"][:, 1:] >= price * (1.0 - 1e-9))


def test_lows_after_a_jump_obey_the_reflection_principle():
    # every bar jumps; behind the jump the log price is Brownian of drift -s^2/2 - d^2/2 = m s and
    # falls by one deviation s with odds N(-1 - m) + exp(-2 m) N(-1 + m)
    market = scenarios.merton(
        volatility=1.0, jump_rate=8760.0, jump_mean=0.0, jump_sd=0.05, n_bars=200, n_paths=500
    )
    sigma = 1.0 / math.sqrt(8760)
    m = -0.5 * (sigma**2 + 0.05**2) / sigma
    tails = [0.5 * math.erfc((1.0 + sign * m) / math.sqrt(2.0)) for sign in (1.0, -1.0)]
    odds = tails[0] + math.exp(-2.0 * m) * tails[1]
    level = after_t0(market, "mark_open") * math.exp(-sigma)
    seen = level < market.bars()["mark"][:, :-1]  # the last close is never below the low
    touched = (after_t0(market, "mark_low") < level)[seen]
    allowed = 5.0 * math.sqrt(odds * (1.0 - odds) / touched.size)
    np.testing.assert_allclose(touched.mean(), odds, rtol=0.0, atol=allowed)


# -- two regimes ---------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def moody():
    """Wild one hour in five: 60 hours calm, 15 hours wild on average."""
    return scenarios.regime(
        volatility=0.45, wild_volatility=1.2, calm_hours=60, wild_hours=15, n_bars=336, n_paths=3000
    )


def wild_bars(market):
    return after_t0(market, "sigma") > 0.8 / math.sqrt(8760)


def test_regimes_start_and_stay_in_their_stationary_law(moody):
    wild = wild_bars(moody)
    for bar in (0, 1, 100, -1):
        assert_mean(wild[:, bar], 0.2)


@pytest.mark.parametrize(("leaves_wild", "stay"), [(True, 15.0), (False, 60.0)])
def test_a_regime_is_left_with_odds_of_one_over_its_mean_stay(leaves_wild, stay, moody):
    wild = wild_bars(moody)
    turns = (wild[:, 1:] != wild[:, :-1])[wild[:, :-1] == leaves_wild]
    allowed = 5.0 * math.sqrt((1.0 - 1.0 / stay) / stay / turns.size)
    np.testing.assert_allclose(turns.mean(), 1.0 / stay, rtol=0.0, atol=allowed)


def test_wild_hours_make_the_share_of_variance_that_a_perfect_trigger_removes(moody):
    # .2 x 1.2^2 / (.2 x 1.2^2 + .8 x .45^2) = .64, of .45 a year in all
    squares = after_t0(moody, "index_return") ** 2
    assert_mean(8760.0 * squares.mean(axis=1), 0.45)
    assert_mean(((wild_bars(moody) - 0.64) * squares).mean(axis=1), 0.0)


def test_a_market_of_two_regimes_is_a_martingale(moody):
    assert_mean(np.expm1(after_t0(moody, "index_return")).mean(axis=1), 0.0)


def test_a_bar_that_must_end_far_away_is_wild_as_often_as_bayes_says():
    # one bar: odds are in proportion to share x density of the end in each regime
    end = math.log(1.012)
    weights = []
    for share, volatility in ((0.2, 1.2), (0.8, 0.45)):
        variance = volatility**2 / 8760
        miss = end + 0.5 * variance
        weights.append(share * math.exp(-0.5 * miss**2 / variance) / math.sqrt(variance))
    free = scenarios.regime(n_bars=1, n_paths=8000, seed=2)
    market = scenarios.bridge(free, terminal_return=0.012)
    np.testing.assert_allclose(after_t0(market, "index_return"), end, rtol=1e-8)
    assert_mean(wild_bars(market), weights[0] / sum(weights))


# -- two coins -----------------------------------------------------------------------------------
SIGMAS = np.array([0.8, 0.6]) / math.sqrt(8760)


@pytest.fixture(scope="module")
def brothers():
    """Two coins of volatility .8 and .6 a year, correlated .85."""
    return scenarios.gbm_pair(n_bars=168, n_paths=2000, hedge_price=20.0)


def returns_of(market):
    return [after_t0(market, name) for name in ("index_return", "hedge_index_return")]


def test_two_coins_have_the_volatilities_and_the_correlation_they_are_given(brothers):
    holding, hedge = (
        each / sigma for each, sigma in zip(returns_of(brothers), SIGMAS, strict=True)
    )
    assert_mean((holding**2).ravel(), 1.0)
    assert_mean((hedge**2).ravel(), 1.0)
    assert_mean((holding * hedge).ravel(), 0.85)


def test_two_coins_are_both_martingales():
    # ten times as volatile, so that half the variance is far above the error
    market = scenarios.gbm_pair(volatility=8.0, hedge_volatility=6.0, n_bars=168, n_paths=1000)
    for returns in returns_of(market):
        assert_mean(np.expm1(returns).ravel(), 0.0)


def test_a_coin_whose_brother_must_end_somewhere_goes_as_far_as_regression_says(brothers):
    # given x = a: mean of y is -t^2 n/2 + r (t/s) (a + s^2 n/2), its variance (1 - r^2) t^2 n
    end, (s, t) = math.log(1.1), SIGMAS * math.sqrt(168)
    holding, hedge = (
        each.sum(axis=1) for each in returns_of(scenarios.bridge(brothers, terminal_return=0.1))
    )
    np.testing.assert_allclose(holding, end, rtol=1e-9)
    expected = -(t**2) / 2.0 + 0.85 * (t / s) * (end + s**2 / 2.0)
    assert_mean(hedge, expected)
    assert_mean((hedge - expected) ** 2, (1.0 - 0.85**2) * t**2)


def test_one_coin_of_brownian_motion_and_each_of_two_are_named_alike(brothers):
    assert tuple(brothers.bars(0, 1)) == tile_fields(2)
    assert (brothers.n_coins, brothers.coin, brothers.hedge_coin) == (2, "ETH", "BTC")
    alone = scenarios.gbm(n_paths=1)
    assert (alone.n_coins, alone.coin, alone.hedge_coin) == (1, "BTC", "BTC")
    columns = [name for name in brothers.paths([1]) if name.startswith("hedge_")]
    assert len(columns) == 13
