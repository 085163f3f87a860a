"""How much and when, for the oracle: two targets and four timing rules, as plain objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol

from .records import Bar

HOURS_PER_YEAR = Decimal(8760)
ZERO, ONE, TWO = Decimal(0), Decimal(1), Decimal(2)


class Answer(NamedTuple):
    """What a timing rule says at one close.

    `wanted` is the quantity it wants to hold now [base]; `reopen` is the share of the open
    position that is closed first, by an order of its own [1].
    """

    fires: bool
    wanted: Decimal
    reopen: Decimal = ZERO


class Target(Protocol):
    """How much: `see` is called once at every bar, warm-up included, before `ratio`."""

    def see(self, bar: Bar, bar_hours: Decimal) -> None: ...

    def ratio(self) -> Decimal: ...


class Timing(Protocol):
    """When: `see` at every bar, then `ask`; answers of warm-up bars are thrown away."""

    def see(self, bar: Bar, bar_hours: Decimal) -> None: ...

    def ask(self, time: Decimal, position: Decimal, target: Decimal) -> Answer: ...


def smoothing(lookback: Decimal, bar_hours: Decimal) -> Decimal:
    """Weight of the newest value in an average of span `lookback` hours."""
    return TWO / (lookback / bar_hours + ONE)


class Constant:
    """Always the same ratio."""

    def __init__(self, ratio: Decimal) -> None:
        self.constant = ratio

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Look at nothing."""

    def ratio(self) -> Decimal:
        """Return the ratio."""
        return self.constant


@dataclass
class MinimumVariance:
    """Covariance of index and mark returns over variance of mark returns, no mean removed."""

    lookback: Decimal
    cap: Decimal
    covariance: Decimal = ZERO
    variance: Decimal = ZERO

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Take the bar's returns into both averages."""
        weight = smoothing(self.lookback, bar_hours)
        product, square = bar.index_return * bar.mark_return, bar.mark_return * bar.mark_return
        self.covariance = (ONE - weight) * self.covariance + weight * product
        self.variance = (ONE - weight) * self.variance + weight * square

    def ratio(self) -> Decimal:
        """Return the clipped ratio, 0 where nothing has moved yet."""
        if self.variance == 0:
            return ZERO
        return min(max(self.covariance / self.variance, ZERO), self.cap)


class Never:
    """Never asks for anything."""

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Look at nothing."""

    def ask(self, time: Decimal, position: Decimal, target: Decimal) -> Answer:
        """Stay as it is."""
        return Answer(False, ZERO)


class Once:
    """Asks at t0 for the target and never again."""

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Look at nothing."""

    def ask(self, time: Decimal, position: Decimal, target: Decimal) -> Answer:
        """Fire at t0."""
        return Answer(time == 0, target)


@dataclass
class Schedule:
    """A clock from t0 on, `every` hours, whose hedges expire `hold` hours after opening."""

    every: Decimal
    hold: Decimal
    netting: bool
    tranches: int = 1
    next_fire: Decimal = ZERO
    opened_at: Decimal = ZERO
    fires: int = 0

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Look at nothing but the clock."""

    def ask(self, time: Decimal, position: Decimal, target: Decimal) -> Answer:
        """Fire when the clock says so, and let old hedges expire."""
        if time < self.next_fire:  # the first fire is due at 0, so never in the warm-up
            return Answer(False, ZERO)
        self.next_fire += self.every
        self.fires += 1
        if self.tranches > 1:
            return self._one_of_several(target)
        if position == 0:
            self.opened_at = time
            return Answer(True, target)
        if time - self.opened_at >= self.hold:
            self.opened_at = time
            return Answer(True, target, ZERO if self.netting else ONE)
        return Answer(True, target)

    def _one_of_several(self, target: Decimal) -> Answer:
        # One more tranche opens at each of the first fires, the oldest expires at each later one.
        wanted = target * min(self.fires, self.tranches) / self.tranches
        expires = self.fires > self.tranches and not self.netting
        return Answer(True, wanted, ONE / self.tranches if expires else ZERO)


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
    bar_hours: Decimal = field(default=ONE)

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Take the bar's squared index return into the average."""
        weight = smoothing(self.lookback, bar_hours)
        square = bar.index_return * bar.index_return
        self.variance_per_bar = (ONE - weight) * self.variance_per_bar + weight * square
        self.bar_hours = bar_hours

    def ask(self, time: Decimal, position: Decimal, target: Decimal) -> Answer:
        """Switch on, off, or follow a target that has moved too far."""
        per_year = self.variance_per_bar * HOURS_PER_YEAR / self.bar_hours
        switch_on = not self.active and per_year > self.enter**2
        held_long_enough = time - self.since >= self.min_hold
        switch_off = self.active and held_long_enough and per_year < self.exit**2
        if switch_on:
            self.active = True
        if (
            switch_on or time == ZERO
        ):  # a trigger that is on at t0 opens then, and is held from then
            self.since = time
        if switch_off:
            self.active = False
        wanted = target if self.active else ZERO
        stray = self.active and abs(wanted - position) > self.rebalance * abs(wanted)
        return Answer(switch_on or switch_off or stray, wanted)
