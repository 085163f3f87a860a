"""Cold start: new processes against `import numba` alone, everything else being cached.

Each runs in a copy of the cache of machine code, so that nothing of this is left in yours.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path

from measure import Fact, Row, main, ratio, seconds_of

from hedgelab.kernels.cache import cache_folder

NUMBA = "import numba"
RESULT = """
import sys
import hedgelab as hl
market = hl.scenarios.simulate("btc-2025", n_paths=64, seed=7)
hedges = [hl.presets.one_day(), hl.presets.threshold(), hl.presets.static()]
ledger = hl.simulate(market, hedges, venue="binance", threads=1)
assert ledger["equity_change"].shape == (64, 3)
assert "pandas" not in sys.modules
"""
OWN_RULES = (
    RESULT
    + '''
import time
from typing import NamedTuple

class Ladder(NamedTuple):
    step: float = 0.02

class Rung(NamedTuple):
    level: float = 0.0

def ladder(bar, position, wanted, state: Rung, rule: Ladder):
    """More of the hedge at every further fall of the account; none at a new peak."""
    fall = 1.0 - position.equity / position.peak
    deeper = fall > (state.level + STEP) * rule.step
    recovered = (fall <= 0.0) & position.is_open
    level = hl.select(deeper, state.level + 1.0, hl.select(recovered, 0.0, state.level))
    size = hl.select(level * 0.25 > 1.0, 1.0, level * 0.25)
    return hl.Decision(deeper | recovered, size * wanted, 0.0), Rung(level)

for STEP in map(float, sys.argv[1:]):  # another number is another rule
    own = hl.Hedge(hl.Constant(1.0), hl.rule(ladder), "ladder")
    start = time.perf_counter()
    hl.simulate(market, own, venue="binance", threads=1)
    print(time.perf_counter() - start, end=" ")
    hl.simulation.engine.machine_code.cache_clear()
    hl.simulation.engine.pass_width.cache_clear()
'''
)


def workload(repetitions: int) -> list[Row | Fact]:
    """Measure all of it interleaved, a new process each."""
    names = ("numba", "result", "first", "next", "cached")
    times: dict[str, list[float]] = {name: [] for name in names}
    usual = cache_folder()
    if usual is None:
        raise SystemExit("there is no folder for machine code")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        shutil.copytree(usual, cache)
        environment = os.environ | {"HEDGELAB_CACHE": str(cache), "HEDGELAB_QUIET": "1"}
        seconds_of(RESULT, environment)  # compiled, where it was not
        for repetition in range(repetitions):
            steps = [f"{1.0 + repetition + k / 10:.1f}" for k in range(2)]
            numba, *_ = seconds_of(NUMBA, environment)
            result, *_ = seconds_of(RESULT, environment)
            _, first, another = seconds_of(OWN_RULES, environment, *steps)
            _, cached, _ = seconds_of(OWN_RULES, environment, *steps)
            found = (numba, result, first, another, cached)
            for name, spent in zip(names, found, strict=True):
                times[name].append(spent)
    judged = (
        ("new process to the ledger's arrays, warm cache, over `import numba`", "result", 4.0, 2.5),
        ("new user rule, first in a process, over `import numba`", "first", 10.0, 5.0),
        ("new user rule, the next, over `import numba`", "next", 5.0, 2.0),
        ("new user rule, from the cache, over `import numba`", "cached", 0.3, 0.1),
    )
    return [
        *(Row(figure, must, aim, ratio(times[name], times["numba"]), "lower")
          for figure, name, must, aim in judged),
        *(Fact(f"seconds: {name}", f"{statistics.median(spent):.2f} s")
          for name, spent in times.items()),
    ]  # fmt: skip


if __name__ == "__main__":
    main(workload)
