"""Two intervals, always named: the outcome range and the error of a mean.

They answer two different questions and are never mixed up. The *outcome range* is what one
person's weeks can be: the 5 % to 95 % quantiles over paths, which more paths do not narrow. The
*simulation error* is how well the mean is known, which more paths do narrow; it says nothing about
one trader's six weeks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.market import Market

Values = NDArray[np.float64] | Sequence[float]

BLOCKS_PER_OVERLAP = 2  # mean block of the bootstrap over overlapping windows
REPETITIONS = 2_000
SEED = 20240601  # of the resampling, so that a report repeats itself
TAIL = 0.05  # of the outcome range, on either side [1]
Z_LEVEL = 1.959963984540054  # normal quantile of a two-sided level of 5 %


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
    return _interval(_error(values), "simulation error of the mean, 95 % t interval")


def mean_error(values: Values, windows_overlap: int = 1) -> Interval:
    """95 % interval of a mean, of independent paths or of overlapping windows.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per path, or per window in order of time.
    windows_overlap : int
        As `overlap` returns it. [windows]

    Notes
    -----
    Independent paths: `simulation_error`. Neighbouring windows share most of their hours, and
    there are only `effective_size` independent ones; that many carry the t quantile and the
    standard error sd/sqrt(n/overlap), or the one of a stationary bootstrap [1]_ in blocks of twice
    the overlap, whichever is larger.

    Neither would do alone. The bootstrap understates: over sums of 42 independent steps its own
    interval covers 65, 86 and 91 % with 210, 840 and 1,800 windows. Counting windows assumes that
    what lies further apart is unrelated. Together they cover 94 to 98 % there, and 79 to 84 % of
    the time with 840 and 1,800 windows where steps stay related for longer than a window (an
    autoregression of 0.98 a step); no interval over five years repairs that.

    References
    ----------
    .. [1] Politis and Romano (1994), doi:10.1080/01621459.1994.10476870.
    """
    if windows_overlap == 1:
        return simulation_error(values)
    error = _error(values, windows_overlap)
    count = effective_size(error.n, windows_overlap)
    return _interval(error, f"95 % t interval of the mean, {count:.4g} independent windows")


def ratio(numerator: Values, denominator: Values, windows_overlap: int = 1) -> Interval:
    """Ratio of two means over the same paths, with its 95 % interval.

    Parameters
    ----------
    numerator, denominator : array_like of shape (n_paths,)
        In one unit; the mean of the second is not zero.
    windows_overlap : int
        As `overlap` returns it. [windows]

    Notes
    -----
    With ratio R and mean b of the denominator the error is that of the mean of (a - R b)/b, which
    is the delta method; good where b is known to a few percent.

    Examples
    --------
    Twice as much on every path is twice as much, without error:

    >>> ratio([2.0, 4.0, 9.0], [1.0, 2.0, 4.5]).bounds
    (2.0, 2.0)
    """
    above, below = _finite(numerator, least=2), _finite(denominator, least=2)
    mean = float(below.mean())
    if mean == 0.0:
        raise ParameterError("a ratio to a mean of zero", remedy="compare differences instead")
    share = float(above.mean()) / mean
    return mean_error(share + (above - share * below) / mean, windows_overlap)


def p_value(values: Values, windows_overlap: int = 1) -> float:
    """Two-sided p-value of a mean of zero, from the error that `mean_error` uses. [1]

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One difference per path, or per window in order of time.
    windows_overlap : int
        As `overlap` returns it. [windows]

    Examples
    --------
    By hand: mean 2, error 1/sqrt(3), t = 3.464 with two degrees, whose two tails hold 1 - t /
    sqrt(t^2 + 2) = 1 - 3.464 / 3.742.

    >>> round(p_value([1.0, 2.0, 3.0]), 4)
    0.0742
    """
    from scipy.special import stdtr

    error = _error(values, windows_overlap)
    if error.standard == 0.0:
        return 1.0 if error.mean == 0.0 else 0.0
    return float(2.0 * stdtr(error.freedom, -abs(error.mean) / error.standard))


def effective_size(n_windows: int, windows_overlap: int) -> float:
    """Independent windows that so many overlapping ones are worth. [windows]

    Parameters
    ----------
    n_windows : int
        Windows in all.
    windows_overlap : int
        Windows that share hours with any one window, as `overlap` returns it.

    Examples
    --------
    A year of six-week windows that begin daily holds fewer than eight of them:

    >>> round(effective_size(365 - 41, 42), 1)
    7.7
    """
    return max(1.0, n_windows / windows_overlap)


class _MeanError(NamedTuple):
    """A mean, its standard error, the degrees of freedom, and how many values there were."""

    mean: float
    standard: float
    freedom: float
    n: int


def _error(values: Values, windows_overlap: int = 1) -> _MeanError:
    array = _finite(values, least=2)
    independent = effective_size(array.size, windows_overlap)
    standard = float(array.std(ddof=1)) / math.sqrt(independent)
    if windows_overlap > 1:
        from arch.bootstrap import StationaryBootstrap

        length = min(BLOCKS_PER_OVERLAP * windows_overlap, array.size)
        bootstrap = StationaryBootstrap(length, array, seed=np.random.default_rng(SEED))
        standard = max(standard, float(bootstrap.apply(np.mean, REPETITIONS).std(ddof=1)))
    return _MeanError(float(array.mean()), standard, max(1.0, independent - 1.0), array.size)


def _interval(error: _MeanError, method: str) -> Interval:
    from scipy.special import stdtrit

    half_width = float(stdtrit(error.freedom, 0.975)) * error.standard
    return Interval(error.mean - half_width, error.mean, error.mean + half_width, error.n, method)


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
    count = effective_size(array.size, windows_overlap)
    pull = Z_LEVEL**2 / count
    centre = (share + pull / 2.0) / (1.0 + pull)
    half_width = math.sqrt(pull * (share * (1.0 - share) + pull / 4.0)) / (1.0 + pull)
    # Rounding may put a bound a hair outside when all or none are true.
    low, high = max(0.0, min(centre - half_width, share)), min(1.0, max(centre + half_width, share))
    method = f"share, 95 % Wilson interval, {count:.4g} independent"
    return Interval(low, share, high, array.size, method)


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
        name: as_row(mean_error(values, windows_overlap), outcome_range(values))
        for name, values in ((name, frame[name].to_numpy(np.float64)) for name in frame)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def as_row(error: Interval, outcome: Interval) -> dict[str, float]:
    """The two intervals of one quantity as a row of a table, same unit."""
    return {
        "mean": error.estimate,
        "error_low": error.low,
        "error_high": error.high,
        "outcome_low": outcome.low,
        "median": outcome.estimate,
        "outcome_high": outcome.high,
    }


def _finite(values: Values, *, least: int) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    if array.size < least:
        raise ParameterError(f"{array.size} values, fewer than {least}", remedy="use more paths")
    if not np.isfinite(array).all():
        what = f"value {int(np.argmin(np.isfinite(array)))} is not a finite number"
        raise ParameterError(what, remedy="look at the ledger of that path")
    return array
