"""Market laws: one bar of a coin from its law, its memory and its random words.

A law takes ``(time, season, state, draws, law)`` and returns ``(instrument, state)``; for two coins
it takes a season each and returns ``(coins, state)``.  Its parameters begin with a drift and its
state with a `Bridge`, both of the holding.  Its draws are made every bar whether used or not
(decision record 0004 gives their order), and its prices are exact martingales when the drift is
zero, because every piece is compensated given what it is conditioned on.
"""

from typing import NamedTuple

from hedgelab.kernels.elementary import exp, log, log1p_small, normal_pair, uniform
from hedgelab.kernels.records import Coins, Instrument, delayed
from hedgelab.kernels.words import any_of, clamp, larger, negate, select, smaller, sqrt

BELOW_ONE = 1.0 - 2.0**-53
LEAST_LOG_ODDS = -700.0  # exp is made for |x| < 700


class Bridge(NamedTuple):
    """What a path conditioned on its end needs; all zero for a free path."""

    delta: float = 0.0  # pull on every return, per unit of its variance [1]
    variance: float = 0.0  # of the log return since t0, given volatilities and jump times [1]
    total: float = 0.0  # log return since t0 [1]


def pull(bridge, time):
    """Pull on the return of a bar, per unit of its variance; none before t0."""
    return select(time > 0.0, bridge.delta, 0.0)


def bridged(bridge, time, log_return, variance):
    """The bridge after one more bar; only bars after t0 count."""
    counts = select(time > 0.0, 1.0, 0.0)
    return Bridge(
        bridge.delta, bridge.variance + counts * variance, bridge.total + counts * log_return
    )


def factor(started, before, keep, stationary_sd, shock):
    """An Ornstein-Uhlenbeck factor after one bar, or its stationary start."""
    kept = select(started, keep, 0.0)
    renewed = select(started, sqrt(1.0 - keep * keep), 1.0)
    return kept * before + stationary_sd * renewed * shock


def mixed(correlation, leading, own):
    """A standard normal that has this correlation with a leading one."""
    return correlation * leading + sqrt(1.0 - correlation * correlation) * own


def low_of(move, twice_variance, log_uniform):
    """Log low of a Brownian path that ends at `move` (Beghin and Orsingher 1999)."""
    return 0.5 * (move - sqrt(move * move - twice_variance * log_uniform))


def high_of(move, twice_variance, log_uniform):
    """Log high of a Brownian path that ends at `move`."""
    return 0.5 * (move + sqrt(move * move - twice_variance * log_uniform))


# -- the hourly law of a coin --------------------------------------------------------------------
class Hourly(NamedTuple):
    """Two-factor stochastic volatility with jumps that lift it, a floored basis, and volume.

    Every name says what the market file says of it; per hour, and log units unless said otherwise.
    """

    drift: float = 0.0
    sigma: float = 0.0034
    slow_sd: float = 0.389
    slow_keep: float = 0.99917
    fast_sd: float = 0.33
    fast_keep: float = 0.7788
    jump_rate: float = 0.01
    jump_sd: float = 0.0162
    jump_slow_exponent: float = 0.5
    burst: float = 0.95
    burst_keep: float = 0.8825
    excitement_floor: float = -4.0
    excitement_cap: float = 3.5
    low_factor: float = 1.07
    high_factor: float = 1.03
    sigma_rms: float = 0.00524
    basis_floor: float = -4.8e-4
    basis_scale: float = 8.3e-4
    basis_centre: float = 0.25
    basis_bend: float = 1.4e-4
    basis_slow_keep: float = 0.99885
    basis_return_share: float = 0.889
    basis_fast_sd: float = 0.164
    basis_fast_keep: float = 0.895
    basis_noise: float = 1e-4
    volume_median: float = 4.1e8
    volume_range_exponent: float = 1.15
    volume_range_median: float = 0.005
    volume_slow_sd: float = 0.25
    volume_slow_keep: float = 0.9994
    volume_noise: float = 0.27
    half_tick: float = 0.05
    spread_exponent: float = 1.1
    price: float = 100.0
    lookback: float = 8.0  # bases in the premium [bars]


class HourlyState(NamedTuple):
    """Memory of the hourly law."""

    bridge: Bridge
    index: float = 0.0
    mark: float = 0.0
    slow: float = 0.0
    fast: float = 0.0
    burst: float = 0.0
    basis_slow: float = 0.0
    basis_fast: float = 0.0
    log_basis: float = 0.0  # log(mark / index)
    volume_slow: float = 0.0
    bases: float = 0.0  # sum of the last eight
    weighted_bases: float = 0.0  # the same, weighted 1 to 8
    basis_then: delayed = 0.0
    started: bool = False


class Shocks(NamedTuple):
    """What moves one hour of a coin: standard normals, and two uniforms for its extremes."""

    price: float
    jump: float
    slow: float
    fast: float
    basis_slow: float
    basis_fast: float
    basis_noise: float
    volume: float
    volume_slow: float
    spare: float
    low: float
    high: float


HOURLY_WORDS = 17
SMALLEST_RANGE = 1e-12


def shocks_of(words):
    """A coin's own shocks from its twelve random words."""
    (w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, u_low, u_high) = words
    price, jump = normal_pair(w1, w2)
    slow, fast = normal_pair(w3, w4)
    basis_slow, basis_fast = normal_pair(w5, w6)
    basis_noise, volume = normal_pair(w7, w8)
    volume_slow, spare = normal_pair(w9, w10)
    low, high = uniform(u_low), uniform(u_high)
    return Shocks(
        *(price, jump, slow, fast, basis_slow, basis_fast, basis_noise),
        *(volume, volume_slow, spare, low, high),
    )


def mixing_of(words):
    """Random variance of mean 1 that makes a normal return a Student t with 8 degrees."""
    u1, u2, u3, u4 = words
    chi2 = -2.0 * log(smaller(uniform(u1) * uniform(u2) * uniform(u3) * uniform(u4), BELOW_ONE))
    return 6.0 / chi2


def jump_size(slow, law):
    """Standard deviation of a jump's log size."""
    return law.jump_sd * exp(law.jump_slow_exponent * slow)


def hourly(time, season, state, draws, law):
    """One hour of a coin; `season` is the hour-of-week factor of its volatility."""
    shocks = shocks_of(draws[:10] + draws[15:])
    jumps = 1.0 - uniform(draws[14]) < law.jump_rate
    return hour(time, season, state, shocks, mixing_of(draws[10:14]), jumps, law)


def hour(time, season, state, shocks, mixing, jumps, law):
    """One hour of a coin, given what moves it.

    Bases before the first bar count as zero, so the premium is whole after eight bars of warm-up.
    """
    started = any_of(state.started)  # all paths start together

    # slow and fast factors; the first bar draws them from their stationary law
    slow = factor(started, state.slow, law.slow_keep, law.slow_sd, shocks.slow)
    fast = factor(started, state.fast, law.fast_keep, law.fast_sd, shocks.fast)
    basis_fast = factor(
        started, state.basis_fast, law.basis_fast_keep, law.basis_fast_sd, shocks.basis_fast
    )
    volume_slow = factor(
        started, state.volume_slow, law.volume_slow_keep, law.volume_slow_sd, shocks.volume_slow
    )
    index_before = select(started, state.index, law.price)

    # price
    log_excitement = clamp(slow + fast + state.burst, law.excitement_floor, law.excitement_cap)
    level = law.sigma * season
    root_of_sigma = sqrt(level) * exp(0.5 * log_excitement)
    sigma = root_of_sigma * root_of_sigma
    diffusion_variance = sigma * sigma * mixing
    delta = pull(state.bridge, time)
    jump, jump_variance = 0.0 * sigma, 0.0 * sigma
    if any_of(jumps):
        size = jump_size(slow, law)
        moved = size * shocks.jump - 0.5 * (size * size) + (size * size) * delta
        jump = select(jumps, moved, 0.0)
        jump_variance = select(jumps, size * size, 0.0)
    innovation = sqrt(mixing) * shocks.price + sigma * mixing * delta
    log_return = law.drift + (sigma * innovation - 0.5 * diffusion_variance) + jump
    index = index_before * exp(log_return)

    # basis: a floor, and a slow factor that follows past returns
    share = law.basis_return_share
    pushed = share * innovation + sqrt(1.0 - share * share) * shocks.basis_slow
    basis_slow = factor(started, state.basis_slow, law.basis_slow_keep, 1.0, pushed)
    lifted = law.basis_scale * (basis_slow + basis_fast - law.basis_centre)
    basis = (
        law.basis_floor
        + 0.5 * (lifted + sqrt(lifted * lifted + law.basis_bend * law.basis_bend))
        + law.basis_noise / sqrt(law.sigma_rms) * root_of_sigma * shocks.basis_noise
    )
    log_basis = log1p_small(basis)
    mark = index * (1.0 + basis)
    mark_before = select(started, state.mark, index_before * (1.0 + basis))
    mark_return = log_return + (log_basis - select(started, state.log_basis, log_basis))
    weighted_bases = state.weighted_bases + (8.0 * basis - state.bases)
    bases = state.bases + (basis - state.basis_then)

    # low and high of the mark: the jump comes first, then a Brownian bridge
    mark_open = mark_before
    if any_of(jumps):
        mark_open = select(jumps, mark_before * exp(jump), mark_before)
    rest = mark_return - jump
    twice_low = 2.0 * (law.low_factor * law.low_factor) * diffusion_variance
    twice_high = 2.0 * (law.high_factor * law.high_factor) * diffusion_variance
    log_low = smaller(jump + low_of(rest, twice_low, log(shocks.low)), 0.0)
    log_high = larger(jump + high_of(rest, twice_high, log(shocks.high)), 0.0)

    # volume from the bar's range, half-spread from tick and volatility
    log_range = log(larger(log_high - log_low, SMALLEST_RANGE)) - log(law.volume_range_median)
    surplus = law.volume_range_exponent * log_range + volume_slow + law.volume_noise * shocks.volume
    stress = larger(log(level / law.sigma_rms) + log_excitement, 0.0)

    instrument = Instrument(
        index=index,
        index_return=log_return,
        mark=mark,
        mark_return=mark_return,
        mark_open=mark_open,
        mark_high=mark_before * exp(log_high),
        mark_low=mark_before * exp(log_low),
        basis=basis,
        premium=weighted_bases * (1.0 / 36.0),
        funding=0.0,
        half_spread=(law.half_tick / index) * exp(law.spread_exponent * stress),
        sigma=sigma,
        volume=law.volume_median * exp(surplus),
    )
    variance = diffusion_variance + jump_variance
    state = HourlyState(
        bridge=bridged(state.bridge, time, log_return - law.drift, variance),
        index=index,
        mark=mark,
        slow=slow,
        fast=fast,
        burst=law.burst_keep * (state.burst + select(jumps, law.burst, 0.0)),
        basis_slow=basis_slow,
        basis_fast=basis_fast,
        log_basis=log_basis,
        volume_slow=volume_slow,
        bases=bases,
        weighted_bases=weighted_bases,
        basis_then=basis,
        started=True,
    )
    return instrument, state


# -- two coins -----------------------------------------------------------------------------------
class HourlyPair(NamedTuple):
    """The hourly laws of two coins, and what ties them.  The holding leads, the hedge follows."""

    holding: Hourly
    hedge: Hourly
    link_mean: float = 1.309  # of the inverse hyperbolic tangent of the correlation of returns [1]
    link_sd: float = 0.254
    link_keep: float = 0.99942
    slow_correlation: float = 0.882  # of the shocks of the slow volatility factors
    fast_correlation: float = 0.860
    common_jumps: float = 0.886  # share of a coin's jumps that are also the other's
    jump_correlation: float = 0.918  # of the sizes of a common jump
    lookback: float = 8.0  # bases in the premium [bars]


class HourlyPairState(NamedTuple):
    """Memory of two coins; it begins with the bridge of the holding."""

    holding: HourlyState
    hedge: HourlyState
    link: float = 0.0  # deviation from its mean [1]


HOURLY_PAIR_WORDS = HOURLY_WORDS + 12


def hourly_pair(time, season, state, draws, law):
    """One hour of two coins with common variance mixture, most jumps and most of their moves.

    The hedge follows the holding as it was moved, so that on a path with a required end it goes
    where the holding went.
    """
    lead, own = shocks_of(draws[:10] + draws[15:17]), shocks_of(draws[17:])
    mixing = mixing_of(draws[10:14])
    arrival, rate = 1.0 - uniform(draws[14]), law.holding.jump_rate
    jumps = arrival < rate
    common = arrival < rate * law.common_jumps
    alone = negate(jumps) & (arrival < rate * (2.0 - law.common_jumps))
    holding, leader = hour(time, season[0], state.holding, lead, mixing, jumps, law.holding)

    delta = pull(state.holding.bridge, time)
    link = factor(any_of(state.holding.started), state.link, law.link_keep, law.link_sd, own.spare)
    correlation = 1.0 - 2.0 / (exp(2.0 * (law.link_mean + link)) + 1.0)
    price = lead.price + holding.sigma * sqrt(mixing) * delta
    jump = own.jump
    if any_of(common):
        size = lead.jump + jump_size(leader.slow, law.holding) * delta
        jump = select(common, mixed(law.jump_correlation, size, own.jump), own.jump)
    shocks = Shocks(
        price=mixed(correlation, price, own.price),
        jump=jump,
        slow=mixed(law.slow_correlation, lead.slow, own.slow),
        fast=mixed(law.fast_correlation, lead.fast, own.fast),
        basis_slow=own.basis_slow,
        basis_fast=own.basis_fast,
        basis_noise=own.basis_noise,
        volume=own.volume,
        volume_slow=own.volume_slow,
        spare=own.spare,
        low=own.low,
        high=own.high,
    )
    hedge, follower = hour(time, season[1], state.hedge, shocks, mixing, common | alone, law.hedge)
    return Coins(holding, hedge), HourlyPairState(leader, follower, link)


# -- conditioning on where the market ends -------------------------------------------------------
def log_density(variance, end):
    """Log of the density of the end given the conditional variance, up to a constant.

    The log return is Gaussian with mean -variance/2 given volatilities and jump times.
    """
    miss = end + 0.5 * variance
    return -0.5 * log(variance) - miss * miss / (2.0 * variance)


def acceptance(variance, end, smallest_variance):
    """Probability with which a path of this variance is kept, given where it must end."""
    most_likely = larger(-2.0 + 2.0 * sqrt(1.0 + end * end), smallest_variance)
    log_odds = log_density(variance, end) - log_density(most_likely, end)
    return smaller(exp(larger(log_odds, LEAST_LOG_ODDS)), 1.0)
