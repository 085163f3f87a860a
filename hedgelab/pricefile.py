"""Price files: CSV, CSV.gz or Parquet in, named columns of numbers out, and never a guess.

Nothing is repaired here. A blank cell is a gap (NaN in the result); anything else that is not a
number is refused with its file, row and column. Rows are counted as an editor does: header = row 1.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
import stat
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
ROWS_AT_ONCE: Final = 50_000
NOT_READ: Final = {
    *(".pkl", ".pickle", ".joblib", ".npy", ".npz", ".h5", ".hdf5", ".hdf", ".xls", ".xlsx"),
    *(".ods", ".zip", ".7z", ".tar", ".tgz", ".feather", ".db", ".sqlite"),
}
DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
GROUPS: Final = ("perp", "mark", "spot", "")
KNOWN: Final = frozenset(
    f"{group}_{field}".lstrip("_")
    for group, field in itertools.product(GROUPS, ("open", "high", "low", "close", "volume"))
) | {"funding_rate"}
ALIASES: Final = {
    **dict.fromkeys(("timestamp", "date", "datetime", "open_time"), "time"),
    **dict.fromkeys(("fundingrate", "funding", "last_funding_rate"), "funding_rate"),
    **{"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"},
    **{f"{field}_price": field for field in ("open", "high", "low", "close")},
    **{f"index_{field}": f"spot_{field}" for field in ("open", "high", "low", "close")},
}
ZONED: Final = re.compile(
    r"(19|20)\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)", re.ASCII
)
NUMBER: Final = r"(?:[+-]?(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?\d++)?+)"  # never backtracks
PLAIN: Final = re.compile(NUMBER, re.ASCII)
PLAIN_OR_BLANK: Final = re.compile(rf"(?:{NUMBER}?+\n)*+", re.ASCII)
NOTHING: Final = {"nan", "na", "n/a", "null", "none", "-", "--"}
NAIVE: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?", re.ASCII)
EPOCH: Final = re.compile(r"\d{9,20}(\.\d+)?", re.ASCII)
TICKS: Final = (1, 10**3, 10**6, 10**9)  # in a second: s, ms, us, ns
SECONDS_2009, SECONDS_2100 = 1_230_768_000, 4_102_444_800


@dataclass(frozen=True)
class Table:
    """What a file says: its times as written, its columns as numbers, and where each row stood."""

    name: str
    times: NDArray[np.int64]  # [ns since 1970, UTC]
    columns: dict[str, NDArray[np.float64]]
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
    if path.suffix.lower() in (".parquet", ".pq"):
        raise _bad("the name says Parquet, the content does not", name, "rename it")
    return _csv(name, _text(name, content))


def _regular_file(path: str | Path) -> Path:
    text = str(path)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", text) or text.startswith(("\\\\", "//")):
        raise Refused("a network address is not read", where=text, remedy="download the file first")
    path = Path(path)
    if path.suffix.lower() in NOT_READ:
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
    elif name.lower().endswith(".gz"):
        raise _bad("the name says gzip, the content does not", name, "rename or compress it")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _bad("the text is UTF-16", name, "save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise _bad("a byte is not UTF-8", f"{name}:{row}", "save the file as UTF-8") from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise _bad("there is a NUL byte", f"{name}:{row}", "this is not a text file")
    return text


def _gunzip(name: str, content: bytes) -> bytes:
    most = min(MOST_BYTES, MOST_EXPANSION * len(content))
    parts, size, rest = [], 0, content
    while rest[:2] == b"\x1f\x8b":  # a file may hold several members
        stream = zlib.decompressobj(wbits=31)
        try:
            while not stream.eof and rest:
                parts.append(stream.decompress(rest, 1 << 24))
                size, rest = size + len(parts[-1]), stream.unconsumed_tail
                if size > most:
                    what = "the file unpacks to over 100 times its size or 2 GiB"
                    raise _bad(what, name, "unpack it yourself if you trust it")
            parts.append(stream.flush())
        except zlib.error as error:
            raise _bad("the gzip data are damaged", name, "fetch it again") from error
        if not stream.eof:
            raise _bad("the gzip data end early", name, "fetch it again")
        rest = stream.unused_data
    return b"".join(parts)


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
        numbered = enumerate(lines, lines.line_num + 1)
        return _table(name, header, numbered, comma=found[0] != ",")
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
    numbered = enumerate(zip(*cells, strict=True), 2)
    return _table(name, table.column_names, numbered, comma=False)


def _table(
    name: str, header: Sequence[str], numbered: Iterator[tuple[int, Sequence[str]]], *, comma: bool
) -> Table:
    """Turn numbered lines of text into a table, so many rows at a time."""
    wanted, ignored = _names(name, header)
    blocks: list[list[NDArray[Any]]] = []
    while block := list(itertools.islice(numbered, ROWS_AT_ONCE)):
        block = [(row, line) for row, line in block if line]  # an empty line is no row
        for row, line in block:
            if len(line) != len(header):
                what = f"the row has {len(line)} cells and the header {len(header)}"
                raise _bad(what, f"{name}:{row}", "mend that row")
        if not block:
            continue
        rows = [row for row, _ in block]
        blocks.append([np.array(rows, dtype=np.int64)])
        for column, at in wanted.items():
            cells = [line[at].strip() for _, line in block]
            parsed = _times if column == "time" else _numbers
            blocks[-1].append(parsed(name, column, cells, rows, comma))
    if not blocks:
        raise _bad("there is a header and no row", name, "give rows of prices")
    numbers, *values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    columns = dict(zip(wanted, values, strict=True))
    return Table(name, columns.pop("time"), columns, numbers, ignored)


def _names(name: str, header: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return where each known column stands, and the names of those not used."""
    plain = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in header]
    if all(PLAIN.fullmatch(cell) for cell in plain):
        raise _bad("the first row is numbers", f"{name}:1", "put a header row above it")
    wanted: dict[str, int] = {}
    ignored = []
    for at, cell in sorted(enumerate(plain), key=lambda item: item[1] != "time"):
        known = ALIASES.get(cell, cell)
        if plain.count(cell) > 1 or (known in wanted and known != "time"):
            raise _bad(f"two columns mean {known}", f"{name}:1", "remove one")
        if known not in wanted and (known == "time" or known in KNOWN):
            wanted[known] = at
        else:
            ignored.append(cell)
    if "time" in wanted:
        return wanted, tuple(ignored)
    what = f"there is no time column, only {', '.join(plain[:20])}"
    raise _bad(what, f"{name}:1", "call one time")


def _numbers(
    name: str, column: str, cells: list[str], rows: Sequence[int], comma: bool
) -> NDArray[np.float64]:
    """Return the cells as numbers; blank is NaN, everything else must be a plain decimal number."""
    commas = [at for at, cell in enumerate(cells) if "," in cell] if comma else []
    if commas:
        three = all(re.search(r",\d{3}$", cells[at]) for at in commas)
        if three or any("." in cell for cell in cells):
            where = f"{name}:{rows[commas[0]]}:{column}"
            what = f"{cells[commas[0]]!r} may be a decimal or a thousand"
            raise _bad(what, where, "write a decimal point")
        cells = [cell.replace(",", ".") for cell in cells]
    if PLAIN_OR_BLANK.fullmatch("\n".join([*cells, ""])):  # one look at all of them
        values = np.array([float(cell or "nan") for cell in cells])
        if not np.isinf(values).any():
            return values
    for cell, row in zip(cells, rows, strict=True):
        if cell and not (PLAIN.fullmatch(cell) and math.isfinite(float(cell))):
            remedy = "leave a gap blank" if cell.lower() in NOTHING else "write 64000.5 or 6.4e4"
            where = f"{name}:{row}:{column}"
            raise _bad(f"{cell[:40]!r} is not a finite number", where, remedy)
    raise AssertionError("no cell is to blame")


def _times(
    name: str, column: str, cells: list[str], rows: Sequence[int], comma: bool
) -> NDArray[np.int64]:
    """Return UTC times in nanoseconds; each cell must say its zone or count from 1970."""
    where = f"{name}:{{}}:{column}"
    unit = next((k for k in TICKS if EPOCH.fullmatch(cells[0]) and _in_window(cells[0], k)), 0)
    if unit:  # the size of the first number says what it counts
        for cell, row in zip(cells, rows, strict=True):
            if not EPOCH.fullmatch(cell) or not _in_window(cell, unit):
                what = f"{cell[:40]!r} is no time like those above"
                raise _bad(what, where.format(row), "use one unit")
        ticks = [int(cell) if cell.isdigit() else round(Decimal(cell), 9) for cell in cells]
        return np.array([int(tick * (10**9 // unit)) for tick in ticks], dtype=np.int64)
    for cell, row in zip(cells, rows, strict=True):
        if NAIVE.fullmatch(cell):
            raise _bad(f"{cell} has no time zone", where.format(row), "append Z if these are UTC")
        if not ZONED.fullmatch(cell):
            what = f"{cell[:40]!r} is no time from 2009 to 2100" if cell else "the time is blank"
            raise _bad(what, where.format(row), "write 2024-01-31T08:00:00Z or ms since 1970")
    parsed = pd.to_datetime(pd.Series(cells), format="ISO8601", utc=True, errors="coerce")
    if parsed.isna().any():
        at = int(parsed.isna().to_numpy().argmax())
        raise _bad(f"there is no time {cells[at]}", where.format(rows[at]), "mend that cell")
    return parsed.dt.as_unit("ns").to_numpy(dtype="datetime64[ns]").astype(np.int64)


def _in_window(cell: str, unit: int) -> bool:
    return SECONDS_2009 <= float(cell) / unit < SECONDS_2100


def _bad(what: str, where: str, remedy: str) -> DataError:
    return DataError(what, where=where, remedy=remedy)
