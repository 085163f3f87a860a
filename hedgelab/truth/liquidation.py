"""Liquidation is first passage: the share of paths whose margin is used up."""

from __future__ import annotations

from typing import Any

from hedgelab import closed_forms, presets
from hedgelab.book import Book
from hedgelab.simulation import simulate
from hedgelab.truth.check import Check, Floats, known
from hedgelab.truth.setting import BP, MAINTENANCE, TRADING_YEAR, gbm, venue

FEE = 0.002  # of liquidated notional: less than the margin that is left


def first_passage(
    n_paths: int,
    seed: int,
    *,
    side: str,
    leverage: float,
    volatility: float,
    days: int,
    bar_hours: float = 24.0,
    maintenance_rate: float = MAINTENANCE,
    column: str = "",
    **book: Any,
) -> Floats:
    """A perpetual holding at a leverage, or the short hedge of a spot holding at it."""
    n_bars = round(24 * days / bar_hours)
    market = gbm(n_paths, seed, n_bars, volatility, bar_hours=bar_hours)
    if side == "long":
        hedge, leg = presets.unhedged(), "liquidations_of_holding"
        money = Book(capital=1.0, leverage=leverage, holding="perp", **book)
    else:
        hedge, leg = presets.static(1.0), "liquidations_of_hedge"
        money = Book(capital=1.0, hedge_collateral=1.0 / leverage, **book)
    charged = venue(maintenance_rate, liquidation_fee=FEE)
    ledger = simulate(market, hedge, venue=charged, book=money)
    return ledger[column or leg][:, 0]


def liquidation_fee(n_paths: int, seed: int, **case: Any) -> Floats:
    """What liquidations cost."""
    return BP * first_passage(n_paths, seed, column="liquidation_fee", **case)


def _passage(
    side: str, leverage: float, volatility: float, days: int, wrong: dict[str, Any]
) -> Check:
    case = {"side": side, "leverage": leverage, "volatility": volatility, "days": days}
    theory = float(closed_forms.first_passage(leverage, volatility, days, side))
    name = f"liquidation: {side}, {leverage:g}x, {days} d"
    return known(name, theory, first_passage, wrong, **case)


CLOSES, NO_MARGIN = {"liquidation": "close"}, {"maintenance_rate": 0.0}
TRADING_DAYS = {"volatility": 0.8 * TRADING_YEAR}
TEN: dict[str, Any] = {"leverage": 10.0, "volatility": 0.8, "days": 7}
LONG, SHORT = (float(closed_forms.first_passage(10, 0.8, 7, side)) for side in ("long", "short"))
SEEN = float(closed_forms.first_passage(10, 0.8, 7, "short", look_days=1 / 24))
LEVEL = float(closed_forms.liquidation_level(10, "long"))

CHECKS = (
    _passage("long", 10, 0.8, 7, CLOSES),
    _passage("short", 10, 0.8, 7, CLOSES),
    _passage("long", 3, 0.8, 30, TRADING_DAYS),
    _passage("short", 3, 0.8, 30, TRADING_DAYS),
    _passage("short", 5, 0.8, 30, CLOSES),
    _passage("long", 20, 0.8, 1, NO_MARGIN),
    _passage("long", 50, 0.4, 1, NO_MARGIN),
    _passage("short", 50, 0.4, 1, NO_MARGIN),
    known(
        "liquidation: short, 10x, 7 d, hourly closes",
        SEEN,
        first_passage,
        {"liquidation": "intrabar"},
        **{"side": "short", **TEN, "bar_hours": 1.0, "liquidation": "close"},
    ),
    known(
        "liquidation: short in cross margin, 10x, 7 d",
        SHORT,
        first_passage,
        {"spot_collateral_weight": 0.1},
        **{"side": "short", **TEN, "margin_mode": "cross"},
    ),
    known(
        "liquidation fee: long, 10x, 7 d",
        BP * FEE * (LEVEL * LONG) * 10.0,
        liquidation_fee,
        CLOSES,
        **{"side": "long", **TEN},
    ),
)
