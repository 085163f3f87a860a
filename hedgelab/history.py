"""Real prices: a file becomes a history, and a history becomes a market of overlapping windows.

A bar is named by its **close** here. Files label rows by their open; `load` moves them, and moves
each funding rate to the bar that ends when it is paid.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hedgelab.arrays import ask, check
from hedgelab.errors import DataError, ParameterError
from hedgelab.funding import premium_index
from hedgelab.market import COINS, INSTRUMENT_FIELDS, Market
from hedgelab.pricefile import Table, read
from hedgelab.quality import DAY, HOUR, MINUTE, QualityRecord, record_of, regular_grid, spikes_of

__all__ = ["History", "QualityRecord", "load", "windows"]

DEFAULT_HALF_SPREAD: Final = 0.5e-4
WIDEST_HALF_TICK: Final = 5e-4  # wider, and the step seen is an accident of few or rounded prices
CLOSES_FOR_TICK: Final = 1_000
SIGMA_HOURS: Final = 24.0
WIDEST_BASIS: Final = 0.25  # ten times the widest hourly close known of BTC
FEWEST_SIGMA_BARS: Final = 6
FIELDS: Final = ("open", "high", "low", "close")


@dataclass(frozen=True)
class History:
    """Prices of one coin on a regular clock; bars that are missing are NaN.

    Parameters
    ----------
    name : str
        Of the file.
    times : ndarray of shape (n_rows,)
        Label of each bar: its close, UTC. [datetime64[ns]]
    bars : DataFrame of shape (n_rows, n_fields)
        The fields the ledger reads, in the order of `market.INSTRUMENT_FIELDS`: prices
        [quote/base], `volume` traded in the bar [quote], `funding` paid at the label, 0 where none
        was [1/interval], returns, `basis`, `premium` and `half_spread` over mid [1], `sigma` of one
        bar [1]. Returns are 0 in the first row and in the row after a gap.
    bar_hours : float
        Length of a bar. [h]
    quality : QualityRecord
        What was found in the file, and its digest.

    Notes
    -----
    sigma is the root of an exponentially weighted mean of squared index returns, span 24 hours (at
    least six bars), the bar itself included, started at the mean square of the first 24 hours and
    held through gaps. `windows` never starts before those 24 hours have passed.
    """

    name: str
    times: NDArray[np.datetime64]
    bars: pd.DataFrame
    bar_hours: float
    quality: QualityRecord


def load(path: str | Path, *, label: Literal["open", "close"] = "open") -> History:
    """Read a price file.

    Parameters
    ----------
    path : str or Path
        CSV, CSV.gz, or Parquet (needs the extra `parquet`). Columns `time`, `mark_open` ...
        `mark_close`, `spot_close`, `perp_volume` and `funding_rate`, or plain `open`, `high`,
        `low`, `close`, `volume`, which then stand for mark and index alike.
    label : {"open", "close"}
        Which end of its bar a row's time is.

    Returns
    -------
    history : History

    Raises
    ------
    DataError, MissingInput, Refused
        In one line, with file, row and column, and what to do. A blank is a gap; a literal NaN is
        an error; more than 1 % of bars missing is refused.
    """
    if label not in ("open", "close"):
        raise _refused(f"label is {label!r}", "say open or close")
    table = read(path)
    grid = regular_grid(table)
    labels = grid.index.to_numpy()
    if label == "open":
        labels = labels + (labels[1] - labels[0])
    notes = [f"rows are labelled by their {label}; bars are named by their close"]
    bars = _columns(table, grid, notes)
    bars["funding"] = _paid_at_label(grid, label, notes)
    bars["half_spread"] = _half_spread(grid.get("perp_close", bars["mark"]), bars["mark"], notes)
    bars = bars.reset_index(drop=True)
    bars[bars.isna().any(axis=1)] = np.nan
    quality = record_of(table, labels, bars, notes)
    times, bar_hours = labels.view("datetime64[ns]"), quality.bar_hours
    return History(table.name, times, _fields(bars, bar_hours), bar_hours, quality)


def windows(history: History, length: str = "42D", *, warm_up: int = 336) -> Market:
    """Cut a history into overlapping windows, each a path of a market.

    Parameters
    ----------
    history : History
        What `load` returns.
    length : str
        Of a window, as pandas writes time spans: 42D, 6W, 1008h. One starts every day: bar 0 has
        the label 00:00 UTC.
    warm_up : int
        Bars before each window that rules with memory may see. [bars]

    Returns
    -------
    market : Market
        `market.quality` counts the windows and those dropped because a bar of them, warm-up
        included, is missing.

    Raises
    ------
    DataError
        When no window fits or none is whole.
    ParameterError
        For a length that is not a whole number of bars.
    """
    ask("windows", History, history, hint="; history.load reads one")
    check("windows", {"warm_up": (0, math.inf)}, locals())
    try:
        span = pd.Timedelta(length).value
    except (ValueError, TypeError) as error:
        raise _refused(f"length is {length!r}", "write 42D or 1008h") from error
    n_bars, rest = divmod(span, round(history.bar_hours * HOUR))
    if n_bars < 1 or rest:
        raise _refused(f"length {length} is not a whole number of bars", "write 42D or 1008h")
    labels = history.times.view(np.int64)
    before = max(warm_up, _sigma_bars(history.bar_hours))
    midnights = np.flatnonzero(labels % DAY == 0)
    starts = midnights[(midnights >= before) & (midnights + n_bars < labels.size)]
    if not starts.size:
        what = f"no window of {length} after {before} bars of warm-up fits {labels.size} bars"
        raise DataError(what, where=history.name, remedy="give a longer history or ask for less")
    missing = np.r_[0, np.cumsum(history.bars["mark"].isna())]
    whole = missing[starts + n_bars + 1] == missing[starts - warm_up]
    if not whole.any():
        what = f"each of {starts.size} windows touches a missing bar"
        raise DataError(what, where=history.name, remedy="fill the gaps or ask for shorter windows")
    outside = midnights.size - starts.size
    notes = [f"windows: {outside} days are too near the ends of the file to start one"]
    coin = coin_of(history)
    if coin is None:
        notes.insert(0, f"coin: {COINS[0]}, since the file's name begins with no known coin")
    quality = replace(
        history.quality,
        windows=int(whole.sum()),
        dropped_windows=int((~whole).sum()),
        notes=(*history.quality.notes, *notes),
    )
    starts = starts[whole].astype(np.int64)
    return Market(
        name=history.name,
        kind="history",
        n_paths=int(starts.size),
        n_bars=n_bars,
        bar_hours=history.bar_hours,
        warm_up=warm_up,
        # 1970-01-01 was a Thursday; weeks start on Monday
        start_minute=int((labels[starts[0]] // MINUTE + 3 * 1440) % (7 * 1440)),
        recorded=np.ascontiguousarray(history.bars, dtype=np.float64),
        starts=starts,
        times=history.times[starts],
        quality=quality,
        digest=history.quality.digest,
        coin=coin or COINS[0],
    )


def coin_of(history: History) -> str | None:
    """Return the coin that the file's name begins with; None if it is not a known one."""
    found = re.match(rf"({'|'.join(COINS)})([-_/ ]?(USD|EUR|PERP)|[^A-Z]|$)", history.name.upper())
    return found[1] if found else None


def _columns(table: Table, grid: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the prices and the volume that are used, and note what was assumed."""
    group = next((g for g in ("mark_", "perp_") if f"{g}close" in grid), "")
    traded = "perp_volume" if "perp_volume" in grid else "volume"
    for column in (*(f"{group}{field}" for field in FIELDS), traded):
        if column not in grid:
            where = f"{table.name}:1, which has {', '.join([*grid.columns, *table.ignored])}"
            what = f"there is no column {column}"
            raise DataError(what, where=where, remedy="rename or add it")
    for each in (group, "spot_"):
        names = [f"{each}{field}" for field in FIELDS]
        if not set(names) <= set(grid):
            continue
        used, high, low = table.frame[names], f"{each}high", f"{each}low"
        beyond = (used.max(axis=1) > used[high]) | (used.min(axis=1) < used[low])
        if beyond.any():
            what = "a price of the bar is beyond its high or low"
            raise table.refuse(what, int(beyond.to_numpy().argmax()), high, "mend that row")
    if "spot_close" in grid:
        apart = (table.frame[f"{group}close"] / table.frame["spot_close"] - 1.0).abs()
        if (apart > WIDEST_BASIS).any():
            what = f"spot and {group[:-1] or 'price'} are more than {WIDEST_BASIS:.0%} apart"
            raise table.refuse(what, int((apart > WIDEST_BASIS).argmax()), "spot_close", "mend it")
    mark = grid[f"{group}close"]
    if group != "mark_":
        notes.append(f"mark: the file's {group}close, since it has no mark columns")
    if "spot_close" not in grid:
        notes.append("index: the same price as the mark, so the basis is zero")
    volume = grid[traded] * grid.get("perp_close", mark)
    if (still := volume == 0.0).any():
        volume[still] = volume[volume > 0.0].min()
        notes.append(f"volume: {still.sum()} bars without any have the smallest of the file")
    if (spikes := spikes_of(mark)).size:
        row = table.rows[table.frame.index.searchsorted(spikes[0])]
        jump = f"{spikes.size} of them {'jump' if spikes.size > 1 else 'jumps'} and back"
        notes.append(f"prices: used as they stand, though {jump}, the first in row {row}")
    if table.ignored:
        notes.append("columns not used: " + ", ".join(table.ignored))
    edges = {f"mark_{field}": grid[f"{group}{field}"] for field in ("open", "high", "low")}
    index = grid.get("spot_close", mark)
    return pd.DataFrame({**edges, "mark": mark, "index": index, "volume": volume})


def _paid_at_label(grid: pd.DataFrame, label: str, notes: list[str]) -> pd.Series[float] | float:
    """Return each bar's funding: the rate whose time in the file is the close of the bar."""
    if "funding_rate" not in grid:
        notes.append("funding: none in the file, so a realised rule pays nothing")
        return 0.0
    rates = grid["funding_rate"].fillna(0.0)
    if label == "close":
        return rates
    notes.append("funding: a rate due at the last label, or on an absent row, counts as 0")
    return rates.shift(-1, fill_value=0.0)


def _half_spread(
    closes: pd.Series[float], mark: pd.Series[float], notes: list[str]
) -> pd.Series[float] | float:
    """Return half the quoted spread over mid: half the price step of the closes, or the default."""
    step = _price_step(closes.dropna().to_numpy(np.float64)[-CLOSES_FOR_TICK:])
    if step > 0.0:
        notes.append(f"half-spread: half a price step of {step:g}")
        return 0.5 * step / mark
    notes.append(f"half-spread: {DEFAULT_HALF_SPREAD * 1e4:g} bp, not from the file")
    return DEFAULT_HALF_SPREAD


def _price_step(closes: NDArray[np.floating]) -> float:
    """Return the largest decimal step all closes are multiples of; 0 if there is none to see."""
    steps = (digit * 10.0**power for power in range(3, -9, -1) for digit in (5, 2, 1))
    for step in steps:
        count = closes / step
        if np.abs(count - np.round(count)).max(initial=0.0) <= 1e-5:
            return step if 0.5 * step / np.median(closes) <= WIDEST_HALF_TICK else 0.0
    return 0.0


def _fields(bars: pd.DataFrame, bar_hours: float) -> pd.DataFrame:
    """Return the fields the ledger reads."""
    basis = bars["mark"] / bars["index"] - 1.0
    index_return, mark_return = (np.log(bars[price]).diff() for price in ("index", "mark"))
    returns = {"index_return": index_return.fillna(0.0), "mark_return": mark_return.fillna(0.0)}
    premium = premium_index(basis, bar_hours)
    sigma = _sigma(index_return, _sigma_bars(bar_hours))
    fields = bars.assign(basis=basis, premium=premium, sigma=sigma, **returns)
    fields[bars["mark"].isna()] = np.nan
    return fields[list(INSTRUMENT_FIELDS)]


def _sigma_bars(bar_hours: float) -> int:
    """Return how many bars sigma looks back over."""
    return max(FEWEST_SIGMA_BARS, round(SIGMA_HOURS / bar_hours))


def _sigma(returns: pd.Series[float], bars: int) -> pd.Series[float]:
    """Return the deviation of one bar's return; the first row has no return."""
    squares = returns**2
    start = float(np.nan_to_num(squares[1 : bars + 1].mean()))
    squares[: bars + 1] = np.nan
    squares[min(bars, squares.size - 1)] = start
    return squares.ewm(span=bars, adjust=False, ignore_na=True).mean().fillna(start) ** 0.5


def _refused(what: str, remedy: str) -> ParameterError:
    return ParameterError(what, where="history", remedy=remedy)
