"""Market laws against closed forms; every statistical tolerance is five standard errors."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hedgelab import scenarios
from hedgelab.kernels import laws

HOURS = 8760
WARM_UP = 80  # ten times the memory of a jump


def mean_and_error(values):
    """Return the mean of independent values, and its standard error."""
    return values.mean(), values.std(ddof=1) / math.sqrt(values.size)


def assert_mean(values, expected):
    """Check a mean of independent values, one a path, to five standard errors."""
    mean, error = mean_and_error(np.asarray(values))
    assert abs(mean - expected) < 5.0 * error, (
        f"{mean:.6g} against {expected:.6g}, error {error:.2g}"
    )


def with_law(market, **changes):
    """Return the market with other parameters of its law."""
    return replace(market, law=market.law._replace(**changes))


@pytest.fixture(scope="module")
def fit():
    """Parameters of the fit, as the file states them."""
    return scenarios.facts("btc-2023")


@pytest.fixture(scope="module")
def week():
    """A week of 1,500 paths, warm-up left out; axis 1 is the bar, 0 to 168."""
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=1500, warm_up=WARM_UP, seed=101)
    return {name: values[:, WARM_UP:] for name, values in market.bars().items()}


@pytest.fixture(scope="module")
def calm():
    """The law without jumps, seen from its very first bar."""
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=3000, warm_up=0, seed=102)
    return with_law(market, jump_rate=0.0).bars()


# -- volatility ----------------------------------------------------------------------------------
def annual_variance(fit, slow_sd):
    """Variance of a year in closed form: diffusion with its factors and bursts, and jumps."""
    jumps_an_hour = fit["jump_rate"] / HOURS
    keep = math.exp(-1.0 / fit["burst_tau_hours"])
    bursts = math.prod(
        1.0 + jumps_an_hour * math.expm1(2.0 * fit["burst"] * keep**i) for i in range(1, 500)
    )
    week = np.array(5 * fit["profile_weekday"] + 2 * fit["profile_weekend"])
    factors = math.exp(2.0 * slow_sd**2 + 2.0 * fit["fast_sd"] ** 2)
    diffusion = fit["sigma_0"] ** 2 * factors * bursts * (week**2).mean()
    scaled = math.exp(2.0 * fit["jump_vol_exponent"] ** 2 * slow_sd**2)
    return diffusion + fit["jump_rate"] * fit["jump_sd"] ** 2 * scaled


@pytest.fixture(scope="module")
def many_weeks():
    """Mean square of hourly returns, sum of variances and end of 16,000 paths of a week."""
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=16_000, warm_up=WARM_UP, seed=103)
    squares, variances, ends = [], [], []
    for first in range(0, market.n_paths, 2000):
        bars = market.bars(first, 2000)
        after = bars["index_return"][:, WARM_UP + 1 :]
        squares.append((after**2).mean(axis=1))
        variances.append((bars["sigma"][:, WARM_UP + 1 :] ** 2).sum(axis=1))
        ends.append(after.sum(axis=1))
    return tuple(np.concatenate(each) for each in (squares, variances, ends))


def test_closed_form_of_the_fit_is_the_published_volatility(fit):
    # 51.6 % a year for this fit with a mean jump of -0.2; without that mean 9.7 % of the variance
    # shrinks by 0.04 / 1.04, a tenth of a percentage point of volatility
    assert math.sqrt(annual_variance(fit, fit["slow_sd"])) == pytest.approx(0.515, abs=0.001)


def test_annual_volatility_is_that_of_the_closed_form(fit, many_weeks):
    squares, _, _ = many_weeks
    assert_mean(HOURS * squares, annual_variance(fit, fit["slow_sd"]))


def test_annual_volatility_without_the_slow_factor_is_that_of_the_closed_form(fit):
    # nothing persistent left: the same number of bars measures the rest six times as sharply
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=3000, warm_up=WARM_UP, seed=104)
    returns = with_law(market, slow_sd=0.0).bars()["index_return"][:, WARM_UP + 1 :]
    assert_mean(HOURS * (returns**2).mean(axis=1), annual_variance(fit, 0.0))


def test_mean_absolute_return_without_jumps_is_that_of_the_closed_form(fit, calm):
    # E|N| = sqrt(2 / pi); E sqrt(w) = sqrt(6) E 1/chi(8) = sqrt(3) Gamma(7/2) / Gamma(4)
    week = np.array(5 * fit["profile_weekday"] + 2 * fit["profile_weekend"])
    factors = math.exp(0.5 * (fit["slow_sd"] ** 2 + fit["fast_sd"] ** 2))
    student = math.sqrt(2.0 / math.pi) * math.sqrt(3.0) * math.gamma(3.5) / math.gamma(4.0)
    expected = fit["sigma_0"] / math.sqrt(HOURS) * factors * week.mean() * student
    assert_mean(np.abs(calm["index_return"][:, 1:]).mean(axis=1), expected)


def test_returns_over_their_volatility_have_variance_one(calm):
    assert_mean((calm["index_return"] ** 2 / calm["sigma"] ** 2).mean(axis=1), 1.0)


def test_volatility_factors_start_in_their_stationary_law(fit, calm):
    # variance s_1^2 + s_2^2 at the first bar and a week later; its estimate is off by sqrt(2 / n)
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=1)
    week = np.roll(market.profile, 1)  # bar 0 is the hour before Monday 00:00
    for bar in (0, 1, 24, 168):
        factors = np.log(calm["sigma"][:, bar] / (market.law.sigma * week[bar % 168]))
        expected = fit["slow_sd"] ** 2 + fit["fast_sd"] ** 2
        allowed = 5.0 * math.sqrt(2.0 / factors.size) * expected
        np.testing.assert_allclose(factors.var(), expected, rtol=0.0, atol=allowed)
        assert_mean(factors, 0.0)


def test_volatility_factors_keep_what_their_time_constants_say(fit, calm):
    # covariance over 24 hours: s_1^2 e^(-24 / 1200) + s_2^2 e^(-24 / 4)
    log_sigma = np.log(calm["sigma"])
    first, later = (log_sigma[:, bar] - log_sigma[:, bar].mean() for bar in (0, 24))
    expected = fit["slow_sd"] ** 2 * math.exp(-0.02) + fit["fast_sd"] ** 2 * math.exp(-6.0)
    assert_mean(first * later, expected)


@pytest.mark.parametrize("start_hour", [0, 30])
def test_hour_that_opens_at_14_on_weekdays_is_the_most_volatile(start_hour):
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=600, seed=105, start_hour=start_hour)
    market = with_law(market, jump_rate=0.0, fast_sd=0.0)
    log_sigma = np.log(market.bars()["sigma"][:, market.warm_up + 1 :]).mean(axis=0)
    opens_at = (start_hour + np.arange(168)) % 168  # bar 1 opens at t0
    wildest = opens_at[np.argsort(log_sigma)[-5:]]
    assert sorted(wildest) == [24 * day + 14 for day in range(5)]


# -- the price is a martingale -------------------------------------------------------------------
def growth_a_bar(market):
    """Return the mean simple return of each path's bars after t0."""
    returns = market.bars()["index_return"][:, market.warm_up + 1 :]
    return np.expm1(returns).mean(axis=1)


def test_law_is_a_martingale(week):
    assert_mean(week["index"][:, -1] / week["index"][:, 0], 1.0)


def test_diffusion_is_compensated_even_where_it_is_violent():
    # twenty times as volatile: half the variance is far above the error
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=1000, warm_up=0, seed=106)
    market = with_law(market, sigma=20.0 * market.law.sigma, jump_rate=0.0)
    assert_mean(growth_a_bar(market), 0.0)


@pytest.fixture(scope="module")
def jumpy():
    """A market of large jumps: one in five bars, and almost nothing else."""
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=1000, warm_up=0, seed=107)
    return with_law(market, jump_rate=0.2, jump_sd=0.2, burst=0.0, sigma=1e-4)


def test_jumps_are_compensated_even_where_they_are_large(jumpy):
    assert_mean(growth_a_bar(jumpy), 0.0)


def test_jumps_come_as_often_as_their_rate_says(jumpy):
    bars = jumpy.bars()
    jumps = bars["mark_open"][:, 1:] != bars["mark"][:, :-1]
    allowed = 5.0 * math.sqrt(0.2 * 0.8 / jumps.size)
    np.testing.assert_allclose(jumps.mean(), 0.2, rtol=0.0, atol=allowed)


def test_geometric_brownian_motion_is_a_martingale():
    index = scenarios.gbm(volatility=2.0, n_bars=168, n_paths=4000, seed=108).bars()["index"]
    assert_mean(index[:, -1] / index[:, 0], 1.0)


def test_drift_is_added_to_the_log_return_of_every_bar():
    # the same words with a drift of 0.876 a year: 1e-4 more each hour
    still, moving = (
        scenarios.simulate("btc-2023", weeks=1, n_paths=8, seed=1, drift=drift).bars()[
            "index_return"
        ]
        for drift in (0.0, 0.876)
    )
    np.testing.assert_allclose(moving - still, 1e-4, rtol=0.0, atol=1e-15)


# -- prices of one bar ---------------------------------------------------------------------------
def test_index_and_mark_follow_their_returns(week):
    for price, returned in (("index", "index_return"), ("mark", "mark_return")):
        moved = np.log(week[price][:, 1:] / week[price][:, :-1])
        np.testing.assert_allclose(moved, week[returned][:, 1:], rtol=0.0, atol=1e-9)


def test_mark_is_the_index_and_its_basis(week):
    np.testing.assert_allclose(week["mark"], week["index"] * (1.0 + week["basis"]), rtol=1e-15)


def test_premium_is_the_mean_of_eight_bases_the_latest_weighing_most(week):
    basis = week["basis"]
    n = basis.shape[1] - 7
    weighted = sum(i * basis[:, i - 1 : i - 1 + n] for i in range(1, 9)) / 36.0
    np.testing.assert_allclose(week["premium"][:, 7:], weighted, rtol=0.0, atol=1e-15)


def test_low_and_high_enclose_last_close_open_and_close(week):
    last = week["mark"][:, :-1]
    low, high, opened, close = (
        week[name][:, 1:] for name in ("mark_low", "mark_high", "mark_open", "mark")
    )
    for price in (last, opened, close):
        assert np.all(low <= price * (1.0 + 1e-9))
        assert np.all(high >= price * (1.0 - 1e-9))


def test_a_bar_gaps_from_the_last_close_only_where_the_price_jumps(fit, week):
    gaps = np.log(week["mark_open"][:, 1:] / week["mark"][:, :-1])
    jumps = gaps != 0.0
    odds = fit["jump_rate"] / HOURS
    allowed = 5.0 * math.sqrt(odds * (1.0 - odds) / jumps.size)
    np.testing.assert_allclose(jumps.mean(), odds, rtol=0.0, atol=allowed)
    # squares of the gaps: j^2 E exp(2 gamma x); most paths have one or two, so they are independent
    expected = fit["jump_sd"] ** 2 * math.exp(
        2.0 * fit["jump_vol_exponent"] ** 2 * fit["slow_sd"] ** 2
    )
    assert_mean(gaps[jumps] ** 2, expected)


def test_first_bar_opens_at_the_start_price(calm, fit):
    # no close before it: mark_open is the start price with the basis of the bar's close
    opened = fit["start_price"] * (1.0 + calm["basis"][:, 0])
    np.testing.assert_allclose(calm["mark_open"][:, 0], opened, rtol=1e-12)


@pytest.mark.parametrize(
    ("side", "factor"), [("mark_low", "bridge_low"), ("mark_high", "bridge_high")]
)
def test_wicks_are_those_of_a_bridge_with_the_mixed_variance_of_the_bar(fit, calm, side, factor):
    # l = (m - sqrt(m^2 - 2 V ln U)) / 2 gives 2 l (l - m) / sigma^2 = -f^2 w ln U, of mean f^2;
    # w = 6 / chi2(8), so it exceeds x with odds E exp(-x chi2 / (6 f^2)) = (1 + x / (3 f^2))^-4
    wick = np.log(calm[side][:, 1:] / calm["mark_open"][:, 1:])
    move = calm["mark_return"][:, 1:]
    ratio = 2.0 * wick * (wick - move) / calm["sigma"][:, 1:] ** 2
    assert_mean(ratio.mean(axis=1), fit[factor] ** 2)
    for level in (0.5, 2.0, 8.0):
        odds = (1.0 + level / (3.0 * fit[factor] ** 2)) ** -4
        assert_mean((ratio > level).mean(axis=1), odds)


def normal(x):
    """Distribution function of a standard normal."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@pytest.fixture(scope="module")
def million_bars():
    """A million bars of Brownian motion: sigma, log low and log high from the open over sigma."""
    market = scenarios.gbm(volatility=2.0, n_bars=249, n_paths=4000, seed=109)
    bars = market.bars()
    sigma = market.law.sigma
    return sigma, *(
        np.log(bars[side] / bars["mark_open"]) / sigma for side in ("mark_low", "mark_high")
    )


@pytest.mark.parametrize("level", [0.05, 0.3, 1.0, 2.0, 3.0])
def test_low_and_high_obey_the_reflection_principle(million_bars, level):
    # log price is Brownian with drift -s^2/2: touched below by b with
    # N((-b - m) / s) + exp(-2 m b / s^2) N((-b + m) / s), m = -s^2/2; above with m = s^2/2
    sigma, low, high = million_bars
    for m, touched in ((-sigma / 2.0, low < -level), (sigma / 2.0, high > level)):
        odds = normal(-level - m) + math.exp(-2.0 * m * level) * normal(-level + m)
        allowed = 5.0 * math.sqrt(odds * (1.0 - odds) / touched.size)
        np.testing.assert_allclose(touched.mean(), odds, rtol=0.0, atol=allowed)


# -- basis, spread, volume -----------------------------------------------------------------------
def test_basis_without_its_noise_never_falls_below_its_floor(fit):
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=200, seed=110)
    basis = with_law(market, basis_noise=0.0).bars()["basis"]
    assert basis.min() > fit["basis_floor_bp"] * 1e-4
    assert basis.max() > 0.0


def test_basis_follows_past_returns(week):
    # its slow factor is pushed by the bar's own innovation
    moved = week["index_return"][:, 1:] / week["sigma"][:, 1:]
    assert np.corrcoef(moved.sum(axis=1), week["basis"][:, -1] - week["basis"][:, 0])[0, 1] > 0.3


def test_half_spread_is_half_a_tick_in_quiet_hours_and_wider_in_wild_ones(fit, week):
    relative = week["sigma"] / fit["sigma_rms"]
    stress = np.maximum(1.0, relative) ** fit["spread_vol_exponent"]
    expected = 0.5 * fit["spread_tick"] / week["index"] * stress
    np.testing.assert_allclose(week["half_spread"], expected, rtol=1e-8)


def test_volume_scatters_around_the_range_of_its_bar(fit, week):
    # ln V = ln V_med + beta ln(range / median) + slow + white, of variances 0.25^2 and 0.27^2
    log_range = np.log(np.log(week["mark_high"] / week["mark_low"]) / fit["volume_range_median"])
    rest = np.log(week["volume"] / fit["volume_median"]) - fit["volume_range_exponent"] * log_range
    expected = fit["volume_slow_sd"] ** 2 + fit["volume_white_sd"] ** 2
    assert_mean((rest**2).mean(axis=1), expected)
    assert_mean(rest.mean(axis=1), 0.0)


# -- paths that must end somewhere ---------------------------------------------------------------
def density_of_end(variance, end):
    """Density of a Gaussian of mean -variance/2, up to a constant."""
    return variance**-0.5 * math.exp(-((end + variance / 2.0) ** 2) / (2.0 * variance))


def accepted(variance, end, smallest=0.0):
    """Odds with which a path is kept, in plain Python; the words in its logarithm wrap around."""
    with np.errstate(over="ignore"):
        return laws.acceptance(np.float64(variance), np.float64(end), np.float64(smallest))


@pytest.mark.parametrize(("variance", "end"), [(0.04, 0.1), (0.002, 0.1), (0.01, -0.2), (0.3, 0.5)])
def test_acceptance_is_the_density_over_its_maximum(variance, end):
    grid = np.geomspace(1e-6, 10.0, 20_001)
    most = max(density_of_end(each, end) for each in grid)
    found = accepted(variance, end)
    assert found == pytest.approx(density_of_end(variance, end) / most, rel=1e-6)


def test_acceptance_is_one_at_the_most_likely_variance_only():
    # V* = -2 + 2 sqrt(1 + a^2); a = 0.75 gives 0.5
    assert accepted(0.5, 0.75) == 1.0
    assert accepted(0.45, 0.75) < 1.0
    assert accepted(0.55, 0.75) < 1.0


def test_variances_below_the_smallest_of_the_pilot_are_always_accepted():
    # an end of 0 is most likely without any variance: the maximum is taken at 0.01 instead
    for variance, expected in ((0.005, 1.0), (0.01, 1.0), (0.04, None)):
        found = accepted(variance, 0.0, 0.01)
        expected = (
            density_of_end(0.04, 0.0) / density_of_end(0.01, 0.0) if expected is None else expected
        )
        assert found == pytest.approx(expected, rel=1e-8)


def test_bridged_brownian_motion_is_a_brownian_bridge():
    # half way: mean a / 2 and variance s^2 n / 4
    market = scenarios.gbm(n_bars=168, n_paths=4000, seed=111)
    index = scenarios.bridge(market, terminal_return=0.05).bars()["index"]
    np.testing.assert_allclose(index[:, -1] / index[:, 0], 1.05, rtol=1e-10)
    half_way = np.log(index[:, 84] / index[:, 0])
    assert_mean(half_way, math.log(1.05) / 2.0)
    expected = market.law.sigma**2 * 168 / 4.0
    allowed = 5.0 * math.sqrt(2.0 / half_way.size) * expected
    np.testing.assert_allclose(half_way.var(), expected, rtol=0.0, atol=allowed)


def test_bridged_paths_vary_like_free_paths_that_happen_to_end_there(many_weeks):
    # the far end: + 15 % in a week, where volatile paths are over-represented
    end = math.log(1.15)
    _, variances, ends = many_weeks
    near = variances[np.abs(ends - end) < 0.015]
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=600, warm_up=WARM_UP, seed=112)
    bars = scenarios.bridge(market, terminal_return=0.15).bars()
    returns = bars["index_return"][:, WARM_UP + 1 :]
    np.testing.assert_allclose(returns.sum(axis=1), end, rtol=0.0, atol=1e-9)
    bridged = (bars["sigma"][:, WARM_UP + 1 :] ** 2).sum(axis=1)
    (one, error), (other, its_error) = mean_and_error(bridged), mean_and_error(near)
    assert abs(one - other) < 5.0 * math.hypot(error, its_error)
    # paths at large are calmer by far more than that
    assert one - variances.mean() > 5.0 * math.hypot(error, its_error)


def test_warm_up_of_a_bridged_path_is_left_as_it_was_drawn():
    # a far end, so that a pull on the warm-up would show; most paths are kept at the first attempt
    free = scenarios.simulate("btc-2023", weeks=1, n_paths=400, warm_up=WARM_UP, seed=113)
    bridged = scenarios.bridge(free, terminal_return=0.10)
    before, drawn = (market.bars()["index_return"][:, : WARM_UP + 1] for market in (bridged, free))
    same = (before == drawn).all(axis=1)
    assert same.mean() > 0.1
    others = before[~same].sum(axis=1)  # later attempts: drawn anew, and pulled no more than these
    assert abs(others.mean()) < 5.0 * others.std() / math.sqrt(others.size)


def test_basis_of_a_bridged_path_is_that_of_free_paths_with_the_same_end():
    # the bridged innovation drives the basis: it must rise with the market as in free paths
    free = scenarios.simulate("btc-2023", weeks=2, n_paths=20_000, warm_up=WARM_UP, seed=114)
    bars = free.bars()
    ends = bars["index"][:, -1] / bars["index"][:, WARM_UP] - 1.0
    near = bars["basis"][np.abs(ends - 0.15) < 0.02, WARM_UP:]
    given = scenarios.bridge(replace(free, n_paths=4000), terminal_return=0.15)
    bridged = given.bars()["basis"][:, WARM_UP:]
    for at in (0, 168, 336):  # at t0, half-way, and at the end
        one, error = mean_and_error(bridged[:, at])
        other, its_error = mean_and_error(near[:, at])
        assert abs(one - other) < 5.0 * math.hypot(error, its_error)
    assert mean_and_error(bridged[:, -1] - bridged[:, 0])[0] > 5.0 * error


def test_volatility_is_clipped_where_its_factors_run_away():
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=64, warm_up=0, seed=115)
    wild = replace(market, law=market.law._replace(slow_sd=20.0))
    season = np.roll(wild.profile, 1)[np.arange(169) % 168]  # of the hour in which a bar opens
    log_excitement = np.log(wild.bars()["sigma"] / (wild.law.sigma * season))
    assert log_excitement.max() == pytest.approx(3.5, abs=1e-8)
    assert log_excitement.min() == pytest.approx(-4.0, abs=1e-8)


@pytest.mark.parametrize("end", [-0.9, -0.1, 0.0, 0.083, 0.4, 2.0])
@pytest.mark.parametrize("smallest", [1e-6, 1e-3, 0.1])
def test_odds_of_being_kept_are_odds(end, smallest):
    for variance in np.geomspace(1e-8, 1e3, 60):
        assert 0.0 <= accepted(variance, end, smallest) <= 1.0
