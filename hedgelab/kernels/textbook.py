"""Textbook laws, for closed forms: Brownian motion, alone, with jumps, in two regimes, in a pair.

They are laws as in `kernels.laws`; all are `brownian` bars, of which each says what moves them.
"""

from typing import NamedTuple

from hedgelab.kernels.elementary import exp, log, normal_pair, uniform
from hedgelab.kernels.laws import Bridge, bridged, high_of, low_of, mixed, pull
from hedgelab.kernels.records import Coins, Instrument
from hedgelab.kernels.words import larger, select, smaller


class Gbm(NamedTuple):
    """Constant volatility, constant basis: the textbook market."""

    drift: float = 0.0  # log drift over the martingale's, per bar [1]
    sigma: float = 0.0064  # of one bar [1]
    price: float = 100.0  # index at the first bar [quote/base]
    basis: float = 0.0  # [1]
    half_spread: float = 0.0  # [1]
    volume: float = 1e9  # [quote per bar]


class GbmState(NamedTuple):
    """Log growth since the first bar."""

    bridge: Bridge
    growth: float = 0.0


def brownian(time, shock, jump, low, high, sigma, state, law):
    """One bar of Brownian motion that begins with a jump; low and high from its own bridge."""
    variance = sigma * sigma
    pulled = variance * pull(state.bridge, time)
    log_return = law.drift - 0.5 * variance + sigma * shock + pulled + jump
    growth = state.growth + log_return
    index = law.price * exp(growth)
    mark_before = law.price * exp(state.growth) * (1.0 + law.basis)
    rest = log_return - jump
    log_low = smaller(jump + low_of(rest, 2.0 * variance, log(low)), 0.0)
    log_high = larger(jump + high_of(rest, 2.0 * variance, log(high)), 0.0)
    instrument = Instrument(
        index=index,
        index_return=log_return,
        mark=index * (1.0 + law.basis),
        mark_return=log_return,
        mark_open=mark_before * exp(jump),
        mark_high=mark_before * exp(log_high),
        mark_low=mark_before * exp(log_low),
        basis=law.basis,
        premium=law.basis,
        funding=0.0,
        half_spread=law.half_spread,
        sigma=sigma,
        volume=law.volume,
    )
    after = bridged(state.bridge, time, log_return - law.drift, variance)
    return instrument, GbmState(after, growth)


GBM_WORDS = 4


def gbm(time, season, state, draws, law):
    """One bar of geometric Brownian motion."""
    word_1, word_2, low, high = draws
    shock, _ = normal_pair(word_1, word_2)
    return brownian(time, shock, 0.0, uniform(low), uniform(high), law.sigma, state, law)


class Merton(NamedTuple):
    """Brownian motion and lognormal jumps, at most one a bar (after Merton 1976)."""

    gbm: Gbm  # its drift holds the compensator of the jumps
    jump_odds: float = 0.001  # per bar [1]
    jump_mean: float = -0.05  # of the log size [1]
    jump_sd: float = 0.1  # [1]


MERTON_WORDS = 5


def merton(time, season, state, draws, law):
    """One bar that may begin with a jump."""
    word_1, word_2, low, high, arrival = draws
    shock, size = normal_pair(word_1, word_2)
    jumps = 1.0 - uniform(arrival) < law.jump_odds
    jump = select(jumps, law.jump_mean + law.jump_sd * size, 0.0)
    return brownian(time, shock, jump, uniform(low), uniform(high), law.gbm.sigma, state, law.gbm)


class Regime(NamedTuple):
    """Brownian motion whose volatility is one of two, switching as a Markov chain."""

    calm: Gbm
    wild_sigma: float = 0.0128  # of one bar [1]
    turns_wild: float = 0.002  # odds per bar when calm [1]
    turns_calm: float = 0.008  # odds per bar when wild [1]


class RegimeState(NamedTuple):
    """Memory of the Brownian motion, and which regime it is in."""

    gbm: GbmState
    wild: bool = False
    started: bool = False


REGIME_WORDS = 5


def regime(time, season, state, draws, law):
    """One bar in the regime it begins with; the first is drawn from the stationary law."""
    word_1, word_2, low, high, arrival = draws
    shock, _ = normal_pair(word_1, word_2)
    stays_or_turns = select(state.wild, 1.0 - law.turns_calm, law.turns_wild)
    stationary = law.turns_wild / (law.turns_wild + law.turns_calm)
    wild = 1.0 - uniform(arrival) < select(state.started, stays_or_turns, stationary)
    sigma = select(wild, law.wild_sigma, law.calm.sigma)
    instrument, after = brownian(
        time, shock, 0.0, uniform(low), uniform(high), sigma, state.gbm, law.calm
    )
    return instrument, RegimeState(after, wild, True)


class GbmPair(NamedTuple):
    """Two Brownian motions of constant correlation."""

    holding: Gbm
    hedge: Gbm
    correlation: float = 0.85  # of returns [1]


class GbmPairState(NamedTuple):
    """Memory of two Brownian motions."""

    holding: GbmState
    hedge: GbmState


GBM_PAIR_WORDS = 6


def gbm_pair(time, season, state, draws, law):
    """One bar of two coins; the hedge follows the holding as it was moved."""
    word_1, word_2, low, high, hedge_low, hedge_high = draws
    shock, own = normal_pair(word_1, word_2)
    sigma, hedge_sigma = law.holding.sigma, law.hedge.sigma
    holding, leader = brownian(
        time, shock, 0.0, uniform(low), uniform(high), sigma, state.holding, law.holding
    )
    moved = shock + sigma * pull(state.holding.bridge, time)
    shock = mixed(law.correlation, moved, own)
    hedge, follower = brownian(
        *(time, shock, 0.0, uniform(hedge_low), uniform(hedge_high)),
        *(hedge_sigma, state.hedge, law.hedge),
    )
    return Coins(holding, hedge), GbmPairState(leader, follower)
