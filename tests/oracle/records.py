"""What the oracle is told: bars, venue, funding rule, tiers and book, as decimals.

Every record is read from plain floats with `of`. A binary float has a finite decimal expansion;
it is read to `DIGITS` digits, twice as many as a float carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Context, Decimal
from typing import Any, Self

DIGITS = 36
READING = Context(prec=DIGITS)
HOURS_PER_YEAR = Decimal(8760)
SMALL = Decimal("1e-9")  # what the written rules call rounding
ZERO, ONE, TWO = Decimal(0), Decimal(1), Decimal(2)


class Exact:
    """A record whose numbers are decimals, read from floats."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read the record's own fields from `values`; truths, words and records stay."""
        return cls(**{field.name: exact(values[field.name]) for field in fields(cls)})  # type: ignore[arg-type]


def exact(value: Any) -> Any:
    """Return a number as a decimal, and anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return READING.create_decimal(value)
    return value


@dataclass(frozen=True, slots=True)
class Instrument(Exact):
    """One bar of one instrument, named by its close; rates and returns are of the bar itself.

    Attributes
    ----------
    index, mark : Decimal
        Closes. [quote/base]
    index_return, mark_return : Decimal
        Log returns of the bar. [1]
    mark_open, mark_high, mark_low : Decimal
        First price after a gap, and the extremes of the mark. [quote/base]
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
    """

    index: Decimal
    index_return: Decimal
    mark: Decimal
    mark_return: Decimal
    mark_open: Decimal
    mark_high: Decimal
    mark_low: Decimal
    basis: Decimal
    premium: Decimal
    funding: Decimal
    half_spread: Decimal
    sigma: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of both instruments (the same record twice for one coin) and the venue's draws.

    Attributes
    ----------
    holding, hedge : Instrument
        What is protected, and what it is protected with.
    noise : Decimal
        Standard normal draw of the delay. [1]
    outage_starts, outage_stays : Decimal
        Uniform draws in (0, 1]. [1]
    """

    holding: Instrument
    hedge: Instrument
    noise: Decimal = ZERO
    outage_starts: Decimal = ONE
    outage_stays: Decimal = ONE

    @property
    def relative(self) -> Decimal:
        """Coins of the hedge worth one coin of the holding. [1]"""
        return self.holding.index / self.hedge.index


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
class Tier(Exact):
    """What a venue wants behind a notional up to `cap` [quote]: `rate` of it less `amount`."""

    cap: Decimal
    rate: Decimal
    amount: Decimal
    max_leverage: Decimal


@dataclass(frozen=True)
class Venue(Exact):
    """What trading costs; fees, shares and spreads are fractions of notional."""

    maker_fee: Decimal
    taker_fee: Decimal
    maker_share: Decimal
    closing_maker_share: Decimal  # of orders that leave a smaller hedge
    spot_taker_fee: Decimal
    spread_multiplier: Decimal
    spot_half_spread: Decimal
    impact_coefficient: Decimal
    depth_share: Decimal
    delay_seconds: Decimal
    adverse_share: Decimal
    liquidation_fee: Decimal
    outage_odds_per_day: Decimal
    outage_hours: Decimal  # mean length
    holding_tiers: tuple[Tier, ...]
    hedge_tiers: tuple[Tier, ...]
    funding: FundingRule

    @property
    def usual_share(self) -> Decimal:
        """Share that rests when half of the orders open and half of them close. [1]"""
        return (self.maker_share + self.closing_maker_share) / 2

    def mixed_fee(self, share: Decimal) -> Decimal:
        """Fee of an order of which this share is filled by resting. [1]"""
        return share * self.maker_fee + (ONE - share) * self.taker_fee


@dataclass(frozen=True)
class Book(Exact):
    """What is protected: capital and collateral [quote], leverage [1], yield [1/year]."""

    capital: Decimal
    leverage: Decimal
    holding: str  # "spot" or "perp"
    hedge_collateral: Decimal
    collateral_yield: Decimal
    margin_mode: str  # "isolated" or "cross"
    hedge_leverage: Decimal | None
    spot_collateral_weight: Decimal
    after_liquidation: str  # "stay_out" or "reopen"
    liquidation: str  # "intrabar" or "close"
    risk_aversion: Decimal


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
