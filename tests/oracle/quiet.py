"""A venue that charges nothing and bars on which nothing happens, for cases done by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

from .records import Bar, Book, FundingRule, Path, Venue

NO_FUNDING = FundingRule(
    interval_hours=D(8),
    first_hour=D(0),
    interest=D(0),
    dead_zone=D(0),
    cap=D(1),
    premium_hours=D(8),
    reference_is_index=False,
    realised=True,
)
FREE = Venue(
    maker_fee=D(0),
    taker_fee=D(0),
    maker_share=D(0),
    spot_taker_fee=D(0),
    spread_multiplier=D(1),
    spot_half_spread=D(0),
    impact_coefficient=D(0),
    depth_share=D(1),
    delay_seconds=D(0),
    adverse_share=D(0),
    funding=NO_FUNDING,
)
SPOT = Book(
    capital=D(1000),
    leverage=D(1),
    holding="spot",
    hedge_collateral=D(500),
    collateral_yield=D(0),
)
PERP = replace(SPOT, holding="perp", leverage=D(2), hedge_collateral=D(0))
QUIET = Bar(
    index=D(100),
    index_return=D(0),
    mark=D(100),
    mark_return=D(0),
    basis=D(0),
    premium=D(0),
    funding=D(0),
    half_spread=D(0),
    sigma=D(0),
    volume=D(1_000_000),
    noise=D(0),
)


def bars(**columns: list[Any]) -> tuple[Bar, ...]:
    """Make quiet bars with the given columns; the mark follows the index where it is not given."""
    columns.setdefault("mark", columns.get("index", [100] * len(next(iter(columns.values())))))
    rows = zip(*columns.values(), strict=True)
    return tuple(replace(QUIET, **dict(zip(columns, map(D, row), strict=True))) for row in rows)


def path(
    *, warm_up: int = 0, bar_hours: str = "1", start_minute: int = 0, **columns: list[Any]
) -> Path:
    """Make a path of quiet bars with the given columns, numbers or decimal text."""
    return Path(bars(**columns), warm_up, D(bar_hours), start_minute)
