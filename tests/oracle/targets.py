"""How much to hedge, for the oracle: three targets of the market and two of the account."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .records import HOURS_PER_YEAR, ONE, ZERO, Bar
from .rules import Blind, Close, averaged, smoothing


class OfMarket:
    """A target that is a ratio, short where positive."""

    def ratio(self) -> Decimal:
        """Return the share of the holding to sell. [1]"""
        raise NotImplementedError

    def wanted(self, close: Close) -> Decimal:
        """Return the coins of the hedge. [base]"""
        return -self.ratio() * close.full


class Constant(Blind, OfMarket):
    """Always the same ratio."""

    def __init__(self, ratio: Decimal) -> None:
        self.constant = ratio

    def ratio(self) -> Decimal:
        """Return the ratio."""
        return self.constant


@dataclass
class MinimumVariance(OfMarket):
    """Covariance of index and mark returns over variance of mark returns, no mean removed."""

    lookback: Decimal
    cap: Decimal
    covariance: Decimal = ZERO
    variance: Decimal = ZERO

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Take the bar's returns into both averages."""
        weight = smoothing(self.lookback, bar_hours)
        held, sold = bar.holding.index_return, bar.hedge.mark_return
        self.covariance = averaged(self.covariance, held * sold, weight)
        self.variance = averaged(self.variance, sold * sold, weight)

    def ratio(self) -> Decimal:
        """Return the clipped ratio, 0 where nothing has moved yet."""
        if self.variance == 0:
            return ZERO
        return min(max(self.covariance / self.variance, ZERO), self.cap)


@dataclass
class VolatilityTarget(OfMarket):
    """Sells what the volatility exceeds `level` by, in volatility per year."""

    level: Decimal
    lookback: Decimal
    variance_per_bar: Decimal = ZERO
    bar_hours: Decimal = ONE

    def see(self, bar: Bar, bar_hours: Decimal) -> None:
        """Take the bar's squared return of the hedge's index into the average."""
        weight = smoothing(self.lookback, bar_hours)
        self.variance_per_bar = averaged(self.variance_per_bar, bar.hedge.index_return**2, weight)
        self.bar_hours = bar_hours

    def ratio(self) -> Decimal:
        """Return the share that leaves `level`, 0 where nothing has moved yet."""
        if self.variance_per_bar == 0:
            return ZERO
        per_year = (self.variance_per_bar * HOURS_PER_YEAR / self.bar_hours).sqrt()
        return min(max(ONE - self.level / per_year, ZERO), ONE)


@dataclass
class KeepLeverage(Blind):
    """Holding and hedge together are worth `leverage` times the equity."""

    leverage: Decimal

    def wanted(self, close: Close) -> Decimal:
        """Return the coins of the hedge. [base]"""
        missing = self.leverage * close.equity - close.holding * close.holding_price
        return missing / close.bar.hedge.mark


@dataclass
class MarginAware(Blind):
    """From `base` to the whole holding as its liquidation comes from `calm` to `danger`."""

    base: Decimal
    calm: Decimal
    danger: Decimal

    def wanted(self, close: Close) -> Decimal:
        """Return the coins of the hedge. [base]"""
        alarm = (self.calm - close.distance()) / (self.calm - self.danger)
        ratio = self.base + (ONE - self.base) * min(max(alarm, ZERO), ONE)
        return -ratio * close.full
