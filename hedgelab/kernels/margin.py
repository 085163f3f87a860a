"""Margin: what a venue requires of a leg, and where it closes one that has used its margin up.

A coin's tiers lie in memory one behind the other, four numbers each: cap of notional [quote],
maintenance rate [1], maintenance amount [quote], largest leverage [1].  Nothing is looked up: the
requirement is the largest of all tiers', which is the binding one's, because it is continuous.
"""

from hedgelab.kernels.words import larger, select, smaller

CAP, RATE, AMOUNT, LEVERAGE = 0, 1, 2, 3
TIER = 4  # numbers of a tier
FAR = 1e9  # a relative distance that no price goes


def requirement(notional, tiers, first, last):
    """Maintenance margin of a leg. [quote]"""
    required = 0.0 * notional
    for tier in range(first, last, TIER):
        required = larger(required, tiers[tier + RATE] * notional - tiers[tier + AMOUNT])
    return required


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
