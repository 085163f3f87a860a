"""Cash, positions, lines and counts of one book with one hedge, event by event."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from .costs import costs_of, funding_rate, is_stamp
from .margin import (
    Leg,
    distance,
    initial_margin,
    largest_notional,
    share_of_the_way,
    sign,
    way,
)
from .records import HOURS_PER_YEAR, ONE, SMALL, ZERO, Bar, Book, Instrument, Path, Venue
from .rules import Answer, Close

GAINS = ("holding_pnl", "hedge_pnl", "basis_pnl", "funding", "financing", "bankruptcy_relief")
COSTS = ("fee", "half_spread_cost", "impact_cost", "delay_cost", "liquidation_fee")
COUNTS = (
    "signals",
    "orders",
    "round_trips",
    "cut",
    "liquidations_of_hedge",
    "liquidations_of_holding",
    "bars_in_outage",
)
NEVER_AT_RISK = Decimal("Infinity")
FAR_AWAY = Decimal(1_000_000_000)


@dataclass
class Waiting:
    """An order that an outage dropped."""

    missing: Decimal  # wanted less held, at the drop [base]
    reopen: Decimal


class Account:
    """Cash, positions, lines and counts of one book with one hedge.

    The holding's leg has the capital, the hedge's leg what it was given as margin, and `wallet`
    is the rest of the hedge's money; what a closed hedge has left stays with its leg until the
    next opening counts it in. In cross margin they are one account, and the three are only kept
    apart to tell what earns the yield. [quote]
    """

    def __init__(self, path: Path, venue: Venue, book: Book, reached: Counter[str]) -> None:
        self.path, self.venue, self.book, self.reached = path, venue, book, reached
        self.cross = book.margin_mode == "cross"
        self.holding = Leg("holding", book.holding == "perp", venue.holding_tiers)
        self.hedge = Leg("hedge", True, venue.hedge_tiers)
        self.holding.cash, self.wallet = book.capital, book.hedge_collateral
        self.opening_equity = book.capital + book.hedge_collateral
        self.peak, self.max_drawdown = self.opening_equity, ZERO
        self.lines = dict.fromkeys((*GAINS, *COSTS), ZERO)
        self.counts = dict.fromkeys(COUNTS, 0)
        self.turnover, self.missed = ZERO, ZERO
        self.bars_hedged, self.bars_held, self.ratios = 0, 0, ZERO
        self.smallest_distance = NEVER_AT_RISK
        self.holding_is_gone = self.hedge_stays_out = self.is_down = False
        self.waiting: Waiting | None = None
        self.spot_at_fill = ZERO  # index of a spot holding when a cross account is liquidated

    def legs_at_risk(self) -> list[Leg]:
        """Return the open perpetual legs."""
        return [leg for leg in (self.holding, self.hedge) if leg.can_be_liquidated]

    @property
    def cash(self) -> Decimal:
        """All cash there is. [quote]"""
        return self.holding.cash + self.hedge.cash + self.wallet

    def equity(self, bar: Bar) -> Decimal:
        """Cash plus everything held, at the close. [quote]"""
        legs = (self.holding, self.hedge)
        return self.cash + sum((leg.quantity * leg.price(bar) for leg in legs), ZERO)

    def buy_the_holding(self, bar: Bar) -> None:
        """Buy it whole, without cost."""
        price = self.holding.price(bar)
        self.holding.quantity = self.book.capital * self.book.leverage / price
        self.holding.cash -= self.holding.quantity * price

    # Events 1 to 4.

    def begin_the_bar(self, before: Bar, bar: Bar) -> None:
        """Count what the bar begins with, and what an order that waits misses."""
        if self.waiting is not None:
            self.missed += self.waiting.missing * (bar.hedge.mark - before.hedge.mark)
        self.bars_hedged += self.hedge.quantity != 0
        if self.holding.quantity != 0:
            self.bars_held += 1
            self.ratios += -self.hedge.quantity / (before.relative * self.holding.quantity)

    def test_the_extremes(self, before: Bar, bar: Bar) -> None:
        """Close what the bar's adverse extreme uses up, and book it to its fill."""
        fills = []
        if self.cross:
            fills = self._fills_of_account(before, bar)
        else:
            for leg in self.legs_at_risk():
                extreme = leg.adverse_extreme(bar)
                slack = leg.slack(extreme)
                self._remember(slack, leg.pull(extreme))
                if slack < 0:
                    fill = self._level_or_gap(leg, leg.instrument(bar).mark_open)
                    fills.append((leg, fill))
        for leg, fill in fills:
            was = leg.instrument(before)
            self._book_the_move(leg, was, fill / (ONE + was.basis), fill)
        self._liquidate(fills)

    def _level_or_gap(self, leg: Leg, at_open: Decimal) -> Decimal:
        level = leg.level()
        gap = at_open >= level if leg.quantity < 0 else at_open <= level
        self.reached["gap" if gap else "level"] += 1
        return at_open if gap else level

    def _remember(self, slack: Decimal, pull: Decimal) -> None:
        """Keep the smallest distance; a pull of nothing means that nothing is at risk."""
        if slack < 0:
            self.smallest_distance = ZERO
        elif pull != 0:
            self.smallest_distance = min(self.smallest_distance, distance(slack, pull))

    def _worth(self, holding_price: Decimal, hedge_mark: Decimal) -> Decimal:
        """Return the equity of a cross account; spot coins count with their weight. [quote]"""
        weight = ONE if self.holding.is_perpetual else self.book.spot_collateral_weight
        of_holding = weight * self.holding.quantity * holding_price
        return self.cash + of_holding + self.hedge.quantity * hedge_mark

    def _slack_and_pull(
        self, holding_price: Decimal, hedge_mark: Decimal
    ) -> tuple[Decimal, Decimal]:
        """Return slack of a cross account, and its change per relative rise of all prices."""
        worth = self._worth(holding_price, hedge_mark)
        slack, pull = worth, worth - self.cash
        for leg in self.legs_at_risk():
            price = holding_price if leg is self.holding else hedge_mark
            slack -= leg.requirement(price)
            pull -= leg.binding(price).rate * abs(leg.quantity) * price
        return slack, pull

    def _fills_of_account(self, before: Bar, bar: Bar) -> list[tuple[Leg, Decimal]]:
        """Walk from the open to the highs, then to the lows, until the account is used up."""
        legs = self.legs_at_risk()
        if not legs:
            return []
        to_price = ONE if self.holding.is_perpetual else ONE + before.holding.basis
        opens = (bar.holding.mark_open, bar.hedge.mark_open)
        highs = (bar.holding.mark_high, bar.hedge.mark_high)
        lows = (bar.holding.mark_low, bar.hedge.mark_low)
        for corner, hurts in ((highs, -1), (lows, 1)):
            share = share_of_the_way(
                self._worth(opens[0] / to_price, opens[1]),
                self._worth(corner[0] / to_price, corner[1]),
                [(leg, opens[leg is self.hedge], corner[leg is self.hedge]) for leg in legs],
            )
            if share is not None:
                self.smallest_distance = ZERO
                self.spot_at_fill = way(opens[0], corner[0], share) / to_price
                name = "cross at the open" if share == 0 else "cross on the way"
                self.reached[f"{name} {'up' if hurts < 0 else 'down'}"] += 1
                return [
                    (leg, way(opens[leg is self.hedge], corner[leg is self.hedge], share))
                    for leg in legs
                ]
            slack, pull = self._slack_and_pull(corner[0] / to_price, corner[1])
            if sign(pull) == hurts:
                self._remember(slack, pull)
        return []

    def _liquidate(self, fills: list[tuple[Leg, Decimal]]) -> None:
        """Realise legs at their fills; the venue takes its fee, and forgives what is missing."""
        if not fills:
            return
        margin_calls = [fills] if self.cross else [[fill] for fill in fills]
        for call in margin_calls:
            self._settle(call)
        for leg, _ in fills:
            leg.quantity = ZERO
            self.counts[f"liquidations_of_{leg.name}"] += 1
            if leg is self.holding:
                self.holding_is_gone = True
            else:
                self.hedge_stays_out = self.book.after_liquidation == "stay_out"

    def _settle(self, call: list[tuple[Leg, Decimal]]) -> None:
        total = sum((abs(leg.quantity) * fill for leg, fill in call), ZERO)
        pledged = ZERO
        if self.cross:  # all the account's cash, and spot coins that count as margin
            money = self.cash + sum((leg.quantity * fill for leg, fill in call), ZERO)
            if not self.holding.is_perpetual and self.book.spot_collateral_weight > 0:
                pledged = self.holding.quantity * self.spot_at_fill
            left = money + pledged
        else:
            left = call[0][0].balance(call[0][1])
        fee = min(self.venue.liquidation_fee * total, max(ZERO, left))
        relief = max(ZERO, -left)
        self.lines["liquidation_fee"] += fee
        self.lines["bankruptcy_relief"] += relief
        self.reached["fee larger than what is left"] += 0 < fee == left
        kept = max(ZERO, left) - fee  # exactly nothing where the fee takes all
        if self.cross:  # what is left of all the money lies with the hedge
            self.holding.cash = self.wallet = ZERO
            self.hedge.cash = kept - pledged  # below zero it is a debt that the coins secure
        else:
            call[0][0].cash = kept

    def mark_to_market(self, before: Bar, bar: Bar) -> None:
        """Book the price moves of what is still held since the last close."""
        for leg in (self.holding, self.hedge):
            now = leg.instrument(bar)
            self._book_the_move(leg, leg.instrument(before), now.index, now.mark)

    def _book_the_move(self, leg: Leg, was: Instrument, index: Decimal, mark: Decimal) -> None:
        self.lines[f"{leg.name}_pnl"] += leg.quantity * (index - was.index)
        if leg.is_perpetual:
            basis_move = (mark - index) - (was.mark - was.index)
            self.lines["basis_pnl"] += leg.quantity * basis_move

    def pay_funding(self, number: int) -> None:
        """Longs pay a positive rate, shorts receive it; then the hedge's money earns its yield."""
        bar, venue = self.path.bar(number), self.venue
        stamp = is_stamp(self.path, number, venue)
        for leg in self.legs_at_risk():
            instrument = leg.instrument(bar)
            reference = instrument.index if venue.funding.reference_is_index else instrument.mark
            payment = -leg.quantity * reference * funding_rate(instrument, venue, stamp)
            self.lines["funding"] += payment
            leg.cash += payment

        balance = self.wallet + self.hedge.balance(bar.hedge.mark)
        rate = self.book.collateral_yield * self.path.bar_hours / HOURS_PER_YEAR
        interest = rate * max(ZERO, balance)
        self.lines["financing"] += interest
        if self.book.hedge_leverage is None and self.hedge.quantity != 0:
            self.hedge.cash += interest
        else:
            self.wallet += interest

    def test_the_close(self, bar: Bar) -> None:
        """Close what the close, funding and yield use up."""
        measured = self.book.liquidation == "close"  # else a hit alone changes the distance
        fills = []
        if self.cross:
            legs = self.legs_at_risk()
            if legs:
                slack, pull = self._slack_and_pull(self.holding.price(bar), bar.hedge.mark)
                if measured or slack < 0:
                    self._remember(slack, pull)
                if slack < 0:
                    self.spot_at_fill = bar.holding.index
                    fills = [(leg, leg.instrument(bar).mark) for leg in legs]
        else:
            for leg in self.legs_at_risk():
                mark = leg.instrument(bar).mark
                slack = leg.slack(mark)
                if measured or slack < 0:
                    self._remember(slack, leg.pull(mark))
                if slack < 0:
                    fills.append((leg, mark))
        self.reached["cross at the close" if self.cross else "at the close"] += len(fills)
        self._liquidate(fills)

    # Events 5 to 7.

    def distance_of_holding(self, bar: Bar) -> Decimal:
        """Return the relative fall that liquidates the holding; far away if none does. [1]"""
        if self.cross and self.legs_at_risk():
            slack, pull = self._slack_and_pull(self.holding.price(bar), bar.hedge.mark)
            return distance(slack, pull) if pull > 0 else FAR_AWAY
        if not self.cross and self.holding.can_be_liquidated:
            mark = bar.holding.mark
            return distance(self.holding.slack(mark), self.holding.pull(mark))
        return FAR_AWAY

    def close_of(self, number: int) -> Close:
        """Return what the rules may look at; before t0 as if one coin were held."""
        bar = self.path.bar(number)
        return Close(
            time=number * self.path.bar_hours,
            bar=bar,
            holding=self.holding.quantity if number >= 0 else ONE,
            quantity=self.hedge.quantity,
            equity=self.equity(bar),
            distance=lambda: self.distance_of_holding(bar),
            venue=self.venue,
            book=self.book,
        )

    def watch_the_venue(self, number: int, bar: Bar) -> None:
        """Go down, stay down or come up."""
        venue, bar_hours = self.venue, self.path.bar_hours
        if venue.outage_odds_per_day == 0:
            return
        if self.is_down:
            mean_bars = max(ONE, venue.outage_hours / bar_hours)
            self.is_down = bar.outage_stays < ONE - ONE / mean_bars
        else:
            self.is_down = bar.outage_starts < venue.outage_odds_per_day * bar_hours / 24
        self.counts["bars_in_outage"] += self.is_down and number > 0

    def act(self, answer: Answer, bar: Bar) -> None:
        """Do what the rule says, unless the account or the venue does not let it."""
        held = self.hedge.quantity
        rounding = SMALL * abs(bar.relative * self.holding.quantity)
        if answer.wanted != 0 and abs(answer.wanted - held) <= rounding:
            answer = answer._replace(wanted=held)
        waiting, self.waiting = self.waiting, None
        if self.holding_is_gone:
            answer = Answer(held != 0, ZERO)
        elif self.hedge_stays_out:
            self.reached["refused"] += answer.fires and answer.wanted != 0
            return
        elif waiting is not None:
            reopen = max(answer.reopen if answer.fires else ZERO, waiting.reopen)
            answer = Answer(answer.fires, answer.wanted, reopen)
            if not self.is_down:
                self.reached["caught up"] += 1
                answer = answer._replace(fires=True)
            elif not answer.fires:
                self.waiting = waiting
        if not answer.fires:
            return
        if not self.is_down:
            self.execute(answer, bar)
        elif answer.wanted != held or answer.reopen * held != 0:
            self.reached["dropped"] += 1
            self.waiting = Waiting(answer.wanted - held, answer.reopen)

    def execute(self, answer: Answer, bar: Bar) -> None:
        """Trade to the wanted quantity, closing and reopening a part first where asked."""
        hedge, mark, wanted = self.hedge, bar.hedge.mark, answer.wanted
        held = hedge.quantity
        self._order(-answer.reopen * held, bar)
        kept = hedge.quantity
        anew = sign(wanted) != 0 and sign(wanted) != sign(kept)  # from flat, or to the other side
        if anew and not self.cross:
            self.wallet += hedge.balance(mark)
            margin = self.wallet
            if self.book.hedge_leverage is not None:
                margin = min(margin, abs(wanted) * mark / self.book.hedge_leverage)
            margin = max(ZERO, margin)
            self.wallet -= margin
            hedge.cash = margin - kept * mark
        wanted = self._cut(wanted, ZERO if anew else abs(kept), bar)
        self._order(wanted - kept, bar)
        hedge.quantity = wanted  # exactly, so that a second ask finds nothing to do
        if held != 0 and (sign(wanted) != sign(held) or answer.reopen > 0):
            self.counts["round_trips"] += 1

    def _cut(self, wanted: Decimal, least: Decimal, bar: Bar) -> Decimal:
        """Bring an order down to what its margin may open, never below `least` coins."""
        mark = bar.hedge.mark
        if self.cross:
            price = self.holding.price(bar)
            margin = self._worth(price, mark)
            if self.holding.is_perpetual:
                notional = self.holding.quantity * price
                margin -= initial_margin(self.holding.tiers, notional)
        else:
            margin = self.hedge.balance(mark)
        if margin <= SMALL * self.opening_equity:
            margin = ZERO
        largest = max(least, largest_notional(self.hedge.tiers, margin) / mark)
        if abs(wanted) <= largest * (ONE + SMALL):
            return wanted
        self.counts["cut"] += 1
        self.reached["cut to nothing new" if largest == least else "cut to less"] += 1
        allowed, kept = sign(wanted) * largest, self.hedge.quantity
        return allowed if abs(allowed - kept) > SMALL * largest else kept

    def _order(self, change: Decimal, bar: Bar) -> None:
        """Trade at the close mark, paid by the hedge's leg."""
        if change == 0:
            return
        held = self.hedge.quantity
        closes = abs(held + change) < abs(held)
        costs = costs_of(self.venue, change, closes, bar, self.path.bar_hours)
        notional = abs(change) * bar.hedge.mark
        for name, cost in costs.items():
            self.lines[name] += cost
        self.hedge.cash -= change * bar.hedge.mark + sum(costs.values())
        self.hedge.quantity += change
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
            "missed": self.missed,
            "smallest_distance": self.smallest_distance,
            "hours_hedged": self.bars_hedged * self.path.bar_hours,
            "mean_hedge_ratio": self.ratios / self.bars_held,
            "max_drawdown": self.max_drawdown,
            "first_index": self.path.bar(0).holding.index,
            "last_index": self.path.bar(last).holding.index,
        }
