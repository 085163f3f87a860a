"""Liquidation is first passage: the share of paths whose margin is used up."""

from __future__ import annotations

from typing import Any

from hedgelab import closed_forms, presets, scenarios
from hedgelab.book import Book
from hedgelab.simulation import simulate
from hedgelab.truth.check import Check, Floats
from hedgelab.truth.setting import BP, MAINTENANCE, TRADING_YEAR, venue

PASSAGE = "first passage of Brownian motion with drift: Harrison 1985"
LOOKS = "Broadie, Glasserman and Kou 1997, doi:10.1111/1467-9965.00035"
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
    market = scenarios.gbm(
        volatility=volatility,
        n_bars=round(24 * days / bar_hours),
        bar_hours=bar_hours,
        n_paths=n_paths,
        seed=seed,
    )
    if side == "long":
        hedge, leg = presets.unhedged(), "liquidations_of_holding"
        money = Book(capital=1.0, leverage=leverage, holding="perp", **book)
    else:
        hedge, leg = presets.static(1.0), "liquidations_of_hedge"
        money = Book(capital=1.0, hedge_collateral=1.0 / leverage, **book)
    charged = venue(maintenance_rate, liquidation_fee=FEE)
    ledger = simulate(market, hedge, venue=charged, book=money)
    return ledger[column or leg][:, 0]


def _passage(
    side: str,
    leverage: float,
    volatility: float,
    days: int,
    n_paths: int,
    bug: str,
    wrong: dict[str, Any],
) -> Check:
    case = {"side": side, "leverage": leverage, "volatility": volatility, "days": days}
    return Check(
        name=f"liquidation: {side}, {leverage:g}x, {days} d",
        question=f"how many {side}s of {leverage:g} times are liquidated in {days} days at "
        f"{volatility:.0%} a year?",
        theory=float(closed_forms.first_passage(leverage, volatility, days, side)),
        unit="share of paths",
        source=PASSAGE,
        sample=first_passage,
        setting=case,
        n_paths=n_paths,
        bug=bug,
        wrong=wrong,
    )


CLOSES = "margin is tested at daily closes only"
TRADING_DAYS = "a year has 252 days"
TEN = {"leverage": 10.0, "volatility": 0.8, "days": 7}

CHECKS = (
    _passage("long", 10, 0.8, 7, 25_000, CLOSES, {"liquidation": "close"}),
    _passage("short", 10, 0.8, 7, 25_000, CLOSES, {"liquidation": "close"}),
    _passage("long", 3, 0.8, 30, 120_000, TRADING_DAYS, {"volatility": 0.8 * TRADING_YEAR}),
    _passage("short", 3, 0.8, 30, 60_000, TRADING_DAYS, {"volatility": 0.8 * TRADING_YEAR}),
    _passage("short", 5, 0.8, 30, 25_000, CLOSES, {"liquidation": "close"}),
    _passage("long", 20, 0.8, 1, 40_000, "no maintenance margin", {"maintenance_rate": 0.0}),
    _passage("long", 50, 0.4, 1, 20_000, "no maintenance margin", {"maintenance_rate": 0.0}),
    _passage("short", 50, 0.4, 1, 20_000, "no maintenance margin", {"maintenance_rate": 0.0}),
    Check(
        name="liquidation: short, 10x, 7 d, hourly closes",
        question="how many liquidations does a test at hourly closes see?",
        theory=float(closed_forms.first_passage(10, 0.8, 7, "short", look_days=1 / 24)),
        unit="share of paths",
        source=LOOKS,
        sample=first_passage,
        setting={"side": "short", **TEN, "bar_hours": 1.0, "liquidation": "close"},
        n_paths=25_000,
        bug="it sees what happens in between",
        wrong={"liquidation": "intrabar"},
    ),
    Check(
        name="liquidation: short in cross margin, 10x, 7 d",
        question="is a cross account liquidated like an isolated leg when its coins do not count?",
        theory=float(closed_forms.first_passage(10, 0.8, 7, "short")),
        unit="share of paths",
        source=PASSAGE,
        sample=first_passage,
        setting={"side": "short", **TEN, "margin_mode": "cross"},
        n_paths=25_000,
        bug="a tenth of the spot holding counts as margin",
        wrong={"spot_collateral_weight": 0.1},
    ),
    Check(
        name="liquidation fee: long, 10x, 7 d",
        question="what do liquidations cost on average?",
        theory=BP
        * FEE
        * float(
            closed_forms.liquidation_level(10, "long")
            * closed_forms.first_passage(10, 0.8, 7, "long")
        )
        * 10.0,
        unit="bp of capital",
        source=PASSAGE,
        sample=lambda n_paths, seed, **case: BP * first_passage(n_paths, seed, **case),
        setting={"side": "long", **TEN, "column": "liquidation_fee"},
        n_paths=25_000,
        bug=CLOSES,
        wrong={"liquidation": "close"},
    ),
)
