"""What the checks share: a venue that charges nothing unless told, and a target that walks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hedgelab.book import Book
from hedgelab.funding import FundingRule
from hedgelab.hedges import Hedge
from hedgelab.kernels.records import Bar
from hedgelab.ledger import Ledger
from hedgelab.market import Market
from hedgelab.simulation import simulate
from hedgelab.venues import MarginTier, Venue

BP = 1e4
HOURS_PER_YEAR = 8760.0
TRADING_YEAR = np.sqrt(365.0 / 252.0)  # what volatility becomes in a year of trading days
MAINTENANCE = 0.004


def venue(maintenance_rate: float = MAINTENANCE, **settings: Any) -> Venue:
    """Return a venue of one margin tier that is free and pays no funding, unless told otherwise."""
    nothing = dict.fromkeys(
        ("maker_fee", "taker_fee", "maker_share", "spot_maker_fee", "spot_taker_fee")
        + ("spot_half_spread", "impact_coefficient", "liquidation_fee"),
        0.0,
    )
    most = 125.0 if maintenance_rate == 0.0 else min(125.0, 1.0 / maintenance_rate)
    no_funding = FundingRule(interval_hours=24.0, interest=0.0, dead_zone=0.0, cap=0.0)
    fields = {
        "name": "exact",
        "tier": "base",
        "spread_multiplier": 1.0,
        "depth_share": 1.0,
        "funding": no_funding,
        "margin_tiers": {"any": (MarginTier(1e12, maintenance_rate, 0.0, most),)},
    }
    return Venue(**{**nothing, **fields, **settings})


def run(market: Market, hedge: Hedge | list[Hedge], book: Book, **settings: Any) -> Ledger:
    """Run hedges at such a venue."""
    return simulate(market, hedge, venue=venue(**settings), book=book)


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
