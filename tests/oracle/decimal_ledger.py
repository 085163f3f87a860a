"""The oracle: one path and one hedge through the order of events, in Decimal.

It is written from the written rules alone and imports nothing of the package. Money is kept
twice, as cash and as lines, and both are handed back. Slow on purpose: no array, no cleverness.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

from .records import Bar, Book, Path, Venue
from .rules import HOURS_PER_YEAR, ONE, ZERO, Answer, Constant, Never, Target, Timing

DIGITS = 45
GAINS = ("holding_pnl", "hedge_pnl", "basis_pnl", "funding", "financing", "bankruptcy_relief")
COSTS = ("fee", "half_spread_cost", "impact_cost", "delay_cost", "liquidation_fee")
COUNTS = ("signals", "orders", "round_trips")


def sign(value: Decimal) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


def clamp(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """Bring a value into [low, high]."""
    return min(max(value, low), high)


def funding_rate(path: Path, number: int, venue: Venue) -> Decimal:
    """Return the rate paid at the label of a bar; 0 where nothing is due. [1]"""
    rule, bar = venue.funding, path.bar(number)
    if rule.realised:
        return bar.funding
    minute = path.start_minute + number * path.bar_hours * 60
    if (minute - rule.first_hour * 60) % (rule.interval_hours * 60) != 0:
        return ZERO
    premium = bar.basis if rule.premium_hours == 1 else bar.premium
    towards_interest = clamp(rule.interest - premium, -rule.dead_zone, rule.dead_zone)
    return clamp(premium + towards_interest, -rule.cap, rule.cap) * rule.interval_hours / 8


class Account:
    """Cash, positions, lines and counts of one book with one hedge.

    `cash` pays for everything; `wallet` is the part of it that the hedge lives on, so that
    the interest on the hedge's collateral can be told from the rest. [quote]
    """

    def __init__(self, path: Path, venue: Venue, book: Book) -> None:
        self.path, self.venue, self.book = path, venue, book
        opening = path.bar(0)
        self.spot = book.holding == "spot"
        price = opening.index if self.spot else opening.mark
        self.holding = book.capital * book.leverage / price
        self.position = ZERO
        self.opening_equity = book.capital + book.hedge_collateral
        self.cash = self.opening_equity - self.holding * price
        self.wallet = book.hedge_collateral
        self.peak, self.max_drawdown = self.opening_equity, ZERO
        self.lines = dict.fromkeys((*GAINS, *COSTS), ZERO)
        self.counts = dict.fromkeys(COUNTS, 0)
        self.turnover = ZERO
        self.bars_hedged, self.ratios = 0, ZERO

    def equity(self, bar: Bar) -> Decimal:
        """Cash plus everything held, at the close. [quote]"""
        price = bar.index if self.spot else bar.mark
        return self.cash + self.holding * price + self.position * bar.mark

    def mark_to_market(self, before: Bar, bar: Bar) -> None:
        """Book the price moves of what has been held since the last close."""
        index_move = bar.index - before.index
        basis_move = (bar.mark - bar.index) - (before.mark - before.index)
        on_the_mark = self.position if self.spot else self.position + self.holding
        self.lines["holding_pnl"] += self.holding * index_move
        self.lines["hedge_pnl"] += self.position * index_move
        self.lines["basis_pnl"] += on_the_mark * basis_move
        self.bars_hedged += self.position != 0
        self.ratios += -self.position / self.holding

    def pay_funding(self, number: int) -> None:
        """Longs pay a positive rate, shorts receive it; then the collateral earns its yield."""
        bar = self.path.bar(number)
        reference = bar.index if self.venue.funding.reference_is_index else bar.mark
        payment_per_coin = -reference * funding_rate(self.path, number, self.venue)
        of_hedge = self.position * payment_per_coin
        of_holding = ZERO if self.spot else self.holding * payment_per_coin
        self.lines["funding"] += of_hedge + of_holding
        self.wallet += of_hedge
        self.cash += of_hedge + of_holding

        balance = self.wallet + self.position * bar.mark
        rate = self.book.collateral_yield * self.path.bar_hours / HOURS_PER_YEAR
        interest = rate * max(ZERO, balance)
        self.lines["financing"] += interest
        self.wallet += interest
        self.cash += interest

    def execute(self, answer: Answer, bar: Bar) -> None:
        """Trade to the wanted quantity, closing and reopening a part first where asked."""
        held = self.position
        closed = answer.reopen * held
        self._order(-closed, bar)
        self._order(answer.wanted - (held - closed), bar)
        self.position = answer.wanted  # exactly, so that a second ask finds nothing to do
        if held != 0 and (sign(answer.wanted) != sign(held) or answer.reopen > 0):
            self.counts["round_trips"] += 1

    def _order(self, change: Decimal, bar: Bar) -> None:
        if change == 0:
            return
        venue = self.venue
        notional = abs(change) * bar.mark
        taker_notional = (ONE - venue.maker_share) * notional
        fee_rate = venue.maker_share * venue.maker_fee + (ONE - venue.maker_share) * venue.taker_fee
        participation = taker_notional / (venue.depth_share * bar.volume)
        delay = venue.delay_seconds / (3600 * self.path.bar_hours)
        adverse = venue.adverse_share * abs(bar.noise)
        drift = (ONE - venue.adverse_share) * bar.noise * sign(change)
        costs = {
            "fee": fee_rate * notional,
            "half_spread_cost": venue.spread_multiplier * bar.half_spread * taker_notional,
            "impact_cost": impact(venue, bar, participation) * taker_notional,
            "delay_cost": notional * bar.sigma * delay.sqrt() * (adverse + drift),
        }
        for name, cost in costs.items():
            self.lines[name] += cost
        paid = change * bar.mark + sum(costs.values())
        self.wallet -= paid
        self.cash -= paid
        self.counts["orders"] += 1
        self.turnover += notional

    def close_the_bar(self, bar: Bar) -> None:
        """Equity, its peak, and the fall from it."""
        equity = self.equity(bar)
        self.peak = max(self.peak, equity)
        self.max_drawdown = max(self.max_drawdown, ONE - equity / self.peak)

    def outcome(self) -> dict[str, Decimal]:
        """Every line, memo and count, as the ledger names them."""
        last = self.path.last
        change = self.equity(self.path.bar(last)) - self.opening_equity
        gains = sum((self.lines[name] for name in GAINS), ZERO)
        costs = sum((self.lines[name] for name in COSTS), ZERO)
        return {
            **self.lines,
            **{name: Decimal(count) for name, count in self.counts.items()},
            "equity_change": change,
            "residual": change - (gains - costs),
            "turnover": self.turnover,
            "hours_hedged": self.bars_hedged * self.path.bar_hours,
            "mean_hedge_ratio": self.ratios / last,
            "max_drawdown": self.max_drawdown,
            "first_index": self.path.bar(0).index,
            "last_index": self.path.bar(last).index,
        }


def impact(venue: Venue, bar: Bar, participation: Decimal) -> Decimal:
    """Square-root price impact of a share of the bar's reachable volume. [1]"""
    return venue.impact_coefficient * bar.sigma * participation.sqrt()


def run(path: Path, venue: Venue, book: Book, target: Target, timing: Timing) -> dict[str, Decimal]:
    """Run one hedge over one path and return every line, memo and count.

    Parameters
    ----------
    path, venue, book
        The market of one path, what trading costs, and what is protected.
    target, timing
        How much and when. They carry their own memory: hand over fresh ones.

    Returns
    -------
    outcome : dict of str to Decimal
        Gains positive among the gains, costs positive among the costs [quote].
    """
    with localcontext() as context:
        context.prec = DIGITS
        account = Account(path, venue, book)
        for number in range(-path.warm_up, path.last + 1):
            bar = path.bar(number)
            if number > 0:
                # 1. Margin test at the mark's extreme: nothing can be liquidated yet.
                # 2. Mark to market.
                account.mark_to_market(path.bar(number - 1), bar)
                # 3. Funding at stamps, then the yield on the collateral.
                account.pay_funding(number)
                # 4. Margin test at the close: nothing can be liquidated yet.

            # 5. Decision, with everything up to this close; at the end there is only closing.
            if number < path.last:
                target.see(bar, path.bar_hours)
                timing.see(bar, path.bar_hours)
                wanted = -target.ratio() * account.holding
                answer = timing.ask(number * path.bar_hours, account.position, wanted)
                if number >= 0 and answer.fires and answer.wanted != 0:
                    account.counts["signals"] += 1
            else:
                answer = Answer(fires=True, wanted=ZERO)

            if number >= 0:
                # 6. Execution at the close mark.
                if answer.fires:
                    account.execute(answer, bar)
                # 7. Equity, peak, drawdown.
                account.close_the_bar(bar)
        return account.outcome()


def hold_less(path: Path, venue: Venue, book: Book, ratio: Decimal) -> dict[str, Decimal]:
    """Run the unhedged book that sold `ratio` of its holding at t0 and buys it back at T.

    A spot holding is sold as a taker at the index, on spot terms; a perpetual one at the
    mark on the venue's own mix, its basis and funding shrinking with it. Nothing is said
    about what happens in between, so the drawdown is left out.
    """
    with localcontext() as context:
        context.prec = DIGITS
        outcome = run(path, venue, book, Constant(ZERO), Never())
        first, last = path.bar(0), path.bar(path.last)
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
        for bar in (first, last) if quantity != 0 else ():
            notional = abs(quantity) * (bar.index if spot else bar.mark)
            maker_share = ZERO if spot else venue.maker_share
            taker_notional = (ONE - maker_share) * notional
            mixed_fee = maker_share * venue.maker_fee + (ONE - maker_share) * venue.taker_fee
            venue_spread = venue.spread_multiplier * bar.half_spread
            participation = taker_notional / (venue.depth_share * bar.volume)
            leg["fee"] += (venue.spot_taker_fee if spot else mixed_fee) * notional
            spread = venue.spot_half_spread if spot else venue_spread
            leg["half_spread_cost"] += spread * taker_notional
            leg["impact_cost"] += impact(venue, bar, participation) * taker_notional
            leg["orders"] += 1
            leg["turnover"] += notional
        for name, value in leg.items():
            outcome[name] += value
        costs = leg["fee"] + leg["half_spread_cost"] + leg["impact_cost"]
        outcome["equity_change"] += leg["hedge_pnl"] + leg["basis_pnl"] + leg["funding"] - costs
        del outcome["residual"], outcome["max_drawdown"]
        return outcome
