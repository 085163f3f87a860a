"""How figures are measured: interleaved repetitions in one run, medians of ratios."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Times = Mapping[str, list[float]]


class Row(NamedTuple):
    """A judged figure: what was measured, and what it must and should be."""

    figure: str
    must: float
    aim: float
    measured: float
    better: str  # "higher" or "lower"
    note: str = ""


class Fact(NamedTuple):
    """A figure for orientation, not judged."""

    figure: str
    value: str


def interleaved(
    works: Mapping[str, Callable[[], Any]],
    repetitions: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of each work, one repetition of all after the other, after a run that warms up.

    On a shared machine works on one thread are told best by the processor time they took,
    `time.process_time`.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for repetition in range(repetitions + 1):
        for name, work in works.items():
            start = clock()
            work()
            if repetition:
                times[name].append(clock() - start)
    return times


def ratio(above: list[float], below: list[float]) -> float:
    """Median of the ratios of single repetitions: both saw the same minute of the machine."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def beyond(times: Times, name: str, base: str) -> list[float]:
    """What one work takes beyond another, repetition by repetition. [s]"""
    return [a - b for a, b in zip(times[name], times[base], strict=True)]


def seconds_of(code: str, environment: Mapping[str, str], *arguments: str) -> list[float]:
    """Wall time of a new process, and the numbers on the last line that it prints. [s]"""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    spent = time.perf_counter() - start
    return [spent, *map(float, (done.stdout.splitlines() or [""])[-1].split())]


def main(workload: Callable[[int], list[Row | Fact]]) -> None:
    """Run a workload as a script and print its rows, one JSON list a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repetitions", type=int, default=7)
    warnings.simplefilter("error")
    for row in workload(parser.parse_args().repetitions):
        print(json.dumps([type(row).__name__, *row]))
