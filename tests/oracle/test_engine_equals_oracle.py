"""The engine against the oracle, on random small scenarios: every line, every memo, every count."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

import hedgelab as hl

from .comparison import (
    EQUAL,
    MONEY,
    compare,
    differences,
    draws_of,
    engine_ledger,
    engine_market,
    oracle_outcomes,
    oracle_path,
    oracle_venue,
    paths_of,
)
from .decimal_ledger import hold_less
from .records import Book
from .scenarios import batch

SEEDS = range(226)
OF_HOLDING_LESS = (
    *(name for name in MONEY if name != "missed"),
    *("orders", "mean_hedge_ratio", "first_index", "last_index"),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_equals_oracle(seed):
    found = compare(seed)
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize("seed", SEEDS[:40])
def test_holding_less_equals_oracle(seed):
    scenario = batch(seed, paths_of(seed))
    market = engine_market(scenario)
    draws = draws_of(market)
    outcomes = oracle_outcomes(scenario, draws)
    book = Book.of(scenario.book)
    paths = [oracle_path(scenario, number, draws) for number in range(len(outcomes))]
    less: list[list[dict[str, Decimal]]] = [[] for _ in paths]
    for number, hedge in enumerate(scenario.hedges):
        ratios = [of_path[number]["mean_hedge_ratio"] for of_path in outcomes]
        mean = sum(ratios, Decimal(0)) / len(ratios)
        for path, of_path in zip(paths, less, strict=True):
            of_path.append(hold_less(path, oracle_venue(hedge["venue"]), book, mean))
            of_path[-1]["mean_hedge_ratio"] = mean
    ledger = hl.hold_less(engine_ledger(scenario, market))
    found = differences(ledger, less, scenario, OF_HOLDING_LESS)
    assert not found, "\n".join(found[:20])


def test_there_are_at_least_two_thousand_scenarios():
    assert sum(map(paths_of, SEEDS)) >= 2000


def test_comparison_sees_two_billionths_and_one_count():
    scenario = batch(1, 2)
    market = engine_market(scenario)
    outcomes = oracle_outcomes(scenario, draws_of(market))
    ledger = {name: np.array(column) for name, column in engine_ledger(scenario, market).items()}
    assert differences(ledger, outcomes, scenario) == []
    outcome = outcomes[1][2]
    scale = scenario.book["capital"] * scenario.book["leverage"] + float(outcome["turnover"])
    ledger["fee"][1, 2] += 2e-9 * scale
    ledger["orders"][0, 1] += 1
    ledger["hedge_pnl"][1, 0] = np.nan
    ledger["smallest_distance"][0, 0] = 7.0
    assert len(differences(ledger, outcomes, scenario)) == 4


def test_scenarios_reach_every_line_and_both_sides_of_every_switch():
    # Without this a generator that went quiet would pass every comparison above.
    reached: Counter[str] = Counter()
    for seed in SEEDS:
        scenario = batch(seed, 1)
        rng = np.random.default_rng(seed)
        shape = (1, scenario.warm_up + scenario.n_bars + 1)
        draws = {
            "noise": rng.normal(size=shape),
            "outage_starts": rng.random(shape),
            "outage_stays": rng.random(shape),
        }
        happened = [Counter[str]() for _ in scenario.hedges]
        outcomes = oracle_outcomes(scenario, draws, happened.__getitem__)
        reached.update(sum(happened, Counter()))
        book = scenario.book
        for of_path in outcomes:
            for hedge, outcome in zip(scenario.hedges, of_path, strict=True):
                kind, target = hedge["timing"]["kind"], hedge["target"]["kind"]
                hits = {leg: outcome[f"liquidations_of_{leg}"] for leg in ("hedge", "holding")}
                reached.update(name for name in (*MONEY, *EQUAL) if outcome[name] != 0)
                distance = outcome["smallest_distance"]
                reached[f"{kind} trades"] += outcome["orders"] > 1
                reached[f"{target} trades"] += outcome["orders"] > 1
                reached[f"{target} {kind}"] += outcome["orders"] > 1
                for leg, count in hits.items():
                    reached[f"{leg} hit, {book['margin_mode']} {book['liquidation']}"] += count > 0
                    reached[f"{leg} hit, {book['after_liquidation']}"] += count > 0
                reached["hit twice"] += hits["hedge"] > 1
                reached["long hedge"] += outcome["mean_hedge_ratio"] < 0
                reached["never at risk"] += distance.is_infinite()
                reached["narrow escape"] += 0 < distance < Decimal("0.01")
                reached["rebate"] += outcome["fee"] < 0
                reached["funding paid"] += outcome["funding"] < 0
                reached["funding received"] += outcome["funding"] > 0
                reached["in and out"] += kind == "VolatilityTrigger" and outcome["round_trips"] > 1
                reached["never in"] += kind == "VolatilityTrigger" and outcome["orders"] == 0
                reached["stopped"] += kind == "StopLoss" and outcome["round_trips"] > 0
                reached["not stopped"] += kind == "StopLoss" and outcome["signals"] == 0
                reached["tranches"] += hedge["timing"].get("tranches", 1) > 1
                reached["optimal band"] += hedge["timing"].get("half_width") == "optimal"
                reached[f"band to {hedge['timing'].get('to')}"] += outcome["orders"] > 1
                reached[f"tiers {len(hedge['venue']['hedge_tiers'])}"] += 1
                reached[f"second coin {scenario.two_coins}"] += outcome["orders"] > 1
                reached[f"{book['holding']} {book['margin_mode']}"] += outcome["orders"] > 1
                reached[f"hedge leverage {book['hedge_leverage'] is None}"] += outcome["cut"] > 0
                reached["spot counts"] += book["spot_collateral_weight"] > 0
                reached["high leverage"] += book["leverage"] > 100
                reached["no warm-up"] += scenario.warm_up == 0
    timings = ("Once", "Schedule", "Band", "PartialAdjustment", "StopLoss", "VolatilityTrigger")
    targets = ("Constant", "MinimumVariance", "VolatilityTarget", "KeepLeverage", "MarginAware")
    expected = {
        *MONEY,
        *EQUAL,
        *(f"{kind} trades" for kind in (*timings, *targets)),
        *(f"{target} {kind}" for target in targets for kind in timings),
        *("gap", "level", "at the close", "cross at the close"),
        *(f"cross {where}" for where in ("at the open up", "on the way up", "on the way down")),
        *("dropped", "caught up", "refused", "cut to less", "cut to nothing new"),
        "fee larger than what is left",
        *(
            f"{leg} hit, {mode} {when}"
            for leg in ("hedge", "holding")
            for mode in ("isolated", "cross")
            for when in ("intrabar", "close")
        ),
        *("hedge hit, stay_out", "hedge hit, reopen", "hit twice", "long hedge"),
        *("never at risk", "narrow escape", "rebate", "funding paid", "funding received"),
        *("in and out", "never in", "stopped", "not stopped", "tranches", "optimal band"),
        *("band to edge", "band to centre", "tiers 1", "tiers 2", "tiers 3", "tiers 4"),
        *("second coin True", "second coin False", "spot counts", "high leverage", "no warm-up"),
        *(f"{what} {mode}" for what in ("spot", "perp") for mode in ("isolated", "cross")),
        *("hedge leverage True", "hedge leverage False"),
    }
    assert {name: reached[name] for name in expected if reached[name] < 2} == {}
