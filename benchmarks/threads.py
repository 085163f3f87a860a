"""Two threads against two processes that share nothing, half of the paths each."""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cast
import numpy as np
from measure import Fact, Row, interleaved, main, ratio

from hedgelab.kernels import engine

HALF = 8_192  # paths: half a second or so on one core


def make_plan() -> None:
    """Compile and lay out, once in each process."""
    global plan
    plan = cast.plan(cast.hedges(3))


def run_half(first_path: int) -> None:
    """Run half of the paths; the result stays where it was made."""
    global accounts
    accounts, _ = engine.run(plan, HALF, first_path=first_path)


def digest_of_half(first_path: int) -> str:
    """Run half of the paths again, for their bytes."""
    run_half(first_path)
    return digest(accounts)


def digest(accounts: np.ndarray) -> str:
    return hashlib.sha256(accounts.tobytes()).hexdigest()


def workload(repetitions: int) -> list[Row | Fact]:
    """Measure threads and processes interleaved, and compare their bytes."""
    make_plan()
    halves = (0, HALF)
    with ProcessPoolExecutor(2, get_context("spawn"), make_plan) as pool:
        works = {
            "two threads": lambda: engine.run(plan, 2 * HALF, threads=2),
            "two processes": lambda: list(pool.map(run_half, halves)),
            "one thread": lambda: engine.run(plan, 2 * HALF),
        }
        times = interleaved(works, repetitions)
        theirs = list(pool.map(digest_of_half, halves))
    ours, _ = engine.run(plan, 2 * HALF, threads=2)
    if [digest(ours[first : first + HALF]) for first in halves] != theirs:
        raise SystemExit("threads and processes give other bytes")
    return [
        Row(
            "two threads, against two processes with half the paths each",
            0.95,
            1.0,
            ratio(times["two processes"], times["two threads"]),
            "higher",
            "equal bytes",
        ),
        Fact(
            "two threads, against one", f"{ratio(times['one thread'], times['two threads']):.2f}x"
        ),
    ]


if __name__ == "__main__":
    main(workload)
