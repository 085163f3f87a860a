"""Random small scenarios: bars, a venue, a book and a few hedges, from a seed alone.

Everything is a plain float in a plain dict, so that the oracle and the engine read the very
same numbers. The regimes are chosen for what they reach, not for realism: gaps, wide extremes,
negative and absent basis, rebates, small collateral under high leverage, tiers that start below
the position, thresholds beside the realised volatility, venues that are often down. Draws come
from `random.Random`, whose stream does not depend on any other package.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

MINUTES_PER_WEEK = 7 * 24 * 60
HOURS_PER_YEAR = 8760
CLOSING_FEE = 0.0005  # where a venue requires it

Row = dict[str, float]
Rule = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Paths that share a clock, a book and their hedges.

    Attributes
    ----------
    seed : int
        What it was made from; also the seed of the venue's noise.
    rows : list of list of (dict, dict)
        One list of bars per path, warm-up first: the fields of `Instrument`, of the holding and
        of the hedge.
    two_coins : bool
        Is the hedge another coin? Where not, the two are the same.
    warm_up, n_bars, start_minute : int
        Bars before t0, bars after it, and the minute of the week of t0.
    bar_hours : float
        Length of a bar. [h]
    book : dict
        Fields by name.
    hedges : list of dict
        Name, target, timing and venue. Target and timing are dicts with their `kind` and
        parameters, the venue one of fields by name; its funding rule and its tiers, one list a
        leg, are dicts of their own.
    """

    seed: int
    rows: list[list[tuple[Row, Row]]]
    two_coins: bool
    warm_up: int
    n_bars: int
    start_minute: int
    bar_hours: float
    book: dict[str, Any]
    hedges: list[dict[str, Any]]


@dataclass(frozen=True)
class Weather:
    """How the prices of a batch behave.

    Some paths stand still until after t0, so that a moving target starts at nothing.
    """

    volatility: float  # of the index, per bar
    jumps: float
    gaps: float
    extremes: float
    basis_mean: float
    has_basis: bool
    funding_odds: float
    funding_size: float
    still: bool


def batch(seed: int, n_paths: int) -> Batch:
    """Make one batch of `n_paths` scenarios."""
    rng = Random(seed)
    bar_hours = rng.choice([1.0] * 6 + [0.5, 4.0])
    warm_up = rng.choice([0, 9, 20])
    n_bars = rng.randint(4, 36)
    two_coins = rng.random() < 0.35
    weather = Weather(
        volatility=rng.uniform(0.003, 0.03),
        jumps=rng.choice([0.0, 0.05]),
        gaps=rng.choice([0.0, 0.2]),
        extremes=rng.choice([0.0, 0.004, 0.03]),
        basis_mean=rng.choice([0.0, 0.0005, -0.002, 0.01]),
        has_basis=rng.random() < 0.8,
        funding_odds=rng.choice([0.0, 0.3]),
        funding_size=rng.choice([0.001, 0.03]),
        still=rng.random() < 0.15,
    )
    start_minute = _start_minute(rng, bar_hours)
    book = _book(rng)
    hedges = _hedges(rng, bar_hours, weather, book, two_coins, longest_lookback=warm_up // 3)
    return Batch(
        seed=seed,
        # last, so that one path more changes nothing else
        rows=[_rows(rng, warm_up, n_bars, weather, two_coins) for _ in range(n_paths)],
        two_coins=two_coins,
        warm_up=warm_up,
        n_bars=n_bars,
        start_minute=start_minute,
        bar_hours=bar_hours,
        book=book,
        hedges=hedges,
    )


def _start_minute(rng: Random, bar_hours: float) -> int:
    """Draw a label on the bar grid; half-hour bars may start on the half hour."""
    step = int(bar_hours * 60)
    minute = step * rng.randrange(MINUTES_PER_WEEK // step)
    beside = rng.choice([0] * 7 + [30])
    return (minute + (beside if step <= 30 else 0)) % MINUTES_PER_WEEK


def _rows(
    rng: Random, warm_up: int, n_bars: int, weather: Weather, two_coins: bool
) -> list[tuple[Row, Row]]:
    """Make one path; the second coin goes with the first, more or less."""
    length = warm_up + n_bars + 1
    moves_at = warm_up + rng.randint(1, 8) if weather.still else 0
    shared = [rng.gauss(0.0, 1.0) for _ in range(length)]
    held = _instrument(rng, shared, moves_at, weather)
    if not two_coins:
        return list(zip(held, held, strict=True))
    loading = rng.choice([0.9, 0.5])
    mixed = [loading * z + math.sqrt(1.0 - loading**2) * rng.gauss(0.0, 1.0) for z in shared]
    return list(zip(held, _instrument(rng, mixed, moves_at, weather), strict=True))


def _instrument(rng: Random, shocks: list[float], moves_at: int, weather: Weather) -> list[Row]:
    """Make the bars of one coin: it may open far from its last close, and go further."""
    index = mark = math.exp(rng.uniform(0.0, 11.0))
    rows = []
    for number, shock in enumerate(shocks):
        index_before, mark_before = index, mark
        jump = (rng.random() < weather.jumps) * rng.choice([-0.25, 0.2])
        gap = jump + (rng.random() < weather.gaps) * rng.gauss(0.0, 2.0 * weather.volatility)
        move = gap + weather.volatility * shock
        noise = rng.gauss(0.0, 0.002)
        basis = weather.basis_mean + noise if weather.has_basis else 0.0
        reaches = [abs(rng.gauss(0.0, weather.extremes)) for _ in range(2)]
        if number < moves_at:
            move = gap = basis = 0.0
        index = index_before * math.exp(move)
        mark = index * (1.0 + basis)
        mark_open = mark_before * math.exp(gap)
        rows.append(
            {
                "index": index,
                "index_return": math.log(index / index_before),
                "mark": mark,
                "mark_return": math.log(mark / mark_before),
                "mark_open": mark_open,
                "mark_high": max(mark, mark_open, mark_before) * (1.0 + reaches[0]),
                "mark_low": min(mark, mark_open, mark_before) / (1.0 + reaches[1]),
                "basis": basis,
                "premium": rng.choice([0.0, rng.gauss(0.0, 0.0004), rng.gauss(0.0, 0.006)]),
                "funding": (
                    rng.gauss(0.0, weather.funding_size)
                    if rng.random() < weather.funding_odds
                    else 0.0
                ),
                "half_spread": rng.uniform(0.0, 0.001),
                "sigma": weather.volatility * rng.uniform(0.3, 3.0),
                "volume": math.exp(rng.uniform(11.0, 21.0)),
            }
        )
    return rows


def _book(rng: Random) -> dict[str, Any]:
    holding = rng.choice(["spot", "perp", "perp"])
    perpetual = rng.choice([1.0, 3.0, 10.0, 25.0, 50.0, 125.0])
    leverage = rng.choice([1.0, 0.5]) if holding == "spot" else perpetual
    capital = math.exp(rng.uniform(5.0, 15.0))
    cross = rng.random() < 0.45
    return {
        "capital": capital,
        "leverage": leverage,
        "holding": holding,
        "hedge_collateral": capital * leverage * rng.choice([1.0, 0.5, 0.2, 0.1, 0.04, 0.01, 0.0]),
        "collateral_yield": rng.choice([0.0, 0.04, 5.0]),
        "margin_mode": "cross" if cross else "isolated",
        "hedge_leverage": None if cross else rng.choice([None, 2.0, 10.0, 40.0]),
        "spot_collateral_weight": rng.choice([0.0, 0.6, 0.95]) if cross else 0.0,
        "after_liquidation": rng.choice(["stay_out", "reopen"]),
        "liquidation": rng.choice(["intrabar", "intrabar", "close"]),
        "risk_aversion": rng.choice([0.0, 1.0, 5.0, 50.0]),
    }


def _tiers(rng: Random, book: dict[str, Any], holds: bool) -> list[dict[str, float]]:
    """One to four tiers around the holding's notional, without a jump where one begins.

    Those of a held perpetual (`holds`) must let it be opened.
    """
    notional = book["capital"] * book["leverage"]
    while True:
        rate = rng.choice([0.004, 0.01, 0.03, rng.uniform(0.1, 0.9) / max(book["leverage"], 2.0)])
        cap, leverage, amount = notional * rng.uniform(0.1, 1.5), 1000.0, 0.0
        tiers: list[dict[str, float]] = []
        for _ in range(rng.randint(1, 4)):
            if tiers:
                step = rng.uniform(1.3, 2.5)
                amount += tiers[-1]["cap"] * rate * (step - 1.0)
                rate *= step
                cap *= rng.uniform(1.2, 3.0)
            leverage = min(leverage, max(1.0, rng.uniform(0.3, 1.0) / (rate + CLOSING_FEE)))
            if rate > 0.8:
                break
            tiers.append({"cap": cap, "rate": rate, "amount": amount, "max_leverage": leverage})
        largest = max(min(tier["cap"], tier["max_leverage"] * book["capital"]) for tier in tiers)
        if not holds or largest > 1.0001 * notional:
            return tiers


def _venue(rng: Random, bar_hours: float, book: dict[str, Any], two_coins: bool) -> dict[str, Any]:
    interval_hours = rng.choice([hours for hours in (1.0, 4.0, 8.0) if hours >= bar_hours])
    later = interval_hours / 2 if interval_hours / 2 % bar_hours == 0.0 else 0.0
    holding_tiers = _tiers(rng, book, holds=book["holding"] == "perp")
    return {
        "maker_fee": rng.choice([0.0002, 0.0, -0.0001]),
        "taker_fee": rng.choice([0.0005, 0.00035, 0.001]),
        "maker_share": rng.choice([0.0, 1.0, rng.random()]),
        "closing_maker_share": rng.choice([0.0, 1.0, rng.random()]),
        "spot_taker_fee": rng.choice([0.001, 0.0026]),
        "spread_multiplier": rng.choice([1.0, 0.0, 2.5]),
        "spot_half_spread": rng.choice([0.0, 0.0003]),
        "impact_coefficient": rng.choice([1.0, 0.0, 0.7]),
        "depth_share": rng.choice([1.0, 0.25]),
        "delay_seconds": rng.choice([0.0, 2.0, 120.0]),
        "adverse_share": rng.choice([0.0, 0.5, 1.0]),
        "liquidation_fee": rng.choice([0.0, 0.005, 0.02, 0.05]),
        "closing_fee": rng.choice([0.0, 0.0, CLOSING_FEE]),
        "outage_odds_per_day": rng.choice([0.0, 0.0, 2.0, 6.0]),
        "outage_hours": rng.choice([0.4, 2.0, 6.0]),
        "holding_tiers": holding_tiers,
        "hedge_tiers": _tiers(rng, book, holds=False) if two_coins else holding_tiers,
        "funding": {
            "interval_hours": interval_hours,
            "first_hour": rng.choice([0.0, 0.0, later]),
            "interest": rng.choice([0.0001, 0.0]),
            "dead_zone": rng.choice([0.0005, 0.0]),
            "cap": rng.choice([0.0075, 0.003, 0.04]),
            "premium_hours": rng.choice([8, 1]),
            "reference_is_index": rng.random() < 0.3,
            "realised": rng.random() < 0.3,
        },
    }


def _target(
    rng: Random,
    bar_hours: float,
    weather: Weather,
    book: dict[str, Any],
    longest_lookback: int,
    timing: Rule,
) -> Rule:
    kinds = ["Constant"] * 3
    if longest_lookback > 0:  # a memory needs bars before t0 to fill
        kinds += ["MinimumVariance", "VolatilityTarget"]
    if not weather.still:  # where nothing moves, what is wanted would differ by rounding alone
        kinds += ["MarginAware"]
        if timing.get("half_width") != "optimal":  # no rule says what equity was before t0
            kinds += ["KeepLeverage"]
    kind = rng.choice(kinds)
    a_year = weather.volatility * math.sqrt(HOURS_PER_YEAR / bar_hours)
    calm = rng.uniform(0.5, 1.5) / book["leverage"]
    return {
        "Constant": lambda: {"ratio": rng.choice([1.0, 0.7, 0.25, -0.5, rng.random()])},
        # a memory of one bar would divide a return by a return, and lose digits
        "MinimumVariance": lambda: {
            "lookback": bar_hours * rng.randint(2, longest_lookback),
            "cap": rng.choice([1.0, 0.9, 1.5]),
        },
        "VolatilityTarget": lambda: {
            "level": a_year * rng.uniform(0.3, 1.1),
            "lookback": bar_hours * rng.randint(2, longest_lookback),
        },
        "KeepLeverage": lambda: {
            "leverage": min(125.0, book["leverage"] * rng.choice([0.1, 0.4, 0.9, 1.3]))
        },
        "MarginAware": lambda: {
            "base": rng.choice([0.0, 0.3]),
            "calm": calm,
            "danger": calm * rng.uniform(0.1, 0.6),
        },
    }[kind]() | {"kind": kind}


def _schedule(rng: Random, bar_hours: float, tranches: int) -> Rule:
    every = bar_hours * rng.randint(1, 6)
    return {
        "kind": "Schedule",
        "every": every,
        "hold": every * (tranches if tranches > 1 else rng.choice([1, 2, 2.5, 6])),
        "netting": rng.random() < 0.4,
        "tranches": tranches,
    }


def _trigger(rng: Random, bar_hours: float, weather: Weather, longest_lookback: int) -> Rule:
    a_year = weather.volatility * math.sqrt(HOURS_PER_YEAR / bar_hours)
    enter = a_year * rng.uniform(0.7, 1.6)
    return {
        "kind": "VolatilityTrigger",
        "enter": enter,
        "exit": enter * rng.uniform(0.75, 1.0),
        "lookback": bar_hours * rng.randint(1, longest_lookback),
        "min_hold": bar_hours * rng.choice([0, 1, 4, 12]),
        "rebalance": rng.choice([0.0, 0.05, 0.25]),
    }


def _band(rng: Random, bar_hours: float, half_width: float | str, longest_lookback: int) -> Rule:
    return {
        "kind": "Band",
        "half_width": half_width,
        "to": rng.choice(["edge", "centre"]),
        "lookback": bar_hours * rng.randint(1, max(1, longest_lookback)),
    }


def _stop_loss(rng: Random, bar_hours: float, weather: Weather, book: dict[str, Any]) -> Rule:
    share = book["leverage"] * book["capital"] / (book["capital"] + book["hedge_collateral"])
    return {
        "kind": "StopLoss",
        "drawdown": min(0.9, share * weather.volatility * rng.uniform(0.3, 4.0)),
        "cooldown": bar_hours * rng.choice([1, 3, 8]),
    }


def _hedges(
    rng: Random,
    bar_hours: float,
    weather: Weather,
    book: dict[str, Any],
    two_coins: bool,
    longest_lookback: int,
) -> list[dict[str, Any]]:
    """Some of the timing rules, the schedule in both forms, over random targets and venues."""
    timings = [
        {"kind": "Once"},
        _schedule(rng, bar_hours, tranches=1),
        _schedule(rng, bar_hours, tranches=rng.randint(2, 6)),
        _band(rng, bar_hours, rng.choice([0.02, 0.1, 0.3]), longest_lookback),
        # a larger rate would come so near that rounding decides whether there is a way to go
        {"kind": "PartialAdjustment", "rate": rng.uniform(0.05, 0.4)},
        _stop_loss(rng, bar_hours, weather, book),
    ]
    if longest_lookback > 0:
        timings.append(_trigger(rng, bar_hours, weather, longest_lookback))
        timings.append(_band(rng, bar_hours, "optimal", longest_lookback))
    chosen = [{"kind": "Never"}, *rng.sample(timings, 5)]
    return [
        {
            "name": f"{number}-{timing['kind']}",
            "target": _target(rng, bar_hours, weather, book, longest_lookback, timing),
            "timing": timing,
            "venue": _venue(rng, bar_hours, book, two_coins),
        }
        for number, timing in enumerate(chosen)
    ]
