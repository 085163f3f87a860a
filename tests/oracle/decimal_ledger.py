"""The oracle: one path and one hedge through the order of events, in Decimal.

It is written from the written rules alone and imports nothing of the package. Money is kept
twice, as cash and as lines, and both are handed back. Slow on purpose: no array, no cleverness.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, localcontext

from .account import Account
from .costs import impact
from .records import DIGITS, ONE, ZERO, Book, Path, Venue
from .rules import Answer, Target, Timing
from .targets import Constant
from .timings import Never


def run(
    path: Path,
    venue: Venue,
    book: Book,
    target: Target,
    timing: Timing,
    reached: Counter[str] | None = None,
    *,
    margin_is_tested: bool = True,
) -> dict[str, Decimal]:
    """Run one hedge over one path and return every line, memo and count.

    Parameters
    ----------
    path, venue, book
        The market of one path, what trading costs, and what is protected.
    target, timing
        How much and when. They carry their own memory: hand over fresh ones.
    reached : Counter, optional
        Counts what happened by name, to tell whether scenarios reach everything.
    margin_is_tested
        Else no leg is ever liquidated, whatever its balance.

    Returns
    -------
    outcome : dict of str to Decimal
        Gains positive among the gains, costs positive among the costs [quote].
    """
    with localcontext() as context:
        context.prec = DIGITS
        account = Account(path, venue, book, Counter() if reached is None else reached)
        for number in range(-path.warm_up, path.last + 1):
            bar = path.bar(number)
            if number == 0:
                account.buy_the_holding(bar)
            if number > 0:
                before = path.bar(number - 1)
                account.begin_the_bar(before, bar)
                if book.liquidation == "intrabar" and margin_is_tested:
                    account.test_the_extremes(before, bar)  # 1
                account.mark_to_market(before, bar)  # 2
                account.pay_funding(number)  # 3
                if margin_is_tested:
                    account.test_the_close(bar)  # 4
            if number >= 0:
                account.watch_the_venue(number, bar)

            # 5. Decision, with everything up to this close; at the end there is only closing.
            if number == path.last:
                account.execute(Answer(fires=True, wanted=ZERO), bar)
            else:
                target.see(bar, path.bar_hours)
                timing.see(bar, path.bar_hours)
                close = account.close_of(number)
                answer = timing.ask(close, target.wanted(close))
                if number >= 0:
                    account.counts["signals"] += answer.fires and answer.wanted != 0
                    account.act(answer, bar)  # 6. Execution at the close mark.
            if number >= 0:
                account.close_the_bar(bar)  # 7
        return account.outcome()


def hold_less(path: Path, venue: Venue, book: Book, ratio: Decimal) -> dict[str, Decimal]:
    """Run the unhedged book that sold `ratio` of its holding at t0 and buys it back at T.

    A spot holding is sold as a taker at the index, on spot terms; a perpetual one at the
    mark on the venue's own mix, its basis and funding shrinking with it. Margin is not
    tested, and nothing is said about what happens in between, so the drawdown is left out.
    """
    with localcontext() as context:
        context.prec = DIGITS
        outcome = run(path, venue, book, Constant(ZERO), Never(), margin_is_tested=False)
        first, last = path.bar(0).holding, path.bar(path.last).holding
        spot = book.holding == "spot"
        opening_price = first.index if spot else first.mark
        quantity = -ratio * book.capital * book.leverage / opening_price
        basis_move = (last.mark - last.index) - (first.mark - first.index)
        leg = {
            "hedge_pnl": quantity * (last.index - first.index),
            "basis_pnl": ZERO if spot else quantity * basis_move,
            "funding": -ratio * outcome["funding"],
            "fee": ZERO,
            "half_spread_cost": ZERO,
            "impact_cost": ZERO,
            "orders": ZERO,
            "turnover": ZERO,
        }
        sells_then_buys = ((first, venue.closing_maker_share), (last, venue.maker_share))
        for instrument, share in sells_then_buys if quantity != 0 else ():
            notional = abs(quantity) * (instrument.index if spot else instrument.mark)
            maker_share = ZERO if spot else share
            taker_notional = (ONE - maker_share) * notional
            venue_spread = venue.spread_multiplier * instrument.half_spread
            spread = venue.spot_half_spread if spot else venue_spread
            leg["fee"] += (venue.spot_taker_fee if spot else venue.mixed_fee(share)) * notional
            leg["half_spread_cost"] += spread * taker_notional
            leg["impact_cost"] += impact(venue, instrument, taker_notional) * taker_notional
            leg["orders"] += 1
            leg["turnover"] += notional
        for name, value in leg.items():
            outcome[name] += value
        costs = leg["fee"] + leg["half_spread_cost"] + leg["impact_cost"]
        outcome["equity_change"] += leg["hedge_pnl"] + leg["basis_pnl"] + leg["funding"] - costs
        del outcome["residual"], outcome["max_drawdown"]
        return outcome
