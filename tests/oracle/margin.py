"""What a venue wants behind a leg, and where it closes one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from .records import ZERO, Bar, Instrument, Tier

SAME = Decimal("1e-12")  # amounts are floats, and meet at a cap to their last digits
NOTHING_REQUIRED = Tier(cap=ZERO, rate=ZERO, amount=ZERO, max_leverage=ZERO)


def sign(value: Decimal) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


@dataclass
class Leg:
    """A position and the cash that belongs to it; `name` is that of its instrument in a bar."""

    name: str
    is_perpetual: bool
    tiers: tuple[Tier, ...]
    quantity: Decimal = ZERO
    cash: Decimal = ZERO

    def __post_init__(self) -> None:
        """A requirement is never below 0, as if one more tier wanted nothing."""
        self.wants = (NOTHING_REQUIRED, *self.tiers)

    def instrument(self, bar: Bar) -> Instrument:
        """Return its own instrument in a bar."""
        return bar.hedge if self.name == "hedge" else bar.holding

    def price(self, bar: Bar) -> Decimal:
        """Return the close it is valued at: a mark, or the index of spot. [quote/base]"""
        instrument = self.instrument(bar)
        return instrument.mark if self.is_perpetual else instrument.index

    @property
    def can_be_liquidated(self) -> bool:
        """Is it an open perpetual?"""
        return self.is_perpetual and self.quantity != 0

    def binding(self, price: Decimal) -> Tier:
        """Return the tier that wants the most; at a cap, which a cut order meets, the lower."""
        notional = abs(self.quantity) * price
        found = self.wants[0]
        for tier in self.wants[1:]:
            more = (tier.rate - found.rate) * notional - (tier.amount - found.amount)
            if more > SAME * notional:
                found = tier
        return found

    def requirement(self, price: Decimal) -> Decimal:
        """Return the maintenance margin. [quote]"""
        notional = abs(self.quantity) * price
        return max(tier.rate * notional - tier.amount for tier in self.wants)

    def balance(self, price: Decimal) -> Decimal:
        """Return its cash and what it is worth. [quote]"""
        return self.cash + self.quantity * price

    def slack(self, price: Decimal) -> Decimal:
        """Return what the balance exceeds the requirement by. [quote]"""
        return self.balance(price) - self.requirement(price)

    def adverse_extreme(self, bar: Bar) -> Decimal:
        """Return the high for a short and the low for a long. [quote/base]"""
        instrument = self.instrument(bar)
        return instrument.mark_high if self.quantity < 0 else instrument.mark_low

    def level(self) -> Decimal:
        """Return the price at which the balance is the requirement. [quote/base]"""
        # cash + quantity p = rate |quantity| p - amount, for every tier; the first one met counts
        roots = [
            (self.cash + tier.amount) / (tier.rate * abs(self.quantity) - self.quantity)
            for tier in self.wants
        ]
        return min(roots) if self.quantity < 0 else max(roots)

    def pull(self, price: Decimal) -> Decimal:
        """Return the change of the slack per relative rise of the price. [quote]"""
        rate = self.binding(price).rate
        return (self.quantity - rate * abs(self.quantity)) * price


def distance(slack: Decimal, pull: Decimal) -> Decimal:
    """Return the relative adverse move that uses the slack up, never below 0. [1]"""
    return max(ZERO, slack) / abs(pull)


def largest_notional(tiers: tuple[Tier, ...], margin: Decimal) -> Decimal:
    """Return the largest position that a margin may open. [quote]"""
    return max(ZERO, *(min(tier.cap, tier.max_leverage * margin) for tier in tiers))


def initial_margin(tiers: tuple[Tier, ...], notional: Decimal) -> Decimal:
    """Return what a position needs by the tier it falls in; the last one's above all caps."""
    falls_in = next((tier for tier in tiers if notional <= tier.cap), tiers[-1])
    return notional / falls_in.max_leverage


def share_of_the_way(
    open_equity: Decimal,
    corner_equity: Decimal,
    legs: list[tuple[Leg, Decimal, Decimal]],
) -> Decimal | None:
    """Return the share of the way from open to corner at which an account is used up.

    Parameters
    ----------
    open_equity, corner_equity : Decimal
        Of the account, at both ends. [quote]
    legs : list of (Leg, Decimal, Decimal)
        Perpetual legs with their marks at both ends.

    Returns
    -------
    share : Decimal or None
        0 at the open, 1 at the corner; None where the account lives at both.
    """
    if open_equity < sum(leg.requirement(at_open) for leg, at_open, _ in legs):
        return ZERO
    shares = []
    for tiers in product(*(leg.wants for leg, _, _ in legs)):
        start, end = open_equity, corner_equity
        for tier, (leg, at_open, at_corner) in zip(tiers, legs, strict=True):
            start -= tier.rate * abs(leg.quantity) * at_open - tier.amount
            end -= tier.rate * abs(leg.quantity) * at_corner - tier.amount
        if end < 0:
            shares.append(start / (start - end))
    return min(shares, default=None)


def way(at_open: Decimal, at_corner: Decimal, share: Decimal) -> Decimal:
    """Return the price at a share of the way."""
    return at_open + share * (at_corner - at_open)
