"""Price files: CSV, CSV.gz or Parquet in, named columns of numbers out, and never a guess.

Nothing is repaired here. A blank cell is a gap (NaN in the result); anything else that is not a
number is refused with its file, row and column. Rows are counted as an editor does: header = row 1.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import stat
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hedgelab.errors import DataError, MissingInput, Refused

__all__ = ["Table", "read"]

MOST_BYTES: Final = 2 * 1024**3
MOST_EXPANSION: Final = 100
READ: Final = {"", ".csv", ".gz", ".txt", ".tsv", ".parquet", ".pq"}
DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
FIELDS: Final = ("open", "high", "low", "close", "volume")
KNOWN: Final = {"time", "funding_rate", *FIELDS} | {
    f"{group}_{field}" for group in ("perp", "mark", "spot") for field in FIELDS
}
ALIASES: Final = {
    **dict.fromkeys(("timestamp", "date", "datetime", "open_time"), "time"),
    **dict.fromkeys(("fundingrate", "funding", "last_funding_rate"), "funding_rate"),
    **{field[0]: field for field in FIELDS},
    **{f"{field}_price": field for field in FIELDS[:4]},
    **{f"index_{field}": f"spot_{field}" for field in FIELDS[:4]},
}
NUMBER: Final = re.compile(r"[+-]?(\d++\.?+\d*+|\.\d++)([eE][+-]?\d++)?+", re.ASCII)
EPOCH: Final = re.compile(r"([1-4]\d{9}(?:\d{3}){0,3})(\.\d+)?", re.ASCII)  # s, ms, us, ns
START, EARLIEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2009, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Table:
    """What a file says, as numbers, and where each row stood.

    Parameters
    ----------
    name : str
        Of the file.
    frame : DataFrame of shape (n_rows, n_columns)
        Known columns, indexed by the times as written. [ns since 1970, UTC]
    rows : ndarray of shape (n_rows,)
        Row of the file.
    ignored : tuple of str
        Columns that are not known.
    """

    name: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    ignored: tuple[str, ...]

    def refuse(self, what: str, index: int, column: str, remedy: str) -> DataError:
        """Return the error for one cell, by its row in the file."""
        return _bad(what, f"{self.name}:{self.rows[index]}:{column}", remedy)


def read(path: str | Path) -> Table:
    """Read a CSV, CSV.gz or Parquet file of prices.

    Raises
    ------
    Refused
        For a network address or a format that can hold code.
    MissingInput
        For anything that is not a readable regular file; it is not opened.
    DataError
        For content that is not a table of prices.
    """
    path = _regular_file(path)
    name = path.name
    try:
        content = path.read_bytes()
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        raise MissingInput(what, where=name, remedy="check its rights") from error
    if content[:4] == b"PAR1":
        return _parquet(name, content)
    return _csv(name, _text(name, content))


def _regular_file(path: str | Path) -> Path:
    text = str(path)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", text) or text.startswith(("\\\\", "//")):
        raise Refused("a network address is not read", where=text, remedy="download the file first")
    path = Path(path)
    if path.suffix.lower() not in READ:
        what, remedy = f"{path.suffix} files are not supported", "give CSV, CSV.gz or Parquet"
        raise Refused(what, where=path.name, remedy=remedy)
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise MissingInput("there is no such file", where=text, remedy="check the path") from error
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise MissingInput(f"this is {kind}", where=text, remedy="give one price file")
    if status.st_size > MOST_BYTES:
        raise _bad("the file is larger than 2 GiB", path.name, "cut it, or use longer bars")
    return path


def _text(name: str, content: bytes) -> str:
    """Decompress within the limits, and decode."""
    if content[:2] == b"\x1f\x8b":
        content = _gunzip(name, content)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise _bad("a byte is not UTF-8", f"{name}:{row}", "save the file as UTF-8") from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise _bad("there is a NUL byte", f"{name}:{row}", "this is not a text file")
    return text


def _gunzip(name: str, content: bytes) -> bytes:
    most = min(MOST_BYTES, MOST_EXPANSION * len(content))
    try:
        text = gzip.GzipFile(fileobj=io.BytesIO(content)).read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _bad("the gzip data are damaged or end early", name, "fetch it again") from error
    if len(text) > most:
        what = "the file unpacks to over 100 times its size or 2 GiB"
        raise _bad(what, name, "unpack it yourself if you trust it")
    return text


def _csv(name: str, text: str) -> Table:
    if not text.strip():
        raise _bad("the file is empty", name, "give a header and rows of prices")
    head = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    found = [d for d in DELIMITERS if d in head]
    if len(found) != 1:
        kinds = " and ".join(DELIMITERS[d] for d in found) or "no delimiter"
        raise _bad(f"the header has {kinds}", f"{name}:1", "separate its names by commas alone")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=found[0], strict=True)
    try:
        header = next(line for line in lines if line)
        return _table(name, header, enumerate(lines, lines.line_num + 1))
    except csv.Error as error:
        raise _bad(f"not CSV: {error}", f"{name}:{lines.line_num}", "mend that row") from error


def _parquet(name: str, content: bytes) -> Table:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        remedy = "install hedgelab[parquet], or give CSV"
        raise MissingInput("Parquet needs pyarrow", where=name, remedy=remedy) from error
    try:
        with pq.ParquetFile(pa.BufferReader(content)) as file:
            groups = (file.metadata.row_group(g) for g in range(file.num_row_groups))
            if sum(group.total_byte_size for group in groups) > MOST_BYTES:
                raise OSError("it unpacks to more than 2 GiB")
            table = file.read()
        # through text, so that both formats pass the same checks; str of a float is exact
        columns = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        line = str(error).splitlines()[0][:80]
        raise _bad(f"not a readable Parquet file: {line}", name, "fetch it again") from error
    cells = (["" if v is None else str(v) for v in column] for column in columns)
    return _table(name, table.column_names, enumerate(zip(*cells, strict=True), 2))


def _table(name: str, header: Sequence[str], lines: Iterator[tuple[int, Sequence[str]]]) -> Table:
    """Turn numbered lines of text into a table."""
    wanted, ignored = _names(name, header)
    rows = array("q")
    values: dict[str, array[Any]] = {c: array("q" if c == "time" else "d") for c in wanted}
    for row, line in lines:
        if not line:  # an empty line is no row
            continue
        if len(line) != len(header):
            what = f"the row has {len(line)} cells and the header {len(header)}"
            raise _bad(what, f"{name}:{row}", "mend that row")
        rows.append(row)
        for column, at in wanted.items():
            parse = _time if column == "time" else _number
            values[column].append(parse(line[at].strip(), f"{name}:{row}:{column}"))
    if not rows:
        raise _bad("there is a header and no row", name, "give rows of prices")
    frame = pd.DataFrame({column: np.array(cells) for column, cells in values.items()})
    return Table(name, frame.set_index("time"), np.array(rows), ignored)


def _names(name: str, header: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return where each known column stands, and the names of those not used."""
    plain = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in header]
    if all(NUMBER.fullmatch(cell) for cell in plain):
        raise _bad("the first row is numbers", f"{name}:1", "put a header row above it")
    columns: dict[str, int] = {}
    for at, cell in enumerate(plain):
        known = ALIASES.get(cell, cell)
        if known in columns:
            raise _bad(f"two columns mean {known}", f"{name}:1", "remove one")
        columns[known] = at
    if "time" not in columns:
        what = f"there is no time column, only {', '.join(plain[:20])}"
        raise _bad(what, f"{name}:1", "call one time")
    wanted = {known: at for known, at in columns.items() if known in KNOWN}
    return wanted, tuple(known for known in columns if known not in KNOWN)


def _number(cell: str, where: str) -> float:
    """Return a cell as a number; blank is NaN, everything else a plain decimal number."""
    if not cell:
        return math.nan
    plain = cell
    if "," in cell:  # only where commas do not separate cells
        if "." in cell or re.search(r",\d{3}$", cell):
            what = f"{cell[:40]!r} may be a decimal or a thousand"
            raise _bad(what, where, "write a decimal point")
        plain = cell.replace(",", ".")
    if NUMBER.fullmatch(plain) and math.isfinite(value := float(plain)):
        return value
    raise _bad(f"{cell[:40]!r} is not a finite number", where, "leave a gap blank, write 6.4e4")


def _time(cell: str, where: str) -> int:
    """Return a UTC time [ns since 1970]; it must say its zone, or count s, ms, us or ns."""
    try:
        if count := EPOCH.fullmatch(cell):
            moment = START + int(Decimal(cell).scaleb(16 - len(count[1]))) * MICROSECOND
        else:
            moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = START
    if moment.tzinfo is None:
        raise _bad(f"{cell} has no time zone", where, "append Z if these are UTC")
    if not EARLIEST <= moment <= datetime.now(UTC):
        what = f"{cell[:40]!r} is no time from 2009 until now"
        raise _bad(what, where, "write 2024-01-31T08:00:00Z or ms since 1970")
    return (moment - START) // MICROSECOND * 1000


def _bad(what: str, where: str, remedy: str) -> DataError:
    return DataError(what, where=where, remedy=remedy)
