"""Random small scenarios: bars, a venue, a book and a few hedges, from a seed alone.

Everything is a plain float in a plain dict, so that the oracle and the engine read the very
same numbers. The regimes are chosen for what they reach, not for realism: jumps, negative
and absent basis, rebates, thresholds beside the realised volatility, stamps that fall on no
bar. Draws come from `random.Random`, whose stream does not depend on any other package.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

MINUTES_PER_WEEK = 7 * 24 * 60
HOURS_PER_YEAR = 8760

Row = dict[str, float]


@dataclass(frozen=True)
class Batch:
    """Paths that share a clock, a book and their hedges.

    Attributes
    ----------
    seed : int
        What it was made from; also the seed of the venue's noise.
    rows : list of list of dict
        One list of bars per path, warm-up first: the fields of `Bar` without its noise, and
        the mark's open, high and low.
    warm_up, n_bars, start_minute : int
        Bars before t0, bars after it, and the minute of the week of t0.
    bar_hours : float
        Length of a bar. [h]
    book : dict
        Fields by name.
    hedges : list of dict
        Name, target, timing and venue. Target and timing are dicts with their `kind` and
        parameters, the venue one of fields by name, its funding rule a dict of its own.
    """

    seed: int
    rows: list[list[Row]]
    warm_up: int
    n_bars: int
    start_minute: int
    bar_hours: float
    book: dict[str, Any]
    hedges: list[dict[str, Any]]


def batch(seed: int, n_paths: int) -> Batch:
    """Make one batch of `n_paths` scenarios."""
    rng = Random(seed)
    bar_hours = rng.choice([1.0] * 6 + [0.5, 4.0])
    warm_up = rng.choice([0, 9, 20, 40])
    n_bars = rng.randint(5, 60)
    volatility = rng.uniform(0.003, 0.03)  # of the index, per bar
    return Batch(
        seed=seed,
        rows=[_rows(rng, warm_up, n_bars, volatility) for _ in range(n_paths)],
        warm_up=warm_up,
        n_bars=n_bars,
        start_minute=_start_minute(rng, bar_hours),
        bar_hours=bar_hours,
        book=_book(rng),
        hedges=_hedges(rng, bar_hours, volatility, longest_lookback=warm_up // 3),
    )


def _start_minute(rng: Random, bar_hours: float) -> int:
    """Draw a label on the bar grid; half-hour bars may start on the half hour."""
    step = int(bar_hours * 60)
    minute = step * rng.randrange(MINUTES_PER_WEEK // step)
    beside = rng.choice([0] * 7 + [30])
    return (minute + (beside if step <= 30 else 0)) % MINUTES_PER_WEEK


def _rows(rng: Random, warm_up: int, n_bars: int, volatility: float) -> list[Row]:
    """Make one path; some stand still until after t0, so that a moving target starts at nothing."""
    index = mark = math.exp(rng.uniform(0.0, 11.0))
    basis_mean = rng.choice([0.0, 0.0005, -0.002, 0.01])
    has_basis = rng.random() < 0.8
    jumps = rng.choice([0.0, 0.05])
    funding_odds = rng.choice([0.0, 0.3])
    first_move = rng.choice([0, 0, 0, warm_up + rng.randint(1, 8)])
    rows = []
    for number in range(warm_up + n_bars + 1):
        index_before, mark_before = index, mark
        move = rng.gauss(0.0, volatility) + (rng.random() < jumps) * rng.choice([-0.25, 0.2])
        basis = (basis_mean + rng.gauss(0.0, 0.002)) if has_basis else 0.0
        if number < first_move:
            move = basis = 0.0
        index = index_before * math.exp(move)
        mark = index * (1.0 + basis)
        mark_open = mark_before * math.exp(rng.choice([0.0, 0.01, -0.02]))
        rows.append(
            {
                "index": index,
                "index_return": math.log(index / index_before),
                "mark": mark,
                "mark_return": math.log(mark / mark_before),
                "mark_open": mark_open,
                "mark_high": max(mark, mark_open) * (1.0 + rng.uniform(0.0, 0.01)),
                "mark_low": min(mark, mark_open) * (1.0 - rng.uniform(0.0, 0.01)),
                "basis": basis,
                "premium": rng.choice([0.0, rng.gauss(0.0, 0.0004), rng.gauss(0.0, 0.006)]),
                "funding": rng.gauss(0.0, 0.001) if rng.random() < funding_odds else 0.0,
                "half_spread": rng.uniform(0.0, 0.001),
                "sigma": volatility * rng.uniform(0.3, 3.0),
                "volume": math.exp(rng.uniform(11.0, 21.0)),
            }
        )
    return rows


def _venue(rng: Random, bar_hours: float) -> dict[str, Any]:
    interval_hours = rng.choice([hours for hours in (1.0, 4.0, 8.0) if hours >= bar_hours])
    later = interval_hours / 2 if interval_hours / 2 % bar_hours == 0.0 else 0.0
    return {
        "maker_fee": rng.choice([0.0002, 0.0, -0.0001]),
        "taker_fee": rng.choice([0.0005, 0.00035, 0.001]),
        "maker_share": rng.choice([0.0, 1.0, rng.random()]),
        "spot_taker_fee": rng.choice([0.001, 0.0026]),
        "spread_multiplier": rng.choice([1.0, 0.0, 2.5]),
        "spot_half_spread": rng.choice([0.0, 0.0003]),
        "impact_coefficient": rng.choice([1.0, 0.0, 0.7]),
        "depth_share": rng.choice([1.0, 0.25]),
        "delay_seconds": rng.choice([0.0, 2.0, 120.0]),
        "adverse_share": rng.choice([0.0, 0.5, 1.0]),
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


def _book(rng: Random) -> dict[str, Any]:
    holding = rng.choice(["spot", "perp"])
    leverage = rng.choice([1.0, 0.5]) if holding == "spot" else rng.choice([1.0, 3.0, 10.0])
    capital = math.exp(rng.uniform(5.0, 15.0))
    return {
        "capital": capital,
        "leverage": leverage,
        "holding": holding,
        "hedge_collateral": capital * leverage * rng.choice([0.5, 0.05, 0.0]),
        "collateral_yield": rng.choice([0.0, 0.04]),
    }


def _target(rng: Random, bar_hours: float, longest_lookback: int) -> dict[str, Any]:
    if longest_lookback == 0 or rng.random() < 0.5:
        return {"kind": "Constant", "ratio": rng.choice([1.0, 0.7, 0.25, rng.random()])}
    return {
        "kind": "MinimumVariance",
        # a memory of one bar would divide a return by a return, and lose digits
        "lookback": bar_hours * rng.randint(2, longest_lookback),
        "cap": rng.choice([1.0, 0.9, 1.5]),
    }


def _schedule(rng: Random, bar_hours: float, *, netting: bool, tranches: int) -> dict[str, Any]:
    every = bar_hours * rng.randint(1, 6)
    hold = every * (tranches if tranches > 1 else rng.choice([1, 2, 2.5, 6]))
    return {
        "kind": "Schedule",
        "every": every,
        "hold": hold,
        "netting": netting,
        "tranches": tranches,
    }


def _trigger(
    rng: Random, bar_hours: float, volatility: float, longest_lookback: int
) -> dict[str, Any]:
    a_year = volatility * math.sqrt(HOURS_PER_YEAR / bar_hours)
    enter = a_year * rng.uniform(0.7, 1.6)
    return {
        "kind": "VolatilityTrigger",
        "enter": enter,
        "exit": enter * rng.uniform(0.75, 1.0),
        "lookback": bar_hours * rng.randint(1, longest_lookback),
        "min_hold": bar_hours * rng.choice([0, 1, 4, 12]),
        "rebalance": rng.choice([0.0, 0.05, 0.25]),
    }


def _hedges(
    rng: Random, bar_hours: float, volatility: float, longest_lookback: int
) -> list[dict[str, Any]]:
    """Every timing rule, the schedule in its three forms, over random targets and venues."""
    timings = [
        {"kind": "Never"},
        {"kind": "Once"},
        _schedule(rng, bar_hours, netting=False, tranches=1),
        _schedule(rng, bar_hours, netting=True, tranches=1),
        _schedule(rng, bar_hours, netting=rng.random() < 0.5, tranches=rng.randint(2, 6)),
    ]
    if longest_lookback > 0:  # a memory needs bars before t0 to fill
        timings += [_trigger(rng, bar_hours, volatility, longest_lookback) for _ in range(2)]
    return [
        {
            "name": f"{number}-{timing['kind']}",
            "target": _target(rng, bar_hours, longest_lookback),
            "timing": timing,
            "venue": _venue(rng, bar_hours),
        }
        for number, timing in enumerate(timings)
    ]
