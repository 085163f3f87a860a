"""The default workload: the usual market, venue and book, and six hedges of six kinds."""

from __future__ import annotations

import hedgelab as hl
from hedgelab import simulation
from hedgelab.kernels import driver, engine
from hedgelab.market import Market
from hedgelab.venues import Venue

SEED = 7
WEEKS = 6.0


def market(n_paths: int = 1, weeks: float = WEEKS) -> Market:
    """Hourly bars of the default law, after its warm-up."""
    return hl.scenarios.simulate("btc-2025", weeks=weeks, n_paths=n_paths, seed=SEED)


def n_bars(n_paths: int, weeks: float = WEEKS) -> int:
    """Bars of all paths that are computed, those of the warm-up included. [1]"""
    made = market(weeks=weeks)
    return n_paths * (made.warm_up + 1 + made.n_bars)


def hedges(count: int) -> list[hl.Hedge]:
    """The first of six hedges of six kinds, all at 0.8 of the holding."""
    constant = hl.Constant(0.8)
    six = [
        hl.presets.one_day(0.8),
        hl.presets.threshold(0.8),
        hl.presets.stop_loss(0.8),
        hl.presets.static(0.8),
        hl.Hedge(constant, hl.Band(0.1), "band"),
        hl.Hedge(constant, hl.PartialAdjustment(0.05), "partial"),
    ]
    return six[:count]


def chaser() -> hl.Hedge:
    """A target that moves: minimum variance, followed every four hours."""
    return hl.Hedge(hl.MinimumVariance(), hl.Schedule(4.0, 24.0, False, 1), "chaser")


def plan(
    cast: list[hl.Hedge],
    venue: Venue | None = None,
    book: hl.Book | None = None,
    speed: str = "lanes",
    weeks: float = WEEKS,
) -> driver.Plan:
    """A run as the engine takes it, compiled and laid out."""
    venue, paths = venue or hl.venues.load("binance"), market(weeks=weeks)
    runs = [simulation._run(paths, hedge, venue, book or hl.Book()) for hedge in cast]
    return engine.plan(paths.recipe(), runs, speed=speed)
