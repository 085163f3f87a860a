"""What a hedging rule sees and says, for the oracle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from .records import ONE, TWO, ZERO, Bar, Book, Venue


class Answer(NamedTuple):
    """What a timing rule says at one close.

    `wanted` is the quantity it wants to hold now, acted on or not [base]; `reopen` is the share
    of the open position that is closed first, by an order of its own [1].
    """

    fires: bool
    wanted: Decimal
    reopen: Decimal = ZERO


@dataclass(frozen=True)
class Close:
    """The account at a close, after tests, funding and yield, before any order.

    Attributes
    ----------
    time : Decimal
        Since t0. [h]
    holding, quantity : Decimal
        Coins held and coins of the hedge; before t0 one and none. [base]
    equity : Decimal
        Of everything. [quote]
    distance : callable
        Distance of the holding to its liquidation. [1]
    """

    time: Decimal
    bar: Bar
    holding: Decimal
    quantity: Decimal
    equity: Decimal
    distance: Callable[[], Decimal]
    venue: Venue
    book: Book

    @property
    def full(self) -> Decimal:
        """Coins of the hedge that are worth the holding. [base]"""
        return self.bar.relative * self.holding

    @property
    def holding_price(self) -> Decimal:
        """Return the mark of a perpetual, the index of spot. [quote/base]"""
        held = self.bar.holding
        return held.index if self.book.holding == "spot" else held.mark


class Target(Protocol):
    """How much: `see` is called once at every bar, warm-up included, before `wanted`."""

    def see(self, bar: Bar, bar_hours: Decimal) -> None: ...

    def wanted(self, close: Close) -> Decimal: ...


class Timing(Protocol):
    """When: `see` at every bar, then `ask`; answers of warm-up bars are thrown away."""

    def see(self, bar: Bar, bar_hours: Decimal) -> None: ...

    def ask(self, close: Close, wanted: Decimal) -> Answer: ...


class Blind:
    """A rule that looks at no bar."""

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Look at nothing."""


def smoothing(lookback: Decimal, bar_hours: Decimal) -> Decimal:
    """Weight of the newest value in an average of span `lookback` hours."""
    return TWO / (lookback / bar_hours + ONE)


def averaged(average: Decimal, value: Decimal, weight: Decimal) -> Decimal:
    """Return an exponential average with one more value."""
    return average + weight * (value - average)
