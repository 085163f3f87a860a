"""The book: what is protected, and with what money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hedgelab.arrays import check
from hedgelab.errors import ParameterError
from hedgelab.kernels import records

__all__ = ["Book"]

LIMITS: Final = {
    "holding": ("spot", "perp"),
    "margin_mode": ("isolated", "cross"),
    "after_liquidation": ("stay_out", "reopen"),
    "liquidation": ("intrabar", "close"),
    "capital": (1e-6, 1e12),
    "collateral_yield": (-1.0, 10.0),
    "hedge_leverage": (1e-3, 125.0, None),
    "spot_collateral_weight": (0.0, 1.0),
    "risk_aversion": (0.0, 1e6),
}
MOST_MONEY: Final = 1e4  # over the holding: beside more of it the holding's cents are rounding


@dataclass(frozen=True)
class Book:
    """What is protected, and with what money.

    Parameters
    ----------
    capital : float
        The trader's own money; returns are over it. [quote]
    leverage : float
        Holding notional over capital at t0; at most 1 for a spot holding. [1]
    holding : str
        ``"spot"``, or ``"perp"`` for a perpetual, which pays funding and has a basis.
    hedge_collateral : float, optional
        Extra money behind the hedge; half the holding notional by default. [quote]
    collateral_yield : float
        What that money earns. [1/year]
    margin_mode : {"isolated", "cross"}
        Each leg has its own money, or one account answers for all legs.
    hedge_leverage : float, optional
        Entry notional over the margin that an opened hedge is given; without it the hedge gets all
        of its collateral. Isolated only. [1]
    spot_collateral_weight : float
        Share of a spot holding that counts as margin in cross mode. [1]
    after_liquidation : {"stay_out", "reopen"}
        May a liquidated hedge be opened again at its next signal?
    liquidation : {"intrabar", "close"}
        Margin is tested at the extremes within a bar and at its close, or at closes alone. The
        second misses liquidations: it is there to show how many.
    risk_aversion : float
        Relative, per unit of holding notional; an optimal band weighs straying by it. [1]

    Raises
    ------
    ParameterError
        For a value that no book has.

    Examples
    --------
    >>> Book(capital=20_000).hedge_money
    10000.0
    """

    capital: float = 100_000.0
    leverage: float = 1.0
    holding: str = "spot"
    hedge_collateral: float | None = None
    collateral_yield: float = 0.0
    margin_mode: str = "isolated"
    hedge_leverage: float | None = None
    spot_collateral_weight: float = 0.0
    after_liquidation: str = "stay_out"
    liquidation: str = "intrabar"
    risk_aversion: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that no book has, one clear line each."""
        largest = 125.0 if self.holding == "perp" else 1.0
        limits = {**LIMITS, "leverage": (1.0 / MOST_MONEY, largest)}
        check("Book", limits, vars(self), leverage="a spot holding has at most 1")
        money = {"hedge_collateral": (0.0, MOST_MONEY * self.notional, None)}
        check("Book", money, vars(self))
        if self.is_cross and self.hedge_leverage is not None:
            what = f"hedge_leverage is {self.hedge_leverage:g} in cross mode"
            raise ParameterError(what, where="Book", remedy="leave it out: all money answers there")

    @property
    def notional(self) -> float:
        """Holding notional at t0. [quote]"""
        return self.capital * self.leverage

    @property
    def hedge_money(self) -> float:
        """Money behind the hedge. [quote]"""
        return 0.5 * self.notional if self.hedge_collateral is None else self.hedge_collateral

    @property
    def is_perpetual(self) -> bool:
        """Is the holding a perpetual?"""
        return self.holding == "perp"

    @property
    def is_cross(self) -> bool:
        """Does one account answer for all legs?"""
        return self.margin_mode == "cross"

    def record(self) -> records.Book:
        """Return the book as the engine takes it."""
        return records.Book(
            capital=self.capital,
            leverage=self.leverage,
            collateral=self.hedge_money,
            collateral_yield=self.collateral_yield,
            perp_holding=self.is_perpetual,
            cross=self.is_cross,
            hedge_leverage=self.hedge_leverage or 0.0,
            spot_weight=self.spot_collateral_weight,
            only_at_close=self.liquidation == "close",
            reopens=self.after_liquidation == "reopen",
        )
