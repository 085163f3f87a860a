"""The hourly law of two coins; every statistical tolerance is five standard errors."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hedgelab import scenarios
from hedgelab.kernels import laws
from hedgelab.kernels.engine import blank
from tests.kernels.test_laws import WARM_UP, assert_mean, mean_and_error

SMALL = {"weeks": 1, "warm_up": WARM_UP}


def pair(n_paths, seed, both=None, **ties):
    """Return ETH hedged with BTC; `both` changes each coin's law, `ties` what ties them."""
    settings = SMALL | {"n_paths": n_paths, "seed": seed}
    market = scenarios.simulate("eth-2023", hedged_with="btc-2023", **settings)
    coins = {
        name: getattr(market.law, name)._replace(**(both or {})) for name in ("holding", "hedge")
    }
    return replace(market, law=market.law._replace(**coins, **ties))


def after_t0(bars, name):
    """Return a field of the holding and of the hedge, after t0."""
    return bars[name][:, WARM_UP + 1 :], bars[f"hedge_{name}"][:, WARM_UP + 1 :]


def expected_of(function, law):
    """Mean of a function of the normal link by Gauss and Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    values = function(law.link_mean + law.link_sd * nodes)
    return float((weights * values).sum() / weights.sum())


# -- each coin alone -----------------------------------------------------------------------------
def test_the_holding_moves_as_it_would_alone():
    # the same seventeen words: every field, to the last bit, three bars on
    rng = np.random.default_rng(5)
    law, season = pair(1, 1).law, (1.2, 0.7)
    state, alone = blank(laws.HourlyPairState), blank(laws.HourlyState)
    for bar in range(3):
        words = rng.integers(0, 2**63, laws.HOURLY_PAIR_WORDS, dtype=np.uint64)
        with np.errstate(all="ignore"):
            coins, state = laws.hourly_pair(bar, season, state, tuple(words), law)
            coin, alone = laws.hourly(bar, season[0], alone, tuple(words[:17]), law.holding)
        assert coins.holding == coin
        assert state.holding == alone


def test_a_hedge_without_ties_moves_as_it_would_alone():
    # its own twelve words and the five that are shared
    rng = np.random.default_rng(6)
    ties = {"link_mean": 0.0, "link_sd": 0.0, "slow_correlation": 0.0, "fast_correlation": 0.0}
    law = pair(1, 1, **ties, common_jumps=1.0, jump_correlation=0.0).law
    state, alone = blank(laws.HourlyPairState), blank(laws.HourlyState)
    for bar in range(3):
        words = rng.integers(0, 2**63, laws.HOURLY_PAIR_WORDS, dtype=np.uint64)
        words[14] = 0  # both coins jump
        own = (*words[17:27], *words[10:15], *words[27:])
        with np.errstate(all="ignore"):
            coins, state = laws.hourly_pair(bar, (1.2, 0.7), state, tuple(words), law)
            coin, alone = laws.hourly(bar, 0.7, alone, own, law.hedge)
        assert coins.hedge == coin
        assert alone.burst > 0.0  # it did jump


@pytest.fixture(scope="module")
def following():
    """BTC as the hedge of ETH."""
    bars = pair(3000, 21).bars()
    return {
        name.removeprefix("hedge_"): values
        for name, values in bars.items()
        if name.startswith("hedge_")
    }


@pytest.fixture(scope="module")
def leading():
    """BTC alone."""
    return scenarios.simulate("btc-2023", **SMALL, n_paths=3000, seed=22).bars()


def jumps_of(bars, prefix=""):
    gaps = bars[f"{prefix}mark_open"][:, 1:] != bars[f"{prefix}mark"][:, :-1]
    return gaps[:, WARM_UP:]


STATISTICS = {
    "mean absolute return": lambda bars: np.abs(bars["index_return"]).mean(axis=1),
    "mean square return": lambda bars: (bars["index_return"] ** 2).mean(axis=1),
    "log volatility": lambda bars: np.log(bars["sigma"]).mean(axis=1),
    "its square": lambda bars: (np.log(bars["sigma"] / 0.0034) ** 2).mean(axis=1),
    "jumps": lambda bars: jumps_of(bars).mean(axis=1),
    "basis": lambda bars: bars["basis"].mean(axis=1),
    "premium at the end": lambda bars: bars["premium"][:, -1],
    "log volume": lambda bars: np.log(bars["volume"]).mean(axis=1),
    "range": lambda bars: np.log(bars["mark_high"] / bars["mark_low"]).mean(axis=1),
    "half-spread": lambda bars: np.log(bars["half_spread"]).mean(axis=1),
    "growth": lambda bars: bars["index"][:, -1] / bars["index"][:, WARM_UP],
    "weekend": lambda bars: np.log(bars["sigma"][:, -40:]).mean(axis=1),  # its own profile
}


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_coin_that_follows_has_the_law_it_has_alone(statistic, leading, following):
    one, error = mean_and_error(STATISTICS[statistic](leading))
    other, its_error = mean_and_error(STATISTICS[statistic](following))
    assert abs(one - other) < 5.0 * math.hypot(error, its_error)


def test_both_coins_are_martingales_even_where_all_is_violent():
    # twenty times as volatile, one bar in five jumps by 20 %: half the variance is far above error
    violent = {"sigma": 0.06, "jump_rate": 0.2, "jump_sd": 0.2, "burst": 0.0}
    for returns in after_t0(pair(1000, 23, violent).bars(), "index_return"):
        assert_mean(np.expm1(returns).mean(axis=1), 0.0)


# -- what ties them ------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def linked():
    """Without jumps; the link wide and far from one."""
    market = pair(4000, 24, {"jump_rate": 0.0}, link_mean=0.5, link_sd=0.6)
    bars = market.bars()
    (x, y), (s, t) = after_t0(bars, "index_return"), after_t0(bars, "sigma")
    return market.law, x * y / (s * t)


def test_returns_have_the_mean_correlation_of_the_link(linked):
    # E tanh z; the shared mixing variable has mean one
    law, products = linked
    assert_mean(products.mean(axis=1), expected_of(np.tanh, law))


def test_correlation_moves_from_path_to_path_and_slowly(linked):
    # two parts of a week see one correlation: their covariance is the variance of tanh z, less what
    # the link forgets between their middles, 84 of 1,721 hours (5 %; of a wide link a little more)
    law, products = linked
    mean = expected_of(np.tanh, law)
    early, late = products[:, :84].mean(axis=1) - mean, products[:, 84:].mean(axis=1) - mean
    variance = expected_of(lambda z: (np.tanh(z) - mean) ** 2, law)
    found, error = mean_and_error(early * late)
    assert abs(found - 0.95 * variance) < 5.0 * error + 0.02 * variance
    assert found > 10.0 * error


def test_the_fits_have_the_correlations_their_file_says():
    # E tanh z is about tanh of the mean less sd^2 tanh (1 - tanh^2): .864 - .014 and .885 - .013
    for year, expected in (("2023", 0.850), ("2020", 0.872)):
        market = scenarios.simulate(f"btc-{year}", hedged_with=f"eth-{year}", n_paths=1)
        assert expected_of(np.tanh, market.law) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize(
    ("moving", "still", "tie"),
    [("slow_sd", "fast_sd", "slow_correlation"), ("fast_sd", "slow_sd", "fast_correlation")],
)
def test_volatility_factors_are_correlated_as_stated(moving, still, tie):
    # stationary factors of one memory: correlated as their shocks are, in every bar
    law = {"jump_rate": 0.0, still: 0.0, moving: 0.4}
    bars = pair(2000, 25, law, **{tie: 0.7}).bars()
    for bar in (WARM_UP, -1):
        x, y = (np.log(bars[f"{name}sigma"][:, bar]) for name in ("", "hedge_"))
        assert_mean((x - x.mean()) * (y - y.mean()) / 0.16, 0.7)


@pytest.fixture(scope="module")
def jumping():
    """One bar in ten jumps, 70 % of them together, sizes correlated .6 and of deviation 2 %."""
    law = {"jump_rate": 0.1, "jump_sd": 0.02, "jump_slow_exponent": 0.0, "burst": 0.0}
    return pair(1000, 26, law, common_jumps=0.7, jump_correlation=0.6).bars()


def test_a_share_of_jumps_is_common_and_each_coin_has_as_many_as_it_should(jumping):
    holding, hedge = jumps_of(jumping), jumps_of(jumping, "hedge_")
    for found, expected in ((holding, 0.1), (hedge, 0.1), (holding & hedge, 0.07)):
        assert_mean(found.mean(axis=1), expected)


def test_sizes_of_common_jumps_are_correlated_and_those_of_lonely_ones_are_not(jumping):
    # J = d N - d^2/2
    sizes = [
        np.log(jumping[f"{name}mark_open"][:, 1:] / jumping[f"{name}mark"][:, :-1])[:, WARM_UP:]
        for name in ("", "hedge_")
    ]
    holding, hedge = ((size + 0.5 * 0.02**2) / 0.02 for size in sizes)
    common = jumps_of(jumping) & jumps_of(jumping, "hedge_")
    assert_mean((holding * hedge)[common], 0.6)
    assert_mean((hedge**2)[common], 1.0)
    lonely = jumps_of(jumping, "hedge_") & ~common
    assert_mean((hedge**2)[lonely], 1.0)


# -- where the holding must end ------------------------------------------------------------------
def test_the_holding_ends_where_it_must_and_the_hedge_where_it_went_in_free_paths():
    free = pair(20_000, 27)
    x, y = (each.sum(axis=1) for each in after_t0(free.bars(), "index_return"))
    near = y[np.abs(x - math.log(1.1)) < 0.01]
    given = scenarios.bridge(replace(free, n_paths=2000, seed=28), terminal_return=0.1)
    x, y = (each.sum(axis=1) for each in after_t0(given.bars(), "index_return"))
    np.testing.assert_allclose(x, math.log(1.1), rtol=0.0, atol=1e-9)
    (one, error), (other, its_error) = mean_and_error(y), mean_and_error(near)
    assert abs(one - other) < 5.0 * math.hypot(error, its_error)
    assert one > 20.0 * error


def test_common_jumps_of_a_bridged_holding_carry_the_hedge_along():
    # jumps alone, all common: y + V/2 = r (x + V/2) + noise of mean zero, V = jumps x d^2
    law = {"jump_rate": 0.2, "jump_sd": 0.05, "jump_slow_exponent": 0.0, "burst": 0.0}
    market = pair(500, 29, law | {"sigma": 1e-5}, common_jumps=1.0, jump_correlation=0.9)
    bars = scenarios.bridge(market, terminal_return=0.3).bars()
    x, y = (each.sum(axis=1) for each in after_t0(bars, "index_return"))
    half = 0.5 * jumps_of(bars).sum(axis=1) * 0.05**2
    assert_mean(y + half - 0.9 * (x + half), 0.0)
