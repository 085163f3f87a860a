"""A simulated path in the clothes of a price file, for the tests of what is measured on files."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from hedgelab import venues
from hedgelab.funding import funding_rate
from hedgelab.history import History
from hedgelab.market import INSTRUMENT_FIELDS

MONDAY = np.datetime64("2024-01-01T00:00", "ns")


def as_history(market, path=0):
    """Return bars 0 to the last of a path whose t0 is a Monday's midnight, as a history."""
    fields = market.bars(path, 1)
    bars = pd.DataFrame({name: fields[name][0, market.warm_up :] for name in INSTRUMENT_FIELDS})
    rate = funding_rate(bars["premium"].to_numpy(), venues.load("binance").funding)
    bars["funding"] = np.where(np.arange(len(bars)) % 8 == 0, rate, 0.0)
    times = MONDAY + np.arange(len(bars)) * np.timedelta64(1, "h")
    quality = SimpleNamespace(digest=f"{market.digest}, path {path}")
    return History(f"path {path}", times, bars, 1.0, quality)
