"""When to hedge: what a volatility trigger catches, bar by bar, and what another clock would pay.

The ledger knows how long a hedge was open, not when. Here the switch is worked out once more, from
prices alone, for all paths at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError
from hedgelab.hedges import VolatilityTrigger
from hedgelab.inference import Interval, mean_error
from hedgelab.market import Market
from hedgelab.scenarios import HOURS_PER_YEAR

Floats = NDArray[np.float64]
Conditions = NDArray[np.bool_]

AT_ONCE = 50  # paths whose bars are held together
GROUPS = 10  # of paths, left out in turn
MOMENT = 1e-6  # clock times are sums of rounded hours; a moment forgives the rounding [h]


class Watched(NamedTuple):
    """The moves of some paths, as a trigger sees them.

    `returns` are log returns of the index from the warm-up on, shape (n_paths, warm_up + 1 +
    n_bars) [1]; `volatility` is the one in force in bars 1 to n_bars, for a price file a measured
    one, shape (n_paths, n_bars) [1/year].
    """

    returns: Floats
    volatility: Floats
    warm_up: int
    bar_hours: float

    @property
    def moves(self) -> Floats:
        """Log returns of bars 1 to n_bars, shape (n_paths, n_bars). [1]"""
        return self.returns[:, self.warm_up + 1 :]

    def days(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Values of bars 1 to n_bars as days, shape (n_paths, n_days, bars of a day)."""
        return values.reshape(len(values), -1, round(24.0 / self.bar_hours))

    def on(self, trigger: VolatilityTrigger) -> Conditions:
        """Say in which of bars 1 to n_bars the hedge is open, shape (n_paths, n_bars).

        What it decides on a close it does in the next bar. Liquidations are left out.
        """
        from scipy.signal import lfilter

        weight = 2.0 / (trigger.lookback / self.bar_hours + 1.0)
        squares = self.returns**2 * (HOURS_PER_YEAR / self.bar_hours)
        variance = lfilter([weight], [1.0, weight - 1.0], squares, axis=1)
        high, low = variance > trigger.enter**2, variance < trigger.exit**2
        active, since = np.zeros(len(high), bool), np.zeros(len(high))
        on = np.zeros(high.shape, bool)
        for bar in range(high.shape[1] - 1):
            time = (bar - self.warm_up) * self.bar_hours
            starts = ~active & high[:, bar]
            rested = time - since >= trigger.min_hold - MOMENT
            active = (active | starts) & ~(active & rested & low[:, bar])
            since = np.where(starts | (time == 0.0), time, since)
            on[:, bar + 1] = active
        return on[:, self.warm_up + 1 :]


def watch(market: Market, most: int) -> Watched:
    """Return the moves of the first paths, or of windows of a price file that do not overlap.

    Parameters
    ----------
    market : Market
        One coin, with bars that divide a day.
    most : int
        Paths at most. [1]

    Examples
    --------
    Volatility of 3 % an hour, 281 % a year, is above every level; it is seen at the first close,
    and a trigger that was on before t0 is on in every bar:

    >>> from hedgelab import scenarios
    >>> wild = scenarios.gbm(volatility=2.81, n_bars=48, n_paths=2, warm_up=24)
    >>> watch(wild, 2).on(VolatilityTrigger(0.60, 0.45)).mean().item()
    1.0
    """
    if market.times is None:
        first = np.arange(min(most, market.n_paths))
        pieces = [market.bars(k, min(AT_ONCE, first.size - k)) for k in first[::AT_ONCE].tolist()]
    else:
        length = np.timedelta64(round(60.0 * market.n_bars * market.bar_hours), "m")
        chosen = [0]
        for path, start in enumerate(market.times):
            if start >= market.times[chosen[-1]] + length:
                chosen.append(path)
        pieces = [market.bars(path, 1) for path in chosen[:most]]
    returns, sigma = (
        np.concatenate([piece[name] for piece in pieces]) for name in ("index_return", "sigma")
    )
    volatility = sigma[:, market.warm_up + 1 :] * np.sqrt(HOURS_PER_YEAR / market.bar_hours)
    return Watched(returns, volatility, market.warm_up, market.bar_hours)


def share(part: Floats | Conditions, whole: Floats | Conditions) -> Interval:
    """Sum of the part over sum of the whole, with the 95 % interval that the paths give it. [1]

    Parameters
    ----------
    part, whole : ndarray, first axis n_paths
        What is added up, path by path.

    Notes
    -----
    The ratio of two means, by their linear parts.

    Examples
    --------
    >>> share(np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([[2.0, 1.0], [3.0, 2.0]])).estimate
    0.5
    """
    parts, wholes = (np.asarray(x, float).reshape(len(x), -1).sum(axis=1) for x in (part, whole))
    if wholes.sum() == 0.0:
        what = "there is nothing to take a share of"
        raise ParameterError(what, where="share", remedy="use more paths or a lower level")
    ratio = parts.sum() / wholes.sum()
    return mean_error(ratio + (parts - ratio * wholes) / wholes.mean())


def dearness(clock: tuple[Floats, Floats], others: tuple[Floats, Floats]) -> Interval:
    """Friction of one timing over that of another kind, where both miss the target as badly. [1]

    Parameters
    ----------
    clock : (friction, missed) of shape (n_paths,)
        Friction, and profit less that of the hedge that follows in every bar for nothing. [quote]
    others : (friction, missed) of shape (n_paths, n_sizes)
        The same of several sizes of the other kind, from the one that misses least.

    Notes
    -----
    Prices are martingales, so the variance of `missed` is what the gap lets through. Between sizes
    friction is a power of it. The 95 % interval is a jackknife over groups of paths.

    Examples
    --------
    A clock that pays 4, against two bands that miss half and twice as much and pay 8 and 2:

    >>> missed = np.arange(20.0)
    >>> bands = np.full((20, 2), [8.0, 2.0]), np.outer(missed, [0.5, 2.0])
    >>> round(dearness((np.full(20, 8.0), missed), bands).estimate, 6)
    2.0
    """
    from scipy.special import stdtrit

    groups = np.arange(len(clock[0])) % GROUPS
    every = [_dearness(clock, others, groups != left_out) for left_out in range(GROUPS)]
    whole = _dearness(clock, others, groups >= 0)
    reach = stdtrit(GROUPS - 1, 0.975) * np.std(every) * np.sqrt(GROUPS - 1)
    return Interval(whole - reach, whole, whole + reach, len(clock[0]), "95 % jackknife")


def _dearness(
    clock: tuple[Floats, Floats], others: tuple[Floats, Floats], kept: Conditions
) -> float:
    (friction, gap), (frictions, gaps) = (
        (np.log(paid[kept].mean(axis=0)), np.log(missed[kept].std(axis=0)))
        for paid, missed in (clock, others)
    )
    return float(np.exp(friction - np.interp(gap, gaps, frictions)))
