"""The book: what is protected, and with what money."""

from __future__ import annotations

from dataclasses import dataclass

from hedgelab.errors import ParameterError
from hedgelab.kernels import records

__all__ = ["Book"]


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

    Raises
    ------
    ParameterError
        For a value that no book has.

    Notes
    -----
    Margin is not tested yet: a hedge can lose more than its collateral and stays open.

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

    def __post_init__(self) -> None:
        """Refuse values that no book has, one clear line each."""
        for name in ("capital", "leverage", "hedge_collateral", "collateral_yield"):
            value = getattr(self, name)
            if not isinstance(value, int | float | None):
                raise ParameterError(f"{name} is {value!r}, not a number", where="Book")
        most = 1.0 if self.holding == "spot" else 125.0
        checks = {
            "capital": (self.capital, 1e-6, 1e12),
            "leverage": (self.leverage, 1e-6, most),
            "hedge_collateral": (self.hedge_money, 0.0, 1e15),
            "collateral_yield": (self.collateral_yield, -1.0, 10.0),
        }
        if self.holding not in ("spot", "perp"):
            raise ParameterError(
                f"holding is {self.holding!r}", where="Book", remedy="use spot or perp"
            )
        for name, (value, low, high) in checks.items():
            if not low <= value <= high:  # also refuses NaN
                hint = f"; a spot holding has at most {most:g}" if name == "leverage" else ""
                raise ParameterError(
                    f"{name} is {value:g}", where="Book", remedy=f"use {low:g} to {high:g}{hint}"
                )

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

    def record(self) -> records.Book:
        """Return the book as the engine takes it."""
        return records.Book(
            self.capital, self.leverage, self.hedge_money, self.collateral_yield, self.is_perpetual
        )
