"""Real prices: a file becomes a history, and a history becomes a market of overlapping windows.

A bar is named by its **close** here. Files label rows by their open; `load` moves them, and moves
each funding rate to the bar that ends when it is paid.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hedgelab.errors import DataError, ParameterError
from hedgelab.funding import premium_index
from hedgelab.market import INSTRUMENT_FIELDS, Market
from hedgelab.pricefile import Table, read
from hedgelab.quality import (
    DAY,
    GAPS_SHOWN,
    MINUTE,
    Grid,
    QualityRecord,
    gaps_of,
    refuse_many,
    regular_grid,
    spikes_of,
    stamp,
)

Floats = NDArray[np.float64]

__all__ = ["History", "QualityRecord", "load", "recorded", "windows"]

DEFAULT_HALF_SPREAD: Final = 0.5e-4
WIDEST_HALF_TICK: Final = 5e-4  # wider, and the step seen is an accident of few or rounded prices
CLOSES_FOR_TICK: Final = 1_000
HOUR: Final = 60 * MINUTE
SIGMA_HOURS: Final = 24.0
FEWEST_SIGMA_BARS: Final = 6


@dataclass(frozen=True)
class History:
    """Prices of one coin on a regular clock; bars that are missing are NaN.

    Parameters
    ----------
    name : str
        Of the file.
    times : ndarray of shape (n_rows,)
        Label of each bar: its close, UTC. [datetime64[ns]]
    columns : mapping of str to ndarray of shape (n_rows,)
        `mark_open`, `mark_high`, `mark_low`, `mark`, `index` [quote/base], `volume` traded in the
        bar [quote], `funding` paid at the label, 0 where none was [1/interval], `half_spread` over
        mid [1].
    bar_hours : float
        Length of a bar. [h]
    quality : QualityRecord
        What was found in the file, and its digest.
    """

    name: str
    times: NDArray[np.datetime64]
    columns: Mapping[str, Floats]
    bar_hours: float
    quality: QualityRecord


def load(
    path: str | Path,
    *,
    label: Literal["open", "close"] = "open",
    tick: float | None = None,
    half_spread: float | None = None,
) -> History:
    """Read a price file.

    Parameters
    ----------
    path : str or Path
        CSV, CSV.gz, or Parquet (needs the extra `parquet`). Columns `time`, `mark_open` ...
        `mark_close`, `spot_close`, `perp_volume` and `funding_rate`, or plain `open`, `high`,
        `low`, `close`, `volume`, which then stand for mark and index alike.
    label : {"open", "close"}
        Which end of its bar a row's time is.
    tick : float, optional
        Price step of the perpetual; by default what the last 1000 closes show. [quote/base]
    half_spread : float, optional
        A fixed half-spread over mid instead of half a tick. [1]

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
    for name, value in (("tick", tick), ("half_spread", half_spread)):
        if value is not None and not (math.isfinite(value) and value >= 0.0):
            raise _refused(f"{name} is {value}", "use a number from 0 up")
    table = read(path)
    grid = regular_grid(table)
    labels = grid.opens + (grid.bar if label == "open" else 0)
    columns, closes, notes = _columns(table, grid)
    columns["funding"] = _paid_at_label(grid, label, notes)
    digest = _digest(labels, columns)
    columns["half_spread"] = _half_spread(columns["mark"], closes, tick, half_spread, notes)
    absent = np.any([~np.isfinite(values) for values in columns.values()], axis=0)
    for values in columns.values():
        values[absent] = np.nan
        values.setflags(write=False)
    refuse_many(table.name, int(absent.sum()), absent.size)
    quality = QualityRecord(
        rows=int(table.times.size),
        first=stamp(labels[0]),
        last=stamp(labels[-1]),
        bar_hours=grid.bar / HOUR,
        missing=int(absent.sum()),
        gaps=tuple(gaps_of(absent, labels)[:GAPS_SHOWN]),
        deduplicated=grid.deduplicated,
        notes=(f"rows are labelled by their {label}; bars are named by their close", *notes),
        digest=digest,
    )
    times = labels.view("datetime64[ns]")
    return History(table.name, times, MappingProxyType(columns), grid.bar / HOUR, quality)


def recorded(history: History) -> Floats:
    """Return every bar of a history in the fields the ledger reads.

    Parameters
    ----------
    history : History

    Returns
    -------
    fields : ndarray of shape (n_rows, n_fields)
        In the order of `market.INSTRUMENT_FIELDS`. Rows of missing bars are NaN. Returns are 0 in
        the first row and in the row after a gap.

    Notes
    -----
    sigma is the root of an exponentially weighted mean of squared index returns, span 24 hours (at
    least six bars), the bar itself included, started at the mean square of the first 24 hours and
    held through gaps. `windows` never starts before those 24 hours have passed.
    """
    columns = history.columns
    mark, index = columns["mark"], columns["index"]
    basis = mark / index - 1.0
    returns = np.diff(np.log(index), prepend=np.nan)
    fields = {
        **columns,
        "index_return": np.nan_to_num(returns),
        "mark_return": np.nan_to_num(np.diff(np.log(mark), prepend=np.nan)),
        "basis": basis,
        "premium": premium_index(basis, history.bar_hours),
        "sigma": _sigma(returns, history.bar_hours),
    }
    rows = np.column_stack([fields[name] for name in INSTRUMENT_FIELDS])
    rows[~np.isfinite(mark)] = np.nan
    return np.ascontiguousarray(rows)


def windows(
    history: History, length: str = "42D", *, warm_up: int = 336, every: str = "1D"
) -> Market:
    """Cut a history into overlapping windows, each a path of a market.

    Parameters
    ----------
    history : History
        What `load` returns.
    length : str
        Of a window, as pandas writes time spans: 42D, 6W, 1008h.
    warm_up : int
        Bars before each window that rules with memory may see. [bars]
    every : str
        Between the starts of windows: whole days. Bar 0 of each has the label 00:00 UTC.

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
        For a length that is not a whole number of bars, or a step that is not whole days.
    """
    bar = round(history.bar_hours * HOUR)
    n_bars = _count("length", length, bar, "bars")
    step = _count("every", every, DAY, "days")
    if isinstance(warm_up, bool) or not isinstance(warm_up, int) or warm_up < 0:
        raise _refused(f"warm_up is {warm_up}", "use a whole number of bars")
    labels = history.times.view(np.int64)
    before = max(warm_up, _sigma_bars(history.bar_hours))
    midnights = np.flatnonzero(labels % DAY == 0)
    fitting = midnights[(midnights >= before) & (midnights + n_bars < labels.size)]
    starts = fitting[::step]
    if not starts.size:
        what = f"no window of {length} after {before} bars of warm-up fits {labels.size} bars"
        raise DataError(what, where=history.name, remedy="give a longer history or ask for less")
    missing = np.r_[0, np.cumsum(~np.isfinite(history.columns["mark"]))]
    whole = missing[starts + n_bars + 1] == missing[starts - warm_up]
    if not whole.any():
        what = f"each of {starts.size} windows touches a missing bar"
        raise DataError(what, where=history.name, remedy="fill the gaps or ask for shorter windows")
    outside = midnights.size - fitting.size
    note = f"windows: {outside} days are too near the ends of the file to start one"
    quality = replace(
        history.quality,
        windows=int(whole.sum()),
        dropped_windows=int((~whole).sum()),
        notes=(*history.quality.notes, note),
    )
    starts = starts[whole].astype(np.int64)
    first = labels[starts[0]]
    return Market(
        name=history.name,
        kind="history",
        n_paths=int(starts.size),
        n_bars=n_bars,
        bar_hours=history.bar_hours,
        warm_up=warm_up,
        # 1970-01-01 was a Thursday; weeks start on Monday
        start_minute=int((first // MINUTE + 3 * 1440) % (7 * 1440)),
        seed=0,
        recorded=recorded(history),
        starts=starts,
        times=history.times[starts],
        quality=quality,
        digest=history.quality.digest,
    )


def _columns(table: Table, grid: Grid) -> tuple[dict[str, Floats], Floats, list[str]]:
    """Return the prices used, the closes that show the tick, and what was assumed."""
    have, notes = grid.columns, []
    group = next((g for g in ("mark_", "perp_", "") if f"{g}close" in have), None)
    if group is None:
        raise _missing(table, "mark_close or close")
    columns: dict[str, Floats] = {}
    for field in ("open", "high", "low", "close"):
        if group + field not in have:
            raise _missing(table, group + field)
        columns["mark" if field == "close" else f"mark_{field}"] = have[group + field].copy()
    if group != "mark_":
        notes.append(f"mark: the file's {group}close, since it has no mark columns")
    columns["index"] = have.get("spot_close", columns["mark"]).copy()
    if "spot_close" not in have:
        notes.append("index: the same price as the mark, so the basis is zero")
    traded = next((v for v in ("perp_volume", "volume", "spot_volume") if v in have), None)
    if traded is None:
        raise _missing(table, "perp_volume or volume")
    if traded == "spot_volume":
        notes.append("volume: of spot, since the file has none of the perpetual")
    closes = have.get("perp_close", columns["mark"])
    volume = have[traded] * closes
    if (still := volume == 0.0).any():
        if not (volume > 0.0).any():
            raise table.refuse("no bar has any volume", 0, traded, "give traded base volume")
        volume[still] = volume[volume > 0.0].min()
        notes.append(f"volume: {still.sum()} bars without any have the smallest of the file")
    columns["volume"] = volume
    if (spikes := spikes_of(columns["mark"])).size:
        row = table.rows[np.searchsorted(table.times, grid.opens[spikes[0]])]
        notes.append(f"prices: {spikes.size} bars jump and come back, the first in row {row}")
    if table.ignored:
        notes.append("columns not used: " + ", ".join(table.ignored))
    return columns, closes, notes


def _paid_at_label(grid: Grid, label: str, notes: list[str]) -> Floats:
    """Return each bar's funding: the rate whose time in the file is the close of the bar."""
    if "funding_rate" not in grid.columns:
        notes.append("funding: none in the file, so a realised rule pays nothing")
        return np.zeros(grid.opens.size)
    rates: Floats = np.nan_to_num(grid.columns["funding_rate"])
    if label == "close":
        return rates
    notes.append("funding: a rate due at the last label, or on an absent row, counts as 0")
    return np.append(rates[1:], 0.0)


def _half_spread(
    mark: Floats, closes: Floats, tick: float | None, half_spread: float | None, notes: list[str]
) -> Floats:
    """Return half the quoted spread over mid: as given, or half the price step, or the default."""
    if half_spread is None:
        seen = closes[np.isfinite(closes)][-CLOSES_FOR_TICK:]
        step = _price_step(seen) if tick is None else tick
        if step > 0.0:
            notes.append(f"half-spread: half a price step of {step:g}")
            half_step: Floats = 0.5 * step / mark
            return half_step
        half_spread = DEFAULT_HALF_SPREAD
    notes.append(f"half-spread: {half_spread * 1e4:g} bp, not from the file")
    return np.full_like(mark, half_spread)


def _price_step(closes: Floats) -> float:
    """Return the largest decimal step all closes are multiples of; 0 if there is none to see."""
    steps = (digit * 10.0**power for power in range(3, -9, -1) for digit in (5, 2, 1))
    for step in steps:
        count = closes / step
        if np.abs(count - np.round(count)).max(initial=0.0) <= 1e-5:
            return step if 0.5 * step / np.median(closes) <= WIDEST_HALF_TICK else 0.0
    return 0.0


def _sigma_bars(bar_hours: float) -> int:
    """Return how many bars sigma looks back over."""
    return max(FEWEST_SIGMA_BARS, round(SIGMA_HOURS / bar_hours))


def _sigma(returns: Floats, bar_hours: float) -> Floats:
    """Return the deviation of one bar's return; the first row has no return."""
    bars = _sigma_bars(bar_hours)
    squares = returns**2
    begin = squares[1 : bars + 1]
    start = float(np.nanmean(begin)) if np.isfinite(begin).any() else 0.0
    squares[: bars + 1] = np.nan
    squares[min(bars, squares.size - 1)] = start
    weighted = pd.Series(squares).ewm(span=bars, adjust=False, ignore_na=True).mean()
    deviation: Floats = np.sqrt(weighted.fillna(start).to_numpy(dtype=np.float64))
    return deviation


def _count(name: str, span: str, unit: int, what: str) -> int:
    """Return how many units a time span holds."""
    try:
        nanoseconds = pd.Timedelta(span).value
    except (ValueError, TypeError) as error:
        raise _refused(f"{name} is {span!r}", "write 42D or 1008h") from error
    if nanoseconds <= 0 or nanoseconds % unit:
        raise _refused(f"{name} {span} is not a whole number of {what}", "write 42D or 1008h")
    return nanoseconds // unit


def _digest(labels: NDArray[np.int64], columns: Mapping[str, Floats]) -> str:
    """Return the digest of what is used, the same for every file format it came in."""
    content = hashlib.sha256(labels.astype("<i8").tobytes())
    for name in sorted(columns):
        values = np.where(np.isnan(columns[name]), np.nan, columns[name])  # one kind of NaN
        content.update(name.encode() + b"\0" + (values + 0.0).astype("<f8").tobytes())
    return content.hexdigest()


def _missing(table: Table, column: str) -> DataError:
    where = f"{table.name}:1, which has {', '.join([*table.columns, *table.ignored])}"
    return DataError(f"there is no column {column}", where=where, remedy="rename or add it")


def _refused(what: str, remedy: str) -> ParameterError:
    return ParameterError(what, where="history", remedy=remedy)
