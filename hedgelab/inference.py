"""What the numbers can tell: two named intervals, paired differences, and the weeks needed.

Two intervals answer two different questions and are never mixed up here. The *outcome range*
is what one person's weeks can be: the 5 % to 95 % quantiles over paths, which more paths do not
narrow. The *simulation error* is how well the mean is known, which more paths do narrow; it says
nothing about one trader's six weeks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
SEED = 20240601  # of the resampling, so that a report repeats itself
TAIL = 0.05  # of the outcome range, on either side [1]
Z_LEVEL = 1.959963984540054  # normal quantile of a two-sided level of 5 %
Z_POWER = 0.8416212335729143  # and of a power of 80 %


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


def outcome_range(values: Values) -> Interval:
    """Range that holds the central nine tenths of single outcomes, with their median.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per path, in any unit.

    Examples
    --------
    >>> outcome_range([float(i) for i in range(101)]).method
    'outcome range, 5 % to 95 %'
    """
    array = _finite(values, least=1)
    low, middle, high = map(float, np.quantile(array, [TAIL, 0.5, 1.0 - TAIL]))
    return Interval(low, middle, high, array.size, "outcome range, 5 % to 95 %")


def simulation_error(values: Values) -> Interval:
    """Student t interval of the mean of independent paths, at 95 %.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per independent path, in any unit.

    Examples
    --------
    By hand: mean 2, sd 1, and t(2 degrees, 97.5 %) = 4.303, so 4.303 / sqrt(3) = 2.484.

    >>> interval = simulation_error([1.0, 2.0, 3.0])
    >>> round(interval.low, 3), interval.estimate, round(interval.high, 3)
    (-0.484, 2.0, 4.484)
    """
    from scipy.special import stdtrit

    array = _finite(values, least=2)
    mean = float(array.mean())
    quantile = float(stdtrit(array.size - 1, 0.975))
    half_width = quantile * float(array.std(ddof=1)) / math.sqrt(array.size)
    method = "simulation error of the mean, 95 % t interval"
    return Interval(mean - half_width, mean, mean + half_width, array.size, method)


def mean_error(values: Values, windows_overlap: int = 1) -> Interval:
    """95 % interval of a mean: `simulation_error` when paths are independent, else a bootstrap.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per path, or per window in order of time.
    windows_overlap : int
        As `overlap` returns it. [windows]

    Notes
    -----
    Neighbouring windows share most of their hours; resampling them one by one would make the
    interval several times too narrow, so the stationary bootstrap takes blocks.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870.
    """
    if windows_overlap == 1:
        return simulation_error(values)
    from arch.bootstrap import StationaryBootstrap

    array = _finite(values, least=2)
    length = min(BLOCKS_PER_OVERLAP * windows_overlap, array.size)
    bootstrap = StationaryBootstrap(length, array, seed=np.random.default_rng(SEED))
    means = bootstrap.apply(np.mean, REPETITIONS)
    low, high = map(float, np.quantile(means, [0.025, 0.975]))
    method = f"95 % stationary bootstrap of the mean, block {length} windows"
    return Interval(low, float(array.mean()), high, array.size, method)


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
    pull = Z_LEVEL**2 / count
    centre = (share + pull / 2.0) / (1.0 + pull)
    half_width = math.sqrt(pull * (share * (1.0 - share) + pull / 4.0)) / (1.0 + pull)
    # Rounding may put a bound a hair outside when all or none are true.
    low, high = max(0.0, min(centre - half_width, share)), min(1.0, max(centre + half_width, share))
    method = f"share, 95 % Wilson interval, {count:.4g} independent"
    return Interval(low, share, high, array.size, method)


def weeks_needed(difference: float, sd: float, window_weeks: float) -> float:
    r"""Weeks of paired results needed before a difference can be told from chance. [weeks]

    Parameters
    ----------
    difference : float
        Difference per window to be seen, in any unit.
    sd : float
        Standard deviation of the paired difference of one window, same unit.
    window_weeks : float
        Length of a window. [weeks]

    Notes
    -----
    .. math:: n = w \, \left( (z_{97.5 \%} + z_{80 \%}) \, s / d \right)^2

    A two-sided level of 5 % and a power of 80 % make the constant 1.960 + 0.842 = 2.80. Infinite
    when there is no difference to see; zero when the difference never varies.

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
    return window_weeks * ((Z_LEVEL + Z_POWER) * sd / abs(difference)) ** 2


def overlap(market: Market) -> int:
    """Windows that share hours with any one window; 1 for simulated paths. [windows]"""
    if market.kind != "history" or market.n_paths < 2:
        return 1
    step_hours = float(np.median(np.diff(market.times)) / np.timedelta64(3_600, "s"))
    return max(1, math.ceil(market.n_bars * market.bar_hours / step_hours))


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

    rows = {
        name: _row(mean_error(values, windows_overlap), outcome_range(values))
        for name, values in ((name, frame[name].to_numpy(np.float64)) for name in frame)
    }
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

    differences: Mapping[str, Difference]

    def of(self, hedge: str) -> Difference:
        """The difference of one hedge."""
        if hedge not in self.differences:
            remedy = f"use one of {', '.join(self.differences)}"
            raise ParameterError(f"no difference for {hedge!r}", remedy=remedy)
        return self.differences[hedge]

    def __str__(self) -> str:
        """The differences as a small table. [quote]"""
        shown = ["mean", "outcome_low", "median", "outcome_high", "share_behind", "weeks_needed"]
        return self.frame()[[*shown, "ranking"]].to_string(float_format="{:,.2f}".format)

    def frame(self, scale: float = 1.0) -> pd.DataFrame:
        """One row per hedge; differences times `scale`, `share_behind` in [1], weeks in [weeks]."""
        import pandas as pd

        rows = {
            hedge: {
                **_row(each.error.scaled(scale), each.outcome.scaled(scale)),
                "sd": each.sd * abs(scale),
                "share_behind": each.behind.estimate,
                "weeks_needed": each.weeks_needed,
                "ranking": each.ranking,
            }
            for hedge, each in self.differences.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")


def compare(ledger: Ledger, against: str | Ledger = "unhedged") -> Comparison:
    """Paired differences of every hedge against a reference on the same paths.

    Parameters
    ----------
    ledger : Ledger
        Outcome of one run.
    against : str or Ledger
        A hedge of the ledger; `"hold less"`, which pairs every hedge with the book that sold its
        mean ratio instead; or another ledger on the same paths (a twin, another venue), paired
        hedge by hedge.

    Notes
    -----
    Over overlapping history windows the interval of the mean is a stationary bootstrap and the
    share behind counts independent windows only. Two hedges whose interval covers zero are not
    ranked.
    """
    if against == "hold less":
        from hedgelab.simulation import hold_less

        against = hold_less(ledger)
    if not isinstance(against, str) and against.names != ledger.names:
        what = "the two ledgers hold different hedges"
        raise ParameterError(what, remedy="run both with the same hedges in the same order")
    differences = {}
    for name in ledger.names:
        other = ledger.of(against) if isinstance(against, str) else against.of(name)
        if name != against:
            values = ledger.of(name)["equity_change"] - other["equity_change"]
            # Two books that hold the same differ by rounding only, which is no difference.
            differences[name] = _difference(values.round(6) + 0.0, ledger)
    return Comparison(differences)


def _difference(values: NDArray[np.float64], ledger: Ledger) -> Difference:
    windows_overlap = overlap(ledger.market)
    error = mean_error(values, windows_overlap)
    sd = float(values.std(ddof=1))
    behind = proportion(values < 0.0, windows_overlap)
    weeks = weeks_needed(error.estimate, sd, ledger.weeks)
    return Difference(outcome_range(values), error, sd, behind, weeks)


def _finite(values: Values, *, least: int) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    if array.size < least:
        raise ParameterError(f"{array.size} values, fewer than {least}", remedy="use more paths")
    if not np.isfinite(array).all():
        what = f"value {int(np.argmin(np.isfinite(array)))} is not a finite number"
        raise ParameterError(what, remedy="look at the ledger of that path")
    return array
