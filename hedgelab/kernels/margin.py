"""Margin: what a venue requires of a leg, and where it closes one that has used its margin up.

A coin's tiers lie in memory one behind the other, four numbers each: cap of notional [quote],
maintenance rate [1], maintenance amount [quote], largest leverage [1].  Nothing is looked up: the
requirement is the largest of all tiers', which is the binding one's, because it is continuous.
"""

from hedgelab.kernels.records import Margin
from hedgelab.kernels.words import larger, select, smaller

CAP, RATE, AMOUNT, LEVERAGE = 0, 1, 2, 3
TIER = 4  # numbers of a tier
REACH = 4.0  # notional up to which the gate serves, over the holding's at t0


def requirement(notional, tiers, first, last):
    """Maintenance margin of a leg, and the rate of the tier that binds. [quote], [1]"""
    required, rate = 0.0 * notional, 0.0 * notional
    for tier in range(first, last, TIER):
        asked = tiers[tier + RATE] * notional - tiers[tier + AMOUNT]
        binds = asked > required
        required = select(binds, asked, required)
        rate = select(binds, tiers[tier + RATE], rate)
    return required, rate


def liquidation_price(quantity, cash, tiers, first, last):
    """Price at which ``cash + quantity * price`` is what the venue requires. [quote/base]

    The smallest root over tiers for a short, the largest for a long; not above zero where a long
    can never be liquidated.
    """
    short = quantity < 0.0
    price = root(quantity, cash, tiers, first)
    for tier in range(first + TIER, last, TIER):
        other = root(quantity, cash, tiers, tier)
        price = select(short, smaller(price, other), larger(price, other))
    return price


def root(quantity, cash, tiers, tier):
    """Price at which the leg has just what one tier requires. [quote/base]"""
    return -(cash + tiers[tier + AMOUNT]) / (quantity - tiers[tier + RATE] * abs(quantity))


def largest_notional(margin, tiers, first, last):
    """Largest position that this margin may open. [quote]"""
    largest = 0.0 * margin
    for tier in range(first, last, TIER):
        allowed = smaller(tiers[tier + CAP], tiers[tier + LEVERAGE] * margin)
        largest = larger(largest, allowed)
    return largest


def leverage_of(notional, tiers, first, last):
    """Largest leverage of the tier that a notional falls in; the last tier's beyond it. [1]"""
    leverage = tiers[last - TIER + LEVERAGE] + 0.0 * notional
    for tier in range(last - TIER, first - 1, -TIER):
        inside = notional <= tiers[tier + CAP]
        leverage = select(inside, tiers[tier + LEVERAGE], leverage)
    return leverage


def margin_of(tiers, hedge, n_tiers, notional):
    """A pass's view of the tiers, with the one tier that settles all but a few bars."""
    holding = hedge + n_tiers * TIER
    end = holding + n_tiers * TIER
    rate, cap, leverage = 0.0, 1e300, 1e300
    for last in (holding, end):
        gate = last - TIER
        for back in range(1, n_tiers):
            if tiers[gate - TIER + CAP] >= REACH * notional:
                gate = last - (back + 1) * TIER
        rate = larger(rate, tiers[gate + RATE])
        cap = smaller(cap, tiers[gate + CAP])
        leverage = smaller(leverage, tiers[gate + LEVERAGE])
    return Margin(tiers, hedge, holding, end, rate, cap, leverage)
