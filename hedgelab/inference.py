"""What the numbers can tell: two named intervals, paired differences, and the weeks needed.

Two intervals answer two different questions and are never mixed up here. The *outcome range*
is what one person's weeks can be: the 5 % to 95 % quantiles over paths, which more paths do not
narrow. The *simulation error* is how well the mean is known, which more paths do narrow; it says
nothing about one trader's six weeks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.ledger import Ledger
    from hedgelab.market import Market

Values = NDArray[np.float64] | Sequence[float]

# A stationary bootstrap whose mean block is just the overlap understates the standard error of
# a mean over overlapping windows by 14 %; twice the overlap leaves 8 %, and enough blocks.
BLOCKS_PER_OVERLAP = 2
REPETITIONS = 2_000


@dataclass(frozen=True)
class Interval:
    """An estimate between two bounds, with the number of values and the method behind it."""

    low: float
    estimate: float
    high: float
    n: int
    method: str

    @property
    def bounds(self) -> tuple[float, float]:
        """Low and high."""
        return self.low, self.high

    def covers(self, value: float) -> bool:
        """Whether the value lies inside, bounds included."""
        return self.low <= value <= self.high

    def scaled(self, factor: float) -> Interval:
        """The same interval in another unit; a negative factor swaps the bounds.

        Examples
        --------
        >>> Interval(-200.0, 100.0, 300.0, 50, "by hand").scaled(-0.01)
        Interval(low=-3.0, estimate=-1.0, high=2.0, n=50, method='by hand')
        """
        low, high = sorted((self.low * factor, self.high * factor))
        return Interval(low, self.estimate * factor, high, self.n, self.method)


def outcome_range(values: Values, share: float = 0.90) -> Interval:
    """Range that holds the central share of single outcomes, with their median.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per path, in any unit.
    share : float
        Central share of the paths inside the range. [1]

    Examples
    --------
    >>> outcome_range([float(i) for i in range(101)]).method
    'outcome range, 5 % to 95 %'
    """
    array = _finite(values, least=1)
    tail = (1.0 - _fraction(share, "share")) / 2.0
    low, middle, high = np.quantile(array, [tail, 0.5, 1.0 - tail])
    method = f"outcome range, {100 * tail:.3g} % to {100 - 100 * tail:.3g} %"
    return Interval(float(low), float(middle), float(high), array.size, method)


def simulation_error(values: Values, level: float = 0.95) -> Interval:
    """Student t interval of the mean of independent paths.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per independent path, in any unit.
    level : float
        Confidence that the interval holds the mean of the simulated law. [1]

    Examples
    --------
    By hand: mean 2, sd 1, and t(2 degrees, 97.5 %) = 4.303, so 4.303 / sqrt(3) = 2.484.

    >>> interval = simulation_error([1.0, 2.0, 3.0])
    >>> round(interval.low, 3), interval.estimate, round(interval.high, 3)
    (-0.484, 2.0, 4.484)
    """
    from scipy.special import stdtrit

    array = _finite(values, least=2)
    quantile = float(stdtrit(array.size - 1, 0.5 + _fraction(level, "level") / 2.0))
    mean = float(array.mean())
    half_width = quantile * float(array.std(ddof=1)) / math.sqrt(array.size)
    method = f"simulation error of the mean, {100 * level:.3g} % t interval"
    return Interval(mean - half_width, mean, mean + half_width, array.size, method)


def block_error(
    values: Values, block_length: int, *, level: float = 0.95, seed: int = 20240601
) -> Interval:
    """Interval of the mean over overlapping windows, by the stationary bootstrap.

    Parameters
    ----------
    values : array_like of shape (n_windows,)
        One outcome per window, in order of time.
    block_length : int
        Mean length of a resampled block. [windows]
    level : float
        Confidence of the interval. [1]
    seed : int
        Seed of the resampling, so that a report repeats itself.

    Notes
    -----
    Neighbouring windows share most of their hours; resampling them one by one would make the
    interval several times too narrow.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870.
    """
    from arch.bootstrap import StationaryBootstrap

    array = _finite(values, least=2)
    if not 1 <= block_length <= array.size:
        what = f"a block of {block_length} windows does not fit {array.size} windows"
        raise ParameterError(what, remedy="use a longer history or shorter windows")
    bootstrap = StationaryBootstrap(block_length, array, seed=np.random.default_rng(seed))
    means = bootstrap.apply(np.mean, REPETITIONS).ravel()
    tail = (1.0 - _fraction(level, "level")) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    method = f"{100 * level:.3g} % stationary bootstrap of the mean, block {block_length} windows"
    return Interval(float(low), float(array.mean()), float(high), array.size, method)


def proportion(flags: Sequence[bool] | NDArray[np.bool_], windows_overlap: int = 1) -> Interval:
    """Share of true values with its 95 % Wilson interval.

    Parameters
    ----------
    flags : array_like of shape (n_paths,)
        One answer per path or window.
    windows_overlap : int
        Windows that share hours with any one window, as `overlap` returns it; the interval
        counts n/overlap independent ones. [windows]

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> interval = proportion([True] * 8 + [False] * 2)
    >>> round(interval.low, 3), interval.estimate, round(interval.high, 3)
    (0.49, 0.8, 0.943)
    """
    array = np.asarray(flags, dtype=bool).ravel()
    if array.size == 0:
        raise ParameterError("a share of no values", remedy="give at least one")
    share = float(array.mean())
    count = max(1.0, array.size / windows_overlap)
    z = _normal_quantile(0.975)
    centre = (share + z * z / (2.0 * count)) / (1.0 + z * z / count)
    spread = z * math.sqrt(share * (1.0 - share) / count + (z / (2.0 * count)) ** 2)
    half_width = spread / (1.0 + z * z / count)
    # Rounding may put a bound a hair outside the share itself when all or none are true.
    low, high = max(0.0, centre - half_width), min(1.0, centre + half_width)
    method = f"share, 95 % Wilson interval, {count:.4g} independent"
    return Interval(min(low, share), share, max(high, share), array.size, method)


def weeks_needed(
    difference: float, sd: float, window_weeks: float, *, level: float = 0.05, power: float = 0.80
) -> float:
    r"""Weeks of paired results needed before a difference can be told from chance. [weeks]

    Parameters
    ----------
    difference : float
        Difference per window to be seen, in any unit.
    sd : float
        Standard deviation of the paired difference of one window, same unit.
    window_weeks : float
        Length of a window. [weeks]
    level : float
        Two-sided level of the test. [1]
    power : float
        Chance of seeing the difference when it is there. [1]

    Notes
    -----
    .. math:: n = w \, \left( (z_{1-level/2} + z_{power}) \, s / d \right)^2

    With 5 % and 80 % the bracket's constant is 1.960 + 0.842 = 2.80. Infinite when there is no
    difference to see; zero when the difference never varies.

    Examples
    --------
    6.2 points, when one window's difference has a standard deviation of 13.5 points:

    >>> round(weeks_needed(6.2, 13.5, 6.0))
    223
    """
    if not (sd >= 0.0 and window_weeks > 0.0 and math.isfinite(difference)):
        what = f"difference {difference:g}, sd {sd:g}, window {window_weeks:g} weeks"
        raise ParameterError(what, remedy="give a finite difference, sd >= 0 and a window > 0")
    if difference == 0.0:
        return math.inf
    constant = _normal_quantile(1.0 - level / 2.0) + _normal_quantile(power)
    return window_weeks * (constant * sd / abs(difference)) ** 2


def overlap(market: Market) -> int:
    """Windows that share hours with any one window; 1 for simulated paths. [windows]"""
    if market.kind != "history" or market.n_paths < 2:
        return 1
    step_hours = float(np.median(np.diff(market.times)) / np.timedelta64(3_600, "s"))
    return max(1, math.ceil(market.n_bars * market.bar_hours / step_hours))


def mean_error(values: Values, windows_overlap: int = 1) -> Interval:
    """Interval of a mean: simulation error when paths are independent, block bootstrap otherwise.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per path, or per window in order of time.
    windows_overlap : int
        As `overlap` returns it. [windows]
    """
    if windows_overlap == 1:
        return simulation_error(values)
    return block_error(values, min(BLOCKS_PER_OVERLAP * windows_overlap, len(values)))


def summary(frame: pd.DataFrame, windows_overlap: int = 1) -> pd.DataFrame:
    """Mean, error of the mean and outcome range of every column, one row each.

    Parameters
    ----------
    frame : DataFrame of shape (n_paths, n_columns)
        One outcome per path and column, in any unit.
    windows_overlap : int
        As `overlap` returns it. [windows]

    Returns
    -------
    table : DataFrame
        Columns mean, error_low, error_high, outcome_low, median, outcome_high.
    """
    import pandas as pd

    rows = {}
    for name in frame.columns:
        values = frame[name].to_numpy(dtype=np.float64)
        rows[name] = _row(mean_error(values, windows_overlap), outcome_range(values))
    return pd.DataFrame.from_dict(rows, orient="index")


def _row(error: Interval, outcome: Interval) -> dict[str, float]:
    return {
        "mean": error.estimate,
        "error_low": error.low,
        "error_high": error.high,
        "outcome_low": outcome.low,
        "median": outcome.estimate,
        "outcome_high": outcome.high,
    }


@dataclass(frozen=True)
class Difference:
    """One hedge minus its reference on the same paths. [quote]"""

    hedge: str
    against: str
    outcome: Interval
    error: Interval
    sd: float
    behind: Interval
    weeks_needed: float

    @property
    def ranking(self) -> str:
        """Ahead, behind, or not ranked when the interval of the mean covers zero."""
        if self.error.covers(0.0):
            return "not ranked"
        return "ahead" if self.error.estimate > 0.0 else "behind"


@dataclass(frozen=True)
class Comparison:
    """Paired differences of every hedge against one reference."""

    differences: tuple[Difference, ...]

    def of(self, hedge: str) -> Difference:
        """The difference of one hedge."""
        for difference in self.differences:
            if difference.hedge == hedge:
                return difference
        names = ", ".join(difference.hedge for difference in self.differences)
        raise ParameterError(f"no difference for {hedge!r}", remedy=f"use one of {names}")

    def frame(self, scale: float = 1.0) -> pd.DataFrame:
        """One row per hedge; differences times `scale`, `share_behind` in [1], weeks in [weeks]."""
        import pandas as pd

        rows = {}
        for difference in self.differences:
            error, outcome = difference.error.scaled(scale), difference.outcome.scaled(scale)
            rows[difference.hedge] = {
                **_row(error, outcome),
                "sd": difference.sd * abs(scale),
                "share_behind": difference.behind.estimate,
                "weeks_needed": difference.weeks_needed,
                "ranking": difference.ranking,
            }
        return pd.DataFrame.from_dict(rows, orient="index")


def compare(
    ledger: Ledger, against: str | Ledger = "unhedged", column: str = "equity_change"
) -> Comparison:
    """Paired differences of every hedge against a reference on the same paths.

    Parameters
    ----------
    ledger : Ledger
        Outcome of one run.
    against : str or Ledger
        A hedge of the ledger; `"hold less"`, which pairs every hedge with the book that sold its
        mean ratio instead; or another ledger on the same paths (a twin, another venue), paired
        hedge by hedge.
    column : str
        Line of the ledger that is compared. [quote]

    Notes
    -----
    Over overlapping history windows the interval of the mean is a stationary bootstrap and the
    share behind counts independent windows only. Two hedges whose interval covers zero are not
    ranked.
    """
    label = against if isinstance(against, str) else "its twin"
    if isinstance(against, str) and against == "hold less":
        from hedgelab.simulation import hold_less

        against = hold_less(ledger)
    if isinstance(against, str):
        reference = ledger.of(against)[column]
        pairs = {x: ledger.of(x)[column] - reference for x in ledger.names if x != against}
    elif tuple(against.names) == tuple(ledger.names):
        pairs = {x: ledger.of(x)[column] - against.of(x)[column] for x in ledger.names}
    else:
        what = "the two ledgers hold different hedges"
        raise ParameterError(what, remedy="run both with the same hedges in the same order")
    windows_overlap = overlap(ledger.market)
    differences = []
    for name, values in pairs.items():
        error = mean_error(values, windows_overlap)
        sd = float(values.std(ddof=1))
        differences.append(
            Difference(
                hedge=name,
                against=label,
                outcome=outcome_range(values),
                error=error,
                sd=sd,
                behind=proportion(values < 0.0, windows_overlap),
                weeks_needed=weeks_needed(error.estimate, sd, ledger.weeks),
            )
        )
    return Comparison(tuple(differences))


def _finite(values: Values, *, least: int) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    if array.size < least:
        raise ParameterError(f"{array.size} values, fewer than {least}", remedy="use more paths")
    if not np.isfinite(array).all():
        what = f"value {int(np.argmin(np.isfinite(array)))} is not a finite number"
        raise ParameterError(what, remedy="look at the ledger of that path")
    return array


def _fraction(value: float, name: str) -> float:
    if not 0.0 < value < 1.0:
        raise ParameterError(f"{name} {value:g} is not a share", remedy="use a value in (0, 1)")
    return value


def _normal_quantile(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))
