"""What an order costs and what a stamp pays."""

from __future__ import annotations

from decimal import Decimal

from .margin import sign
from .records import ONE, ZERO, Bar, Instrument, Path, Venue


def clamp(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """Bring a value into [low, high]."""
    return min(max(value, low), high)


def is_stamp(path: Path, number: int, venue: Venue) -> bool:
    """Is the label of a bar a whole number of intervals after the first stamp of the day?"""
    rule = venue.funding
    minute = path.start_minute + number * path.bar_hours * 60
    return (minute - rule.first_hour * 60) % (rule.interval_hours * 60) == 0


def funding_rate(instrument: Instrument, venue: Venue, stamp: bool) -> Decimal:
    """Return the rate paid at the label of a bar; 0 where nothing is due. [1]"""
    rule = venue.funding
    if rule.realised:
        return instrument.funding
    if not stamp:
        return ZERO
    premium = instrument.basis if rule.premium_hours == 1 else instrument.premium
    towards_interest = clamp(rule.interest - premium, -rule.dead_zone, rule.dead_zone)
    return clamp(premium + towards_interest, -rule.cap, rule.cap) * rule.interval_hours / 8


def impact(venue: Venue, instrument: Instrument, notional: Decimal) -> Decimal:
    """Square-root price impact of a taker's notional. [1]"""
    participation = notional / (venue.depth_share * instrument.volume)
    return venue.impact_coefficient * instrument.sigma * participation.sqrt()


def costs_of(
    venue: Venue, change: Decimal, closes: bool, bar: Bar, bar_hours: Decimal
) -> dict[str, Decimal]:
    """Return the costs of one order of the hedge by line. [quote]"""
    share = venue.closing_maker_share if closes else venue.maker_share
    sold = bar.hedge
    notional = abs(change) * sold.mark
    taker_notional = (ONE - share) * notional
    delay = venue.delay_seconds / (3600 * bar_hours)
    adverse = venue.adverse_share * abs(bar.noise)
    drift = (ONE - venue.adverse_share) * bar.noise * sign(change)
    return {
        "fee": venue.mixed_fee(share) * notional,
        "half_spread_cost": venue.spread_multiplier * sold.half_spread * taker_notional,
        "impact_cost": impact(venue, sold, taker_notional) * taker_notional,
        "delay_cost": notional * sold.sigma * delay.sqrt() * (adverse + drift),
    }
