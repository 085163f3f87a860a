"""When to hedge, for the oracle: seven timing rules as plain objects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .records import HOURS_PER_YEAR, ONE, SMALL, ZERO, Bar
from .rules import Answer, Blind, Close, averaged, smoothing

THIRD = ONE / 3


class Never(Blind):
    """Never asks for anything."""

    def ask(self, close: Close, wanted: Decimal) -> Answer:
        """Stay as it is."""
        return Answer(False, ZERO)


class Once(Blind):
    """Asks at t0 for the target and never again."""

    def ask(self, close: Close, wanted: Decimal) -> Answer:
        """Fire at t0."""
        return Answer(close.time == 0, wanted)


@dataclass
class Schedule(Blind):
    """A clock from t0 on, `every` hours, whose hedges expire `hold` hours after opening."""

    every: Decimal
    hold: Decimal
    netting: bool
    tranches: int = 1
    next_fire: Decimal = ZERO
    opened_at: Decimal = ZERO
    fires: int = 0

    def ask(self, close: Close, wanted: Decimal) -> Answer:
        """Fire when the clock says so, and let old hedges expire."""
        due = close.time >= self.next_fire  # the first is due at 0, so never in the warm-up
        if due:
            self.next_fire += self.every
            self.fires += 1
        if self.tranches > 1:  # one more opens at each first fire, then the oldest expires
            expires = due and self.fires > self.tranches and not self.netting
            share = Decimal(min(self.fires, self.tranches)) / self.tranches
            return Answer(due, share * wanted, ONE / self.tranches if expires else ZERO)
        is_flat = close.quantity == 0
        expires = not is_flat and close.time - self.opened_at >= self.hold
        if due and (is_flat or expires):
            self.opened_at = close.time
        return Answer(due, wanted, ONE if due and expires and not self.netting else ZERO)


@dataclass
class VolatilityTrigger:
    """Hedged from above `enter` until below `exit`, in volatility per year."""

    enter: Decimal
    exit: Decimal
    lookback: Decimal
    min_hold: Decimal
    rebalance: Decimal
    variance_per_bar: Decimal = ZERO
    active: bool = False
    since: Decimal = ZERO
    bar_hours: Decimal = ONE

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Take the bar's squared return of the hedge's index into the average."""
        weight = smoothing(self.lookback, bar_hours)
        self.variance_per_bar = averaged(self.variance_per_bar, bar.hedge.index_return**2, weight)
        self.bar_hours = bar_hours

    def ask(self, close: Close, wanted: Decimal) -> Answer:
        """Switch on, off, or follow a target that has moved too far."""
        per_year = self.variance_per_bar * HOURS_PER_YEAR / self.bar_hours
        switch_on = not self.active and per_year > self.enter**2
        held_long_enough = close.time - self.since >= self.min_hold
        switch_off = self.active and held_long_enough and per_year < self.exit**2
        if switch_on or close.time == 0:  # one that is on at t0 opens then, and counts from then
            self.since = close.time
        self.active = (self.active or switch_on) and not switch_off
        quantity = wanted if self.active else ZERO
        stray = self.active and abs(quantity - close.quantity) > self.rebalance * abs(quantity)
        return Answer(switch_on or switch_off or stray, quantity)


@dataclass
class Band:
    """Lets the hedge stray by `half_width` of the holding (or "optimal"), then trades."""

    half_width: Decimal | str
    to: str  # "edge" or "centre"
    lookback: Decimal
    variance: Decimal = ZERO  # of the change of the wanted ratio
    before: Decimal | None = None
    bar_hours: Decimal = ONE

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Remember the length of a bar."""
        self.bar_hours = bar_hours

    def ask(self, close: Close, wanted: Decimal) -> Answer:
        """Trade back where the position is outside the band."""
        ratio = ZERO if close.holding == 0 else -wanted / close.full
        change = ZERO if self.before is None else ratio - self.before
        change = ZERO if abs(change) < SMALL else change
        self.before = ratio
        weight = smoothing(self.lookback, self.bar_hours)
        self.variance = averaged(self.variance, change * change, weight)
        half_width = self.half_width
        if isinstance(half_width, str):
            half_width = self._optimal(close)
        allowed, gap = half_width * abs(close.full), wanted - close.quantity
        if abs(gap) <= (half_width + SMALL) * abs(close.full):
            return Answer(False, close.quantity)
        if self.to == "centre":
            return Answer(True, wanted)
        return Answer(True, wanted - allowed if gap > 0 else wanted + allowed)

    def _optimal(self, close: Close) -> Decimal:
        """Return the half-width that balances cost and risk. [1]"""
        venue, sold = close.venue, close.bar.hedge
        spread = (ONE - venue.usual_share) * venue.spread_multiplier * sold.half_spread
        cost = max(ZERO, venue.mixed_fee(venue.usual_share) + spread)
        risk = close.book.risk_aversion * sold.sigma**2 / 2
        if risk == 0 or self.variance == 0:
            return ZERO
        cube = 3 * cost * self.variance / risk
        return (cube if self.to == "centre" else cube / 4) ** THIRD if cube > 0 else ZERO


@dataclass
class PartialAdjustment(Blind):
    """Goes a share of the way at every bar."""

    rate: Decimal

    def ask(self, close: Close, wanted: Decimal) -> Answer:
        """Fire where there is a way to go."""
        gap = wanted - close.quantity
        return Answer(gap != 0, close.quantity + self.rate * gap)


@dataclass
class StopLoss(Blind):
    """Hedged for `cooldown` hours once the account has fallen by `drawdown`."""

    drawdown: Decimal
    cooldown: Decimal
    on: bool = False
    peak: Decimal = ZERO
    since: Decimal = ZERO

    def ask(self, close: Close, wanted: Decimal) -> Answer:
        """Switch on below the drawdown, off after the cooldown."""
        if close.time < 0:
            return Answer(False, ZERO)
        was_on = self.on
        if was_on and close.time - self.since >= self.cooldown:
            self.on, self.peak = False, close.equity
        elif not was_on:
            self.peak = max(self.peak, close.equity)
            self.on = close.equity < (ONE - self.drawdown) * self.peak
            self.since = close.time
        return Answer(self.on != was_on, wanted if self.on else ZERO)
