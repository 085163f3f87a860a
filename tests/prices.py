"""Small price files for the tests of history: rows that move, and ways to write them."""

import gzip
import math
from datetime import UTC, datetime, timedelta

import pandas as pd

PRICES = ("open", "high", "low", "close")
HEADER = [
    "time",
    *(f"perp_{price}" for price in PRICES),
    "perp_volume",
    *(f"mark_{price}" for price in PRICES),
    *(f"spot_{price}" for price in PRICES),
    "spot_volume",
    "funding_rate",
]
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday


def hourly(count=1000, hours=1.0):
    """A file's rows, without any gap: prices that move, 1 bp of funding at 00, 08 and 16."""
    rows, last = [], 40_000.0
    for n in range(count):
        time = START + timedelta(hours=hours * n)
        spot = round(40_000 + 400 * math.sin(n / 7) + 900 * math.sin(n / 41), 1)
        perp = round(spot * (1 - 4e-4 + 2e-4 * math.sin(n / 11)), 1)
        funding = f"{1e-4 + 1e-5 * (n % 3):.6f}" if (hours * n) % 8 == 0 else ""
        high, low = max(perp, last) + 20, min(perp, last) - 20
        rows.append(
            [time.strftime("%Y-%m-%dT%H:%M:%SZ")]
            + [f"{x:.1f}" for x in (last, high, low, perp)]
            + [f"{5 + n % 4}"]
            + [f"{x:.1f}" for x in (last, high, low, perp)]
            + [f"{x:.1f}" for x in (spot, spot + 5, spot - 5, spot)]
            + ["2", funding]
        )
        last = perp
    return rows


def written(folder, rows, header=HEADER, delimiter=",", name="prices.csv"):
    text = "\n".join(delimiter.join(row) for row in [header, *rows]) + "\n"
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def cell(rows, row, column, value):
    """The same rows with one cell changed; rows are counted as in the file, header = row 1."""
    rows = [list(r) for r in rows]
    rows[row - 2][HEADER.index(column)] = value
    return rows


def as_gzip(folder, rows):
    path = folder / "prices.csv.gz"
    path.write_bytes(gzip.compress(written(folder, rows).read_bytes()))
    return path


def as_parquet(folder, rows):
    frame = pd.read_csv(written(folder, rows), parse_dates=["time"])
    frame.to_parquet(folder / "prices.parquet")
    return folder / "prices.parquet"
