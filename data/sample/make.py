"""Make `btc-simulated-1h.csv.gz`: a simulated market in the form of a price file, to try loading.

    python data/sample/make.py

Nothing in it was ever traded: it is one path of the law `btc-2023` of `data/markets.toml`, seed
20240101, 120 days from Monday 2024-01-01 00:00 UTC.  Rows are labelled by their open, as exchanges
do.
"""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import hedgelab as hl
from hedgelab.funding import funding_rate

SEED, DAYS = 20_240_101, 120
START = pd.Timestamp("2024-01-01T00:00Z")
TARGET = Path(__file__).with_name("btc-simulated-1h.csv.gz")


def sample() -> pd.DataFrame:
    """Return the rows of the file."""
    market = hl.scenarios.simulate("btc-2023", weeks=DAYS / 7, n_paths=1, seed=SEED)
    bars = {name: values[0, market.warm_up :] for name, values in market.bars().items()}
    opens = START + pd.to_timedelta(np.arange(24 * DAYS), unit="h")
    rate = funding_rate(bars["premium"][1:], hl.venues.load("binance").funding)
    index, mark = bars["index"], bars["mark"]
    coins = bars["volume"][1:] / mark[1:]
    frame = pd.DataFrame(
        {
            "time": opens.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "mark_open": bars["mark_open"][1:],
            "mark_high": bars["mark_high"][1:],
            "mark_low": bars["mark_low"][1:],
            "mark_close": mark[1:],
            "perp_volume": coins,
            "spot_open": index[:-1],
            "spot_high": np.maximum(index[:-1], index[1:]),
            "spot_low": np.minimum(index[:-1], index[1:]),
            "spot_close": index[1:],
        }
    ).round(2)
    # the rate of the label 08:00 stands on the row that opens at 08:00
    paid = np.append(np.nan, rate[:-1])
    frame["funding_rate"] = np.where(opens.hour % 8 == 0, paid.round(8), np.nan)
    return frame


def as_bytes(frame: pd.DataFrame) -> bytes:
    """Return the same bytes for the same rows: no file name and no time in the archive."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, filename="") as archive:
        archive.write(frame.to_csv(index=False, float_format="%.8g").encode())
    return packed.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(as_bytes(sample()))
    sys.stdout.write(f"wrote {TARGET.name}\n")
