"""One bar of the account, in the order of decision record 0002.

*Margin test at the extremes - mark to market - funding and financing - margin test at the close -
decision - execution - equity and drawdown.*  The two margin tests are empty places until margin is
part of the model.

Cash and positions are kept here; so are the lines of the ledger, separately, from price moves and
costs.  That both tell the same equity is checked on every run.
"""

from hedgelab.kernels.friction import add, total, trade_costs
from hedgelab.kernels.funding import funding_payment, funding_rate
from hedgelab.kernels.records import (
    Account,
    Exposure,
    Gains,
    Leg,
    Orders,
    Position,
)
from hedgelab.kernels.words import any_of, larger, negate, select

MINUTES_PER_YEAR = 525_600.0


def balance(leg, price):
    """What a leg is worth when closed at `price`. [quote]"""
    return leg.cash + leg.quantity * price


def holding_price(bar, book):
    """Price of what is held: the mark of a perpetual, else the index. [quote/base]"""
    return select(book.perp_holding, bar.holding.mark, bar.holding.index)


def equity_of(bar, hedge, holding, book):
    """Equity from cash and positions. [quote]"""
    return balance(hedge, bar.hedge.mark) + balance(holding, holding_price(bar, book))


def buy_holding(bar, holding, book):
    """At t0 the holding is bought without cost."""
    price = holding_price(bar, book)
    quantity = book.capital * book.leverage / price
    return Leg(quantity, holding.cash - quantity * price)


# -- 2: mark to market ---------------------------------------------------------------------------
def mark_to_market(before, bar, hedge, holding, gains, book):
    """Lines of positions held since the last close: moves of index, and of mark over index."""
    hedge_move = bar.hedge.index - before.hedge.index
    holding_move = bar.holding.index - before.holding.index
    basis_pnl = hedge.quantity * ((bar.hedge.mark - before.hedge.mark) - hedge_move)
    if book.perp_holding:
        holding_basis_move = (bar.holding.mark - before.holding.mark) - holding_move
        basis_pnl = basis_pnl + holding.quantity * holding_basis_move
    return Gains(
        gains.holding_pnl + holding.quantity * holding_move,
        gains.hedge_pnl + hedge.quantity * hedge_move,
        gains.basis_pnl + basis_pnl,
        gains.funding,
        gains.financing,
    )


# -- 3: funding and financing ----------------------------------------------------------------------
def leg_funding(quantity, instrument, rule):
    """Funding of one leg at a stamp. [quote]"""
    formula = funding_rate(instrument.premium, instrument.basis, rule)
    rate = select(rule.realised, instrument.funding, formula)
    reference_price = select(rule.on_index, instrument.index, instrument.mark)
    return funding_payment(quantity, reference_price, rate)


def received(gains, funding, financing):
    """Gains with more of the two lines that are paid in cash."""
    return Gains(
        gains.holding_pnl,
        gains.hedge_pnl,
        gains.basis_pnl,
        gains.funding + funding,
        gains.financing + financing,
    )


def pay_funding(bar, hedge, holding, gains, venue, book):
    """Funding on the legs that were held into the stamp."""
    paid = leg_funding(hedge.quantity, bar.hedge, venue.funding)
    hedge = Leg(hedge.quantity, hedge.cash + paid)
    if book.perp_holding:
        more = leg_funding(holding.quantity, bar.holding, venue.funding)
        holding = Leg(holding.quantity, holding.cash + more)
        paid = paid + more
    return hedge, holding, received(gains, paid, 0.0)


def earn_yield(bar, hedge, gains, book):
    """Yield of one bar on the money behind the hedge, after funding."""
    share_of_year = bar.hours * 60.0 / MINUTES_PER_YEAR
    earned = book.collateral_yield * share_of_year * larger(balance(hedge, bar.hedge.mark), 0.0)
    return Leg(hedge.quantity, hedge.cash + earned), received(gains, 0.0, earned)


# -- 5: what a rule may know -----------------------------------------------------------------------
def position_of(bar, hedge, holding, orders, exposure, book):
    """The account as a rule sees it at the close."""
    return Position(
        quantity=hedge.quantity,
        holding=holding.quantity,
        is_open=hedge.quantity != 0.0,
        pnl=balance(hedge, bar.hedge.mark) - orders.opened_balance,
        equity=equity_of(bar, hedge, holding, book),
        peak=exposure.peak,
    )


# -- 6: execution ----------------------------------------------------------------------------------
def fill(fires, quantity, reopen, bar, hedge, costs, orders, venue):
    """Trade at the close mark plus costs: first what is closed to reopen, then to `quantity`."""
    target = select(fires, quantity, hedge.quantity)
    closed = select(fires, reopen * hedge.quantity, 0.0)
    bought = target - (hedge.quantity - closed)
    closing = trade_costs(-closed, bar.hedge, bar.delay_noise, venue)
    opening = trade_costs(bought, bar.hedge, bar.delay_noise, venue)
    paid = total(closing) + total(opening)
    was_open = hedge.quantity != 0.0
    ends = was_open & ((closed != 0.0) | (hedge.quantity * target <= 0.0))
    starts = fires & (target != 0.0) & (ends | negate(was_open))
    hedge = Leg(target, hedge.cash - (target - hedge.quantity) * bar.hedge.mark - paid)
    before_opening = balance(hedge, bar.hedge.mark) + total(opening)
    orders = Orders(
        orders.signals,
        orders.orders + (select(closed != 0.0, 1.0, 0.0) + select(bought != 0.0, 1.0, 0.0)),
        orders.round_trips + select(ends, 1.0, 0.0),
        orders.turnover + (abs(bought) + abs(closed)) * bar.hedge.mark,
        select(starts, before_opening, orders.opened_balance),
    )
    return hedge, add(add(costs, closing), opening), orders


def execute(decision, bar, hedge, costs, orders, venue):
    """Count the signal and trade what the decision asks for."""
    if any_of(decision.fires):
        asks = decision.fires & (decision.quantity != 0.0)
        orders = Orders(
            orders.signals + select(asks, 1.0, 0.0),
            orders.orders,
            orders.round_trips,
            orders.turnover,
            orders.opened_balance,
        )
        moved = (decision.quantity != hedge.quantity) | (decision.reopen != 0.0)
        fires = decision.fires & moved
        if any_of(fires):
            hedge, costs, orders = fill(
                fires, decision.quantity, decision.reopen, bar, hedge, costs, orders, venue
            )
    return hedge, costs, orders


# -- 7: exposure, equity, drawdown -----------------------------------------------------------------
def hold(bar, hedge, exposure):
    """Count the bar over which the hedge was held."""
    return Exposure(
        exposure.bars_hedged + select(hedge.quantity != 0.0, 1.0, 0.0),
        exposure.hedged - hedge.quantity / bar.relative,
        exposure.equity,
        exposure.peak,
        exposure.max_drawdown,
    )


def measure(equity, exposure):
    """Equity from cash and positions, its peak, and the largest fall from it."""
    peak = larger(exposure.peak, equity)
    max_drawdown = exposure.max_drawdown
    deeper = equity < (1.0 - max_drawdown) * peak
    if any_of(deeper):  # rare once a path has fallen: spares a division a bar
        max_drawdown = select(deeper, larger(1.0 - equity / peak, max_drawdown), max_drawdown)
    return Exposure(exposure.bars_hedged, exposure.hedged, equity, peak, max_drawdown)


# -- the whole bar ---------------------------------------------------------------------------------
def make_step(decide):
    """The bar of one hedge whose timing rule is `decide`."""

    def step(before, bar, number, last, at_stamp, ratio, account, state, rule, venue, book):
        """Bar `number` of the account; memories warm up before 0, the hedge is closed at `last`."""
        holding, hedge, gains, costs, liquidations, orders, exposure = account
        if number == 0:
            holding = buy_holding(bar, holding, book)
        if number > 0:
            # 1: the margin test at the extremes has its place here
            exposure = hold(bar, hedge, exposure)
            gains = mark_to_market(before, bar, hedge, holding, gains, book)
            if at_stamp:
                hedge, holding, gains = pay_funding(bar, hedge, holding, gains, venue, book)
            if book.collateral_yield != 0.0:
                hedge, gains = earn_yield(bar, hedge, gains, book)
            # 4: the margin test at the close has its place here
        if number < last:
            position = position_of(bar, hedge, holding, orders, exposure, book)
            wanted = -(ratio * (bar.relative * holding.quantity))
            decision, state = decide(bar, position, wanted, state, rule)
            if number >= 0:
                hedge, costs, orders = execute(decision, bar, hedge, costs, orders, venue)
        else:
            is_open = hedge.quantity != 0.0
            if any_of(is_open):
                hedge, costs, orders = fill(is_open, 0.0, 0.0, bar, hedge, costs, orders, venue)
        if number >= 0:
            exposure = measure(equity_of(bar, hedge, holding, book), exposure)
        return Account(holding, hedge, gains, costs, liquidations, orders, exposure), state

    return step
