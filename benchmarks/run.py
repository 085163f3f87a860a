"""What the engine costs, as ratios in one run: `make bench`.

Medians of interleaved repetitions on one core, after a warm-up.  Seconds are printed for
orientation; only ratios taken in one run mean anything on a shared machine.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
import warnings

import numpy as np
import numpy_twin

import hedgelab as hl
from hedgelab import simulation
from hedgelab.kernels import engine
from hedgelab.kernels.layout import leaves
from hedgelab.kernels.records import Account

N_BARS = 1008
SLOTS = [name for name, _ in leaves(Account)]


def four_hedges():
    """The workload: the article's cast without the unhedged, a moving target among them."""
    return [
        hl.presets.one_day(0.8),
        hl.Hedge(hl.MinimumVariance(), hl.Schedule(4.0, 24.0, False, 1), "chaser"),
        hl.presets.threshold(0.8),
        hl.presets.static(0.8),
    ]


def seconds(work, *arguments, **settings):
    """Time of one call, and what it returned."""
    start = time.perf_counter()
    outcome = work(*arguments, **settings)
    return time.perf_counter() - start, outcome


def agree(ours, theirs, n_paths):
    """Largest difference of means between the engine and its NumPy twin, in standard errors."""
    worst = 0.0
    for k, account in enumerate(theirs):
        flat = dict(zip(SLOTS, flatten(account), strict=True))
        for name in ("gains.hedge_pnl", "gains.funding", "costs.fee", "orders.orders"):
            mine, other = ours[:, k, SLOTS.index(name)], np.broadcast_to(flat[name], n_paths)
            error = np.sqrt(mine.var() / mine.size + other.var() / n_paths)
            difference = abs(mine.mean() - other.mean())
            worst = max(
                worst, difference / error if error > 0 else 0.0 if difference < 1e-6 else np.inf
            )
    return worst


def flatten(record):
    """The arrays of nested records, one behind the other."""
    flat = []
    for value in record:
        flat += flatten(value) if hasattr(value, "_fields") else [value]
    return flat


def main():
    """Run the quick part and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--paths", type=int, default=4096)
    options = parser.parse_args()
    market = hl.scenarios.simulate("btc-2023", weeks=6, n_paths=options.paths, seed=7)
    venue, book = hl.venues.load("binance"), hl.Book()
    runs = [simulation._run(market, hedge, venue, book) for hedge in four_hedges()]
    plans = {speed: engine.plan(market.recipe(), runs, speed=speed) for speed in ("lanes", "path")}
    one = engine.plan(market.recipe(), runs[:1])
    few = max(options.paths // 8, 128)
    numpy_paths = 2000
    cases = {
        "lanes": lambda: engine.run(plans["lanes"], options.paths),
        "lanes, one hedge": lambda: engine.run(one, options.paths),
        "per path": lambda: engine.run(plans["path"], few, speed="path"),
        "NumPy across paths": lambda: numpy_twin.run(market.recipe(), runs, numpy_paths, 7),
        "two threads": lambda: engine.run(plans["lanes"], options.paths, threads=2),
    }
    sizes = {"per path": few, "NumPy across paths": numpy_paths}
    times = {name: [] for name in cases}
    outcome = {name: work() for name, work in cases.items()}  # compile and warm
    for _ in range(options.repetitions):
        for name, work in cases.items():
            spent, _ = seconds(work)
            times[name].append(spent / sizes.get(name, options.paths) / N_BARS * 1e9)
    print(f"{platform.machine()}, Python {platform.python_version()}, one core")
    print(f"{N_BARS} bars and {market.warm_up} of warm-up, full law, full ledger, four hedges\n")
    print(f"{'':22}{'ns per path-bar':>16}{'M path-bar-hedges/s':>21}{'lanes are faster by':>21}")
    median = {name: statistics.median(spent) for name, spent in times.items()}
    for name, spent in median.items():
        n_hedges = 1 if "one hedge" in name else 4
        ratio = statistics.median(
            theirs / ours for theirs, ours in zip(times[name], times["lanes"], strict=True)
        )
        print(f"{name:22}{spent:16.1f}{n_hedges / spent * 1e3:21.1f}{ratio:20.2f}x")
    more = (median["lanes"] - median["lanes, one hedge"]) / 3
    print(
        f"\none more hedge: {more:.1f} ns per path-bar, {more / median['lanes']:.2f} of the whole"
    )
    worst = agree(outcome["lanes"][0], outcome["NumPy across paths"], numpy_paths)
    print(f"engine and NumPy agree: largest difference of means {worst:.1f} standard errors")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
