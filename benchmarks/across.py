"""The engine against the same work in NumPy across paths."""

from __future__ import annotations

import statistics
import time
from functools import partial

import cast
import numpy as np
import numpy_twin
from measure import Fact, Row, interleaved, main, ratio

from hedgelab.kernels import engine
from hedgelab.simulation import SLOTS

PATHS, WEEKS = 8000, 2.0  # NumPy is fastest from so many paths on; fewer bars, to be quick
COMPARED = ("gains.hedge_pnl", "gains.funding", "costs.fee", "orders.orders")


def disagreement(ours: np.ndarray, theirs: list[np.ndarray]) -> float:
    """Largest difference of means between the engine and its NumPy twin, in standard errors."""
    found = []
    for k, account in enumerate(theirs):
        for slot in (SLOTS.index(name) for name in COMPARED):
            mine, other = ours[:, k, slot], account[slot]
            error = np.sqrt(mine.var() / mine.size + other.var() / other.size)
            difference = abs(mine.mean() - other.mean())
            found.append(difference / error if error > 0.0 else difference > 1e-6)
    return float(max(found))


def workload(repetitions: int) -> list[Row | Fact]:
    """Measure both interleaved, one thread."""
    four = [*cast.hedges(3), cast.chaser()]
    lanes, plain = (cast.plan(four, speed=speed, weeks=WEEKS) for speed in ("lanes", "plain"))
    found = {}

    def in_numpy() -> None:
        with np.errstate(all="ignore"):  # divisions that `np.where` discards
            found["theirs"] = numpy_twin.run(plain, PATHS, cast.SEED)

    works = {"engine": partial(engine.run, lanes, PATHS), "NumPy": in_numpy}
    times = interleaved(works, max(repetitions // 2, 1), time.process_time)
    far = disagreement(engine.run(lanes, PATHS)[0], found["theirs"])
    if not far < 5.0:
        raise SystemExit(f"engine and NumPy differ by {far:.1f} standard errors")
    unit = 1e9 / cast.n_bars(PATHS, WEEKS)
    return [
        Row("against NumPy across paths, four hedges", 6.0, 10.0,
            ratio(times["NumPy"], times["engine"]), "higher"),
        *(Fact(f"four hedges, {name}", f"{unit * statistics.median(spent):.1f} ns per path-bar")
          for name, spent in times.items()),
    ]  # fmt: skip


if __name__ == "__main__":
    main(workload)
