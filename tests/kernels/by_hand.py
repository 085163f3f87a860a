"""Small round bars, tiers and accounts for arithmetic on paper."""

from typing import NamedTuple

import numpy as np

from hedgelab.kernels import ledger, liquidation
from hedgelab.kernels.margin import TIER, margin_of
from hedgelab.kernels.records import (
    Bar,
    Book,
    Decision,
    FundingRule,
    Instrument,
    Venue,
    opening_account,
)

BOOK = Book(capital=1000.0, leverage=1.0, collateral=500.0)
FREE = Venue(maker_fee=0.0, taker_fee=0.0, spread_multiplier=0.0, impact=0.0)
NO_FUNDING = FundingRule(interest=0.0, dead_zone=0.0, cap=0.0)
FREE_OF_ALL = FREE._replace(funding=NO_FUNDING)
NEVER = Decision(False, 0.0, 0.0)
LIFT = Decision(True, 0.0, 0.0)
BOUNDLESS = ((1e30, 0.0, 0.0, 1e30),)  # tiers that require nothing: cap, rate, amount, leverage


def coin(index=100.0, mark=None, **fields):
    """Return one coin at the close of a bar; its mark is its index unless given."""
    mark = index if mark is None else mark
    values = dict.fromkeys(Instrument._fields, 0.0)
    prices = {"mark_open": mark, "mark_high": mark, "mark_low": mark, "basis": mark / index - 1.0}
    values |= {"index": index, "mark": mark, "volume": 1e9} | prices | fields
    return Instrument(**{name: np.float64(value) for name, value in values.items()})


def went(first, high, low, close, **fields):
    """Return a coin whose mark opened, was highest, lowest and closed there."""
    return coin(close, mark_open=first, mark_high=high, mark_low=low, **fields)


def bar(time=0.0, instrument=None, delay_noise=0.0, hours=1.0, is_down=False):
    """Return a bar of one coin, or of a holding and its hedge; `is_down` is for `FRAIL` venues."""
    pair = instrument or coin()
    holding, hedge = (pair, pair) if isinstance(pair, Instrument) else pair
    relative = 1.0 if holding is hedge else holding.index / hedge.index
    drawn = 0.25 if is_down else 0.75
    return Bar(float(time), hours, holding, hedge, relative, delay_noise, drawn, drawn)


FRAIL = FREE_OF_ALL._replace(outage_starts=0.5, outage_stays=0.5)


def tiers_in(tables, notional):
    """Return the margin a pass knows: tiers of the hedge, and of the holding where they differ."""
    hedge, holding = tables if isinstance(tables[0][0], tuple | list) else (tables, tables)
    n_tiers = max(len(hedge), len(holding))
    rows = [*hedge, *hedge[-1:] * (n_tiers - len(hedge))]
    rows += [*holding, *holding[-1:] * (n_tiers - len(holding))]
    memory = tuple(float(number) for row in rows for number in row)
    assert len(memory) == 2 * n_tiers * TIER
    return margin_of(memory, 0, n_tiers, notional)


class Script(NamedTuple):
    """What is decided at each bar; stands in for a rule's parameters."""

    decisions: dict


class Asked(NamedTuple):
    """How often the rule was asked, and what it was shown last."""

    times: int = 0
    position: object = None
    wanted: float = 0.0


def follow_script(bar, position, wanted, state, rule):
    """Decide what the script says."""
    return rule.decisions.get(int(bar.time), NEVER), Asked(state.times + 1, position, wanted)


def exact_test(test, then, bar, account, venue, book, margin, place):
    """Make the venue's margin test, as a pass does."""
    return liquidation.margin_test(test, then, bar, account, venue, book, margin)


def no_test(test, then, bar, account, venue, book, margin, place):
    """Leave every leg alone, whatever its balance."""
    return account


def sell(coins, reopen=0.0):
    """Return the decision to be short so many coins."""
    return Decision(True, -float(coins), reopen)


def lives(
    coins,
    decisions,
    venue=FREE_OF_ALL,
    book=BOOK,
    stamps=(),
    first=0,
    ratio=1.0,
    tiers=BOUNDLESS,
    down=(),
    forced=False,
    margin_test=exact_test,
    n_coins=2,
):
    """Return account and state after every bar; `coins[k]` closes bar `first + k`.

    The venue is down in the bars `down`.  With `forced` the exact margin test is made at every bar.
    `n_coins` is what a pass knows: where it is 1, holding and hedge are one coin.
    """
    step = ledger.make_step(follow_script, margin_test, n_coins)
    money = np.float64(book.capital), np.float64(book.collateral)  # divides by zero without a word
    book = book._replace(capital=money[0], collateral=money[1])
    account, state, found = opening_account(book), Asked(), {}
    before, last = bar(first - 1, coins[0]), first + len(coins) - 1
    margin = tiers_in(tiers, book.capital * book.leverage)
    if forced:
        beyond = margin.hedge_gate._replace(cap=-1.0)
        margin = margin._replace(hedge_gate=beyond, holding_gate=beyond)
    for number, each in enumerate(coins, start=first):
        now = bar(number, each, is_down=number in down)
        when = (before, now, number, last, number in stamps, ratio)
        rest = (Script(decisions), venue, book, margin, None)
        with np.errstate(all="ignore"):  # of what `select` leaves out
            account, state = step(*when, account, state, *rest)
        found[number] = account, state
        before = now
    return found


def last_account(*arguments, **settings):
    """Return the account after the last bar."""
    return list(lives(*arguments, **settings).values())[-1][0]


def equity_by_lines(account):
    """Return the change of equity that the lines tell. [quote]"""
    gains, costs, liquidations = account.gains, account.costs, account.liquidations
    return sum(gains) - sum(costs) + liquidations.relief - liquidations.fee
