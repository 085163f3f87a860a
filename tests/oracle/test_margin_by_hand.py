"""Margin and liquidation in the oracle, against cases small enough to do on paper.

Ten coins at 100 unless something else is said. One tier: a tenth of the notional is required, and
ten times the margin may be opened.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from .decimal_ledger import run
from .quiet import FREE, PERP, SPOT, Says, assert_only, counts, path
from .records import Tier
from .targets import Constant
from .timings import Never, Once, Schedule


def tiers(*rows):
    return tuple(Tier(*map(D, row)) for row in rows)


def venue_of(*rows, **changes):
    """Return a free venue with tiers of (cap, rate, amount, largest leverage) for both legs."""
    return replace(FREE, holding_tiers=tiers(*rows), hedge_tiers=tiers(*rows), **changes)


TENTH = ("1e9", "0.1", 0, 10)
VENUE = venue_of(TENTH, liquidation_fee=D("0.05"))
SHORT = replace(SPOT, hedge_collateral=D(320))  # ten short at 100 live up to (320 + 1000)/11 = 120
HOURLY = {"every": D(1), "hold": D(1000), "netting": True}


def liquidations(outcome):
    return int(outcome["liquidations_of_hedge"]), int(outcome["liquidations_of_holding"])


def test_short_hedge_is_closed_where_its_balance_is_a_tenth_of_its_notional():
    # Cash 320 + 1000. At 120: 1320 - 1200 = 120 = 0.1 x 1200. Fee 0.05 x 1200 = 60 of the 120.
    market = path(index=[100, 110], mark_high=[100, 125])
    outcome = run(market, VENUE, SHORT, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-200, liquidation_fee=60)
    # Neither an order nor a round trip, and no turnover but the opening's.
    assert counts(outcome) == (1, 1, 0)
    assert outcome["turnover"] == 1000
    assert liquidations(outcome) == (1, 0)
    assert outcome["smallest_distance"] == 0
    assert (outcome["hours_hedged"], outcome["mean_hedge_ratio"]) == (1, 1)


def test_smallest_distance_is_the_move_from_the_extreme_to_the_level():
    # From the high of 115 to 120 is 5/115 = 1/23; the low and the later 104 do not matter.
    market = path(index=[100, 110, 104], mark_high=[100, 115, 111], mark_low=[100, 50, 100])
    outcome = run(market, VENUE, SHORT, Constant(D(1)), Once())
    assert liquidations(outcome) == (0, 0)
    assert abs(outcome["smallest_distance"] - D(1) / 23) < D("1e-20")


def test_nothing_at_risk_has_an_infinite_distance():
    market = path(index=[100, 1000, 1], mark_high=[100, 1000, 1000], mark_low=[100, 100, 1])
    for mode in ("isolated", "cross"):
        outcome = run(market, VENUE, replace(SPOT, margin_mode=mode), Constant(D(1)), Never())
        assert outcome["smallest_distance"] == D("Infinity")


def test_gap_fills_at_the_open_and_the_fee_takes_no_more_than_is_left():
    # Opens at 130, beyond 120: 1320 - 1300 = 20 are left, less than 0.05 x 1300 = 65.
    market = path(index=[100, 130], mark_open=[100, 130])
    outcome = run(market, VENUE, SHORT, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=300, hedge_pnl=-300, liquidation_fee=20)


def test_gap_beyond_bankruptcy_is_relieved_and_costs_the_margin():
    # Opens at 140: 1320 - 1400 = -80. The hedge loses 400 - 80 = 320, all it had.
    market = path(index=[100, 110], mark_open=[100, 140], mark_high=[100, 150])
    outcome = run(market, VENUE, SHORT, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-400, bankruptcy_relief=80)
    assert outcome["equity_change"] == 100 - 320


def test_fill_is_booked_to_an_index_with_the_basis_before():
    # Sold at 102, basis 2 %. 326.4 + 1020 = 1346.4 = 11 x 122.4, and 122.4/1.02 = 120.
    # Basis 2 -> 2.4: -10 x 0.4 = -4. In all -204 = 10 x (102 - 122.4). The basis at the close (1 %)
    # is not asked.
    market = path(index=[100, 100], mark=[102, 101], mark_high=[102, 130])
    book = replace(SPOT, hedge_collateral=D("326.4"))
    outcome = run(market, venue_of(TENTH), book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=0, hedge_pnl=-200, basis_pnl=-4)


def test_long_hedge_is_closed_on_the_way_down():
    # Long 10: cash 320 - 1000 = -680. At 680/9 = 75.5: balance 755 - 680 = 75.5.
    market = path(index=[100, 99], mark_low=[100, 75], mark_high=[100, 1000])
    outcome = run(market, venue_of(TENTH), SHORT, Constant(D(-1)), Once())
    fill = D(680) / 9
    assert_only(outcome, holding_pnl=-10, hedge_pnl=10 * (fill - 100))
    assert outcome["mean_hedge_ratio"] == -1


def test_short_is_closed_at_the_smallest_of_its_tiers_roots():
    # 0.1 up to 1000, then 0.3 less 200. Cash 1360: roots 1360/11 = 123.6 and 1560/13 = 120.
    # At 120: balance 160 = 0.3 x 1200 - 200.
    steps = venue_of((1000, "0.1", 0, 10), ("1e9", "0.3", 200, 3))
    market = path(index=[100, 110], mark_high=[100, 125])
    book = replace(SPOT, hedge_collateral=D(360))
    assert_only(run(market, steps, book, Constant(D(1)), Once()), holding_pnl=100, hedge_pnl=-200)


def test_long_is_closed_at_the_largest_of_its_tiers_roots():
    # 0.1 up to 500, then 0.2 less 50. Cash -690: roots 690/9 = 76.7 and 640/8 = 80.
    steps = venue_of((500, "0.1", 0, 10), ("1e9", "0.2", 50, 5))
    market = path(index=[100, 90], mark_low=[100, 70])
    book = replace(SPOT, hedge_collateral=D(310))
    outcome = run(market, steps, book, Constant(D(-1)), Once())
    assert_only(outcome, holding_pnl=-100, hedge_pnl=-200)


def test_distance_is_measured_at_the_tier_that_binds():
    # At 110 the second tier: 1360 - 1100 - (330 - 200) = 130, a relative move costs 1100 x 1.3.
    steps = venue_of((1000, "0.1", 0, 10), ("1e9", "0.3", 200, 3))
    book = replace(SPOT, hedge_collateral=D(360))
    outcome = run(path(index=[100, 110]), steps, book, Constant(D(1)), Once())
    assert abs(outcome["smallest_distance"] - D(1) / 11) < D("1e-20")


def test_distance_is_that_of_the_extreme_before_funding():
    # 1320 - 1100 = 220 over 1100; the funding of 10 that is paid at the close comes later.
    market = path(index=[100, 100], funding=[0, "-0.01"])
    outcome = run(market, VENUE, SHORT, Constant(D(1)), Once())
    assert outcome["smallest_distance"] == D("0.2")


def test_funding_eats_the_margin_and_the_close_ends_it():
    # Cash 120 + 1000; a rate of -0.03 costs the short 30: 90 are left, less than 100. Fee 50.
    market = path(index=[100, 100], funding=[0, "-0.03"])
    book = replace(SPOT, hedge_collateral=D(120))
    outcome = run(market, VENUE, book, Constant(D(1)), Once())
    assert_only(outcome, funding=-30, liquidation_fee=50)
    assert liquidations(outcome) == (1, 0)
    assert outcome["smallest_distance"] == 0
    assert counts(outcome) == (1, 1, 0)


def test_hit_leg_gets_no_funding_and_what_is_left_earns_the_yield():
    # As the first test: 60 of 320 are left, and earn 0.01 an hour (87.6 a year); no 0.5 x 1100.
    market = path(index=[100, 110], mark_high=[100, 125], funding=[0, "0.5"])
    book = replace(SHORT, collateral_yield=D("87.6"))
    outcome = run(market, VENUE, book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-200, liquidation_fee=60, financing="0.6")


def test_test_at_the_close_sees_no_spike():
    # At 110: 1320 - 1100 - 110 = 110 over 1100 x 1.1: 1/11.
    market = path(index=[100, 110], mark_high=[100, 200])
    book = replace(SHORT, liquidation="close")
    outcome = run(market, VENUE, book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-100)
    assert abs(outcome["smallest_distance"] - D(1) / 11) < D("1e-20")


def test_test_at_the_close_fills_at_the_close():
    # At 125, not 120: 70 are left, fee 0.05 x 1250 = 62.5.
    book = replace(SHORT, liquidation="close")
    outcome = run(path(index=[100, 125]), VENUE, book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=250, hedge_pnl=-250, liquidation_fee="62.5")


def test_liquidated_hedge_stays_out_while_its_signals_count():
    market = path(index=[100, 110, 90, 90], mark_high=[100, 125, 110, 90])
    outcome = run(market, VENUE, SHORT, Constant(D(1)), Schedule(**HOURLY))
    assert_only(outcome, holding_pnl=-100, hedge_pnl=-200, liquidation_fee=60)
    assert counts(outcome) == (3, 1, 0)
    assert outcome["cut"] == 0


def test_liquidated_hedge_reopens_with_what_the_wallet_has():
    # Margin 1000/3.125 = 320 of 500; liquidated at 120: 60 left, wallet 180 + 60 = 240.
    # Reopened at that close, 110: wants 1100/3.125 = 352, has 240. Opens at 150 next:
    # 240 + 1100 - 1500 = -160, relieved. Then the wallet is empty: cut to nothing.
    market = path(
        index=[100, 110, 150, 150], mark_high=[100, 125, 150, 150], mark_open=[100, 100, 150, 150]
    )
    book = replace(
        SPOT, hedge_collateral=D(500), hedge_leverage=D("3.125"), after_liquidation="reopen"
    )
    outcome = run(market, VENUE, book, Constant(D(1)), Schedule(**HOURLY))
    assert_only(outcome, holding_pnl=500, hedge_pnl=-600, liquidation_fee=60, bankruptcy_relief=160)
    assert outcome["equity_change"] == 500 - 500
    assert counts(outcome) == (3, 2, 0)
    assert (liquidations(outcome), outcome["cut"]) == ((2, 0), 1)


def test_closing_and_reopening_whole_gives_new_margin():
    # Margin 320 of 500. At 110 the loss of 100 leaves 220: reopened, min(400, 352) = 352 and
    # lives up to (352 + 1100)/11 = 132; only netted, up to 120.
    market = path(index=[100, 110, 110, 110], mark_high=[100, 110, 131, 110])
    book = replace(SPOT, hedge_collateral=D(500), hedge_leverage=D("3.125"))
    for netting, hit in ((False, 0), (True, 1)):
        timing = Schedule(every=D(1), hold=D(1), netting=netting)
        outcome = run(market, VENUE, book, Constant(D(1)), timing)
        assert liquidations(outcome) == (hit, 0)


def test_change_of_sign_is_one_order_paid_from_the_new_margin():
    # Fees 1 %. Short 10: margin 320 of 500, fee 10. Then long 5: 310 go back, wallet 490, margin
    # 500/3.125 = 160, fee on 15 coins 15: cash 145 - 500 = -355, level 355/4.5 = 78.9.
    market = path(index=[100, 100, 100], mark_low=[100, 100, 78])
    book = replace(SPOT, hedge_collateral=D(500), hedge_leverage=D("3.125"))
    venue = venue_of(TENTH, taker_fee=D("0.01"))
    outcome = run(market, venue, book, Constant(D(1)), Says(-10, 5))
    assert_only(outcome, hedge_pnl=5 * (D(355) / D("4.5") - 100), fee=25)
    assert counts(outcome) == (2, 2, 1)


def test_yield_goes_to_the_leg_where_it_has_the_whole_wallet():
    # 0.01 an hour on 320 - 0: the leg has 323.2 and lives up to 1323.2/11 = 120.29.
    # With 160 in the wallet beside 320 in the leg the 4.8 go to the wallet: 120.
    market = path(index=[100, 100, 100], mark_high=[100, 100, "120.2"])
    book = replace(SHORT, collateral_yield=D("87.6"))
    outcome = run(market, VENUE, book, Constant(D(1)), Once())
    assert liquidations(outcome) == (0, 0)
    book = replace(book, hedge_collateral=D(480), hedge_leverage=D("3.125"))
    outcome = run(market, VENUE, book, Constant(D(1)), Once())
    assert liquidations(outcome) == (1, 0)


def test_order_is_cut_to_what_the_margin_before_its_own_costs_may_open():
    # 50 x 10 = 500: 5 coins. Fees 1 %: 5, then 5.05 at 101.
    venue = venue_of(("1e9", "0.05", 0, 10), taker_fee=D("0.01"))
    book = replace(SPOT, hedge_collateral=D(50))
    outcome = run(path(index=[100, 101]), venue, book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=10, hedge_pnl=-5, fee="10.05")
    assert (outcome["cut"], outcome["mean_hedge_ratio"]) == (1, D("0.5"))
    assert counts(outcome) == (1, 2, 1)


@pytest.mark.parametrize(
    ("rows", "coins"),
    [
        # at most 300 however large the margin
        ([(300, "0.01", 0, 100)], 3),
        # min(300, 50 x 100) = 300 and min(800, 50 x 8) = 400: the larger
        ([(300, "0.01", 0, 100), (800, "0.1", 27, 8)], 4),
        # the second tier's leverage gives less than the first tier's cap
        ([(300, "0.01", 0, 100), (800, "0.1", 27, 5)], 3),
    ],
)
def test_largest_notional_is_the_best_of_the_tiers(rows, coins):
    book = replace(SPOT, hedge_collateral=D(50))
    outcome = run(path(index=[100, 100]), venue_of(*rows), book, Constant(D(1)), Once())
    assert outcome["turnover"] == 2 * 100 * coins


def test_order_is_never_cut_below_what_is_held():
    # 5 coins of 10. At 101 the margin is 45, good for 450, but the 5 stay. Both fires are cut,
    # the second trades nothing.
    venue = venue_of(("1e9", "0.05", 0, 10))
    book = replace(SPOT, hedge_collateral=D(50))
    outcome = run(path(index=[100, 101, 101]), venue, book, Constant(D(1)), Schedule(**HOURLY))
    assert outcome["cut"] == 2
    assert counts(outcome) == (2, 2, 1)


def test_reducing_and_closing_are_never_cut():
    # 10 short at 100 on 100; at 105 on 50: good for 500, but 8 coins (840) are fewer than 10.
    venue = venue_of(("1e9", "0.01", 0, 10))
    book = replace(SPOT, hedge_collateral=D(100))
    outcome = run(path(index=[100, 105, 105]), venue, book, Constant(D(1)), Says(-10, -8))
    assert (outcome["cut"], outcome["turnover"]) == (0, 1000 + 210 + 840)


def test_nothing_can_be_opened_on_nothing():
    book = replace(SPOT, hedge_collateral=D(0))
    outcome = run(path(index=[100, 90]), VENUE, book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=-100)
    assert (counts(outcome), outcome["cut"]) == ((1, 0, 0), 1)


def test_liquidated_holding_takes_its_hedge_along():
    # 100 coins on 1000 at 10x, 4 %: level 9000/96 = 93.75, 375 left, fee 0.02 x 9375 = 187.5.
    # The hedge, 50 short, is bought back at that close, 92: +400. At 80 there is nothing left.
    venue = venue_of(("1e9", "0.04", 0, 25), liquidation_fee=D("0.02"))
    book = replace(PERP, leverage=D(10), hedge_collateral=D(1000))
    market = path(index=[100, 92, 80, 80], mark_low=[100, 90, 80, 80])
    outcome = run(market, venue, book, Constant(D("0.5")), Schedule(**HOURLY))
    assert_only(outcome, holding_pnl=-625, hedge_pnl=400, liquidation_fee="187.5")
    assert counts(outcome) == (1, 2, 1)  # later fires ask for half of nothing
    assert liquidations(outcome) == (0, 1)
    assert outcome["turnover"] == 5000 + 4600
    # one bar began with a holding, and with half of it hedged
    assert (outcome["hours_hedged"], outcome["mean_hedge_ratio"]) == (1, D("0.5"))


def test_isolated_legs_are_hit_each_alone():
    # The holding at 93.75 as above; the hedge, 100 short on 520, at 10520/104 = 101.15.
    venue = venue_of(("1e9", "0.04", 0, 25))
    book = replace(PERP, leverage=D(10), hedge_collateral=D(520))
    market = path(index=[100, 100], mark_low=[100, 93], mark_high=[100, 102])
    outcome = run(market, venue, book, Constant(D(1)), Once())
    loss = 100 * (D(10520) / 104 - 100)
    assert_only(outcome, holding_pnl=-625, hedge_pnl=-loss)
    assert liquidations(outcome) == (1, 1)


CROSS = replace(PERP, leverage=D(10), margin_mode="cross", hedge_collateral=D(240))


def test_cross_account_is_used_up_by_all_its_legs_together():
    # Long 100, short 50, equity 1240, 2 %. At 100 - x: 1240 - 50x = 0.02 x 150 x (100 - x), so
    # x = 20, four fifths of the way to the low of 75. Fee 0.01 x 12 000 = 120 of the 240 left.
    # What is left, 120, lies with the hedge and earns 0.01.
    venue = venue_of(("1e9", "0.02", 0, 50), liquidation_fee=D("0.01"))
    market = path(index=[100, 90], mark_low=[100, 75])
    book = replace(CROSS, collateral_yield=D("87.6"))
    outcome = run(market, venue, book, Constant(D("0.5")), Once())
    assert_only(outcome, holding_pnl=-2000, hedge_pnl=1000, liquidation_fee=120, financing=D("1.2"))
    assert liquidations(outcome) == (1, 1)
    assert (counts(outcome), outcome["smallest_distance"]) == ((1, 1, 0), 0)


def test_cross_distance_counts_only_moves_that_hurt():
    # At the low of 90: slack 1240 - 500 - 270 = 470, all marks falling cost 9000 - 4500 - 270.
    # Rising helps a half-hedged holding: the high is not counted.
    venue = venue_of(("1e9", "0.02", 0, 50))
    market = path(index=[100, 100], mark_low=[100, 90], mark_high=[100, 300])
    outcome = run(market, venue, CROSS, Constant(D("0.5")), Once())
    assert abs(outcome["smallest_distance"] - D(470) / 4230) < D("1e-20")


def test_cross_legs_go_the_same_share_of_their_own_ways():
    # 50 coins at 100 and 100 short at 50, equity 1210, 10 %. At share s of 100 -> 80, 50 -> 45:
    # 1210 - 1000 s + 500 s = 0.1 x (10 000 - 1000 s - 500 s), s = 0.6: 88 and 47.
    book = replace(CROSS, leverage=D(5), hedge_collateral=D(210))
    market = path(
        index=[100, 100], mark_low=[100, 80], hedge={"index": [50, 50], "mark_low": [50, 45]}
    )
    outcome = run(market, venue_of(TENTH), book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=-600, hedge_pnl=300)


def test_cross_account_that_is_gone_at_the_open_fills_there():
    # 100 coins, cash -9000, opens at 85: 8500 - 9000 = -500, relieved, though the high is 100.
    venue = venue_of(("1e9", "0.04", 0, 25), liquidation_fee=D("0.01"))
    book = replace(CROSS, hedge_collateral=D(0))
    market = path(index=[100, 100], mark_open=[100, 85])
    outcome = run(market, venue, book, Constant(D(0)), Never())
    assert_only(outcome, holding_pnl=-1500, bankruptcy_relief=500)


def test_cross_account_is_tested_at_the_open_though_both_corners_would_save_it():
    # Long 100 that open at 80, short 100 that open at 120: 1240 - 2000 - 2000. At the highs both
    # are at 120, at the lows both at 80, where the legs offset each other.
    market = path(
        index=[100, 100],
        mark_open=[100, 80],
        mark_high=[100, 120],
        mark_low=[100, 80],
        hedge={
            "index": [100, 100],
            "mark_open": [100, 120],
            "mark_high": [100, 120],
            "mark_low": [100, 80],
        },
    )
    venue = venue_of(("1e9", "0.02", 0, 50))
    outcome = run(market, venue, CROSS, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=-2000, hedge_pnl=-2000, bankruptcy_relief=2760)
    assert liquidations(outcome) == (1, 1)


def test_cross_walks_to_the_highs_before_the_lows():
    # 100 coins and 200 short: both ways hurt at 0.02. Up: equity 1240 - 100x = 0.02 x 300 x (100
    # + x): x = 640/106. Down: it gains. The hedge is wrong, the account dies at the high.
    venue = venue_of(("1e9", "0.02", 0, 50))
    market = path(index=[100, 100], mark_high=[100, 110], mark_low=[100, 50])
    outcome = run(market, venue, CROSS, Constant(D(2)), Once())
    rise = D(640) / 106
    assert_only(outcome, holding_pnl=100 * rise, hedge_pnl=-200 * rise)


def test_cross_account_that_both_corners_end_is_ended_by_the_highs():
    # Long 100 of a coin that falls to 80, short 100 of one that rises to 120, equity 1240, 2 %.
    # Up: 1240 - 2000 s = 0.02 x (20 000 + 2000 s): s = 840/2040, the first coin still at 100.
    venue = venue_of(("1e9", "0.02", 0, 50))
    market = path(
        index=[100, 100], mark_low=[100, 80], hedge={"index": [100, 100], "mark_high": [100, 120]}
    )
    outcome = run(market, venue, CROSS, Constant(D(1)), Once())
    assert_only(outcome, hedge_pnl=-2000 * D(7) / 17)


def test_cross_legs_share_a_fee_that_takes_all():
    # As above at 80: 0.03 x 12 000 = 360 is more than the 240 left, so that nothing earns a yield.
    venue = venue_of(("1e9", "0.02", 0, 50), liquidation_fee=D("0.03"))
    market = path(index=[100, 90], mark_low=[100, 75])
    book = replace(CROSS, collateral_yield=D("87.6"))
    outcome = run(market, venue, book, Constant(D("0.5")), Once())
    assert_only(outcome, holding_pnl=-2000, hedge_pnl=1000, liquidation_fee=240)


def test_cross_account_is_tested_at_the_close_after_funding():
    # Long 100 and short 100: no move matters, requirement 0.02 x 20 000 = 400 of 1240. On the
    # index of 90 the short pays more than the long: the two have their own rates.
    venue = venue_of(("1e9", "0.02", 0, 50))
    market = path(
        index=[100, 100],
        funding=[0, 0],
        hedge={"index": [100, 100], "funding": [0, "-0.09"]},
    )
    outcome = run(market, venue, CROSS, Constant(D(1)), Once())
    assert_only(outcome, funding=-900)
    assert liquidations(outcome) == (1, 1)


def test_spot_coins_count_with_their_weight_at_the_index():
    # Basis 25 % before: sold at 125 on 450; cash 450 + 1250 = 1700. Spot counts half, at mark/1.25:
    # 1700 - 10 p + 0.5 x 10 x p/1.25 = 0.1 x 10 p: 1700 = 7 p. The high of 200 is within reach,
    # 300 is not: p = 242.9. There 1700 - 2429 = -729 is a debt that the coins, worth 1943, secure:
    # the venue forgives nothing.
    book = replace(
        SPOT, margin_mode="cross", hedge_collateral=D(450), spot_collateral_weight=D("0.5")
    )
    for high, hits in ((200, 0), (300, 1)):
        market = path(index=[100, 100], mark=[125, 125], mark_high=[125, high])
        outcome = run(market, venue_of(TENTH), book, Constant(D(1)), Once())
        assert liquidations(outcome) == (hits, 0)
        if hits:
            fill = D(1700) / 7
            index = fill / D("1.25")
            assert_only(
                outcome,
                hedge_pnl=-10 * (index - 100),
                basis_pnl=-10 * (fill - index - 25),
            )
        else:
            # at 200: slack 1700 - 1400 = 300, rising costs 1400
            assert abs(outcome["smallest_distance"] - D(3) / 14) < D("1e-20")


def test_cross_order_is_cut_to_what_the_holding_leaves():
    # Equity 1240, the holding's 10 000 need 10 000/10: 240 x 10 = 2400 of the 10 000 wanted.
    outcome = run(path(index=[100, 100]), venue_of(TENTH), CROSS, Constant(D(1)), Once())
    assert (outcome["cut"], outcome["turnover"]) == (1, 4800)


def test_holding_needs_the_leverage_of_the_tier_it_falls_in():
    # 10 000 is beyond 8000, so the second tier's 8x: needs 1250 of 1490, 240 are left:
    # max(min(8000, 20 x 240), min(20 000, 8 x 240)) = 4800.
    venue = venue_of((8000, "0.01", 0, 20), (20_000, "0.05", 320, 8))
    book = replace(CROSS, hedge_collateral=D(490))
    outcome = run(path(index=[100, 100]), venue, book, Constant(D(1)), Once())
    assert (outcome["cut"], outcome["turnover"]) == (1, 9600)
