"""Data quality: what a price history must satisfy, and the record of what was found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hedgelab.errors import DataError
from hedgelab.pricefile import Table

__all__ = ["QualityRecord", "record_of", "regular_grid", "spikes_of"]

MOST_MISSING: Final = 0.01
GAPS_SHOWN: Final = 20
MINUTE: Final = 60 * 10**9
HOUR: Final = 60 * MINUTE
DAY: Final = 1440 * MINUTE
PERCENT_LIKE: Final = 0.003  # a median funding rate above 0.3 % per interval is a percentage
HIGHEST_RATE: Final = 0.05  # a venue's cap is 4 % an hour at the most [1/interval]
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
        gaps = [f"{label} ({count})" for label, count in self.gaps]
        more = f" and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        lines = {
            "rows": f"{self.rows:,}",
            "span": f"{self.first} to {self.last}",
            "bar": f"{self.bar_hours:g} h",
            "missing bars": f"{self.missing:,}",
            "gaps": (", ".join(gaps[:5]) or "none") + more,
            "repeated rows dropped": f"{self.deduplicated:,}",
            "windows": f"{self.windows:,}",
            "windows dropped for a missing bar": f"{self.dropped_windows:,}",
            "digest": self.digest[:16],
        }
        lines |= {f"note {i}": note for i, note in enumerate(self.notes, 1)}
        return pd.DataFrame({"value": lines}).rename_axis("price file")


def regular_grid(table: Table) -> pd.DataFrame:
    """Check a table and lay it on its clock; bars that are not there are NaN.

    Raises
    ------
    DataError
        For the first thing that a price history cannot be, with its row and a remedy.
    """
    _check_values(table)
    frame = table.frame
    times = frame.index.to_numpy()
    steps = np.diff(times)
    if (back := steps < 0).any():
        what = "the rows run backwards" if back.all() else "the time is before the last"
        raise table.refuse(what, int(back.argmax()) + 1, "time", "sort the rows by time")
    again = frame.index.duplicated()
    if (other := again & ~frame.reset_index().duplicated().to_numpy()).any():
        what = "the time comes again with other values"
        raise table.refuse(what, int(other.argmax()), "time", "keep one of the two rows")
    lengths, counts = np.unique(steps[steps > 0], return_counts=True)
    if not lengths.size:
        raise table.refuse("there is one row only", 0, "time", "give at least two bars")
    bar = int(lengths[counts.argmax()])
    odd = times % bar != 0
    if DAY % bar or bar % MINUTE or odd.all():
        what = f"the bars are {bar / MINUTE:g} minutes long or do not start on the clock"
        raise table.refuse(what, 0, "time", "use whole minutes that divide a day, from midnight")
    if odd.any():
        what = f"the row is off the clock of {bar / MINUTE:g}-minute bars"
        raise table.refuse(what, int(odd.argmax()), "time", "give regular bars")
    size = (times[-1] - times[0]) // bar + 1
    _refuse_many(table.name, int(size - np.sum(~again)), int(size))
    return frame[~again].reindex(pd.RangeIndex(times[0], times[-1] + bar, bar))


def record_of(
    table: Table, labels: NDArray[np.int64], bars: pd.DataFrame, notes: list[str]
) -> QualityRecord:
    """Refuse bars of which more than 1 % are NaN, and say what was found."""
    absent = bars.isna().any(axis=1).to_numpy()
    _refuse_many(table.name, int(absent.sum()), absent.size)
    edges = np.flatnonzero(np.diff(np.r_[False, absent, False].astype(np.int8))).reshape(-1, 2)
    return QualityRecord(
        rows=table.rows.size,
        first=_stamp(labels[0]),
        last=_stamp(labels[-1]),
        bar_hours=int(labels[1] - labels[0]) / HOUR,
        missing=int(absent.sum()),
        gaps=tuple((_stamp(labels[a]), int(b - a)) for a, b in edges[:GAPS_SHOWN]),
        deduplicated=int(table.frame.index.duplicated().sum()),
        notes=tuple(notes),
        digest=hashlib.sha256(labels.tobytes() + bars.to_numpy().tobytes()).hexdigest(),
    )


def spikes_of(close: pd.Series[float]) -> pd.Index:
    """Return times whose price jumped by 20 median deviations and was back one bar later."""
    moves = pd.Series(np.log(close)).diff()
    back = (moves + moves.shift(-1)).abs() < 0.2 * moves.abs()
    return close.index[back & (moves.abs() > SPIKE * moves.abs().median())]


def _refuse_many(name: str, missing: int, size: int) -> None:
    if missing > MOST_MISSING * size:
        what = f"{missing:,} of {size:,} bars are missing or lack a price or volume, more than 1 %"
        remedy = "fill the file from its source, or cut it to a whole part"
        raise DataError(what, where=name, remedy=remedy)


def _stamp(nanoseconds: int) -> str:
    """Write a time as 2024-01-31T08:00Z."""
    return f"{np.datetime64(int(nanoseconds), 'ns').astype('datetime64[m]')}Z"


def _check_values(table: Table) -> None:
    for name, values in table.frame.drop(columns="funding_rate", errors="ignore").items():
        kind = "volume" if str(name).endswith("volume") else "price"
        wrong = (values < 0.0 if kind == "volume" else values <= 0.0).to_numpy()
        if wrong.any():
            at = int(wrong.argmax())
            what = f"the {kind} is {values.iloc[at]:g}"
            raise table.refuse(what, at, str(name), "leave a gap blank")
    if "funding_rate" in table.frame:
        rates = table.frame["funding_rate"]
        if abs(typical := rates.median()) > PERCENT_LIKE:
            what = f"the median funding rate is {typical:g}, which looks like percent"
            at = int(rates.notna().to_numpy().argmax())
            raise table.refuse(what, at, "funding_rate", "divide by 100")
        if (extreme := (rates.abs() > HIGHEST_RATE).to_numpy()).any():
            at = int(extreme.argmax())
            what = f"the funding rate is {rates.iloc[at]:g}, which no venue pays at once"
            raise table.refuse(what, at, "funding_rate", "write a fraction of the notional")
