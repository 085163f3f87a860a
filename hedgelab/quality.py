"""Data quality: what a price history must satisfy, and the record of what was found."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hedgelab.errors import DataError
from hedgelab.pricefile import Table

__all__ = ["Grid", "QualityRecord", "gaps_of", "refuse_many", "regular_grid", "spikes_of", "stamp"]

MOST_MISSING: Final = 0.01
GAPS_SHOWN: Final = 20
MINUTE: Final = 60 * 10**9
DAY: Final = 1440 * MINUTE
START_2009: Final = 1_230_768_000 * 10**9
PERCENT_LIKE: Final = 0.003  # a median funding rate above 0.3 % per interval is a percentage
SPIKE: Final = 20.0  # median absolute deviations, gone again a bar later


@dataclass(frozen=True)
class QualityRecord:
    """What was found in a price file: shown in every report that uses it.

    Parameters
    ----------
    rows : int
        Rows of the file.
    first, last : str
        Labels (close, UTC) of the first and the last bar.
    bar_hours : float
        Length of a bar. [h]
    missing : int
        Bars between first and last that are absent or lack a price.
    gaps : tuple of (str, int)
        Label of each gap's first bar and its length in bars; the first twenty.
    deduplicated : int
        Rows dropped because the one before said the same.
    windows, dropped_windows : int
        Windows that were cut from the history, and those that touched a missing bar.
    notes : tuple of str
        What was assumed, one sentence each.
    digest : str
        SHA-256 of the content that is used, whatever the file format.
    """

    rows: int
    first: str
    last: str
    bar_hours: float
    missing: int
    gaps: tuple[tuple[str, int], ...]
    deduplicated: int
    notes: tuple[str, ...]
    digest: str
    windows: int = 0
    dropped_windows: int = 0

    def table(self) -> pd.DataFrame:
        """Return the record as a small table for a notebook."""
        gaps = ", ".join(f"{label} ({count})" for label, count in self.gaps[:5])
        more = len(self.gaps) - 5
        lines = {
            "rows": f"{self.rows:,}",
            "span": f"{self.first} to {self.last}",
            "bar": f"{self.bar_hours:g} h",
            "missing bars": f"{self.missing:,}",
            "gaps": (gaps or "none") + (f" and {more} more" if more > 0 else ""),
            "repeated rows dropped": f"{self.deduplicated:,}",
            "windows": f"{self.windows:,}",
            "windows dropped for a missing bar": f"{self.dropped_windows:,}",
            "digest": self.digest[:16],
        }
        lines |= {f"note {i}": note for i, note in enumerate(self.notes, 1)}
        return pd.DataFrame({"value": lines}).rename_axis("price file")


@dataclass(frozen=True)
class Grid:
    """The rows of a table on a regular clock; bars that are not there are NaN."""

    opens: NDArray[np.int64]  # times as the file labels them [ns since 1970]
    bar: int  # [ns]
    columns: dict[str, NDArray[np.float64]]
    deduplicated: int


def regular_grid(table: Table) -> Grid:
    """Check a table and lay it on its clock.

    Raises
    ------
    DataError
        For the first thing that a price history cannot be, with its row and a remedy.
    """
    _check_values(table)
    steps = np.diff(table.times)
    if (back := steps < 0).any():
        what = "the rows run backwards" if back.all() else "the time is before the last"
        raise table.refuse(what, int(back.argmax()) + 1, "time", "sort the rows by time")
    kept = np.r_[True, steps > 0]
    _check_repeats(table, kept)
    at, times = np.flatnonzero(kept), table.times[kept]
    if times.size < 2:
        raise table.refuse("there is one row only", 0, "time", "give at least two bars")
    if times[0] < START_2009:
        raise table.refuse("the time is before 2009", 0, "time", "check its unit")
    if (late := times > time.time_ns()).any():
        row = int(at[late.argmax()])
        raise table.refuse("the time is in the future", row, "time", "check its unit and zone")
    lengths, counts = np.unique(np.diff(times), return_counts=True)
    bar = int(lengths[counts.argmax()])
    odd = times % bar != 0
    if DAY % bar or bar % MINUTE or odd.all():
        what = f"the bars are {bar / MINUTE:g} minutes long or do not start on the clock"
        raise table.refuse(what, 0, "time", "use whole minutes that divide a day, from midnight")
    if odd.any():
        what = f"the row is off the clock of {bar / MINUTE:g}-minute bars"
        raise table.refuse(what, int(at[odd.argmax()]), "time", "give regular bars")
    place = (times - times[0]) // bar
    opens = times[0] + bar * np.arange(place[-1] + 1, dtype=np.int64)
    refuse_many(table.name, opens.size - times.size, opens.size)
    columns = {}
    for name, values in table.columns.items():
        columns[name] = np.full(opens.size, np.nan)
        columns[name][place] = values[kept]
    return Grid(opens, bar, columns, int(table.times.size - times.size))


def gaps_of(absent: NDArray[np.bool_], labels: NDArray[np.int64]) -> list[tuple[str, int]]:
    """Return each run of missing bars as (label of the first, length)."""
    edges = np.flatnonzero(np.diff(np.r_[False, absent, False].astype(np.int8)))
    return [(stamp(labels[a]), int(b - a)) for a, b in edges.reshape(-1, 2)]


def refuse_many(name: str, missing: int, size: int) -> None:
    """Refuse a history with more than 1 % of its bars missing."""
    if missing > MOST_MISSING * size:
        what = f"{missing:,} of {size:,} bars are missing or lack a price, more than 1 %"
        remedy = "fill the file from its source, or cut it to a whole part"
        raise DataError(what, where=name, remedy=remedy)


def spikes_of(close: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return bars whose price jumped by 20 median deviations and was back one bar later."""
    moves = np.diff(np.log(close), prepend=np.nan)
    typical = np.nanmedian(np.abs(moves)) if np.isfinite(moves).any() else 0.0
    back = np.abs(moves[:-1] + moves[1:]) < 0.2 * np.abs(moves[:-1])
    return np.flatnonzero((np.abs(moves[:-1]) > SPIKE * typical) & back)


def stamp(nanoseconds: int) -> str:
    """Write a time as 2024-01-31T08:00Z."""
    return f"{np.datetime64(int(nanoseconds), 'ns').astype('datetime64[m]')}Z"


def _check_values(table: Table) -> None:
    columns = table.columns
    for name, values in columns.items():
        volume = name.endswith("volume")
        wrong = values < 0.0 if volume else values <= 0.0
        if wrong.any() and name != "funding_rate":
            at = int(wrong.argmax())
            what = f"the {'volume' if volume else 'price'} is {values[at]:g}"
            raise table.refuse(what, at, name, "leave a gap blank")
        group, _, field = name.rpartition("_")
        for side, sign in (("high", 1.0), ("low", -1.0)):
            extreme = columns.get(f"{group}_{side}".lstrip("_"))
            if extreme is None or field not in ("open", "close", "low"):
                continue
            if (wrong := sign * (values - extreme) > 0.0).any():
                what = f"the {field} is beyond the {side}"
                raise table.refuse(what, int(wrong.argmax()), name, "mend that row")
    rates = columns.get("funding_rate", np.array([]))
    typical = float(np.median(rates[np.isfinite(rates)])) if np.isfinite(rates).any() else 0.0
    if abs(typical) > PERCENT_LIKE:
        what = f"the median funding rate is {typical:g}, which looks like percent"
        at = int(np.isfinite(rates).argmax())
        raise table.refuse(what, at, "funding_rate", "divide by 100")


def _check_repeats(table: Table, kept: NDArray[np.bool_]) -> None:
    """Refuse a repeated time whose rows differ."""
    for at in np.flatnonzero(~kept):
        for name, values in table.columns.items():
            if not np.array_equal(values[at - 1], values[at], equal_nan=True):
                what = f"the time of row {table.rows[at - 1]} comes again with another {name}"
                raise table.refuse(what, int(at), "time", "keep one of the two rows")
