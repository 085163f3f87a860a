"""The venue's margin test: which leg it closes, at what price, and who pays, on paper.

Ten coins are held at 100 with a capital of 1000, and ten are sold with a margin of 500, so that the
hedge leg has 1500 of cash.  Tiers are round: one, of a quarter (short 10 is closed at 120, where
1500 - 10 x 120 = 300 = 1200 / 4) or of a fifth (of a long).
"""

import numpy as np
import pytest

from hedgelab.kernels.layout import flatten
from hedgelab.kernels.records import Book, Decision, FundingRule
from tests.kernels.by_hand import (
    BOOK,
    FREE,
    FREE_OF_ALL,
    coin,
    equity_by_lines,
    last_account,
    lives,
    sell,
    went,
)

QUARTER = ((1e12, 0.25, 0.0, 4.0),)
FIFTH = ((1e12, 0.20, 0.0, 5.0),)
DEAR = FREE_OF_ALL._replace(liquidation_fee=0.1)
FLAT = coin(100.0)
LEVERED = Book(capital=1000.0, leverage=2.0, collateral=500.0, perp_holding=True)


def after(coins, decisions=None, venue=DEAR, book=BOOK, tiers=QUARTER, **settings):
    """Return the account after the last of these bars, which is not the last of all."""
    decisions = {0: sell(10)} if decisions is None else decisions
    found = lives([FLAT, *coins, coins[-1]], decisions, venue, book, tiers=tiers, **settings)
    return found[len(coins)][0]


def counts(account):
    """Return how many legs were liquidated: of the hedge, of the holding."""
    return account.liquidations.of_hedge, account.liquidations.of_holding


# -- isolated: a short ---------------------------------------------------------------------------
def test_short_is_closed_at_its_level_and_pays_the_fee_out_of_its_margin():
    # the high of 125 is beyond 120: 10 x (120 - 100) is lost; 10 % of 1200 of the 300 that are left
    account = after([went(100.0, 125.0, 95.0, 110.0)])
    assert account.hedge == (0.0, pytest.approx(180.0))
    assert account.gains.hedge_pnl == pytest.approx(-200.0)
    assert (account.liquidations.fee, account.liquidations.relief) == (pytest.approx(120.0), 0.0)
    assert counts(account) == (1.0, 0.0)
    # the holding lives on, and is worth 1100 at the close
    assert account.exposure.equity == pytest.approx(1280.0)
    assert equity_by_lines(account) == pytest.approx(-220.0)


def test_liquidation_is_no_order_and_pays_no_trading_cost():
    venue = DEAR._replace(taker_fee=0.001)
    account = after([went(100.0, 125.0, 95.0, 110.0)], venue=venue)
    assert account.orders[:4] == (1.0, 1.0, 0.0, 1000.0)
    assert account.costs.fee == 1.0


def test_short_whose_high_stays_below_its_level_lives():
    # at 119: 1500 - 1190 - 297.5 = 12.5 is left, and a rise of 1 takes 12.5 x 119: 1/119 away
    account = after([went(100.0, 119.0, 50.0, 110.0)])
    assert account.hedge.quantity == -10.0
    assert counts(account) == (0.0, 0.0)
    assert account.liquidations.smallest_distance == pytest.approx(1.0 / 119.0)


@pytest.mark.parametrize(
    ("first", "fee", "relief"), [(130.0, 130.0, 0.0), (145.0, 50.0, 0.0), (160.0, 0.0, 100.0)]
)
def test_gap_fills_at_the_open_and_what_the_margin_cannot_pay_is_relieved(first, fee, relief):
    # 1500 less 1300, 1450 or 1600: the fee is 10 % of the notional or what is left of the margin;
    # beyond that the venue takes the loss
    account = after([went(first, first + 5.0, 90.0, 110.0)])
    assert account.gains.hedge_pnl == pytest.approx(-10.0 * (first - 100.0))
    assert account.liquidations.fee == pytest.approx(fee)
    assert account.liquidations.relief == pytest.approx(relief)
    left = 1500.0 - 10.0 * first - fee + relief
    assert account.hedge == (0.0, pytest.approx(left, abs=1e-9))
    assert account.exposure.equity == pytest.approx(1100.0 + left)


def test_open_at_the_level_itself_is_where_it_fills():
    assert after([went(120.0, 125.0, 90.0, 110.0)]).gains.hedge_pnl == pytest.approx(-200.0)


# -- isolated: a long ----------------------------------------------------------------------------
def test_long_is_closed_at_its_low():
    # 20 coins at 100 owe 1000; 20 p - 1000 = 4 p at 62.5, where 250 are left: fee 10 % of 1250
    account = after([went(100.0, 500.0, 60.0, 90.0)], {}, book=LEVERED, tiers=FIFTH)
    assert account.holding == (0.0, pytest.approx(125.0))
    assert account.gains.holding_pnl == pytest.approx(-750.0)
    assert account.liquidations.fee == pytest.approx(125.0)
    assert counts(account) == (0.0, 1.0)


def test_long_whose_low_stays_above_its_level_lives_whatever_the_high():
    # at 64: 1280 - 1000 - 256 = 24 is left, and a fall of 1 takes 16 x 64
    account = after([went(100.0, 500.0, 64.0, 90.0)], {}, book=LEVERED, tiers=FIFTH)
    assert account.holding.quantity == 20.0
    assert account.liquidations.smallest_distance == pytest.approx(24.0 / 1024.0)


def test_long_that_gaps_below_its_level_fills_at_the_open():
    # 20 x 45 - 1000 = -100: relieved
    account = after([went(45.0, 500.0, 44.0, 90.0)], {}, book=LEVERED, tiers=FIFTH)
    assert account.holding == (0.0, pytest.approx(0.0, abs=1e-9))
    assert (account.liquidations.fee, account.liquidations.relief) == (0.0, pytest.approx(100.0))


def test_hedge_alone_is_liquidated_while_the_holding_lives():
    # the hedge at 120; the holding of 20 is worth 2200 - 1000 at the close of 110
    account = after([went(100.0, 125.0, 99.0, 110.0)], book=LEVERED)
    assert counts(account) == (1.0, 0.0)
    assert account.holding == (20.0, -1000.0)
    assert account.exposure.equity == pytest.approx(1200.0 + 180.0)


def test_holding_that_is_liquidated_takes_its_hedge_with_it_at_the_close():
    # the hedge is bought back at 90 by an order with a fee of 0.1 %; nothing is opened afterwards
    # though every bar asks for it, and its signals are counted
    venue, every = DEAR._replace(taker_fee=0.001), dict.fromkeys(range(5), sell(10))
    coins = [went(100.0, 101.0, 60.0, 90.0), coin(90.0), coin(95.0)]
    account = after(coins, every, venue, LEVERED, FIFTH)
    assert counts(account) == (0.0, 1.0)
    assert account.hedge == (0.0, pytest.approx(500.0 + 100.0 - 1.0 - 0.9))
    assert account.orders[:4] == (4.0, 2.0, 1.0, 1900.0)


def test_bars_without_a_holding_do_not_count_in_its_hedge_ratio():
    # hedged over bar 1; the holding was there over bar 1 of 3
    coins = [went(100.0, 101.0, 60.0, 90.0), coin(90.0), coin(95.0)]
    exposure = after(coins, book=LEVERED, tiers=FIFTH).exposure
    assert (exposure.bars_hedged, exposure.bars_without, exposure.hedged) == (1.0, 2.0, 10.0)


# -- lines at the fill ---------------------------------------------------------------------------
def test_lines_of_a_leg_are_split_at_the_fill_with_the_basis_of_before():
    # index 100, mark 110: cash 412.5 + 1100; 1512.5 / 12.5 = 121 is an index of 121 / 1.1 = 110:
    # 10 x 10 by the index and 10 x 1 by the basis
    coins = [coin(100.0, 110.0), coin(105.0, 106.0, mark_open=110.0, mark_high=130.0)]
    book = BOOK._replace(collateral=412.5)
    account = lives([*coins, coins[-1]], {0: sell(10)}, book=book, tiers=QUARTER)[1][0]
    assert account.gains.hedge_pnl == pytest.approx(-100.0)
    assert account.gains.basis_pnl == pytest.approx(-10.0)
    assert account.exposure.equity == pytest.approx(1050.0 + 1512.5 - 1210.0)


def test_leg_hit_within_a_bar_pays_no_funding_of_it_and_the_leg_that_lives_does():
    # the long of 20 pays 1 % of 2200; the yield of 0.0876 a year is 1e-5 of the 300 that are left
    venue = FREE._replace(funding=FundingRule(realised=True))
    book = LEVERED._replace(collateral_yield=0.0876)
    hit = went(100.0, 125.0, 99.0, 110.0, funding=0.01)
    account = after([hit], venue=venue, book=book, stamps=(1,))
    assert account.gains.funding == pytest.approx(-22.0)
    assert account.gains.financing == pytest.approx(0.003)


# -- at the close --------------------------------------------------------------------------------
PAYS = FREE._replace(funding=FundingRule(realised=True), liquidation_fee=0.1)


def test_funding_can_use_up_a_margin_that_the_extremes_left():
    # the high of 119 leaves 12.5; at the close there the short pays 2 % of 1190 = 23.8, and is
    # closed at the close: 1500 - 1190 - 23.8 = 286.2, less a fee of 119
    account = after([went(100.0, 119.0, 95.0, 119.0, funding=-0.02)], venue=PAYS, stamps=(1,))
    assert account.gains.funding == pytest.approx(-23.8)
    assert account.gains.hedge_pnl == pytest.approx(-190.0)
    assert account.hedge == (0.0, pytest.approx(167.2))
    assert counts(account) == (1.0, 0.0)
    assert account.liquidations.smallest_distance == 0.0


def test_cost_of_collateral_can_use_up_a_margin_that_the_extremes_left():
    # 60 % of 500 in one hour, where no funding is due: 200 are left of 250; half of it leaves 350
    for share, hits in ((0.6, 1.0), (0.3, 0.0)):
        account = after([FLAT], book=BOOK._replace(collateral_yield=-share * 8760.0))
        assert account.liquidations.of_hedge == hits


def test_distance_is_measured_at_the_extremes_and_not_again_at_the_close():
    # the extremes leave 1/119; 1 % of 1190 is paid at the close, where 0.6 / 1487.5 would be left
    account = after([went(100.0, 119.0, 95.0, 119.0, funding=-0.01)], venue=PAYS, stamps=(1,))
    assert account.hedge.quantity == -10.0
    assert account.liquidations.smallest_distance == pytest.approx(1.0 / 119.0)


AT_CLOSE = BOOK._replace(only_at_close=True)


def test_margin_that_is_tested_at_closes_misses_what_happens_between():
    # the high was 200; at the close of 110: 1500 - 1100 - 275 = 125, over 12.5 x 110
    account = after([went(100.0, 200.0, 95.0, 110.0)], book=AT_CLOSE)
    assert account.hedge.quantity == -10.0
    assert account.liquidations.smallest_distance == pytest.approx(125.0 / 1375.0)


def test_margin_that_is_tested_at_closes_fills_there():
    # 121 is beyond 120: 1500 - 1210 - 121
    account = after([went(100.0, 200.0, 95.0, 121.0)], book=AT_CLOSE)
    assert account.gains.hedge_pnl == pytest.approx(-210.0)
    assert account.hedge == (0.0, pytest.approx(169.0))


def test_hedge_that_is_opened_at_a_close_is_not_tested_in_the_bar_before_it():
    coins = [went(100.0, 500.0, 1.0, 100.0), FLAT]
    assert counts(after(coins, {1: sell(10)})) == (0.0, 0.0)


# -- afterwards ----------------------------------------------------------------------------------
HIT = went(100.0, 125.0, 95.0, 110.0)


def test_liquidated_hedge_stays_out_and_its_signals_still_count():
    account = after([HIT, FLAT, FLAT], dict.fromkeys(range(4), sell(10)))
    assert account.hedge == (0.0, pytest.approx(180.0))
    assert account.allowance.stays_out
    assert account.orders[:4] == (4.0, 1.0, 0.0, 1000.0)


def test_hedge_that_may_reopen_does_so_at_its_next_fire_with_what_is_left():
    # at this close: 180 open 4 x 180 = 720, 6.545 coins at 110; the order was cut
    reopens = BOOK._replace(reopens=True)
    account = after([HIT], {0: sell(10), 1: sell(10)}, book=reopens)
    assert account.hedge.quantity == pytest.approx(-720.0 / 110.0)
    assert account.hedge.cash == pytest.approx(180.0 + 720.0)
    assert account.allowance.cut == 1.0
    # or later, and then it may be liquidated again: 900 / (1.25 x 6.545) = 110
    later = after([HIT, coin(110.0), coin(112.0)], {0: sell(10), 2: sell(10)}, book=reopens)
    assert counts(later) == (2.0, 0.0)


def test_holding_that_was_liquidated_is_not_bought_again_where_hedges_may_reopen():
    book = LEVERED._replace(reopens=True)
    coins = [went(100.0, 101.0, 60.0, 90.0), coin(90.0), coin(95.0)]
    account = after(coins, dict.fromkeys(range(4), sell(10)), book=book, tiers=FIFTH)
    assert (account.holding.quantity, account.hedge.quantity) == (0.0, 0.0)


# -- cross ---------------------------------------------------------------------------------------
CROSS = Book(capital=1000.0, leverage=4.0, collateral=500.0, perp_holding=True, cross=True)


def test_account_is_closed_where_all_its_equity_is_what_all_its_legs_require():
    # long 40 owing 3000, short 10 with 1500: -1500 + 30 p = 0.2 x 50 p at 75
    lives_on = after([went(100.0, 200.0, 76.0, 90.0)], book=CROSS, tiers=FIFTH)
    assert counts(lives_on) == (0.0, 0.0)
    account = after([went(100.0, 101.0, 70.0, 90.0)], book=CROSS, tiers=FIFTH)
    assert counts(account) == (1.0, 1.0)
    assert account.gains.holding_pnl == pytest.approx(-1000.0)
    assert account.gains.hedge_pnl == pytest.approx(250.0)
    # 750 are left, less the fee of 10 % of 3750; all of it lies with the hedge
    assert account.liquidations.fee == pytest.approx(375.0)
    assert account.holding == (0.0, 0.0)
    assert account.hedge == (0.0, pytest.approx(375.0))
    assert account.exposure.equity == pytest.approx(375.0)


def test_distance_of_an_account_is_that_of_all_marks_together():
    # at 76: -1500 + 2280 - 760 = 20, and a fall of 1 takes 30 x 76 - 0.2 x 50 x 76 = 1520
    account = after([went(100.0, 200.0, 76.0, 90.0)], book=CROSS, tiers=FIFTH)
    assert account.liquidations.smallest_distance == pytest.approx(20.0 / 1520.0)


def test_account_that_gaps_fills_all_its_legs_at_the_open_and_is_relieved():
    # -1500 + 30 x 40 = -300
    account = after([went(40.0, 101.0, 39.0, 90.0)], book=CROSS, tiers=FIFTH)
    assert (account.liquidations.fee, account.liquidations.relief) == (0.0, pytest.approx(300.0))
    assert account.holding == (0.0, 0.0)
    assert account.hedge == (0.0, pytest.approx(0.0, abs=1e-9))
    assert account.exposure.equity == pytest.approx(0.0, abs=1e-9)


def of_two(holding, hedge):
    """Return the bar of a holding and of a hedge that are two coins."""
    return holding, hedge


TWO = [of_two(coin(100.0), coin(100.0)._replace(volume=1e8))]


def two_coins(holding, hedge, decisions, book, venue=DEAR, tiers=FIFTH):
    """Return the account after one bar of two coins."""
    coins = [*TWO, of_two(holding, hedge), of_two(holding, hedge)]
    return lives(coins, decisions, venue, book, tiers=tiers)[1][0]


TWICE = Book(capital=1000.0, leverage=2.0, collateral=500.0, perp_holding=True, cross=True)


def test_two_coins_go_the_same_share_of_the_way_to_their_highs():
    # long 20 owing 1000, short 30 with 3500: the holding rises by 10 s, the hedge by 60 s:
    # 2500 + 2000 + 200 s - 3000 - 1800 s = 0.2 x (2000 + 200 s + 3000 + 1800 s), so 500 = 2000 s:
    # at s = 1/4 they fill at 102.5 and 115, where 1050 + 50 = 1100 = 0.2 x 5500 are left,
    # less a fee of 550
    holding, hedge = went(100.0, 110.0, 99.0, 100.0), went(100.0, 160.0, 99.0, 100.0)
    account = two_coins(holding, hedge, {0: sell(30)}, TWICE)
    assert account.gains.holding_pnl == pytest.approx(50.0)
    assert account.gains.hedge_pnl == pytest.approx(-450.0)
    assert account.liquidations.fee == pytest.approx(550.0)
    assert account.holding == (0.0, 0.0)
    assert account.hedge == (0.0, pytest.approx(550.0))


def test_highs_are_looked_at_before_lows():
    # both corners are deadly: the hedge's high takes it at s = 1/4 as above, before the lows, where
    # the holding would fall by 60 s and fill elsewhere
    holding, hedge = went(100.0, 110.0, 10.0, 100.0), went(100.0, 160.0, 99.0, 100.0)
    account = two_coins(holding, hedge, {0: sell(30)}, TWICE)
    assert account.gains.holding_pnl == pytest.approx(50.0)
    assert account.gains.hedge_pnl == pytest.approx(-450.0)


def test_lows_are_looked_at_when_the_highs_did_no_harm():
    # at the lows 2500 + 20 x (100 - 90 s) - 30 x 100 = 1500 - 1800 s, against
    # 0.2 x (5000 - 1800 s) = 1000 - 360 s: s = 500 / 1440
    holding, hedge = went(100.0, 101.0, 10.0, 100.0), went(100.0, 101.0, 100.0, 100.0)
    account = two_coins(holding, hedge, {0: sell(30)}, TWICE)
    share = 500.0 / 1440.0
    assert account.gains.holding_pnl == pytest.approx(-1800.0 * share)
    assert account.gains.hedge_pnl == pytest.approx(0.0, abs=1e-9)


def test_two_coins_that_gap_apart_and_come_back_are_closed_at_the_open():
    # at the open, 90 and 120: 2500 + 1800 - 3600 = 700 of 0.2 x 5400 = 1080
    holding, hedge = went(90.0, 160.0, 90.0, 100.0), went(120.0, 121.0, 60.0, 100.0)
    account = two_coins(holding, hedge, {0: sell(30)}, TWICE)
    assert account.gains.holding_pnl == pytest.approx(-200.0)
    assert account.gains.hedge_pnl == pytest.approx(-600.0)
    # both corners are safe: 2500 + 3200 - 3630 = 2070 of 1366, 2500 + 1800 - 1800 = 2500 of 720
    holding, hedge = holding._replace(mark_open=100.0), hedge._replace(mark_open=100.0)
    assert counts(two_coins(holding, hedge, {0: sell(30)}, TWICE)) == (0.0, 0.0)


def test_two_coins_that_end_a_bar_apart_are_closed_at_its_close():
    # the same 90 and 120 at the close, where funding is not due; the open and both corners are safe
    holding, hedge = went(100.0, 160.0, 90.0, 90.0), went(100.0, 121.0, 60.0, 120.0)
    account = two_coins(holding, hedge, {0: sell(30)}, TWICE)
    assert counts(account) == (1.0, 1.0)
    assert account.gains.holding_pnl == pytest.approx(-200.0)
    assert account.gains.hedge_pnl == pytest.approx(-600.0)


def test_gap_that_comes_back_is_found_by_an_account_that_was_nearer_before():
    # the quiet bar is 500 over 2000 away, both corners of the next are farther: only its open tells
    quiet = FLAT, FLAT
    gap = went(90.0, 160.0, 90.0, 100.0), went(120.0, 121.0, 60.0, 100.0)
    bars = [*TWO, quiet, gap, gap]
    account = lives(bars, {0: sell(30)}, DEAR, TWICE, tiers=FIFTH)[2][0]
    assert counts(account) == (1.0, 1.0)


def test_account_that_holds_its_perpetual_without_a_hedge_is_tested():
    # -3000 + 500 + 40 p = 8 p at 78.125
    for low, hits in ((78.2, 0.0), (78.0, 1.0)):
        account = after([went(100.0, 101.0, low, 90.0)], {}, book=CROSS, tiers=FIFTH)
        assert counts(account) == (0.0, hits)


SPOT_CROSS = BOOK._replace(cross=True)


@pytest.mark.parametrize(("weight", "level"), [(0.0, 120.0), (0.25, 150.0), (0.5, 200.0)])
def test_spot_coins_count_by_their_weight(weight, level):
    # 1500 - 10 p + weight x 10 p = p / 4 x 10: 12.5, 10 or 7.5 coins of 1500
    book = SPOT_CROSS._replace(spot_weight=weight)
    near, over = went(100.0, level - 0.1, 99.0, 100.0), went(100.0, level + 0.1, 99.0, 100.0)
    assert counts(after([near], book=book)) == (0.0, 0.0)
    account = after([over], book=book)
    assert counts(account) == (1.0, 0.0)
    assert account.gains.hedge_pnl == pytest.approx(-10.0 * (level - 100.0))
    assert account.holding.quantity == 10.0


def test_pledged_coins_secure_the_debt_of_a_liquidated_account():
    # filled at 200: 1500 - 2000 = -500 of money, and coins worth 2000: the fee of 200 is due,
    # nothing is forgiven, and 700 are owed
    book = SPOT_CROSS._replace(spot_weight=0.5)
    account = after([went(100.0, 201.0, 99.0, 100.0)], book=book)
    assert account.liquidations.fee == pytest.approx(200.0)
    assert account.liquidations.relief == 0.0
    assert account.hedge == (0.0, pytest.approx(-700.0))


def test_spot_coins_are_worth_their_index_by_the_basis_of_before():
    # a mark of 110 on an index of 100: 10 coins x 1/2 count as 5 / 1.1 at the mark; 412.5 + 1100
    # = 1512.5 = (12.5 - 5 / 1.1) p at 190.14, whatever the basis is when the bar is over
    book = SPOT_CROSS._replace(spot_weight=0.5, collateral=412.5)
    level = 1512.5 / (12.5 - 5.0 / 1.1)
    first = coin(100.0, 110.0)
    bars = [coin(100.0, mark_high=high) for high in (level - 0.01, level + 0.01)]
    for second, hits in zip(bars, (0.0, 1.0), strict=True):
        found = lives([first, second, second], {0: sell(10)}, book=book, tiers=QUARTER)[1][0]
        assert found.liquidations.of_hedge == hits


def test_one_coin_whose_basis_widens_is_closed_at_the_close():
    # 10 coins x 1/5 secure a short of 10 with 100 beside: 300 of 250 while the mark stays; at the
    # close the index has halved under it, and 200 are left
    book = SPOT_CROSS._replace(spot_weight=0.2, collateral=100.0)
    account = after([coin(50.0, 100.0)], book=book, n_coins=1)
    assert counts(account) == (1.0, 0.0)


def test_account_without_perpetual_legs_is_not_tested():
    # a spot holding alone, down to nothing
    account = after([went(100.0, 101.0, 1e-6, 1.0)], {}, book=SPOT_CROSS)
    assert account.liquidations == (0.0, 0.0, 0.0, 0.0, 1e9)


@pytest.mark.parametrize("book", [BOOK, SPOT_CROSS, LEVERED, CROSS])
def test_distance_is_zero_after_a_liquidation_and_stays(book):
    crash = [went(100.0, 250.0, 10.0, 90.0), FLAT, FLAT]
    assert after(crash, book=book).liquidations.smallest_distance == 0.0


def test_short_that_no_price_may_close_is_never_near_in_a_falling_market():
    # cross: marks together; a fall never hurts a short against a spot holding that does not count
    account = after([went(100.0, 100.0, 10.0, 20.0)], book=SPOT_CROSS, tiers=QUARTER)
    # at the high of 100: 1500 - 1000 - 250 over 12.5 x 100; the low is no risk
    assert account.liquidations.smallest_distance == pytest.approx(0.2)


def test_the_nearer_leg_tells_the_distance_in_isolated_mode():
    # the hedge at its high of 119: 1/119; the holding at its low of 70: 1400 - 1000 - 350 = 50 over
    # 15 x 70, 0.048
    account = after([went(100.0, 119.0, 70.0, 100.0)], book=LEVERED)
    assert account.liquidations.smallest_distance == pytest.approx(1.0 / 119.0)
    account = after([went(100.0, 110.0, 68.0, 100.0)], book=LEVERED)
    # hedge: 125 / 1375 = 0.091; holding: 1360 - 1000 - 340 = 20 over 15 x 68 = 0.0196
    assert account.liquidations.smallest_distance == pytest.approx(20.0 / 1020.0)


# -- what a rule may know ------------------------------------------------------------------------
def shown(coins, decisions=None, book=LEVERED, tiers=FIFTH):
    """Return the position that a rule is shown at the close of the last bar but one."""
    decisions = {} if decisions is None else decisions
    found = lives([FLAT, *coins, coins[-1]], decisions, FREE_OF_ALL, book, tiers=tiers)
    return found[len(coins)][1].position


def test_rule_is_shown_how_far_the_holding_is_from_its_liquidation_at_the_close():
    # 20 coins at 80 owing 1000: 1600 - 1000 - 320 = 280 over 16 x 80
    position = shown([coin(80.0)])
    assert position.distance == pytest.approx(280.0 / 1280.0)
    assert position.holding_value == 1600.0


def test_spot_holding_on_its_own_cannot_be_liquidated():
    assert shown([coin(80.0)], book=BOOK).distance == 1e9
    assert shown([coin(80.0)], book=SPOT_CROSS._replace(spot_weight=0.5)).distance == 1e9


def test_distance_in_an_account_is_that_of_all_marks_falling_together():
    # -1500 + 30 x 90 - 0.2 x 50 x 90 = 300 over 20 x 90
    assert shown([coin(90.0)], {0: sell(10)}, CROSS).distance == pytest.approx(300.0 / 1800.0)
    # more is sold than held: a fall hurts nobody
    assert shown([coin(90.0)], {0: sell(45)}, CROSS).distance == 1e9


# -- the gate ------------------------------------------------------------------------------------
def crowd(n_accounts, n_bars=12, seed=8):
    """Random lives near their liquidation: bars, decisions and stamps, one set an account."""
    rng = np.random.default_rng(seed)
    for _ in range(n_accounts):
        index = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.12, n_bars)))
        mark = index * (1.0 + rng.normal(0.0, 0.003, n_bars))
        first = np.append(mark[0], mark[:-1]) * np.exp(rng.normal(0.0, 0.03, n_bars))
        high = np.maximum(first, mark) * np.exp(abs(rng.normal(0.0, 0.04, n_bars)))
        low = np.minimum(first, mark) * np.exp(-abs(rng.normal(0.0, 0.04, n_bars)))
        funding, fires = rng.normal(0.0, 0.002, n_bars), rng.random(n_bars) < 0.3
        wanted, reopen = rng.uniform(-30.0, 5.0, n_bars), rng.choice([0.0, 1.0], n_bars)
        coins = [
            coin(
                index[k],
                mark[k],
                mark_open=first[k],
                mark_high=high[k],
                mark_low=low[k],
                funding=funding[k],
            )
            for k in range(n_bars)
        ]
        decisions = {k: Decision(fires[k], wanted[k], reopen[k]) for k in range(n_bars)}
        yield coins, decisions, tuple(np.flatnonzero(rng.random(n_bars) < 0.4))


@pytest.mark.parametrize("book", [BOOK, SPOT_CROSS], ids=["isolated", "cross"])
def test_leg_that_outgrows_the_gate_is_tested_with_the_tier_it_is_in(book):
    # short 10 with 2600. At 235: 250 - (1175 - 980) = 55 over 3525, 0.016 away. At 250: 100 less
    # 1250 - 980 = 270 is a liquidation, though 1 % alone would leave 75 over 2525, 0.030
    steep = ((2000.0, 0.01, 0.0, 50.0), (1e9, 0.5, 980.0, 1.9))
    book = book._replace(collateral=1600.0)
    quiet, steeper = went(100.0, 235.0, 100.0, 230.0), went(230.0, 250.0, 229.0, 230.0)
    found = lives([FLAT, quiet, steeper, steeper], {0: sell(10)}, DEAR, book, tiers=steep)
    assert found[1][0].liquidations.smallest_distance == pytest.approx(55.0 / 3525.0)
    assert counts(found[2][0]) == (1.0, 0.0)


STEPS = ((800.0, 0.05, 0.0, 15.0), (2500.0, 0.10, 40.0, 8.0), (1e5, 0.20, 290.0, 4.0))
BOOKS = {
    "isolated": BOOK._replace(collateral=200.0, reopens=True),
    "isolated, with a wallet": BOOK._replace(hedge_leverage=6.0, reopens=True),
    "isolated, both legs": LEVERED._replace(collateral=300.0),
    "isolated, at closes": LEVERED._replace(only_at_close=True, reopens=True),
    "cross, spot": SPOT_CROSS._replace(spot_weight=0.4, collateral=150.0, reopens=True),
    "cross, both legs": TWICE._replace(collateral=200.0),
    "cross, at closes": CROSS._replace(collateral=100.0, only_at_close=True),
}
FULL = FREE._replace(taker_fee=0.001, liquidation_fee=0.01, funding=FundingRule(realised=True))


@pytest.mark.parametrize("name", BOOKS)
def test_bars_that_the_gate_spares_the_exact_test_would_have_found_nothing(name):
    hits, spared = 0.0, 0
    for coins, decisions, stamps in crowd(60):
        given = (coins, decisions, FULL, BOOKS[name], stamps)
        gated, forced = lives(*given, tiers=STEPS), lives(*given, tiers=STEPS, forced=True)
        for number, (account, _) in gated.items():
            assert flatten(account) == flatten(forced[number][0])
        hits += sum(counts(account))
        spared += account.liquidations.smallest_distance > 0.0
    assert hits >= 5.0
    assert spared >= 5


@pytest.mark.parametrize("name", BOOKS)
def test_tiers_far_beyond_the_account_change_nothing(name):
    far = (*STEPS, (1e7, 0.5, 30_290.0, 2.0), (1e9, 0.9, 4_030_290.0, 1.0))
    for coins, decisions, stamps in crowd(10, seed=9):
        given = (coins, decisions, FULL, BOOKS[name], stamps)
        assert flatten(last_account(*given, tiers=STEPS)) == flatten(
            last_account(*given, tiers=far)
        )


@pytest.mark.parametrize("name", BOOKS)
def test_equity_is_the_sum_of_the_lines_through_every_liquidation(name):
    book = BOOKS[name]
    for coins, decisions, stamps in crowd(40, seed=10):
        for account, _ in lives(coins, decisions, FULL, book, stamps, tiers=STEPS).values():
            change = account.exposure.equity - book.capital - book.collateral
            allowed = 1e-12 * (5000.0 + account.orders.turnover)
            assert equity_by_lines(account) == pytest.approx(change, rel=0.0, abs=allowed)


def test_isolated_hedge_never_loses_more_than_its_margin():
    # 200 behind it: nothing is left at worst, since the venue closes it before or takes the rest
    book, thin, worst = BOOKS["isolated"]._replace(reopens=False), ((1e9, 0.005, 0.0, 20.0),), []
    for coins, decisions, stamps in crowd(60, seed=11):
        account = last_account(coins, decisions, FULL, book, stamps, tiers=thin)
        assert account.hedge.quantity == 0.0
        worst.append(account.hedge.cash)
    assert min(worst) == pytest.approx(0.0, abs=1e-9)
    assert sum(left < 1e-9 for left in worst) > 3


def test_pledged_spot_coins_answer_for_a_loss_before_the_venue_does():
    # 10 coins at 100, short 20 of them in cross, coins count half; a gap to 200: the short has lost
    # 2000, the coins are worth 2000 and 500 of collateral is there: a debt of 1500, no relief. At
    # 400: lost 6000 against 4000 and 500: the venue forgives 1500. Unpledged it forgives 1500
    # (2000 - 500) at 200 already.
    for weight, price, relief in ((0.5, 200.0, 0.0), (0.5, 400.0, 1500.0), (0.0, 200.0, 1500.0)):
        book = BOOK._replace(cross=True, spot_weight=weight)
        coins = [coin(100.0), went(price, price, price, price)]
        account = last_account(coins, {0: sell(20)}, book=book)
        assert account.liquidations.of_hedge == 1.0
        assert account.liquidations.relief == pytest.approx(relief)
        assert account.exposure.equity == pytest.approx(
            1500.0 + 10.0 * (price - 100.0) - 20.0 * (price - 100.0) + relief
        )
