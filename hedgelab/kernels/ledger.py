"""One bar of the account, in the order of decision record 0002.

*Margin test at the extremes - mark to market - funding and financing - margin test at the close -
decision - execution - equity and drawdown.*

Cash and positions are kept here; so are the lines of the ledger, separately, from price moves and
costs.  That both tell the same equity is checked on every run.
"""

from hedgelab.kernels.execution import asks_for_more, balance, fill, go_up_or_down, order_of, wait
from hedgelab.kernels.funding import funding_payment, funding_rate
from hedgelab.kernels.liquidation import CLOSE, EXTREMES, holding_distance, is_near, measure_margin
from hedgelab.kernels.records import Account, Allowance, Decision, Exposure, Gains, Leg, Position
from hedgelab.kernels.words import any_of, larger, merged, select

MINUTES_PER_YEAR = 525_600.0


def holding_price(bar, book):
    """Price of what is held: the mark of a perpetual, else the index. [quote/base]"""
    return select(book.perp_holding, bar.holding.mark, bar.holding.index)


def equity_of(bar, hedge, holding, allowance, book):
    """Equity from cash and positions. [quote]"""
    behind_hedge = allowance.wallet + balance(hedge, bar.hedge.mark)
    return behind_hedge + balance(holding, holding_price(bar, book))


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


def earn_yield(bar, hedge, allowance, gains, book):
    """Yield of one bar on the money behind the hedge, after funding."""
    share_of_year = bar.hours * 60.0 / MINUTES_PER_YEAR
    money = larger(allowance.wallet + balance(hedge, bar.hedge.mark), 0.0)
    earned = book.collateral_yield * share_of_year * money
    gains = received(gains, 0.0, earned)
    if book.hedge_leverage != 0.0:
        allowance = Allowance(allowance.wallet + earned, allowance.stays_out, allowance.cut)
    else:
        hedge = Leg(hedge.quantity, hedge.cash + earned)
    return hedge, allowance, gains


# -- 5: what a rule may know -----------------------------------------------------------------------
def position_of(bar, hedge, holding, allowance, orders, exposure, distance, book):
    """The account as a rule sees it at the close."""
    behind_hedge = allowance.wallet + balance(hedge, bar.hedge.mark)
    return Position(
        quantity=hedge.quantity,
        holding=holding.quantity,
        is_open=hedge.quantity != 0.0,
        pnl=behind_hedge - orders.opened_balance,
        equity=equity_of(bar, hedge, holding, allowance, book),
        peak=exposure.peak,
        holding_value=holding.quantity * holding_price(bar, book),
        distance=distance,
    )


# -- 7: exposure, equity, drawdown -----------------------------------------------------------------
def hold(before, hedge, holding, exposure, book):
    """Count the bar since `before` over which the legs were held."""
    offset = hedge.quantity / before.relative
    without = exposure.bars_without
    if book.perp_holding:
        gone = holding.quantity == 0.0
        offset = select(gone, 0.0, offset)
        without = without + select(gone, 1.0, 0.0)
    return Exposure(
        exposure.bars_hedged + select(hedge.quantity != 0.0, 1.0, 0.0),
        without,
        exposure.hedged - offset,
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
    return Exposure(
        exposure.bars_hedged, exposure.bars_without, exposure.hedged, equity, peak, max_drawdown
    )


# -- 1 to 4: without the rule ----------------------------------------------------------------------
def count_bar(before, bar, account, venue, book):
    """Count the bar for the legs that were held through it, and for an order that waits."""
    holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure = account
    exposure = hold(before, hedge, holding, exposure, book)
    if venue.outage_starts != 0.0:
        outage = wait(before, bar, outage)
    return Account(holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure)


def mark_and_pay(before, bar, at_stamp, account, venue, book):
    """Mark to market, then funding, then the yield of the money behind the hedge."""
    holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure = account
    gains = mark_to_market(before, bar, hedge, holding, gains, book)
    if at_stamp:
        hedge, holding, gains = pay_funding(bar, hedge, holding, gains, venue, book)
    if book.collateral_yield != 0.0:
        hedge, allowance, gains = earn_yield(bar, hedge, allowance, gains, book)
    return Account(holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure)


# -- the whole bar ---------------------------------------------------------------------------------
ONE_COIN = 1.0  # held in the warm-up, so that memories of a ratio fill


def make_step(decide, test_margin, coins=2):
    """The bar of one hedge.

    `decide` is its rule; `test_margin` is the venue's test, asked only where it may find something.
    A distance that the rule does not read costs nothing: the compiler leaves it out.
    """

    @merged
    def step(
        before, bar, number, last, at_stamp, ratio, account, state, rule, venue, book, margin, place
    ):
        """Bar `number` of the account; memories warm up before 0, the hedge is closed at `last`."""
        if number > 0:
            account = count_bar(before, bar, account, venue, book)
            if not book.only_at_close:
                near = is_near(EXTREMES, before, bar, account, book, margin, coins)
                if any_of(near):
                    hit, account = measure_margin(near, before, bar, account, book, margin)
                    if any_of(hit):
                        account = test_margin(
                            EXTREMES, before, bar, account, venue, book, margin, place
                        )
            account = mark_and_pay(before, bar, at_stamp, account, venue, book)
            # what moves with one mark is hit within the bar's extremes or not at all: at the close
            # only by what was paid, by one coin's move against another's, or by the basis
            pays = at_stamp | (book.collateral_yield < 0.0)
            moves_apart = book.cross & ((coins == 2) | (book.spot_weight != 0.0))
            if pays | moves_apart | book.only_at_close:
                if any_of(is_near(CLOSE, bar, bar, account, book, margin)):
                    account = test_margin(CLOSE, bar, bar, account, venue, book, margin, place)
        holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure = account
        if number == 0:
            holding = buy_holding(bar, holding, book)
        if number >= 0:
            if venue.outage_starts != 0.0:
                outage = go_up_or_down(bar, number > 0, outage, venue)
        order = Decision(hedge.quantity != 0.0, 0.0 * hedge.quantity, 0.0 * hedge.quantity)
        if number < last:
            held = holding
            if number < 0:
                held = Leg(holding.quantity + ONE_COIN, holding.cash)
            distance = holding_distance(bar, hedge, holding, book, margin)
            position = position_of(bar, hedge, held, allowance, orders, exposure, distance, book)
            wanted = -(ratio * (bar.relative * held.quantity))
            order, state = decide(bar, position, wanted, state, rule)
        if number >= 0:
            if any_of(asks_for_more(order, hedge, holding, outage, venue, book)):
                if number < last:
                    order, orders, outage = order_of(
                        order, bar, hedge, holding, orders, allowance, outage, venue
                    )
                if any_of(order.fires):
                    hedge, costs, orders, allowance = fill(
                        order, bar, hedge, holding, costs, orders, allowance, venue, book, margin
                    )
            exposure = measure(equity_of(bar, hedge, holding, allowance, book), exposure)
        account = Account(
            holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure
        )
        return account, state

    return step
