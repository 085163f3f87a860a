"""What the oracle is told: bars, venue, funding rule and book, as exact decimals.

Every record is read from plain floats with `of`, digit for digit: a binary float has a
finite decimal expansion, so the oracle and the engine start from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self


class Exact:
    """A record whose numbers are decimals, read from floats without rounding."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read the record's own fields from `values`; truths and records stay as they are."""
        return cls(**{field.name: _exact(values[field.name]) for field in fields(cls)})  # type: ignore[arg-type]


def _exact(value: Any) -> Any:
    return value if isinstance(value, bool | str | Exact) else Decimal(value)


@dataclass(frozen=True)
class Bar(Exact):
    """One bar, named by its close; rates and returns are of the bar itself.

    Attributes
    ----------
    index, mark : Decimal
        Closes. [quote/base]
    index_return, mark_return : Decimal
        Log returns of the bar. [1]
    basis, premium : Decimal
        mark/index - 1 at the close, and its eight-hour mean. [1]
    funding : Decimal
        Realised funding rate paid at this label, 0 elsewhere. [1]
    half_spread : Decimal
        Half the quoted spread over the mid. [1]
    sigma : Decimal
        Volatility of the bar. [1/sqrt(bar)]
    volume : Decimal
        Traded in the bar. [quote]
    noise : Decimal
        The venue's standard normal draw. [1]
    """

    index: Decimal
    index_return: Decimal
    mark: Decimal
    mark_return: Decimal
    basis: Decimal
    premium: Decimal
    funding: Decimal
    half_spread: Decimal
    sigma: Decimal
    volume: Decimal
    noise: Decimal


@dataclass(frozen=True)
class FundingRule(Exact):
    """How a venue turns a premium into a rate; interest, dead zone and cap are per 8 h."""

    interval_hours: Decimal
    first_hour: Decimal  # UTC hour of the first stamp of a day
    interest: Decimal
    dead_zone: Decimal
    cap: Decimal
    premium_hours: Decimal  # 1 reads the basis of the bar, 8 the eight-hour mean
    reference_is_index: bool
    realised: bool


@dataclass(frozen=True)
class Venue(Exact):
    """What trading costs; fees, shares and spreads are fractions of notional."""

    maker_fee: Decimal
    taker_fee: Decimal
    maker_share: Decimal
    spot_taker_fee: Decimal
    spread_multiplier: Decimal
    spot_half_spread: Decimal
    impact_coefficient: Decimal
    depth_share: Decimal
    delay_seconds: Decimal
    adverse_share: Decimal
    funding: FundingRule


@dataclass(frozen=True)
class Book(Exact):
    """What is protected: capital and collateral [quote], leverage [1], yield [1/year]."""

    capital: Decimal
    leverage: Decimal
    holding: str  # "spot" or "perp"
    hedge_collateral: Decimal
    collateral_yield: Decimal


@dataclass(frozen=True)
class Path:
    """Bars -warm_up..T of one path; `bars[warm_up]` is bar 0, whose close is t0."""

    bars: tuple[Bar, ...]
    warm_up: int
    bar_hours: Decimal
    start_minute: int  # minute of the week of the label of bar 0, Monday 00:00 UTC = 0

    @property
    def last(self) -> int:
        """Number of the last bar, T."""
        return len(self.bars) - self.warm_up - 1

    def bar(self, number: int) -> Bar:
        """Return bar `number`, counted from t0; warm-up bars are negative."""
        if not -self.warm_up <= number <= self.last:
            raise IndexError(f"bar {number} is outside {-self.warm_up}..{self.last}")
        return self.bars[self.warm_up + number]
