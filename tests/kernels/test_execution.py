"""What becomes of an order: dropped in an outage, cut to the margin, given margin, filled.

Ten coins are held at 100 with a capital of 1000; 500 lie behind the hedge.  Fees are none unless
they are said to be 0.1 %.
"""

import numpy as np
import pytest

from hedgelab.kernels.records import Book, Decision
from tests.kernels.by_hand import (
    BOOK,
    FRAIL,
    FREE_OF_ALL,
    LIFT,
    coin,
    last_account,
    lives,
    sell,
    went,
)

FLAT = coin(100.0)
FEE = FREE_OF_ALL._replace(taker_fee=0.001)
FOUR = ((1e12, 0.05, 0.0, 4.0),)  # four times the margin may be opened


def wants(coins, reopen=0.0):
    """Return what a rule says that does not fire: what it would hold."""
    return Decision(False, -float(coins), reopen)


# -- outages -------------------------------------------------------------------------------------
def in_outage(prices, decisions, down, **settings):
    """Return accounts after every bar of a venue that is down in some bars."""
    coins = [coin(price) for price in prices]
    found = lives(coins, decisions, settings.pop("venue", FRAIL), down=down, **settings)
    return {number: account for number, (account, _) in found.items()}


def test_order_of_a_venue_that_is_down_waits_and_is_filled_with_the_quantity_of_that_bar():
    # fired at 1 for 4 coins, down until 3 exclusive; at 3 the rule would hold 5
    decisions = {1: sell(4), 2: wants(6), 3: wants(5)}
    found = in_outage([100.0] * 6, decisions, down=(1, 2))
    assert [found[k].hedge.quantity for k in range(5)] == [0.0, 0.0, 0.0, -5.0, -5.0]
    # the signal counts at the fire, the order at the fill
    assert [found[k].orders.signals for k in range(5)] == [0.0, 1.0, 1.0, 1.0, 1.0]
    assert [found[k].orders.orders for k in range(5)] == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert found[4].outage.bars_down == 2.0


def test_waiting_order_misses_the_moves_of_the_mark_until_it_is_filled():
    # 4 coins that were not sold at 100: - 4 x (110 - 100) by bar 2, - 4 x (120 - 110) by bar 3:
    # they would have lost 80
    prices = [100.0, 100.0, 110.0, 120.0, 130.0, 130.0]
    found = in_outage(prices, {1: sell(4), 3: wants(4)}, down=(1, 2))
    assert [found[k].outage.missed for k in range(6)] == [0.0, 0.0, -40.0, -80.0, -80.0, -80.0]


def test_missed_is_counted_on_what_was_wanted_less_what_was_held():
    # 4 held and 6 wanted at 1: 2 more, - 2 x 10
    prices = [100.0, 100.0, 110.0, 110.0]
    found = in_outage(prices, {0: sell(4), 1: sell(6), 2: wants(6)}, down=(1,))
    assert found[2].outage.missed == -20.0
    assert found[2].hedge.quantity == -6.0


def test_renewal_that_was_dropped_is_made_up_for():
    # 4 held, to be closed and opened anew at 1; at 2 the rule says nothing of it: two more orders
    found = in_outage([100.0] * 4, {0: sell(4), 1: sell(4, reopen=1.0), 2: wants(4)}, down=(1,))
    assert found[1].orders[:3] == (2.0, 1.0, 0.0)
    assert found[2].orders[:3] == (2.0, 3.0, 1.0)
    assert found[2].outage.missed == 0.0  # nothing was wanted that was not held


@pytest.mark.parametrize(("dropped", "now", "traded"), [(0.25, 0.5, 800.0), (0.5, 0.25, 800.0)])
def test_renewal_is_the_larger_of_what_was_dropped_and_of_what_that_bar_asks_for(
    dropped, now, traded
):
    # half of 4 coins closed and opened: 200 + 200 beside the 400 of the opening
    decisions = {0: sell(4), 1: sell(4, reopen=dropped), 2: sell(4, reopen=now)}
    found = in_outage([100.0] * 4, decisions, down=(1,))
    assert found[2].orders.turnover == traded


def test_renewal_that_a_bar_mentions_without_firing_does_not_count():
    # 0.25 of 4 coins, dropped: 100 + 100 beside the 400
    decisions = {0: sell(4), 1: sell(4, reopen=0.25), 2: wants(4, reopen=1.0)}
    assert in_outage([100.0] * 4, decisions, down=(1,))[2].orders.turnover == 600.0


def test_newer_fire_replaces_what_waits_also_by_nothing():
    # 4 at 1, nothing at 2: at 3 nothing is filled, though the rule would hold 5 there
    found = in_outage([100.0] * 6, {1: sell(4), 2: LIFT, 3: wants(5)}, down=(1, 2))
    assert found[4].orders[:2] == (1.0, 0.0)
    # 4 at 1, 6 at 2: what is missed from then on is 6 coins
    prices = [100.0, 100.0, 110.0, 120.0, 120.0]
    found = in_outage(prices, {1: sell(4), 2: sell(6), 3: wants(6)}, down=(1, 2))
    assert found[3].outage.missed == -4.0 * 10.0 - 6.0 * 10.0


def test_newer_fire_keeps_the_larger_renewal_while_a_hedge_is_open():
    # 1 at bar 1 and 0.25 at bar 2: all 4 are closed and opened, 800 beside the 400
    decisions = {0: sell(4), 1: sell(4, reopen=1.0), 2: sell(4, reopen=0.25), 3: wants(4)}
    assert in_outage([100.0] * 6, decisions, down=(1, 2))[3].orders.turnover == 1200.0


def test_nothing_waits_when_nothing_would_be_traded():
    # 4 held and 4 wanted while down; 7 at the first bar up is not asked for
    found = in_outage([100.0] * 5, {0: sell(4), 1: sell(4), 2: wants(7)}, down=(1,))
    assert found[2].hedge.quantity == -4.0
    assert found[2].orders.signals == 2.0
    # a renewal of a hedge that is not there is nothing too
    found = in_outage([100.0] * 5, {1: Decision(True, 0.0, 1.0), 2: wants(7)}, down=(1,))
    assert found[2].hedge.quantity == 0.0


def test_waiting_lift_closes_the_hedge_when_the_venue_is_up():
    # short 4 from 100; it should have ended at 110 and did at 120: - (0 - 4) x 10 was missed
    prices = [100.0, 110.0, 120.0, 120.0]
    found = in_outage(prices, {0: sell(4), 1: LIFT, 2: wants(0)}, down=(1,))
    assert found[2].hedge.quantity == 0.0
    assert found[2].outage.missed == 40.0
    assert found[2].orders[:3] == (1.0, 2.0, 1.0)


def test_closing_order_at_the_last_bar_is_never_dropped():
    found = in_outage([100.0, 90.0, 80.0], {0: sell(4)}, down=(1, 2))
    assert found[2].hedge == (0.0, 580.0)
    assert found[2].orders[:3] == (1.0, 2.0, 1.0)


def test_venue_can_be_down_at_t0_which_is_no_bar_that_counts():
    found = in_outage([100.0] * 4, {0: sell(4), 1: wants(4), 2: wants(4)}, down=(0, 1))
    assert [found[k].hedge.quantity for k in range(3)] == [0.0, 0.0, -4.0]
    assert found[3].outage.bars_down == 1.0


def test_venue_is_up_before_t0():
    # its stay of before would keep it down where uniforms are below 1/2: only 0 says so
    found = in_outage([100.0] * 4, {0: sell(4)}, down=(-2, -1), first=-2)
    assert found[0].hedge.quantity == -4.0
    assert found[0].outage.bars_down == 0.0


@pytest.mark.parametrize(("starts", "stays", "bars_down"), [(0.2, 0.9, 0.0), (0.9, 0.2, 2.0)])
def test_going_down_and_staying_down_have_odds_of_their_own(starts, stays, bars_down):
    # every uniform is 1/4 in bars 1 to 3 and 3/4 in bar 4: 0.2 never goes down; with 0.9 and 0.2 it
    # goes down at 1, up at 2, down at 3, and at 4 is up since 3/4 is not below 0.2
    venue = FRAIL._replace(outage_starts=starts, outage_stays=stays)
    found = in_outage([100.0] * 5, {}, down=(1, 2, 3), venue=venue)
    assert found[4].outage.bars_down == bars_down


def test_venue_without_outages_is_never_down_whatever_is_drawn():
    found = in_outage([100.0] * 4, {1: sell(4)}, down=(0, 1, 2), venue=FREE_OF_ALL)
    assert found[1].hedge.quantity == -4.0
    assert found[3].outage == (False, 0.0, 0.0, 0.0, 0.0)


def test_venue_that_is_down_liquidates_all_the_same():
    # short 10 with 1500: closed at 1500 / 10.5 = 142.9 below the high of 150
    coins = [FLAT, went(100.0, 150.0, 99.0, 100.0), FLAT]
    found = lives(coins, {0: sell(10)}, FRAIL, tiers=FOUR, down=(1,))
    assert found[1][0].liquidations.of_hedge == 1.0


def test_hedge_whose_holding_is_gone_waits_for_the_venue_to_close_it():
    # long 20 owing 1000 is closed at 1000 / 19 = 52.6; the hedge of 10 is bought back at 3
    book = Book(capital=1000.0, leverage=2.0, collateral=500.0, perp_holding=True)
    coins = [FLAT, went(100.0, 101.0, 50.0, 60.0), coin(60.0), coin(70.0), coin(70.0)]
    found = lives(coins, {0: sell(10)}, FRAIL, book, tiers=FOUR, down=(1, 2))
    assert [found[k][0].hedge.quantity for k in range(4)] == [-10.0, -10.0, -10.0, 0.0]
    assert found[3][0].outage.missed == 10.0 * 10.0
    # three bars hedged, and one of them with something to hedge
    exposure = found[3][0].exposure
    assert (exposure.bars_hedged, exposure.bars_without, exposure.hedged) == (3.0, 2.0, 10.0)


def test_liquidated_hedge_that_stays_out_waits_for_nothing():
    # fired for 12 at 1 while down, closed by the venue at 2: nothing is missed from 2 to 3
    coins = [FLAT, FLAT, went(100.0, 150.0, 99.0, 100.0), coin(110.0), coin(110.0)]
    decisions = {0: sell(10), 1: sell(12), 2: sell(12), 3: sell(12)}
    found = lives(coins, decisions, FRAIL, tiers=FOUR, down=(1, 2))
    assert found[2][0].allowance.stays_out
    assert found[3][0].outage.missed == 0.0
    assert found[3][0].orders[:2] == (4.0, 1.0)


def test_closing_of_a_hedge_whose_holding_is_gone_replaces_what_waited():
    # 2 more coins were to be sold at 1; at 2 the holding is gone and the 10 are to be bought back
    book = Book(capital=1000.0, leverage=2.0, collateral=500.0, perp_holding=True)
    coins = [FLAT, FLAT, went(100.0, 101.0, 50.0, 60.0), coin(60.0), coin(60.0)]
    found = lives(coins, {0: sell(10), 1: sell(12)}, FRAIL, book, tiers=FOUR, down=(1, 2))
    assert found[2][0].outage.waits == 10.0
    assert found[3][0].hedge.quantity == 0.0
    # - 2 x (60 - 100) in bar 2 and nothing in bar 3
    assert found[3][0].outage.missed == 80.0


# -- what an order rests for ---------------------------------------------------------------------
def test_what_closes_rests_by_a_share_of_its_own():
    # what opens takes, at 0.1 %, what closes rests, at nothing: 4 opened, 0.40; of those 2 closed
    # and 1 opened anew, 0.10; 2 of 3 taken off, nothing; 1 left and 3 opened beside it, 0.30
    venue = FEE._replace(closing_maker_share=1.0)
    decisions = {0: sell(4), 1: sell(3, reopen=0.5), 2: sell(1), 3: sell(4), 4: LIFT}
    found = lives([FLAT] * 6, decisions, venue)
    fees = [account.costs.fee for account, _ in found.values()]
    assert fees == pytest.approx([0.4, 0.5, 0.5, 0.8, 0.8, 0.8])


@pytest.mark.parametrize(("share", "traded"), [(1.5, 800.0), (-0.5, 0.0)])
def test_share_to_be_renewed_is_at_least_nothing_and_at_most_all(share, traded):
    # beside the 400 of opening 4: all of them closed and opened anew, or none
    found = lives([FLAT] * 3, {0: sell(4), 1: sell(4, reopen=share)})
    assert found[1][0].orders.turnover == 400.0 + traded


# -- what the margin allows ----------------------------------------------------------------------
def after(decisions, prices=(100.0,), venue=FREE_OF_ALL, book=BOOK, tiers=FOUR):
    """Return the account after the last of these closes, which is not the last of all."""
    coins = [coin(price) for price in (*prices, prices[-1])]
    return lives(coins, decisions, venue, book, tiers=tiers)[len(prices) - 1][0]


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_order_is_cut_to_what_its_margin_may_open(side):
    # 500 x 4 = 2000 at 100
    account = after({0: Decision(True, side * 30.0, 0.0)})
    assert account.hedge == (side * 20.0, 500.0 - side * 2000.0)
    assert account.allowance.cut == 1.0
    assert account.orders[:4] == (1.0, 1.0, 0.0, 2000.0)


def test_order_that_the_margin_just_allows_is_not_cut():
    account = after({0: sell(20)})
    assert (account.hedge.quantity, account.allowance.cut) == (-20.0, 0.0)


def test_margin_is_that_of_before_the_costs_of_opening():
    # 500 open 2000 whatever they cost: 500 - 2 are left
    account = after({0: sell(30)}, venue=FEE)
    assert account.hedge == (-20.0, 500.0 + 2000.0 - 2.0)


def test_margin_is_that_of_after_the_costs_of_closing():
    # 498 after opening 20; closing them costs 2: 496 x 4 = 1984 are opened anew
    account = after({0: sell(20), 1: sell(20, reopen=1.0)}, (100.0, 100.0), FEE)
    assert account.hedge.quantity == pytest.approx(-19.84)
    assert account.allowance.cut == 1.0


def test_best_tier_is_used_up_to_its_cap():
    # 500 x 50 in a tier of 700, 500 x 1 in one without end
    tiers = ((700.0, 0.01, 0.0, 50.0), (1e12, 0.05, 28.0, 1.0))
    assert after({0: sell(30)}, tiers=tiers).hedge.quantity == -7.0


@pytest.mark.parametrize(("asked", "cut"), [(25.0, 1.0), (20.0, 0.0), (18.0, 0.0)])
def test_order_is_never_cut_below_what_is_held(asked, cut):
    # at 105 the margin is 400, and 1600 would be 15.2 coins; 20 are held
    account = after({0: sell(20), 1: sell(asked)}, (100.0, 105.0))
    assert account.hedge.quantity == -min(asked, 20.0)
    assert account.allowance.cut == cut
    assert account.orders.orders == (1.0 if asked >= 20.0 else 2.0)
    assert account.orders.signals == 2.0


def test_part_that_is_reopened_is_cut_but_not_what_is_kept():
    # at 105: a quarter of 20 is closed and may not be opened again; 15 x 105 = 1575 of 1600 are
    # kept, and 1600 / 105 = 15.24 are allowed
    account = after({0: sell(20), 1: sell(20, reopen=0.25)}, (100.0, 105.0))
    assert account.hedge.quantity == pytest.approx(-1600.0 / 105.0)
    assert account.allowance.cut == 1.0


def test_change_of_sign_is_cut_to_what_the_margin_opens_anew():
    # short 20 from 100 to 95: 600 x 4 = 2400 at 95, in one order of 20 + 25.26 coins
    account = after({0: sell(20), 1: Decision(True, 50.0, 0.0)}, (100.0, 95.0))
    assert account.hedge.quantity == pytest.approx(2400.0 / 95.0)
    assert account.orders[:3] == (2.0, 2.0, 1.0)


def test_hedge_without_margin_opens_nothing_and_counts_its_orders_as_cut():
    book = BOOK._replace(collateral=0.0)
    account = after(dict.fromkeys(range(3), sell(1)), (100.0,) * 3, book=book)
    assert account.hedge == (0.0, 0.0)
    assert account.orders[:2] == (3.0, 0.0)
    assert account.allowance.cut == 3.0


CROSS = Book(capital=1000.0, leverage=2.0, collateral=500.0, perp_holding=True, cross=True)


@pytest.mark.parametrize(
    ("tiers", "coins"), [(FOUR, 40.0), (((1500.0, 0.01, 0.0, 50.0), (1e12, 0.05, 60.0, 4.0)), 40.0)]
)
def test_cross_hedge_may_use_all_equity_but_what_the_holding_needs(tiers, coins):
    # 1500 less 2000 / 4, which the tier of 2000 asks for: 1000 x 4 at 100
    account = after({0: sell(90)}, book=CROSS, tiers=tiers)
    assert account.hedge.quantity == -coins
    assert account.allowance.cut == 1.0


@pytest.mark.parametrize(("weight", "coins"), [(0.0, 20.0), (0.5, 40.0)])
def test_cross_hedge_of_spot_coins_may_use_them_by_their_weight(weight, coins):
    # 500 + weight x 1000, x 4
    book = BOOK._replace(cross=True, spot_weight=weight)
    assert after({0: sell(90)}, book=book).hedge.quantity == -coins


# -- the wallet ----------------------------------------------------------------------------------
WALLET = BOOK._replace(hedge_leverage=5.0)
TEN = ((1e12, 0.01, 0.0, 10.0),)


def behind(account, price):
    """Return the wallet, and the margin of the leg: its balance at a price."""
    margin = account.hedge.cash + account.hedge.quantity * price
    return pytest.approx(account.allowance.wallet), pytest.approx(margin)


def test_opened_hedge_is_given_its_entry_notional_over_its_leverage():
    # 1000 / 5 = 200 of 500, and the fee of 1 comes out of them
    account = after({0: sell(10)}, venue=FEE, book=WALLET, tiers=TEN)
    assert behind(account, 100.0) == (300.0, 199.0)
    assert account.exposure.equity == pytest.approx(1499.0)


def test_wallet_that_is_too_small_is_given_whole_and_the_order_is_cut():
    # 6000 / 5 = 1200 of 500, before the cut to 500 x 10
    account = after({0: sell(60)}, book=WALLET, tiers=TEN)
    assert behind(account, 100.0) == (0.0, 500.0)
    assert (account.hedge.quantity, account.allowance.cut) == (-50.0, 1.0)


def test_cut_order_keeps_the_margin_of_what_was_asked_for():
    # 2000 / 5 = 400, of which a venue with 4 times the margin lets 1600 be opened
    account = after({0: sell(20)}, book=WALLET, tiers=FOUR)
    assert behind(account, 100.0) == (100.0, 400.0)
    assert account.hedge.quantity == -16.0


def test_hedge_that_grows_or_shrinks_is_given_nothing_more():
    # short 10 with 200; at 102 they are 180
    account = after({0: sell(10), 1: sell(12)}, (100.0, 102.0), book=WALLET, tiers=TEN)
    assert behind(account, 102.0) == (300.0, 180.0)
    account = after({0: sell(10), 1: sell(4)}, (100.0, 102.0), book=WALLET, tiers=TEN)
    assert behind(account, 102.0) == (300.0, 180.0)


def test_hedge_that_changes_its_sign_is_given_the_margin_of_its_new_side():
    # at 90: 300 come back to 600; long 5 is 450: 90 are given, and pay 0.1 % of 1350
    account = after(
        {0: sell(10), 1: Decision(True, 5.0, 0.0)}, (100.0, 90.0), FEE, WALLET, tiers=TEN
    )
    assert behind(account, 90.0) == (300.0 + 299.0 - 90.0, 90.0 - 1.35)


def test_hedge_that_is_renewed_whole_is_given_its_margin_anew():
    # at 90: 199 + 100, less 0.9 for closing; 900 / 5 = 180 are given and pay 0.9 for opening
    renewal = {0: sell(10), 1: sell(10, reopen=1.0)}
    account = after(renewal, (100.0, 90.0), FEE, WALLET, tiers=TEN)
    assert behind(account, 90.0) == (300.0 + 298.1 - 180.0, 180.0 - 0.9)


def test_hedge_that_is_renewed_in_part_keeps_its_margin():
    # 199 + 100 less 0.1 % of half of 900, twice
    renewal = {0: sell(10), 1: sell(10, reopen=0.5)}
    account = after(renewal, (100.0, 90.0), FEE, WALLET, tiers=TEN)
    assert behind(account, 90.0) == (300.0, 299.0 - 0.9)


def test_margin_of_a_lifted_hedge_is_there_for_the_next():
    # 200 + 100 come back to 300; 4 coins at 90 are given 72 of 600
    account = after({0: sell(10), 1: LIFT, 2: sell(4)}, (100.0, 90.0, 90.0), book=WALLET, tiers=TEN)
    assert behind(account, 90.0) == (528.0, 72.0)


def test_liquidated_hedge_loses_its_margin_and_not_the_wallet():
    # 1200 = 10.1 p at 118.8; it gaps to 130: 1200 - 1300 = -100 are relieved, 300 are left
    coins = [FLAT, went(130.0, 131.0, 99.0, 100.0), FLAT]
    account = last_account(coins, {0: sell(10)}, book=WALLET, tiers=TEN)
    assert (account.allowance.wallet, account.liquidations.relief) == (300.0, 100.0)
    assert account.hedge == (0.0, 0.0)
    assert account.exposure.equity == 1300.0


def test_yield_of_money_behind_the_hedge_goes_into_the_wallet():
    # 0.0876 a year is 1e-5 an hour on 300 + 200
    book = WALLET._replace(collateral_yield=0.0876)
    account = after({0: sell(10)}, (100.0, 100.0), book=book, tiers=TEN)
    assert behind(account, 100.0) == (300.005, 200.0)


def test_profit_that_a_rule_is_shown_is_not_moved_by_the_wallet():
    # short 10 from 100 to 95, whatever lies where
    for book in (BOOK, WALLET):
        coins = [FLAT, coin(95.0), coin(95.0)]
        position = lives(coins, {0: sell(10)}, book=book, tiers=TEN)[1][1].position
        assert position.pnl == pytest.approx(50.0)
        assert position.equity == pytest.approx(1500.0)


def test_wallet_never_changes_what_the_account_is_worth():
    # the same trades on a margin that is never used up: only who keeps the money differs
    rng = np.random.default_rng(4)
    coins = [coin(100.0 * np.exp(x)) for x in rng.normal(0.0, 0.01, 30)]
    decisions = {
        k: Decision(True, rng.uniform(-9.0, 9.0), rng.choice([0.0, 1.0])) for k in range(30)
    }
    rich = BOOK._replace(collateral=1e5)
    equity = [
        last_account(coins, decisions, FEE, book, tiers=TEN).exposure.equity
        for book in (rich, rich._replace(hedge_leverage=2.0))
    ]
    assert equity[0] == pytest.approx(equity[1], rel=1e-12)
