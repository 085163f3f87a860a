"""Margin: what a venue requires of a leg, and where it closes one that has used its margin up.

A coin's tiers lie in memory one behind the other, four numbers each: cap of notional [quote],
maintenance rate [1], maintenance amount [quote], largest leverage [1].  Nothing is looked up: the
requirement is the largest of all tiers', which is the binding one's, because it is continuous.
"""

from hedgelab.kernels.records import Gate, Margin
from hedgelab.kernels.words import larger, select, smaller

CAP, RATE, AMOUNT, LEVERAGE = 0, 1, 2, 3
TIER = 4  # numbers of a tier
REACH = 2.0  # notional that the gate is made for, over the holding's at t0


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


def gate_of(tiers, first, last, notional):
    """The tier that twice the holding's notional at t0 falls in."""
    gate = last - TIER
    for tier in range(last - TIER, first - 1, -TIER):
        if tiers[tier + CAP] >= REACH * notional:
            gate = tier
    floor = 0.0
    if gate > first:
        floor = tiers[gate - TIER + CAP]
    return Gate(
        floor,
        tiers[gate + CAP],
        tiers[gate + RATE],
        tiers[gate + AMOUNT],
        tiers[gate + LEVERAGE],
    )


def margin_of(tiers, hedge, n_tiers, notional):
    """A pass's view of the tiers of both legs."""
    holding = hedge + n_tiers * TIER
    end = holding + n_tiers * TIER
    return Margin(
        tiers,
        hedge,
        holding,
        end,
        gate_of(tiers, hedge, holding, notional),
        gate_of(tiers, holding, end, notional),
    )


def most_required(notional, gate):
    """No less than the requirement up to the gate's cap, and the requirement inside it. [quote]"""
    return gate.rate * notional - select(notional > gate.floor, gate.amount, 0.0)
