"""What the checks share: a venue that charges nothing unless told, and a target that walks."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

from hedgelab import scenarios, venues
from hedgelab.book import Book
from hedgelab.funding import FundingRule
from hedgelab.kernels.records import Bar
from hedgelab.market import Market
from hedgelab.venues import MarginTier, Venue

BP = 1e4
HOURS_PER_YEAR = 8760.0
TRADING_YEAR = math.sqrt(365.0 / 252.0)  # what volatility becomes in a year of trading days
MAINTENANCE = 0.004
BOOK = Book(capital=1.0, hedge_collateral=10.0)  # far from any liquidation


def venue(maintenance_rate: float = MAINTENANCE, **settings: Any) -> Venue:
    """Return a venue of one margin tier that is free and pays no funding, unless told otherwise."""
    leverage = min(125.0, 1.0 / max(maintenance_rate, MAINTENANCE))
    fields = {
        "spread_multiplier": 1.0,
        "funding": FundingRule(interval_hours=24.0, interest=0.0, dead_zone=0.0, cap=0.0),
        "margin_tiers": {"any": (MarginTier(1e12, maintenance_rate, 0.0, leverage),)},
        **settings,
    }
    return replace(venues.load("binance").frictionless(), **fields)


def gbm(n_paths: int, seed: int, n_bars: int, volatility: float = 0.6, **settings: float) -> Market:
    """Return a textbook market, what differs between checks first."""
    recipe: dict[str, Any] = {"n_bars": n_bars, "n_paths": n_paths, "seed": seed, **settings}
    return scenarios.gbm(volatility=volatility, **recipe)


class Walk(NamedTuple):
    """Normal steps of a target, and what it keeps of its distance from one."""

    sd: float = 1e-3  # of a step [1]
    kept: float = 1.0  # a bar [1]


class Where(NamedTuple):
    """Where the target is."""

    ratio: float = 1.0


def walking(bar: Bar, state: Where, rule: Walk) -> tuple[float, Where]:
    """Ratio that moves with the venue's own noise, which moves no price."""
    ratio = 1.0 + rule.kept * (state.ratio - 1.0) + rule.sd * bar.delay_noise
    return ratio, Where(ratio)
