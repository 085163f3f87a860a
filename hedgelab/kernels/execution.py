"""Orders: what an outage drops, what the margin allows, and the fill (records 0010 and 0011)."""

from hedgelab.kernels.friction import add, resting_share, total, trade_costs
from hedgelab.kernels.liquidation import counted
from hedgelab.kernels.margin import largest_notional, leverage_of
from hedgelab.kernels.records import Allowance, Decision, Leg, Orders, Outage
from hedgelab.kernels.words import any_of, clamp, larger, negate, select, smaller

ROUNDING = 1e-9  # below it a margin opens nothing, and an order is not sent or cut


def balance(leg, price):
    """What a leg is worth when closed at `price`. [quote]"""
    return leg.cash + leg.quantity * price


# -- outages ---------------------------------------------------------------------------------------
def wait(before, bar, outage):
    """What an order that waits since an earlier bar misses in this one."""
    missed = outage.missed + outage.waits * (bar.hedge.mark - before.hedge.mark)
    return Outage(outage.is_down, outage.waits, outage.waits_reopen, outage.bars_down, missed)


def go_up_or_down(bar, counts, outage, venue):
    """Is the venue down in this bar?"""
    stays = bar.outage_stays < venue.outage_stays
    starts = bar.outage_starts < venue.outage_starts
    is_down = (outage.is_down & stays) | (negate(outage.is_down) & starts)
    bars_down = outage.bars_down + select(is_down & counts, 1.0, 0.0)
    return Outage(is_down, outage.waits, outage.waits_reopen, bars_down, outage.missed)


def drop_or_catch_up(fires, quantity, reopen, hedge, outage):
    """Drop an order while the venue is down; at the first bar up act on what waits."""
    is_down = outage.is_down
    kept = larger(select(fires, reopen, 0.0), outage.waits_reopen)
    dropped = fires & is_down
    waits = select(dropped, quantity - hedge.quantity, outage.waits)
    still = select(hedge.quantity != 0.0, kept, 0.0)
    waits_reopen = select(dropped, still, outage.waits_reopen)
    waiting = (outage.waits != 0.0) | (outage.waits_reopen != 0.0)
    outage = Outage(
        is_down,
        select(is_down, waits, 0.0),
        select(is_down, waits_reopen, 0.0),
        outage.bars_down,
        outage.missed,
    )
    return (fires | waiting) & negate(is_down), kept, outage


# -- what the margin allows ------------------------------------------------------------------------
def free_margin(money, bar, holding, book, margin):
    """Margin for the hedge: its own, or in cross all equity less what the holding needs. [quote]"""
    free = money
    if book.cross:
        price = bar.holding.mark
        coins = counted(holding, bar.holding.basis, book)
        free = free + (holding.cash + coins * price)
        if book.perp_holding:
            notional = abs(holding.quantity) * price
            leverage = leverage_of(notional, margin.tiers, margin.holding, margin.end)
            free = free - notional / leverage
    return free


def cut_to_margin(target, kept, free, mark, allowance, book, margin):
    """The order that the margin allows; never less than what is held on the same side."""
    notional = abs(target) * mark
    grows = abs(target) > select(kept * target > 0.0, abs(kept), 0.0)
    crowded = (notional > margin.hedge_gate.leverage * free) | (notional > margin.hedge_gate.cap)
    if any_of(grows & crowded):
        free = select(free > ROUNDING * (book.capital + book.collateral), free, 0.0)
        most = largest_notional(free, margin.tiers, margin.hedge, margin.holding) / mark
        limit = larger(most, select(kept * target > 0.0, abs(kept), 0.0))
        is_cut = (grows & crowded) & (abs(target) > limit * (1.0 + ROUNDING))
        allowed = select(target < 0.0, -limit, limit)
        allowed = select(abs(allowed - kept) > ROUNDING * limit, allowed, kept)
        target = select(is_cut, allowed, target)
        cut = allowance.cut + select(is_cut, 1.0, 0.0)
        allowance = Allowance(allowance.wallet, allowance.stays_out, cut)
    return target, allowance


# -- the fill --------------------------------------------------------------------------------------
def fill(order, bar, hedge, holding, costs, orders, allowance, venue, book, margin):
    """Trade at the close mark plus costs: first what is closed to reopen, then to the quantity."""
    fires, quantity, reopen = order
    mark = bar.hedge.mark
    held = hedge.quantity
    target = select(fires, quantity, held)
    closed = select(fires, reopen * held, 0.0)
    closing = trade_costs(-closed, bar.hedge, bar.delay_noise, venue.closing_maker_share, venue)
    kept = held - closed
    money = balance(hedge, mark) - total(closing)
    wallet = allowance.wallet
    if book.hedge_leverage != 0.0:
        whole = (kept == 0.0) | (kept * target < 0.0)
        anew = (fires & whole) & (target != 0.0)
        asked = abs(target) * mark / book.hedge_leverage
        given = larger(smaller(wallet + money, asked), 0.0)
        added = select(anew, given - money, 0.0)
        wallet = select(anew, (wallet + money) - given, wallet)  # exactly 0 once all is given
        hedge = Leg(held, hedge.cash + added)
        money = money + added
        allowance = Allowance(wallet, allowance.stays_out, allowance.cut)
    free = free_margin(money, bar, holding, book, margin)
    target, allowance = cut_to_margin(target, kept, free, mark, allowance, book, margin)
    bought = target - kept
    rests = resting_share(kept, target, venue)
    opening = trade_costs(bought, bar.hedge, bar.delay_noise, rests, venue)
    paid = total(closing) + total(opening)
    was_open = held != 0.0
    ends = was_open & ((closed != 0.0) | (held * target <= 0.0))
    starts = fires & (target != 0.0) & (ends | negate(was_open))
    hedge = Leg(target, hedge.cash - (target - held) * mark - paid)
    before_opening = (wallet + balance(hedge, mark)) + total(opening)
    orders = Orders(
        orders.signals,
        orders.orders + (select(closed != 0.0, 1.0, 0.0) + select(bought != 0.0, 1.0, 0.0)),
        orders.round_trips + select(ends, 1.0, 0.0),
        orders.turnover + (abs(bought) + abs(closed)) * mark,
        select(starts, before_opening, orders.opened_balance),
    )
    return hedge, add(add(costs, closing), opening), orders, allowance


def asks_for_more(decision, hedge, holding, outage, venue, book):
    """May there be something to trade?"""
    asks = decision.fires
    if book.perp_holding:
        asks = asks | is_left_alone(hedge, holding)
    if venue.outage_starts != 0.0:
        asks = asks | (outage.waits != 0.0) | (outage.waits_reopen != 0.0)
    return asks


def is_left_alone(hedge, holding):
    """Is the hedge open though nothing is left to protect?"""
    return (holding.quantity == 0.0) & (hedge.quantity != 0.0)


def order_of(decision, bar, hedge, holding, orders, allowance, outage, venue):
    """Count the signal; what is to be traded now, as far as the venue lets it."""
    fires, reopen = decision.fires, clamp(decision.reopen, 0.0, 1.0)  # a share
    gap = abs(decision.quantity - hedge.quantity)
    is_rounding = gap <= ROUNDING * abs(bar.relative * holding.quantity)
    is_rounding = is_rounding & (decision.quantity != 0.0)
    quantity = select(is_rounding, hedge.quantity, decision.quantity)
    orders = Orders(
        orders.signals + select(fires & (decision.quantity != 0.0), 1.0, 0.0),
        orders.orders,
        orders.round_trips,
        orders.turnover,
        orders.opened_balance,
    )
    alone = is_left_alone(hedge, holding)
    may_trade = alone | (negate(allowance.stays_out) & (holding.quantity != 0.0))
    fires = (fires | alone) & may_trade
    quantity, reopen = select(alone, 0.0, quantity), select(alone, 0.0, reopen)
    if venue.outage_starts != 0.0:
        keeps_waiting = may_trade & negate(alone)
        outage = Outage(
            outage.is_down,
            select(keeps_waiting, outage.waits, 0.0),
            select(keeps_waiting, outage.waits_reopen, 0.0),
            outage.bars_down,
            outage.missed,
        )
        fires, reopen, outage = drop_or_catch_up(fires, quantity, reopen, hedge, outage)
    moves = (quantity != hedge.quantity) | ((reopen != 0.0) & (hedge.quantity != 0.0))
    return Decision(fires & moves, quantity, reopen), orders, outage
