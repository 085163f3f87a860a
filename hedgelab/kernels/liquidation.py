"""The venue's margin test: which leg it closes, at what price, and who pays (decision record 0010).

Isolated, each leg stands alone; cross, all stand or fall together.  A cheap gate spares nearly all
bars the exact test: no tier within its reach asks for more.
"""

from typing import NamedTuple

from hedgelab.kernels.margin import TIER, liquidation_price, most_required, requirement
from hedgelab.kernels.records import Account, Allowance, Gains, Leg, Liquidations
from hedgelab.kernels.words import any_of, clamp, larger, negate, select, smaller

FAR = 1e9  # relative distance of what cannot be liquidated


class Marks(NamedTuple):
    """Where a mark has been since the last test. [quote/base]"""

    first: float  # beyond the last close when the price gapped
    high: float
    low: float


class Hits(NamedTuple):
    """What a test found."""

    hedge: bool
    hedge_fill: float  # [quote/base]
    holding: bool
    holding_fill: float  # [quote/base]
    distance: float  # relative move of the mark that was still missing [1]


def within_bar(instrument):
    """All marks of a bar."""
    return Marks(instrument.mark_open, instrument.mark_high, instrument.mark_low)


def at_close(instrument):
    """The close alone."""
    return Marks(instrument.mark, instrument.mark, instrument.mark)


# -- isolated: one leg -----------------------------------------------------------------------------
def worst_of(leg, marks):
    """The mark that hurts most."""
    return select(leg.quantity < 0.0, marks.high, marks.low)


def leg_is_near(leg, marks, floor, gate):
    """May a leg be liquidated, or come nearer to it than `floor`?  False only where it may not."""
    price = worst_of(leg, marks)
    notional = abs(leg.quantity) * price
    least_slack = (leg.cash + leg.quantity * price) - most_required(notional, gate)
    eased = select(notional > gate.floor, gate.rate, 0.0)  # a long's requirement falls with it
    most_change = (1.0 + select(leg.quantity < 0.0, gate.rate, -eased)) * notional
    return (least_slack < floor * most_change) | (notional > gate.cap)


def leg_stands(leg, price, tiers, first, last):
    """Slack of a leg over what is required, and its change per relative move of the price."""
    size = abs(leg.quantity)
    required, rate = requirement(size * price, tiers, first, last)
    slack = (leg.cash + leg.quantity * price) - required
    return slack, (leg.quantity - rate * size) * price


def distance_of(slack, change, hurts):
    """Relative move that uses up the slack."""
    return select(hurts, larger(slack, 0.0) / abs(change), FAR)


def find_leg(leg, marks, tiers, first, last):
    """Is a leg hit, and how far was it from that?"""
    is_open = leg.quantity != 0.0
    slack, change = leg_stands(leg, worst_of(leg, marks), tiers, first, last)
    return is_open & (slack < 0.0), distance_of(slack, change, is_open)


def fill_of(hit, leg, marks, tiers, first, last):
    """Where a leg that is hit fills: at its level, or at the first mark beyond it."""
    fill = marks.first
    if any_of(hit):
        level = liquidation_price(leg.quantity, leg.cash, tiers, first, last)
        gapped = select(leg.quantity < 0.0, marks.first >= level, marks.first <= level)
        fill = select(gapped, marks.first, level)
    return fill


def find_isolated(hedge, holding, hedge_marks, holding_marks, book, margin):
    """Which leg is hit, each with its own money, and how far the nearer one was from that."""
    hit, distance = find_leg(hedge, hedge_marks, margin.tiers, margin.hedge, margin.holding)
    other_hit = hit & negate(hit)
    if book.perp_holding:
        other_hit, other = find_leg(
            holding, holding_marks, margin.tiers, margin.holding, margin.end
        )
        distance = smaller(distance, other)
    return hit, other_hit, distance


def test_isolated(hedge, holding, hedge_marks, holding_marks, book, margin):
    """Both legs, each with its own money."""
    hit, other_hit, distance = find_isolated(
        hedge, holding, hedge_marks, holding_marks, book, margin
    )
    fill = fill_of(hit, hedge, hedge_marks, margin.tiers, margin.hedge, margin.holding)
    other_fill = fill
    if book.perp_holding:
        other_fill = fill_of(
            other_hit, holding, holding_marks, margin.tiers, margin.holding, margin.end
        )
    return Hits(hit, fill, other_hit, other_fill, distance)


# -- cross: one account ----------------------------------------------------------------------------
def counted(holding, basis, book):
    """Coins of the holding that count at their mark; a spot coin is worth mark / (1 + basis)."""
    weight = 1.0
    if not book.perp_holding:
        weight = book.spot_weight
    coins = weight * holding.quantity
    if not book.perp_holding:
        coins = coins / (1.0 + basis)
    return coins


def account_is_near(hedge, holding, coins, price, other_price, side, floor, book, margin):
    """The same for the account at one corner; `side` is 1 at the highs and -1 at the lows."""
    notional = abs(hedge.quantity) * price
    value = hedge.quantity * price + coins * other_price
    slack = ((hedge.cash + holding.cash) + value) - most_required(notional, margin.hedge_gate)
    eased = margin.hedge_gate.rate * notional
    tested, beyond = notional > 0.0, notional > margin.hedge_gate.cap
    if book.perp_holding:
        other = abs(coins) * other_price
        slack = slack - most_required(other, margin.holding_gate)
        eased = eased + margin.holding_gate.rate * other
        tested = tested | (other > 0.0)
        beyond = beyond | (other > margin.holding_gate.cap)
    # rising marks raise the requirement too; falling ones ease it, which is left out
    most_change = select(side > 0.0, eased, 0.0) - side * value
    return tested & ((slack < 0.0) | (slack < floor * most_change) | beyond)


def account_stands(hedge, holding, coins, price, other_price, step, other_step, book, margin):
    """Slack of the account, and its change when the marks move by these steps."""
    size = abs(hedge.quantity)
    required, rate = requirement(size * price, margin.tiers, margin.hedge, margin.holding)
    equity = ((hedge.cash + holding.cash) + hedge.quantity * price) + coins * other_price
    slack = equity - required
    change = (hedge.quantity - rate * size) * step + coins * other_step
    if book.perp_holding:
        other = abs(coins)
        required, rate = requirement(other * other_price, margin.tiers, margin.holding, margin.end)
        slack = slack - required
        change = change - rate * other * other_step
    return slack, change


def share_of_way(hedge, holding, coins, marks, other_marks, corner, other_corner, book, margin):
    """How far towards a corner all marks go before the account is liquidated.

    Slack is concave along the way and negative at its end, so Newton's steps come down to the root
    from above, at most one a tier.
    """
    step, other_step = corner - marks.first, other_corner - other_marks.first
    share = 1.0 + 0.0 * step
    for _ in range(margin.hedge, margin.end, TIER):
        price = marks.first + share * step
        other_price = other_marks.first + share * other_step
        slack, change = account_stands(
            hedge, holding, coins, price, other_price, step, other_step, book, margin
        )
        share = select(slack < 0.0, share - slack / change, share)
    slack, _ = account_stands(
        hedge, holding, coins, marks.first, other_marks.first, step, other_step, book, margin
    )
    return select(slack < 0.0, 0.0, clamp(share, 0.0, 1.0))


def find_corner(
    hedge, holding, coins, marks, other_marks, corner, other_corner, side, book, margin
):
    """Is the account hit with all marks at one corner, or on the way, and how far from that?"""
    slack, change = account_stands(
        hedge, holding, coins, corner, other_corner, corner, other_corner, book, margin
    )
    at_risk = hedge.quantity != 0.0
    if book.perp_holding:
        at_risk = at_risk | (holding.quantity != 0.0)
    at_first, _ = account_stands(
        hedge, holding, coins, marks.first, other_marks.first, corner, other_corner, book, margin
    )
    hit = at_risk & ((slack < 0.0) | (at_first < 0.0))
    hurts = at_risk & (side * change < 0.0)
    return hit, select(hit, 0.0, distance_of(slack, change, hurts))


def test_corner(
    hedge, holding, coins, marks, other_marks, corner, other_corner, side, book, margin
):
    """The account with all marks at one corner; `side` is 1 at the highs and -1 at the lows."""
    hit, distance = find_corner(
        hedge, holding, coins, marks, other_marks, corner, other_corner, side, book, margin
    )
    share = 0.0 * distance
    if any_of(hit):
        share = share_of_way(
            hedge, holding, coins, marks, other_marks, corner, other_corner, book, margin
        )
    fill = marks.first + share * (corner - marks.first)
    other_fill = other_marks.first + share * (other_corner - other_marks.first)
    return hit, fill, other_fill, distance


def test_cross(hedge, holding, coins, marks, other_marks, book, margin):
    """First all highs, then all lows; all perpetual legs fill at the same share of the way."""
    legs = (hedge, holding, coins, marks, other_marks)
    high, high_fill, high_other, distance = test_corner(
        *legs, marks.high, other_marks.high, 1.0, book, margin
    )
    low, low_fill, low_other, other_distance = test_corner(
        *legs, marks.low, other_marks.low, -1.0, book, margin
    )
    hit = high | low
    other_hit = hit & (holding.quantity != 0.0)
    if not book.perp_holding:
        other_hit = hit & negate(hit)
    return Hits(
        hit & (hedge.quantity != 0.0),
        select(high, high_fill, low_fill),
        other_hit,
        select(high, high_other, low_other),
        select(high, 0.0, smaller(distance, other_distance)),
    )


# -- what a rule may know --------------------------------------------------------------------------
def holding_distance(bar, hedge, holding, book, margin):
    """Relative move against the holding that liquidates it, from the close. [1]"""
    distance = FAR + 0.0 * holding.quantity
    if book.cross:
        coins = counted(holding, bar.holding.basis, book)
        marks = (bar.hedge.mark, bar.holding.mark)
        slack, change = account_stands(hedge, holding, coins, *marks, *marks, book, margin)
        at_risk = hedge.quantity != 0.0
        if book.perp_holding:
            at_risk = at_risk | (holding.quantity != 0.0)
        distance = distance_of(slack, change, at_risk & (change > 0.0))
    elif book.perp_holding:
        slack, change = leg_stands(
            holding, bar.holding.mark, margin.tiers, margin.holding, margin.end
        )
        distance = distance_of(slack, change, holding.quantity != 0.0)
    return distance


# -- closing what is hit ---------------------------------------------------------------------------
def book_to_fill(hit, fill, leg, instrument):
    """Moves of index and basis of a hit leg from `instrument` to its fill. [quote]"""
    index = fill / (1.0 + instrument.basis)
    index_pnl = leg.quantity * (index - instrument.index)
    basis_pnl = leg.quantity * ((fill - instrument.mark) - (index - instrument.index))
    return select(hit, index_pnl, 0.0), select(hit, basis_pnl, 0.0)


def settle_isolated(hit, fill, leg, fee_rate):
    """The leg without its position, the fee, and the loss that the venue absorbs."""
    left = leg.cash + leg.quantity * fill
    fee = select(hit, smaller(fee_rate * abs(leg.quantity) * fill, larger(left, 0.0)), 0.0)
    relief = select(hit, larger(-left, 0.0), 0.0)
    cash = select(hit, (left - fee) + relief, leg.cash)
    return Leg(select(hit, 0.0, leg.quantity), cash), fee, relief


def settle_cross(hits, hedge, holding, basis, fee_rate, book):
    """The same for an account; what is left of all its money lies with the hedge.

    Spot coins that count as margin answer for its losses with all they are worth.
    """
    hit = hits.hedge | hits.holding
    notional = select(hits.hedge, abs(hedge.quantity) * hits.hedge_fill, 0.0)
    money = (hedge.cash + holding.cash) + hedge.quantity * hits.hedge_fill
    pledged = 0.0 * money
    if book.perp_holding:
        money = money + holding.quantity * hits.holding_fill
        notional = notional + select(hits.holding, abs(holding.quantity) * hits.holding_fill, 0.0)
    elif book.spot_weight != 0.0:
        pledged = holding.quantity * hits.holding_fill / (1.0 + basis)
    left = money + pledged
    fee = select(hit, smaller(fee_rate * notional, larger(left, 0.0)), 0.0)
    relief = select(hit, larger(-left, 0.0), 0.0)
    hedge = Leg(
        select(hits.hedge, 0.0, hedge.quantity), select(hit, (money - fee) + relief, hedge.cash)
    )
    holding = Leg(select(hits.holding, 0.0, holding.quantity), select(hit, 0.0, holding.cash))
    return hedge, holding, fee, relief


def close_hits(hits, hedge, holding, hedge_then, holding_then, gains, venue, book):
    """Book the lines of hit legs to their fills, and take the legs away."""
    hedge_pnl, basis_pnl = book_to_fill(hits.hedge, hits.hedge_fill, hedge, hedge_then)
    holding_pnl = 0.0 * hedge_pnl
    if book.perp_holding:
        holding_pnl, more = book_to_fill(hits.holding, hits.holding_fill, holding, holding_then)
        basis_pnl = basis_pnl + more
    gains = Gains(
        gains.holding_pnl + holding_pnl,
        gains.hedge_pnl + hedge_pnl,
        gains.basis_pnl + basis_pnl,
        gains.funding,
        gains.financing,
    )
    rate = venue.liquidation_fee
    if book.cross:
        hedge, holding, fee, relief = settle_cross(
            hits, hedge, holding, holding_then.basis, rate, book
        )
    else:
        hedge, fee, relief = settle_isolated(hits.hedge, hits.hedge_fill, hedge, rate)
        if book.perp_holding:
            holding, more_fee, more_relief = settle_isolated(
                hits.holding, hits.holding_fill, holding, rate
            )
            fee, relief = fee + more_fee, relief + more_relief
    return hedge, holding, gains, fee, relief


# -- the test ------------------------------------------------------------------------------------
EXTREMES, CLOSE = 0, 1  # which of the two tests of a bar


def marks_of(test, instrument):
    """Where a mark has been since the last test."""
    return within_bar(instrument) if test == EXTREMES else at_close(instrument)


def is_near(test, then, bar, account, book, margin, coins=2):
    """Must the margin be tested exactly?  `then` is the bar at whose prices the legs stand."""
    hedge, holding = account.hedge, account.holding
    marks, other_marks = marks_of(test, bar.hedge), marks_of(test, bar.holding)
    floor = account.liquidations.smallest_distance
    if (test == CLOSE) & (not book.only_at_close):
        floor = 0.0 * floor  # distances are measured at the extremes
    if book.cross:
        legs = (hedge, holding, counted(holding, then.holding.basis, book))
        near = account_is_near(*legs, marks.high, other_marks.high, 1.0, floor, book, margin)
        if test == EXTREMES:
            near = near | account_is_near(
                *legs, marks.low, other_marks.low, -1.0, floor, book, margin
            )
            if coins == 2:  # two may gap apart and come back
                near = near | account_is_near(
                    *legs, marks.first, other_marks.first, 1.0, 0.0, book, margin
                )
        elif book.only_at_close:  # distances are measured both ways
            near = near | account_is_near(
                *legs, marks.low, other_marks.low, -1.0, floor, book, margin
            )
    else:
        near = leg_is_near(hedge, marks, floor, margin.hedge_gate)
        if book.perp_holding:
            near = near | leg_is_near(holding, other_marks, floor, margin.holding_gate)
    return near


def measure_margin(near, before, bar, account, book, margin):
    """Which paths are hit within the bar, and the account with its smallest distance."""
    holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure = account
    marks, other_marks = within_bar(bar.hedge), within_bar(bar.holding)
    if book.cross:
        coins = counted(holding, before.holding.basis, book)
        legs = (hedge, holding, coins, marks, other_marks)
        high, high_distance = find_corner(*legs, marks.high, other_marks.high, 1.0, book, margin)
        low, low_distance = find_corner(*legs, marks.low, other_marks.low, -1.0, book, margin)
        hit = high | low
        distance = select(high, 0.0, smaller(high_distance, low_distance))
    else:
        hit, other_hit, distance = find_isolated(hedge, holding, marks, other_marks, book, margin)
        hit = hit | other_hit
    nearest = liquidations.smallest_distance
    liquidations = Liquidations(
        liquidations.fee,
        liquidations.relief,
        liquidations.of_hedge,
        liquidations.of_holding,
        select(near, smaller(nearest, distance), nearest),
    )
    return near & hit, Account(
        holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure
    )


def margin_test(test, then, bar, account, venue, book, margin):
    """Measure the distance where it may be the smallest, and close what is hit."""
    near = is_near(test, then, bar, account, book, margin)
    holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure = account
    marks, other_marks = marks_of(test, bar.hedge), marks_of(test, bar.holding)
    if book.cross:
        coins = counted(holding, then.holding.basis, book)
        found = test_cross(hedge, holding, coins, marks, other_marks, book, margin)
    else:
        found = test_isolated(hedge, holding, marks, other_marks, book, margin)
    hits = Hits(near & found.hedge, found.hedge_fill, near & found.holding, found.holding_fill, 0.0)
    measured = near
    if (test == CLOSE) & (not book.only_at_close):
        measured = near & negate(near)
    nearest = liquidations.smallest_distance
    nearest = select(measured, smaller(nearest, found.distance), nearest)
    fee, relief = 0.0 * nearest, 0.0 * nearest
    if any_of(hits.hedge | hits.holding):
        hedge, holding, gains, fee, relief = close_hits(
            hits, hedge, holding, then.hedge, then.holding, gains, venue, book
        )
    liquidations = Liquidations(
        liquidations.fee + fee,
        liquidations.relief + relief,
        liquidations.of_hedge + select(hits.hedge, 1.0, 0.0),
        liquidations.of_holding + select(hits.holding, 1.0, 0.0),
        select(hits.hedge | hits.holding, 0.0, nearest),
    )
    stays_out = allowance.stays_out | (hits.hedge & negate(book.reopens))
    allowance = Allowance(allowance.wallet, stays_out, allowance.cut)
    return Account(holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure)
