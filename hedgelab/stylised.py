"""Stylised facts: what hourly prices look like, of a history and of simulated paths alike.

One set of functions over arrays of shape (n_paths, n_bars). A history is one path; its error is
that of a block bootstrap over weeks. Simulated windows of the same length show by their own spread
what a window of that length can be.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from hedgelab.arrays import ask
from hedgelab.errors import DataError, ParameterError
from hedgelab.funding import FundingRule
from hedgelab.project import DATA

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.history import History
    from hedgelab.market import Market

Floats = npt.NDArray[np.float64]
Facts = dict[str, Floats]

DAY: Final = 24  # [bars]
WEEK: Final = 168  # [bars]
SIX_WEEKS: Final = 42  # [days]
YEAR: Final = 8760  # [bars]
STAMPS: Final = slice(7, None, 8)  # bars that close at 08, 16 and 00:00
LEVERAGES: Final = (5.0, 10.0, 20.0)
HORIZONS: Final = (1, 4, 24, 72, 168)  # [bars]
MARGIN_LEFT: Final = 0.005  # maintenance margin as a share of the entry notional [1]
BLOCK_WEEKS: Final = 8
SEED: Final = 20240601  # of the resampling, so that a table repeats itself
NORMAL_QUARTILES: Final = 1.349  # their distance in deviations
SMALLEST: Final = 1e-12  # in place of a volatility or range of zero, whose log is taken


class Bars(NamedTuple):
    """Hourly bars, whole days from 00:00 UTC; every array has shape (n_paths, n_bars)."""

    move: Floats  # log return of the mark [1]
    low: Floats  # log of the mark's low over the mark's close before [1]
    high: Floats  # log of the mark's high over it [1]
    basis: Floats  # [1]
    funding: Floats  # paid at the bar's close, read at 00, 08 and 16 only [1 per 8 h]
    volume: Floats  # [quote]


def of_history(history: History, first: str | None = None, last: str | None = None) -> Bars:
    """Bars of a history as one path, from the first midnight on.

    Parameters
    ----------
    history : History
        Hourly.
    first, last : str, optional
        First and last day, both included, as 2023-01-01.

    Raises
    ------
    DataError
        When bars are not hourly or there is no whole day.

    Notes
    -----
    A missing bar counts as one in which nothing moved; the bar after it has the whole move.
    """
    import pandas as pd

    from hedgelab.history import History

    ask("of_history", History, history, hint="; history.load reads one")
    opens = pd.DatetimeIndex(history.times - np.timedelta64(1, "h"))  # a day is that of its opens
    frame = history.bars.set_index(opens)
    if history.bar_hours != 1.0:
        what = f"bars of {history.bar_hours:g} h"
        raise DataError(what, where=history.name, remedy="stylised facts need hourly bars")
    there = frame["mark"].notna()
    frame = frame.ffill()
    before = frame["mark"].shift(1)
    frame["move"] = np.log(frame["mark"] / before)
    frame["low"] = np.log(frame["mark_low"] / before) * there
    frame["high"] = np.log(frame["mark_high"] / before) * there
    try:
        frame = frame.iloc[1:].loc[first:last]
    except (KeyError, TypeError, ValueError):
        what = f"first is {first!r} and last {last!r}"
        raise ParameterError(what, where="of_history", remedy="write days as 2023-01-01") from None
    midnights = np.flatnonzero(pd.DatetimeIndex(frame.index).hour == 0)
    n_days = (len(frame) - midnights[0]) // DAY if midnights.size else 0
    if n_days < 1:
        raise DataError("no whole day", where=history.name, remedy="give a longer history")
    whole = frame.iloc[midnights[0] : midnights[0] + n_days * DAY].bfill()
    return Bars(*(whole[field].to_numpy(np.float64)[None, :] for field in Bars._fields))


def of_market(market: Market, first: int = 0, count: int | None = None) -> Bars:
    """Bars after t0 of some paths of a market whose t0 is a midnight.

    Parameters
    ----------
    market : Market
        Hourly. A law's funding is that of its premium under the rule of `FundingRule()`, recorded
        bars have their own.
    first, count : int
        As for `Market.bars`.
    """
    if market.bar_hours != 1.0 or market.start_minute % 1440:
        what = f"bars of {market.bar_hours:g} h from minute {market.start_minute} of the week"
        raise ParameterError(what, remedy="stylised facts need hourly bars from a midnight on")
    fields = market.bars(first, count)
    n_bars = market.n_bars // DAY * DAY
    if not n_bars:
        raise ParameterError(f"{market.n_bars} bars", remedy="stylised facts need a whole day")
    t0 = market.warm_up
    after = {name: values[:, t0 + 1 : t0 + 1 + n_bars] for name, values in fields.items()}
    before = fields["mark"][:, t0 : t0 + n_bars]
    move, low, high = (np.log(after[name] / before) for name in ("mark", "mark_low", "mark_high"))
    paid = after["funding"]
    if market.kind not in ("history", "bootstrap"):
        premium, rule, paid = after["premium"][:, STAMPS], FundingRule(), paid.copy()
        # `funding.funding_rate`, for millions of stamps at once
        inside = np.clip(rule.interest - premium, -rule.dead_zone, rule.dead_zone)
        paid[:, STAMPS] = np.clip(premium + inside, -rule.cap, rule.cap)
    return Bars(move, low, high, after["basis"], paid, after["volume"])


@cache
def stored() -> dict[str, Any]:
    """What is known of real prices, and of fits to older ones: `data/stylised.toml`.

    Examples
    --------
    >>> stored()["real"]["btc-2023"]["window"]
    ['2023-01-01', '2025-06-30']
    """
    return tomllib.loads((DATA / "stylised.toml").read_text(encoding="utf-8"))


# -- the facts -----------------------------------------------------------------------------------
def price_facts(bars: Bars) -> Facts:
    """Volatility, tails, memory and six-week outcomes, one value a path.

    Returns
    -------
    facts : dict of ndarray of shape (n_paths,)
        `volatility` [1/year^0.5] of hourly returns; `log_kurtosis_hour`, `_day` ln of the raw
        kurtosis; `memory_1h` ... autocorrelation of absolute hourly returns; `log_volatility_sd`,
        `log_volatility_memory` of the log of daily realised volatility; over six weeks, starting
        every day, `six_week_return_sd` and the median and 95 % quantile of the drawdown [1].
    """
    n_paths, n_bars = bars.move.shape
    days = bars.move.reshape(n_paths, n_bars // DAY, DAY)
    daily = days.sum(axis=2)
    log_volatility = 0.5 * np.log(np.maximum((days**2).sum(axis=2), SMALLEST))
    size = np.abs(bars.move)
    facts = {
        "volatility": np.sqrt(YEAR * (bars.move**2).mean(axis=1)),
        "log_kurtosis_hour": np.log(kurtosis(bars.move)),
        "log_kurtosis_day": np.log(kurtosis(daily)),
        **{f"memory_{lag}h": autocorrelation(size, lag) for lag in (1, 6, 24, 168, 720)},
        "log_volatility_sd": log_volatility.std(axis=1),
        "log_volatility_memory": autocorrelation(log_volatility, 1),
    }
    if n_bars // DAY > SIX_WEEKS:
        level = np.cumsum(daily, axis=1)
        ends = np.expm1(level[:, SIX_WEEKS:] - level[:, :-SIX_WEEKS])
        falls = drawdowns(days, SIX_WEEKS)
        facts["six_week_return_sd"] = ends.std(axis=1)
        facts["six_week_drawdown_median"] = np.median(falls, axis=1)
        facts["six_week_drawdown_p95"] = np.quantile(falls, 0.95, axis=1)
    return facts


def funding_facts(bars: Bars) -> Facts:
    """Funding and basis, one value a path; rates and basis in bp.

    Returns
    -------
    facts : dict of ndarray of shape (n_paths,)
        Moments, 1 % and 99 % quantiles and shares by name; `basis_change_1h` ... deviation of a
        normal law with the quartiles of the change, which a single wild close does not move.
    """
    paid, basis = 1e4 * bars.funding[:, STAMPS], 1e4 * bars.basis
    low, high = np.quantile(paid, [0.01, 0.99], axis=1)
    basis_low, median, basis_high = np.quantile(basis, [0.01, 0.5, 0.99], axis=1)
    facts = {
        "funding_mean": paid.mean(axis=1),
        "funding_sd": paid.std(axis=1),
        "funding_share_at_1bp": (np.abs(paid - 1.0) < 1e-6).mean(axis=1),
        "funding_share_negative": (paid < -1e-9).mean(axis=1),
        "funding_memory_8h": autocorrelation(paid, 1),
        "funding_p1": low,
        "funding_p99": high,
        "basis_mean": basis.mean(axis=1),
        "basis_median": median,
        "basis_sd": basis.std(axis=1),
        "basis_p1": basis_low,
        "basis_p99": basis_high,
    }
    for lag in (1, 24, 168):
        if lag < basis.shape[1]:
            quartiles = np.quantile(basis[:, lag:] - basis[:, :-lag], [0.25, 0.75], axis=1)
            facts[f"basis_change_{lag}h"] = (quartiles[1] - quartiles[0]) / NORMAL_QUARTILES
    return facts


def volume_facts(bars: Bars) -> Facts:
    """Median of the hourly volume [M quote] and deviation of its log, one value a path."""
    return {
        "volume_median": 1e-6 * np.median(bars.volume, axis=1),
        "log_volume_sd": np.log(np.maximum(bars.volume, SMALLEST)).std(axis=1),
    }


def barriers(leverage: float, maintenance_rate: float | None = None) -> tuple[float, float]:
    """Prices over entry at which a long and a short are liquidated.

    Parameters
    ----------
    leverage : float
        Notional over margin. [1]
    maintenance_rate : float, optional
        Of the notional at the liquidation price. By default half a percent of the *entry* notional
        is left: the plain convention of the published odds.

    Examples
    --------
    Ten times: 9.5 % against it; or with 0.4 % of the notional then, 0.9 / 0.996 and 1.1 / 1.004.

    >>> [round(x, 4) for x in barriers(10.0) + barriers(10.0, 0.004)]
    [0.905, 1.095, 0.9036, 1.0956]
    """
    if not leverage > 1.0:
        raise ParameterError(f"leverage is {leverage:g}", remedy="a barrier needs more than 1")
    if maintenance_rate is None:
        return 1.0 - 1.0 / leverage + MARGIN_LEFT, 1.0 + 1.0 / leverage - MARGIN_LEFT
    return (
        (1.0 - 1.0 / leverage) / (1.0 - maintenance_rate),
        (1.0 + 1.0 / leverage) / (1.0 + maintenance_rate),
    )


def liquidation_odds(
    bars: Bars,
    leverages: Sequence[float] = LEVERAGES,
    hours: Sequence[int] = HORIZONS,
    maintenance_rate: float | None = None,
) -> Facts:
    """Odds that the mark touches the liquidation price in time, entry at every hourly close.

    Parameters
    ----------
    bars : Bars
        Lows and highs between closes count.
    leverages : sequence of float
        [1]
    hours : sequence of int
        Horizons. [bars]
    maintenance_rate : float, optional
        As for `barriers`.

    Returns
    -------
    odds : dict of ndarray of shape (n_paths,)
        ``long_10x_24h`` and so on: touched over all entries whose horizon ends within the path.

    Examples
    --------
    A mark that falls 10 % in one hour, seen from two entries: only the first one holds through it.

    >>> flat, fall = np.zeros((1, 3)), np.log([[1.0, 0.9, 1.0]])
    >>> odds = liquidation_odds(Bars(fall, fall, flat, flat, flat, flat), [10.0, 5.0], [1])
    >>> odds["long_10x_1h"].round(3).tolist(), odds["long_5x_1h"].tolist()
    ([0.333], [0.0])
    """
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    n_paths, n_bars = bars.move.shape
    # level at every entry; extremes of each bar on the same scale
    level = np.concatenate([np.zeros((n_paths, 1)), np.cumsum(bars.move, axis=1)], axis=1)
    lows, highs = level[:, :-1] + bars.low, level[:, :-1] + bars.high
    facts = {}
    for horizon in hours:
        n_entries = n_bars - horizon + 1
        if n_entries < 1:
            raise ParameterError(f"{n_bars} bars", remedy=f"odds within {horizon} need as many")
        window = {"size": horizon, "axis": 1, "origin": -(horizon // 2)}  # entry bar first
        fall = minimum_filter1d(lows, **window)[:, :n_entries] - level[:, :n_entries]
        rise = maximum_filter1d(highs, **window)[:, :n_entries] - level[:, :n_entries]
        for leverage in leverages:
            down, up = barriers(leverage, maintenance_rate)
            facts[f"long_{leverage:g}x_{horizon}h"] = (fall <= math.log(down)).mean(axis=1)
            facts[f"short_{leverage:g}x_{horizon}h"] = (rise >= math.log(up)).mean(axis=1)
    return facts


def all_facts(bars: Bars) -> Facts:
    """Every fact of this module, one value a path."""
    return price_facts(bars) | funding_facts(bars) | volume_facts(bars) | liquidation_odds(bars)


# -- many windows, and the error of one ---------------------------------------------------------
def measured(
    market: Market, facts: Callable[[Bars], Facts] = all_facts, bars_at_once: int = 1_000_000
) -> Facts:
    """Facts of every path of a market, a few paths at a time.

    Returns
    -------
    facts : dict of ndarray of shape (n_paths,)
    """
    step = max(1, bars_at_once // (market.n_bars + market.warm_up))
    return _joined(
        facts(of_market(market, first, min(step, market.n_paths - first)))
        for first in range(0, market.n_paths, step)
    )


def resampled(
    bars: Bars,
    facts: Callable[[Bars], Facts] = all_facts,
    n_paths: int = 200,
    block_weeks: int = BLOCK_WEEKS,
    seed: int = SEED,
) -> Facts:
    """Facts of a history's resampled copies: their spread is the error of the history's own.

    Parameters
    ----------
    bars : Bars
        One path.
    facts : callable
        What to measure.
    n_paths : int
        Copies. [1]
    block_weeks : int
        Length of a block: whole weeks, so that hours of the week and stamps stay. [weeks]
    seed : int
        Of the resampling.

    Notes
    -----
    Circular block bootstrap (Politis and Romano 1992) of the whole weeks; prices are chained from
    returns. A window of several weeks may cross the seam of two blocks.
    """
    n_weeks = bars.move.shape[1] // WEEK
    if n_weeks < 2 * block_weeks:
        what = f"{n_weeks} weeks for blocks of {block_weeks}"
        raise ParameterError(what, remedy="give a longer history or shorter blocks")
    rng = np.random.default_rng(seed)
    n_blocks = -(-n_weeks // block_weeks)
    weeks = rng.integers(n_weeks, size=(n_paths, n_blocks, 1)) + np.arange(block_weeks)
    weeks = weeks.reshape(n_paths, -1)[:, :n_weeks] % n_weeks
    rows = (weeks[:, :, None] * WEEK + np.arange(WEEK)).reshape(n_paths, -1)
    step = max(1, 1_000_000 // rows.shape[1])
    return _joined(
        facts(Bars(*(values[0][rows[first : first + step]] for values in bars)))
        for first in range(0, n_paths, step)
    )


def table(real: Mapping[str, float], errors: Mapping[str, float], simulated: Facts) -> pd.DataFrame:
    """A file's facts beside those of simulated windows of the same length.

    Parameters
    ----------
    real : mapping of str to float
        The file's facts.
    errors : mapping of str to float
        Their standard errors; a fact that has none is judged by the spread of windows alone.
    simulated : dict of ndarray of shape (n_windows,)
        As `measured` returns.

    Returns
    -------
    table : DataFrame
        Columns real, error, mean, sd (of a window), z = (real - mean) / max(error, sd), and
        percentile, the share of windows below the real value, those equal counted half. [1]
    """
    import pandas as pd

    rows = {}
    for name, value in real.items():
        # many stamps pay 1 bp exactly: what is beyond the ninth decimal of a quantile is rounding
        value, windows = round(value, 9), np.round(simulated[name], 9)
        error, mean, sd = errors.get(name, 0.0), windows.mean(), windows.std(ddof=1)
        scale = max(error, sd)
        rows[name] = {
            "real": value,
            "error": error,
            "mean": mean,
            "sd": sd,
            "z": (value - mean) / scale if scale > 0.0 else 0.0,
            "percentile": (windows < value).mean() + 0.5 * (windows == value).mean(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def at_volatility(odds: Floats, volatility: Floats, level: float) -> tuple[float, float]:
    """Odds of simulated windows at one realised volatility.

    Parameters
    ----------
    odds, volatility : ndarray of shape (n_windows,)
        Windows without an event are left out.
    level : float
        Realised volatility to read at. [1/year^0.5]

    Returns
    -------
    expected, log_sd : float
        From a regression of log odds on log volatility: the odds at that level, and the deviation
        of a window's log odds around the line. [1]

    Examples
    --------
    Odds that go as the fourth power of volatility:

    >>> level = np.array([0.4, 0.5, 0.6])
    >>> [round(x, 6) for x in at_volatility(level**4, level, 0.8)]
    [0.4096, 0.0]
    """
    some = odds > 0.0
    if np.count_nonzero(some) < 3:
        what = f"{np.count_nonzero(some)} windows with an event"
        raise ParameterError(what, remedy="simulate more windows")
    x, y = np.log(volatility[some]), np.log(odds[some])
    slope, start = np.polyfit(x, y, 1)
    rest = y - start - slope * x
    return math.exp(start + slope * math.log(level)), float(rest.std())


def _joined(pieces: Iterator[Facts]) -> Facts:
    found = list(pieces)
    return {name: np.concatenate([piece[name] for piece in found]) for name in found[0]}


# -- of one array -------------------------------------------------------------------------------
def autocorrelation(values: Floats, lag: int) -> Floats:
    """Autocorrelation along the last axis, the mean and variance those of the whole path.

    Examples
    --------
    >>> autocorrelation(np.array([[1.0, -1.0, 1.0, -1.0]]), 1).tolist()
    [-0.75]
    """
    if lag >= values.shape[1]:
        return np.full(values.shape[0], np.nan)
    centred = values - values.mean(axis=1, keepdims=True)
    products = np.einsum("ij,ij->i", centred[:, lag:], centred[:, :-lag])
    squares = np.einsum("ij,ij->i", centred, centred)
    return _ratio(products, squares, 0.0)


def kurtosis(values: Floats) -> Floats:
    """Raw kurtosis along the last axis; 3 for normal values.

    Examples
    --------
    >>> kurtosis(np.array([[1.0, -1.0, 1.0, -1.0]])).tolist()
    [1.0]
    """
    squares = (values - values.mean(axis=1, keepdims=True)) ** 2
    variance = squares.mean(axis=1)
    return _ratio((squares**2).mean(axis=1), variance**2, 3.0)


def _ratio(above: Floats, below: Floats, otherwise: float) -> Floats:
    """Quotients; where nothing varies, what stands for it."""
    quotients: Floats = np.divide(above, below, out=np.full_like(below, otherwise), where=below > 0)
    return quotients


def drawdowns(days: Floats, length: int) -> Floats:
    """Largest fall from a running peak of closes, in windows that start every day.

    Parameters
    ----------
    days : ndarray of shape (n_paths, n_days, n_bars)
        Log returns, day by day.
    length : int
        Of a window. [days]

    Returns
    -------
    falls : ndarray of shape (n_paths, n_days - length)
        The close a window starts from counts; the first day only gives that close. [1]

    Notes
    -----
    A window is joined from its days: the fall of two stretches is the larger of their own falls
    and of the peak of the first over the lowest of the second.

    Examples
    --------
    Days of one close, 100, 110, 99, 120: from 110 to 99 is a tenth.

    >>> prices = np.array([100.0, 100.0, 110.0, 99.0, 120.0])
    >>> drawdowns(np.diff(np.log(prices))[None, :, None], 3).round(6).tolist()
    [[0.1]]
    """
    n_days = days.shape[1]
    within = np.cumsum(days, axis=2)
    level = np.cumsum(within[:, :, -1], axis=1)  # at each day's close
    tops = np.maximum.accumulate(within, axis=2)
    fall = (tops - within).max(axis=2)
    top, bottom = tops[:, :, -1], within.min(axis=2)
    start = level[:, : n_days - length]
    peak, deepest = start.copy(), np.zeros_like(start)
    for day in range(1, length + 1):
        which = slice(day, day + n_days - length)
        before = level[:, day - 1 : day - 1 + n_days - length]
        deepest = np.maximum(deepest, np.maximum(fall[:, which], peak - before - bottom[:, which]))
        peak = np.maximum(peak, before + top[:, which])
    return -np.expm1(-deepest)
