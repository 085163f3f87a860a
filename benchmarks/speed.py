"""The default workload over lanes and per path; tiers, cross margin, a rule of one's own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import cast
from measure import Fact, Row, beyond, interleaved, main, ratio

import hedgelab as hl
from hedgelab import Decision, negate, select
from hedgelab.kernels import engine
from hedgelab.kernels.rules import TriggerState, VolatilityTrigger
from hedgelab.margin import MarginTier, complete_amounts
from hedgelab.venues import Venue

PATHS, FEW = 2048, 256  # over lanes, and per path
HOURS_PER_YEAR, MOMENT = 8760.0, 1e-9


def own_trigger(bar, position, wanted, state: TriggerState, rule: VolatilityTrigger):
    """The volatility trigger again, as a user would copy it into a cell."""
    weight = 2.0 / (rule.lookback + 1.0)
    squared = bar.hedge.index_return * bar.hedge.index_return
    variance = state.variance + weight * (squared - state.variance)
    per_year = variance * (HOURS_PER_YEAR / bar.hours)
    switch_on = negate(state.active) & (per_year > rule.enter * rule.enter)
    rested = bar.time - state.since >= rule.min_hold - MOMENT
    switch_off = state.active & rested & (per_year < rule.exit * rule.exit)
    active = (state.active | switch_on) & negate(switch_off)
    since = select(switch_on | (bar.time == 0.0), bar.time, state.since)
    stray = active & (abs(wanted - position.quantity) > rule.rebalance * abs(wanted))
    fires = switch_on | switch_off | stray
    return Decision(fires, select(active, wanted, 0.0), 0.0), TriggerState(variance, active, since)


def six_triggers(when: object) -> list[hl.Hedge]:
    """Six hedges of one timing, whose targets differ."""
    return [hl.Hedge(hl.Constant(0.5 + 0.1 * k), when, f"trigger {k}") for k in range(6)]


def tiered(count: int) -> Venue:
    """A venue with so many margin tiers, each twice as large; the default book is in the fourth."""
    tiers = [
        MarginTier(12_500.0 * 2.0**k, 0.004 + 0.002 * k, 0.0, 125.0 / (k + 1)) for k in range(count)
    ]
    tiers[-1] = replace(tiers[-1], cap=1e12)
    binance = hl.venues.load("binance")
    return replace(binance, margin_tiers={"any": tuple(complete_amounts(tiers))})


def workload(repetitions: int) -> list[Row | Fact]:
    """Measure all of it interleaved, one thread."""
    perpetual = hl.Book(holding="perp", leverage=2.0)
    user = hl.rule(own_trigger, **VolatilityTrigger()._asdict())
    lanes = {
        "market": cast.plan([]),
        "one hedge": cast.plan(cast.hedges(1)),
        "three hedges": cast.plan(cast.hedges(3)),
        "six hedges": cast.plan(cast.hedges(6)),
        "1 tier": cast.plan(cast.hedges(6), tiered(1)),
        "12 tiers": cast.plan(cast.hedges(6), tiered(12)),
        "isolated": cast.plan(cast.hedges(6), book=perpetual),
        "cross": cast.plan(cast.hedges(6), book=replace(perpetual, margin_mode="cross")),
        "built-in trigger": cast.plan(six_triggers(VolatilityTrigger())),
        "own trigger": cast.plan(six_triggers(user)),
    }
    per_path = cast.plan(cast.hedges(6), speed="path")
    works: dict[str, Callable[[], object]] = {
        name: partial(engine.run, plan, PATHS) for name, plan in lanes.items()
    }
    works["six hedges, per path"] = partial(engine.run, per_path, FEW, speed="path")
    times = interleaved(works, repetitions, time.process_time)
    sizes = {"six hedges, per path": FEW}
    ns = {
        name: [1e9 * spent / cast.n_bars(sizes.get(name, PATHS)) for spent in found]
        for name, found in times.items()
    }
    same = engine.run(lanes["own trigger"], FEW)[0], engine.run(lanes["built-in trigger"], FEW)[0]
    if same[0].tobytes() != same[1].tobytes():
        raise SystemExit("the copied trigger gives other bytes than the built-in one")
    more = [spent / 3.0 for spent in beyond(ns, "six hedges", "three hedges")]
    return [
        Row("six hedges: lanes against per path", 4.0, 6.0,
            ratio(ns["six hedges, per path"], ns["six hedges"]), "higher"),
        Row("a copy of the volatility trigger, against the built-in one", 1.1, 1.0,
            ratio(beyond(ns, "own trigger", "market"), beyond(ns, "built-in trigger", "market")),
            "lower", "ledger of six, market taken off"),
        Row("12 margin tiers against 1", 1.2, 1.1,
            ratio(beyond(ns, "12 tiers", "market"), beyond(ns, "1 tier", "market")),
            "lower", "ledger of six, market taken off"),
        Row("cross against isolated", 1.2, 1.1,
            ratio(beyond(ns, "cross", "market"), beyond(ns, "isolated", "market")),
            "lower", "ledger of six, market taken off"),
        *(Fact(name, f"{statistics.median(found):.1f} ns per path-bar")
          for name, found in [*ns.items(), ("one more hedge", more)]),
    ]  # fmt: skip


if __name__ == "__main__":
    main(workload)
