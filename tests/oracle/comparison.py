"""One batch through the engine and through the oracle, and where they differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

import hedgelab as hl
from hedgelab.margin import MarginTier
from hedgelab.market import INSTRUMENT_FIELDS

from . import targets, timings
from .account import COSTS, COUNTS, GAINS
from .decimal_ledger import run
from .records import ONE, Bar, Book, FundingRule, Instrument, Path, Tier, Venue, exact
from .rules import Target, Timing
from .scenarios import Batch, Row, batch

RELATIVE = 1e-9  # of traded plus initial notional, for money
MONEY = (*GAINS, *COSTS, "equity_change", "turnover", "missed")
EQUAL = (*COUNTS, "hours_hedged", "first_index", "last_index")
RATIOS = ("mean_hedge_ratio", "max_drawdown", "smallest_distance")
NOT_COMPARED = {"name": "test", "tier": "test", "spot_maker_fee": 0.0}
DRAWS = {"noise": "delay_noise", "outage_starts": "outage_starts", "outage_stays": "outage_stays"}

Outcomes = list[list[dict[str, Decimal]]]


def paths_of(seed: int) -> int:
    """Return one to seventeen paths: less than a vector of lanes, and more."""
    return 1 + seed % 17


def engine_market(scenario: Batch) -> hl.market.Market:
    """Return the scenario as recorded windows, one a path."""
    rows = [
        [row[name] for row in bar[: 1 + scenario.two_coins] for name in INSTRUMENT_FIELDS]
        for path in scenario.rows
        for bar in path
    ]
    length = scenario.warm_up + scenario.n_bars + 1
    return hl.market.Market(
        name=f"scenario {scenario.seed}",
        kind="history",
        n_paths=len(scenario.rows),
        n_bars=scenario.n_bars,
        bar_hours=scenario.bar_hours,
        warm_up=scenario.warm_up,
        start_minute=scenario.start_minute,
        seed=scenario.seed,
        recorded=np.array(rows),
        starts=scenario.warm_up + length * np.arange(len(scenario.rows)),
        coin="BTC",
        hedge_coin="ETH" if scenario.two_coins else "BTC",
    )


def engine_rule(description: dict[str, Any]) -> Any:
    """Return a rule of the package from its kind and parameters."""
    parameters = {key: value for key, value in description.items() if key != "kind"}
    return getattr(hl, description["kind"])(**parameters)


def engine_venue(fields: dict[str, Any]) -> hl.venues.Venue:
    """Return a venue of the package, its tiers by coin."""
    legs = {"BTC": fields["holding_tiers"], "ETH": fields["hedge_tiers"]}
    return hl.venues.Venue(
        **NOT_COMPARED,
        **{key: value for key, value in fields.items() if not key.endswith("_tiers")}
        | {
            "funding": hl.venues.FundingRule(**fields["funding"]),
            "margin_tiers": {
                coin: tuple(MarginTier(**tier) for tier in tiers) for coin, tiers in legs.items()
            },
        },
    )


def engine_ledger(scenario: Batch, market: hl.market.Market) -> Any:
    """Run the scenario on the engine."""
    hedges = [
        hl.Hedge(engine_rule(hedge["target"]), engine_rule(hedge["timing"]), name=hedge["name"])
        for hedge in scenario.hedges
    ]
    venues = [engine_venue(hedge["venue"]) for hedge in scenario.hedges]
    return hl.simulate(market, hedges, venue=venues, book=hl.Book(**scenario.book))


def draws_of(market: hl.market.Market) -> dict[str, np.ndarray]:
    """Return the venue's draws by the oracle's names, one row a path."""
    bars = market.bars()
    return {name: np.asarray(bars[theirs]) for name, theirs in DRAWS.items()}


def oracle_rule(description: dict[str, Any]) -> Any:
    """Return a fresh rule of the oracle from its kind and parameters."""
    kind = description["kind"]
    parameters = {
        key: value if key == "tranches" else exact(value)
        for key, value in description.items()
        if key != "kind"
    }
    return getattr(targets if hasattr(targets, kind) else timings, kind)(**parameters)


def oracle_venue(fields: dict[str, Any]) -> Venue:
    """Return a venue of the oracle."""
    tiers = {
        leg: tuple(
            Tier.of(tier | {"rate": exact(tier["rate"]) + exact(fields["closing_fee"])})
            for tier in fields[leg]
        )
        for leg in ("holding_tiers", "hedge_tiers")
    }
    return Venue.of({**fields, **tiers, "funding": FundingRule.of(fields["funding"])})


def oracle_path(scenario: Batch, number: int, draws: dict[str, np.ndarray]) -> Path:
    """Return one path of a scenario with the venue's draws."""
    columns = zip(*(draws[name][number].tolist() for name in DRAWS), strict=True)
    return Path(
        bars=tuple(
            Bar(*_instruments(pair), *map(exact, drawn))
            for pair, drawn in zip(scenario.rows[number], columns, strict=True)
        ),
        warm_up=scenario.warm_up,
        bar_hours=exact(scenario.bar_hours),
        start_minute=scenario.start_minute,
    )


def _instruments(pair: tuple[Row, Row]) -> tuple[Instrument, Instrument]:
    held = Instrument.of(pair[0])
    return held, held if pair[1] is pair[0] else Instrument.of(pair[1])


def oracle_outcomes(
    scenario: Batch,
    draws: dict[str, np.ndarray],
    reached: Callable[[int], Counter[str]] | None = None,
) -> Outcomes:
    """Run every path and hedge; the first index is the path."""
    book = Book.of(scenario.book)
    venues = [oracle_venue(hedge["venue"]) for hedge in scenario.hedges]
    outcomes: Outcomes = []
    for number in range(len(scenario.rows)):
        path = oracle_path(scenario, number, draws)
        outcomes.append([])
        for venue, hedge in zip(venues, scenario.hedges, strict=True):
            target: Target = oracle_rule(hedge["target"])
            timing: Timing = oracle_rule(hedge["timing"])
            count = None if reached is None else reached(len(outcomes[-1]))
            outcomes[-1].append(run(path, venue, book, target, timing, count))
    return outcomes


def differences(
    ledger: Any,
    outcomes: Outcomes,
    scenario: Batch,
    names: tuple[str, ...] = (*MONEY, *EQUAL, *RATIOS),
) -> list[str]:
    """Say where the engine's ledger is not the oracle's, one line each."""
    initial = exact(scenario.book["capital"]) * exact(scenario.book["leverage"])
    found = []
    for name in names:
        column = ledger[name]
        for path, of_path in enumerate(outcomes):
            for number, outcome in enumerate(of_path):
                engine, oracle = float(column[path, number]), outcome[name]
                # a distance far above one is slack over a difference that nearly cancels
                conditioned = oracle * oracle if name == "smallest_distance" else abs(oracle)
                scale = initial + outcome["turnover"] if name in MONEY else max(ONE, conditioned)
                tolerated = name not in EQUAL and math.isfinite(engine) and oracle.is_finite()
                allowed = RELATIVE * float(scale) if tolerated else 0.0
                if engine != float(oracle) and not abs(engine - float(oracle)) <= allowed:
                    hedge = scenario.hedges[number]
                    which = f"{hedge['name']} of {hedge['target']['kind']}"
                    values = f"engine {engine:.12g}, oracle {oracle:.12g}"
                    found.append(f"path {path}, hedge {which}, {name}: {values}")
    return found


def compare(seed: int) -> list[str]:
    """Run one batch on both sides and say where they differ."""
    scenario = batch(seed, paths_of(seed))
    market = engine_market(scenario)
    outcomes = oracle_outcomes(scenario, draws_of(market))
    return differences(engine_ledger(scenario, market), outcomes, scenario)
