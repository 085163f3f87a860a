"""What costs time to import is imported when it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hedgelab.project import ROOT

DESCRIBED = """
import hedgelab as hl
market = hl.scenarios.simulate("btc-2025", weeks=1, n_paths=16, seed=1)
hedges, venue, book = hl.presets.article(), hl.venues.load("binance"), hl.Book()
simulate, compare, sweep = hl.simulate, hl.compare, hl.sweep
"""
RUN = "ledger = hl.simulate(market, hedges, venue=venue, book=book)\nledger.friction\n"
TABLE = "ledger.lines()\n"
HEAVY = ("numba", "scipy", "pandas", "matplotlib", "seaborn", "papermill", "psutil", "tqdm")


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        (DESCRIBED, set()),
        (DESCRIBED + RUN, {"numba", "scipy"}),  # numba asks for scipy's version
        (DESCRIBED + RUN + TABLE, {"numba", "scipy", "pandas"}),
    ],
    ids=["a study is described", "and run", "and shown as a table"],
)
def test_a_package_is_imported_when_it_is_needed(code: str, needed: set[str]) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert set(HEAVY) & set(shown) == needed
