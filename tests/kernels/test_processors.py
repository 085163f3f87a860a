"""One stored digest: the same bytes on processors of wide, narrower and old registers."""

import os
import subprocess
import sys

import pytest

# SHA-256 of all columns of the run below; it changes only with the engine's last digits.
STORED = "b90d418943a37d4044334acb0a055f6d"
RUN = """
import hashlib
import hedgelab as hl

market = hl.scenarios.simulate("btc-2025", weeks=1, n_paths=20, seed=5, warm_up=72)
venue = hl.venues.load("binance", delay_seconds=2.0, outage_odds_per_day=1.0, outage_hours=3.0)
hedges = [hl.presets.threshold()]
found = hashlib.sha256()
for mode in ("isolated", "cross"):
    book = hl.Book(holding="perp", leverage=8, margin_mode=mode)
    ledger = hl.simulate(market, hedges, venue=venue, book=book)
    for name in sorted(ledger):
        found.update(ledger[name].tobytes())
print(found.hexdigest()[:32])
"""


@pytest.mark.parametrize(("processor", "lanes"), [("", "16"), ("haswell", "8"), ("x86-64", "4")])
def test_every_processor_gives_the_stored_digest(processor, lanes, tmp_path):
    # Haswell has AVX2 and multiplies and adds in hardware; x86-64 has SSE2, and does it in software
    forced = {"NUMBA_CPU_NAME": processor} if processor else {}
    there = {"HEDGELAB_LANES": lanes, "HEDGELAB_QUIET": "1"}
    if processor:
        there["HEDGELAB_CACHE"] = str(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", RUN],
        env=os.environ | forced | there,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == STORED
