"""What is known exactly: formulas that a simulator must reproduce, with their sources.

Plain functions of numbers.  A volatility is of log prices and annual, a year has 365 days; prices
are martingales (no drift over the one that compensates variance) unless a drift is an argument.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from hedgelab.errors import ParameterError

Floats = NDArray[np.float64]

DAYS = 365.0
# -zeta(1/2) / sqrt(2 pi): an extreme seen at n looks is short of the continuous one by this many
# standard deviations of a step. Broadie, Glasserman and Kou (1997), doi:10.1111/1467-9965.00035.
MISSED_BETWEEN_LOOKS = 0.5825971579390106
ABSOLUTE_NORMAL = math.sqrt(2.0 / math.pi)  # mean of |z|


# -- liquidation ---------------------------------------------------------------------------------
def liquidation_level(leverage: ArrayLike, side: str, maintenance_rate: float = 0.004) -> Floats:
    """Price over entry price at which an isolated leg is liquidated, one tier. [1]

    Examples
    --------
    Ten times: 0.9 / 0.996 and 1.1 / 1.004.

    >>> [liquidation_level(10, side).round(6).item() for side in ("long", "short")]
    [0.903614, 1.095618]
    """
    if side not in ("long", "short"):
        raise ParameterError(f"side {side!r}", where="closed_forms", remedy="use long or short")
    margin = 1.0 / np.asarray(leverage, dtype=np.float64)
    if not (np.all(margin < 1.0) and np.all(margin > maintenance_rate)):
        what = "a leverage that is not between 1 and one over the maintenance rate"
        raise ParameterError(what, where="closed_forms", remedy="use one in between, such as 10")
    direction = 1.0 if side == "short" else -1.0
    return np.asarray((1.0 + direction * margin) / (1.0 + direction * maintenance_rate))[()]


def first_passage(
    leverage: ArrayLike,
    volatility: float,
    days: float,
    side: str,
    maintenance_rate: float = 0.004,
    look_days: float = 0.0,
) -> Floats:
    r"""Probability that an isolated leg is liquidated within some days. [1]

    Parameters
    ----------
    leverage : array_like
        Entry notional over margin, above 1. [1]
    volatility : float
        [1/year^0.5]
    days : float
        [days]
    side : str
        ``"long"`` or ``"short"``.
    maintenance_rate : float
        Of notional, one tier, no fee before the fill. [1]
    look_days : float
        Time between looks at the price; 0 looks always. Good while looks are many. [days]

    Notes
    -----
    Liquidated at :math:`B = S_0 (1 \mp 1/L) / (1 \mp m)`, minus for a long.  With
    :math:`a = |\ln B/S_0|`, :math:`v = \sigma^2 T` and :math:`d = +1` for a short, -1 for a long,

    .. math:: P = N\left(\frac{-a - d v/2}{\sqrt v}\right)
              + \frac{S_0}{B} N\left(\frac{-a + d v/2}{\sqrt v}\right).

    Looks every :math:`\Delta` move the barrier away by
    :math:`0.5826\,\sigma\sqrt\Delta`.

    References
    ----------
    Reflection with drift: Harrison (1985), *Brownian Motion and Stochastic Flow Systems*.
    Looks: Broadie, Glasserman and Kou (1997), doi:10.1111/1467-9965.00035.

    Examples
    --------
    Ten times at 80 % a year, over a week:

    >>> first_passage(10, 0.8, 7, "long").round(6), first_passage(10, 0.8, 7, "short").round(6)
    (np.float64(0.378719), np.float64(0.391223))
    """
    barrier = np.log(liquidation_level(leverage, side, maintenance_rate))
    direction = 1.0 if side == "short" else -1.0
    sd = volatility * math.sqrt(days / DAYS)
    moved = MISSED_BETWEEN_LOOKS * volatility * math.sqrt(look_days / DAYS)
    distance, drift = np.abs(barrier) + moved, direction * 0.5 * sd * sd
    above, below = ndtr((-distance - drift) / sd), ndtr((-distance + drift) / sd)
    return np.asarray(above + np.exp(-direction * distance) * below)[()]


# -- following a moving target -------------------------------------------------------------------
class Pursuit(NamedTuple):
    """What following a moving target costs per unit of time: its trading, and its gap's penalty."""

    trading: Floats
    penalty: Floats

    @property
    def total(self) -> Floats:
        """Both."""
        return self.trading + self.penalty


class Chase(NamedTuple):
    r"""A target that walks, and what following and missing it cost.

    The gap to the target moves by ``sd`` x a Brownian motion; ``cost`` is paid per unit traded, and
    ``aversion`` x gap^2 per unit of time.  ``look`` is the time between looks, 0 looks always.

    References
    ----------
    The unit of every best cost is aversion^(1/3) cost^(2/3) sd^(4/3): Rogers (2004), Whalley and
    Wilmott (1997), doi:10.1111/1467-9965.00034, where sd = gamma x volatility x price.

    Examples
    --------
    Per day: cost 10 bp, target moving 5 % of the holding, aversion 2.

    >>> chase = Chase(cost=1e-3, sd=0.05, aversion=2.0)
    >>> round(chase.best_band, 7), round(chase.best_centre, 7), round(chase.best_interval, 7)
    (0.0097872, 0.0155362, 0.0399295)
    >>> best = chase.band(chase.best_band)
    >>> round(float(best.total / chase.unit), 6), round(float(best.trading / best.penalty), 6)
    (0.825482, 2.0)
    """

    cost: float
    sd: float
    aversion: float
    look: float = 0.0

    @property
    def unit(self) -> float:
        """Cost per time that a universal constant multiplies."""
        return float(
            self.aversion ** (1.0 / 3.0) * self.cost ** (2.0 / 3.0) * self.sd ** (4.0 / 3.0)
        )

    @property
    def best_band(self) -> float:
        """Half-width beyond which one trades back to the edge, at the least total cost."""
        return float((0.75 * self.cost * self.sd**2 / self.aversion) ** (1.0 / 3.0))

    @property
    def best_centre(self) -> float:
        """Half-width beyond which one trades to the centre, at the least total cost."""
        return float((3.0 * self.cost * self.sd**2 / self.aversion) ** (1.0 / 3.0))

    @property
    def best_interval(self) -> float:
        """Time between trades of a schedule at the least total cost."""
        return float((self.cost * ABSOLUTE_NORMAL / (self.aversion * self.sd)) ** (2.0 / 3.0))

    def _seen(self, half_width: ArrayLike) -> Floats:
        """Half-width that looking now and then comes to."""
        step = self.sd * math.sqrt(self.look)
        return np.asarray(half_width) + MISSED_BETWEEN_LOOKS * step

    def band(self, half_width: ArrayLike) -> Pursuit:
        """Cost of trading back to the edge: the gap is uniform, and reflected at both edges."""
        b = self._seen(half_width)
        return Pursuit(0.5 * self.cost * self.sd**2 / b, self.aversion * b**2 / 3.0)

    def centre(self, half_width: ArrayLike) -> Pursuit:
        """Cost of trading to the centre: a trade of d every d^2 / sd^2, the gap is triangular."""
        d = self._seen(half_width)
        return Pursuit(self.cost * self.sd**2 / d, self.aversion * d**2 / 6.0)

    def trades_to_centre(self, half_width: ArrayLike) -> Floats:
        """Trades to the centre per unit of time."""
        return self.sd**2 / self._seen(half_width) ** 2

    def schedule(self, interval: ArrayLike) -> Pursuit:
        """Cost of trading the whole gap every so often."""
        h = np.asarray(interval)
        return Pursuit(
            self.cost * self.sd * ABSOLUTE_NORMAL / np.sqrt(h),
            0.5 * self.aversion * self.sd**2 * (h - self.look),
        )

    def partial(self, rate: ArrayLike) -> Pursuit:
        """Cost of trading a share of the gap at every look: the gap is autoregressive.

        Examples
        --------
        Trading all of it at every look leaves no gap, and trades what the target moved:

        >>> all_of_it = Chase(cost=1.0, sd=1.0, aversion=1.0, look=1.0).partial(1.0)
        >>> all_of_it.penalty.item(), round(all_of_it.trading.item(), 4)
        (0.0, 0.7979)
        """
        r = np.asarray(rate)
        before = self.sd**2 * self.look / (1.0 - (1.0 - r) ** 2)  # square of the gap traded upon
        return Pursuit(
            self.cost * r * np.sqrt(before) * ABSOLUTE_NORMAL / self.look,
            self.aversion * (1.0 - r) ** 2 * before,
        )


def keeping_leverage(leverage: ArrayLike) -> Floats:
    """Best cost of keeping a leverage, up to a factor that does not depend on it. [1]

    References
    ----------
    A leverage p drifts by p (p - 1) per relative move of the price, so it is the best cost of a
    `Chase` with that sd; asymptotic in the cost.

    Examples
    --------
    Ten times against twice: (90 / 2)^(4/3).

    >>> (keeping_leverage(10) / keeping_leverage(2)).round(1)
    np.float64(160.1)
    """
    p = np.asarray(leverage, dtype=np.float64)
    return np.asarray(np.abs(p * (p - 1.0)) ** (4.0 / 3.0))[()]


def reopened_notional(renewals: int, hold: float, drift: float) -> float:
    """Mean notional traded by a hedge closed and opened anew at every renewal, over the first one.

    `drift` is that of the price per unit of time; opened at 0, closed `renewals` holds later.

    Examples
    --------
    Two holds without drift: opened, closed and reopened, closed.

    >>> reopened_notional(2, 1.0, 0.0)
    4.0
    """
    prices = np.exp(drift * hold * np.arange(renewals + 1))
    return float((prices[:-1] + prices[1:]).sum())


class Wander(NamedTuple):
    """A target that keeps coming back (Ornstein and Uhlenbeck), renewed every `hold`.

    ``sd`` is that of the target in the long run, ``reversion`` per unit of time; ``looks`` are
    counted within a hold, infinitely many by default.

    Examples
    --------
    Half of it forgotten in 1.4 days, sd 0.2, renewed daily: the table of the two costs, in bp of
    the holding a day, for a hedge of one half at 6 bp.

    >>> daily = Wander(sd=0.2, reversion=0.5, hold=1.0)
    >>> round(daily.mean_square_gap, 6)
    0.017045
    >>> round(1e4 * daily.reopening(0.5, 6e-4), 1), round(1e4 * daily.netting(6e-4), 3)
    (6.0, 0.849)
    """

    sd: float
    reversion: float
    hold: float
    looks: float = math.inf

    @property
    def mean_square_gap(self) -> float:
        """Mean square of target less hedge, over a hold and in the long run."""
        turns = self.reversion * self.hold
        kept = -math.expm1(-turns) / turns
        if math.isfinite(self.looks):
            kept = math.expm1(-turns) / math.expm1(-turns / self.looks) / self.looks
        return 2.0 * self.sd**2 * (1.0 - kept)

    def netting(self, cost: float) -> float:
        """Cost per unit of time of trading only the difference at every renewal."""
        moved = self.sd * math.sqrt(-2.0 * math.expm1(-self.reversion * self.hold))
        return cost * moved * ABSOLUTE_NORMAL / self.hold

    def reopening(self, ratio: float, cost: float) -> float:
        """Cost per unit of time of closing and opening anew a hedge of this mean ratio."""
        return 2.0 * ratio * cost / self.hold


# -- what a hedge leaves -------------------------------------------------------------------------
class MinimumVariance(NamedTuple):
    """The best ratio with another coin, and what it leaves.

    References
    ----------
    Ederington (1979), doi:10.1111/j.1540-6261.1979.tb02077.x.
    """

    ratio: float
    effectiveness: float
    residual: float


def minimum_variance(
    holding_volatility: float, hedge_volatility: float, correlation: float
) -> MinimumVariance:
    """Ratio of least variance, share of the variance it removes, volatility left.

    Examples
    --------
    0.85 x 0.8 / 0.6; 0.85^2; 0.8 x sqrt(1 - 0.85^2):

    >>> [round(x, 5) for x in minimum_variance(0.8, 0.6, 0.85)]
    [1.13333, 0.7225, 0.42143]
    """
    return MinimumVariance(
        correlation * holding_volatility / hedge_volatility,
        correlation**2,
        holding_volatility * math.sqrt(1.0 - correlation**2),
    )


def trigger_share(share_high: float, high: float, low: float) -> float:
    """Share of variance removed by a hedge that is on exactly while volatility is high. [1]

    Examples
    --------
    A fifth of the time at 120 %, else 45 %: 0.288 / (0.288 + 0.162).

    >>> round(trigger_share(0.2, 1.2, 0.45), 4)
    0.64
    """
    removed = share_high * high**2
    return removed / (removed + (1.0 - share_high) * low**2)


def mean_inverse_deviation(weight: float) -> float:
    """Mean of true over estimated volatility, the estimate an exponential average of squares. [1]

    The average of normal squares is taken for a gamma variable of its variance, 2 w / (2 - w)
    squared means.

    Examples
    --------
    A volatility that is measured to 4 % seems a little smaller than it is:

    >>> round(mean_inverse_deviation(2.0 / 601.0), 5)
    1.00125
    """
    shape = (2.0 - weight) / (2.0 * weight)
    return math.sqrt(shape) * math.exp(math.lgamma(shape - 0.5) - math.lgamma(shape))


def rebalance_turnover(step_sd: float) -> float:
    """Mean notional traded per rebalance to a constant notional, over that notional. [1]

    `step_sd` is that of the log price between rebalances, which have no drift: 4 N(v/2) - 2.

    Examples
    --------
    About sqrt(2 / pi) of a small step:

    >>> round(rebalance_turnover(0.01), 6)
    0.007979
    """
    return float(4.0 * ndtr(0.5 * step_sd) - 2.0)


def leverage_drag(leverage: float, step_sd: float) -> float:
    """Mean log growth of an account kept at a leverage less that many times the log return. [1]

    Per rebalance, `step_sd` being that of the log price in between: p (1 - p) v / 2, and to second
    order in v - p^2 v^2 (1/2 - 2 p + 3/2 p^2) / 2.

    References
    ----------
    Avellaneda and Zhang (2010), doi:10.1137/090760805.

    Examples
    --------
    Twice, steps of 1 %: the variance of a step is lost.

    >>> round(1e4 * leverage_drag(2.0, 0.01), 4)
    -1.0005
    """
    p, v = leverage, step_sd**2
    return 0.5 * p * (1.0 - p) * v - 0.5 * p * p * v * v * (0.5 - 2.0 * p + 1.5 * p * p)


def expected_drawdown(sd: float, step_sd: float = 0.0) -> float:
    """Mean largest fall of a driftless Brownian motion from its running peak.

    `sd` is that of the whole path; `step_sd` that between looks, which miss peaks and troughs.

    References
    ----------
    Magdon-Ismail and others (2004), doi:10.1239/jap/1077134674: sqrt(pi / 2) sd.

    Examples
    --------
    >>> round(expected_drawdown(1.0), 4)
    1.2533
    """
    return math.sqrt(0.5 * math.pi) * sd - 2.0 * MISSED_BETWEEN_LOOKS * step_sd


# -- prices, funding, outages --------------------------------------------------------------------
class Moments(NamedTuple):
    """Variance and excess kurtosis of a log return."""

    variance: float
    excess_kurtosis: float


def merton(
    volatility: float, jump_rate: float, jump_mean: float, jump_sd: float, days: float
) -> Moments:
    """Moments of the log return of Merton's market.

    `jump_rate` a year; `jump_mean` and `jump_sd` of a jump's log size.

    References
    ----------
    Merton (1976), doi:10.1016/0304-405X(76)90022-2; cumulants of a compound Poisson sum.

    Examples
    --------
    Without jumps, a year at 60 %:

    >>> merton(0.6, 0.0, -0.05, 0.1, 365.0)
    Moments(variance=0.36, excess_kurtosis=0.0)
    """
    years, m, d = days / DAYS, jump_mean, jump_sd
    variance = years * (volatility**2 + jump_rate * (m**2 + d**2))
    fourth = years * jump_rate * (m**4 + 6.0 * m**2 * d**2 + 3.0 * d**4)
    return Moments(variance, fourth / variance**2)


def expected_relief(leverage: float, jump_sd: float) -> float:
    """Mean loss beyond its margin of a short through which the price jumps once, over notional. [1]

    The jump is lognormal and has no mean on the price, so this is a call struck at the price at
    which the margin is gone, 1 + 1/leverage.

    Examples
    --------
    Without margin, half of the mean absolute move: N(d/2) - N(-d/2).

    >>> round(expected_relief(math.inf, 0.1), 5)
    0.03988
    """
    strike = 1.0 + 1.0 / leverage
    z = (0.5 * jump_sd**2 - math.log(strike)) / jump_sd
    return float(ndtr(z) - strike * ndtr(z - jump_sd))


def expected_funding(
    mean: float, sd: float, interest: float, dead_zone: float, cap: float = math.inf
) -> float:
    """Mean funding rate of a normal premium, all in one unit.

    The rate follows the premium outside the dead zone and stands at the interest inside it, up to
    the cap: a sum of four normal call prices.

    Examples
    --------
    A certain premium of 2, 10, -10 and 90 bp, and one that is 1 bp on average: symmetric about the
    interest, so its mean is the interest.

    >>> [round(expected_funding(p, 1e-9, 1.0, 5.0, 30.0), 6) for p in (2.0, 10.0, -10.0, 90.0)]
    [1.0, 5.0, -5.0, 30.0]
    >>> round(expected_funding(1.0, 7.0, 1.0, 5.0), 6)
    1.0
    """

    def beyond(level: float) -> float:  # mean of max(premium - level, 0)
        z = (mean - level) / sd
        density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        return sd * (z * float(ndtr(z)) + density) if math.isfinite(level) else 0.0

    def below(level: float) -> float:  # mean of max(level - premium, 0)
        return beyond(level) + level - mean if math.isfinite(level) else 0.0

    rise = beyond(interest + dead_zone) - beyond(cap + dead_zone)
    fall = below(interest - dead_zone) - below(-cap - dead_zone)
    return interest + rise - fall


def premium_sd(basis_sd: float, reversion: float) -> float:
    """Deviation of the mean of eight bases, weighted 1 to 8, each exp(-reversion) like the last.

    Examples
    --------
    Of independent ones, sqrt(204) / 36, and of a basis that never moves, all:

    >>> round(premium_sd(1.0, 50.0), 4), round(premium_sd(1.0, 0.0), 4)
    (0.3967, 1.0)
    """
    weights = np.arange(1, 9) / 36.0
    apart = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    return float(basis_sd * math.sqrt(weights @ np.exp(-reversion * apart) @ weights))


def basis_change_sd(basis_sd: float, reversion: float, hold: float) -> float:
    """Deviation of the change of a basis that keeps coming back, over a hold.

    Examples
    --------
    Two independent draws when it is held for long:

    >>> round(basis_change_sd(1.0, 1.0, 100.0) ** 2, 6)
    2.0
    """
    return basis_sd * math.sqrt(-2.0 * math.expm1(-reversion * hold))


def outage_share(odds: float, mean_bars: float) -> float:
    """Share of bars in an outage in the long run: odds a bar of starting, mean length in bars. [1]

    Examples
    --------
    One start in 50 bars, 10 bars long: 10 down for every 50 up.

    >>> round(outage_share(0.02, 10.0), 6)
    0.166667
    """
    return odds * mean_bars / (1.0 + odds * mean_bars)


def kept_by_blocks(block: float, lag: int) -> float:
    """Share of a covariance that a block bootstrap keeps at a lag, blocks of this mean length. [1]

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870: (1 - 1/block)^lag.

    Examples
    --------
    One new block every other bar, two bars later:

    >>> kept_by_blocks(2.0, 2)
    0.25
    """
    return (1.0 - 1.0 / block) ** lag
