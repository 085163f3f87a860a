"""The oracle itself, against cases small enough to do on paper."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from .costs import funding_rate, is_stamp
from .decimal_ledger import hold_less, run
from .quiet import FREE, NO_FUNDING, PERP, SPOT, Ratios, Says, assert_only, counts, path
from .records import FundingRule
from .targets import Constant, MinimumVariance
from .timings import Never, Once, Schedule, VolatilityTrigger


def rate_at(market, number, venue):
    """Return the funding rate of the hedge at a bar."""
    return funding_rate(market.bar(number).hedge, venue, is_stamp(market, number, venue))


def test_full_static_hedge_leaves_only_its_two_fees():
    # 10 coins at 100. Sell 10 at 100: fee 1000 x 0.001 = 1. Index 100 -> 110 -> 99: holding
    # +100 - 110 = -10, hedge +10. Buy 10 at 99: fee 990 x 0.001 = 0.99.
    # Equity 1990 -> 1989 -> 1989 -> 1988.01: fall from the opening peak 1.99/1990 = 0.001.
    venue, book = replace(FREE, taker_fee=D("0.001")), replace(SPOT, hedge_collateral=D(990))
    outcome = run(path(index=[100, 110, 99]), venue, book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=-10, hedge_pnl=10, fee="1.99")
    assert outcome["equity_change"] == D("-1.99")
    assert counts(outcome) == (1, 2, 1)
    assert outcome["turnover"] == 1990
    assert outcome["hours_hedged"] == 2
    assert outcome["mean_hedge_ratio"] == 1
    assert outcome["max_drawdown"] == D("0.001")
    assert (outcome["first_index"], outcome["last_index"]) == (100, 99)


def test_unhedged_holding_falls_from_its_highest_close():
    # 10 coins, equity 1500 -> 1700 -> 1190 -> 1500: the worst is 1 - 1190/1700 = 0.3.
    outcome = run(path(index=[100, 120, 69, 100]), FREE, SPOT, Constant(D(0)), Never())
    assert_only(outcome, holding_pnl=0)
    assert outcome["max_drawdown"] == D("0.3")
    assert counts(outcome) == (0, 0, 0)


def test_half_hedge_on_half_leverage_holds_half_the_coins():
    # 1000 x 0.5 / 100 = 5 coins, 2.5 short, +20 a coin; no cost.
    book = replace(SPOT, leverage=D("0.5"))
    outcome = run(path(index=[100, 120]), FREE, book, Constant(D("0.5")), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-50)


def test_basis_is_earned_by_the_short_when_it_closes():
    # Short 10 while the basis goes 2 -> -1: -10 x (-3) = 30. The holding is spot: no basis.
    # Cash: sold at 102, bought back at 109, so -70 = hedge_pnl -100 + basis_pnl 30.
    market = path(index=[100, 110], mark=[102, 109])
    outcome = run(market, FREE, SPOT, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-100, basis_pnl=30)


def test_perpetual_holding_is_sized_at_the_mark_and_carries_its_own_basis():
    # 1000 x 2 / 125 = 16 coins. Index +10: 160. Basis 25 -> 20: 16 x -5 = -80.
    market = path(index=[100, 110], mark=[125, 130])
    outcome = run(market, FREE, PERP, Constant(D(0)), Never())
    assert_only(outcome, holding_pnl=160, basis_pnl=-80)
    assert outcome["equity_change"] == 80


def test_short_receives_a_positive_realised_rate_at_any_bar_but_the_first():
    # 10 short. Bar 0: rate 0.5 is not paid. Bar 1: 10 x 110 x 0.01 = 11.
    # Bar 2 (the last, paid before the close): 10 x 100 x -0.02 = -20.
    market = path(index=[100, 110, 100], funding=["0.5", "0.01", "-0.02"], start_minute=17)
    outcome = run(market, FREE, SPOT, Constant(D(1)), Once())
    assert_only(outcome, hedge_pnl=0, funding=-9)


def test_full_hedge_of_a_perpetual_holding_pays_no_funding():
    # The holding pays what the hedge receives: 20 coins x 110 x 0.01 = 22 either way.
    market = path(index=[100, 110], funding=[0, "0.01"])
    assert_only(run(market, FREE, PERP, Constant(D(0)), Never()), holding_pnl=200, funding=-22)
    assert_only(run(market, FREE, PERP, Constant(D(1)), Once()), holding_pnl=200, hedge_pnl=-200)


def test_oracle_venue_pays_on_the_index():
    # 10 short x index 100 x 0.01 = 10; on the mark (120) it would be 12.
    rule = replace(NO_FUNDING, reference_is_index=True)
    market = path(index=[100, 100], mark=[120, 120], funding=[0, "0.01"])
    outcome = run(market, replace(FREE, funding=rule), SPOT, Constant(D(1)), Once())
    assert outcome["funding"] == 10


@pytest.mark.parametrize(
    ("start_minute", "bar_hours", "stamps"),
    [
        # Labels 22:00 Monday, then 23:00, 00:00, ...: eight hours from midnight is bar 2, 10.
        (22 * 60, "1", [2, 10]),
        # Half-hour bars from 15:00: 16:00 is the second bar after it.
        (15 * 60, "0.5", [2]),
        # Four-hour bars from 04:00: 08:00, 16:00, 24:00, ...: every second bar.
        (4 * 60, "4", [1, 3, 5, 7, 9, 11]),
        # Labels at half past never meet a stamp.
        (30, "1", []),
        # The week's end is no seam: Sunday 23:00, bar 1 is Monday 00:00.
        (7 * 24 * 60 - 60, "1", [1, 9]),
    ],
)
def test_stamps_count_from_midnight(start_minute, bar_hours, stamps):
    rule = replace(NO_FUNDING, realised=False, interest=D("0.0001"), dead_zone=D("0.0005"))
    market = path(index=[100] * 13, bar_hours=bar_hours, start_minute=start_minute)
    venue = replace(FREE, funding=rule)
    assert [n for n in range(1, 13) if rate_at(market, n, venue) != 0] == stamps


def test_first_hour_moves_the_stamps():
    # From 00:00 Monday, stamps at 04:00, 12:00 and 20:00; from 22:00 Sunday, 04:00 is bar 6.
    rule = replace(NO_FUNDING, realised=False, first_hour=D(4), interest=D(1), dead_zone=D(1))
    for start_minute, stamps in ((0, [4, 12]), (7 * 24 * 60 - 120, [6])):
        market = path(index=[100] * 14, start_minute=start_minute)
        rates = [rate_at(market, n, replace(FREE, funding=rule)) for n in range(1, 14)]
        assert [n for n, rate in enumerate(rates, start=1) if rate != 0] == stamps


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        # interest 1 bp, dead zone 5 bp, cap 75 bp; I - P within the zone gives I itself
        ("0.0003", "0.0001"),
        ("-0.0004", "0.0001"),
        # P = 10 bp: I - P = -9, clamped to -5, so 5 bp
        ("0.0010", "0.0005"),
        # P = -10 bp: I - P = 11, clamped to 5, so -5 bp
        ("-0.0010", "-0.0005"),
        # P = 200 bp: 195, capped at 75; and the same below
        ("0.02", "0.0075"),
        ("-0.02", "-0.0075"),
    ],
)
def test_premium_becomes_a_rate_outside_the_dead_zone(premium, rate):
    rule = FundingRule(D(8), D(0), D("0.0001"), D("0.0005"), D("0.0075"), D(8), False, False)
    market = path(index=[100] * 9, premium=[premium] * 9, basis=["0.05"] * 9)
    assert rate_at(market, 8, replace(FREE, funding=rule)) == D(rate)


def test_hourly_venue_reads_the_basis_and_pays_an_eighth():
    # P = basis 16 bp, dead zone 5 bp: 11 bp per 8 h, an eighth each hour: 1.375 bp.
    rule = FundingRule(D(1), D(0), D("0.0001"), D("0.0005"), D("0.04"), D(1), False, False)
    market = path(index=[100] * 2, premium=["0.05"] * 2, basis=["0.0016"] * 2)
    assert rate_at(market, 1, replace(FREE, funding=rule)) == D("0.0001375")


def test_four_hour_venue_pays_half_the_eight_hour_rate():
    rule = FundingRule(D(4), D(0), D(0), D(0), D("0.0075"), D(8), False, False)
    market = path(index=[100] * 5, premium=["0.002"] * 5)
    assert rate_at(market, 4, replace(FREE, funding=rule)) == D("0.001")


def test_collateral_earns_its_yield_after_funding_and_never_less_than_nothing():
    # Wallet 500, 10 short from 100, fee 10 x 100 x 0.002 = 2. Bar 1 at 120: balance
    # 500 - 2 + 1000 - 1200 + funding 10 x 120 x 0.001 = 1.2, in all 299.2; at 87.6 a year
    # and hour (0.01 an hour) 2.992. Bar 2 at 200: 500 - 2 + 1000 - 2000 < 0: nothing.
    # (The account lives: in cross margin the spot coins stand behind the hedge.)
    venue = replace(FREE, taker_fee=D("0.002"))
    book = replace(
        SPOT, collateral_yield=D("87.6"), margin_mode="cross", spot_collateral_weight=D(1)
    )
    market = path(index=[100, 120, 200], funding=[0, "0.001", 0])
    outcome = run(market, venue, book, Constant(D(1)), Once())
    # the closing fee: 2000 x 0.002 = 4
    assert_only(outcome, holding_pnl=1000, hedge_pnl=-1000, funding="1.2", financing="2.992", fee=6)


def test_yield_on_idle_collateral_compounds_and_scales_with_the_bar():
    # Four-hour bars at 0.04 a bar on 500: 20, then 0.04 x 520 = 20.8. What the perpetual
    # holding gains, and the 20 x 150 x 0.01 = 30 it pays, do not touch the collateral.
    book = replace(PERP, hedge_collateral=D(500), collateral_yield=D("87.6"))
    market = path(index=[100, 150, 150], funding=[0, "0.01", 0], bar_hours="4")
    outcome = run(market, FREE, book, Constant(D(0)), Never())
    assert_only(outcome, holding_pnl=1000, funding=-30, financing="40.8")


def test_maker_share_mixes_fees_and_spares_spread_and_impact():
    # 10 coins at 100, three quarters maker. N = 1000, Q = 250.
    # fee: (0.75 x -0.0001 + 0.25 x 0.0005) x 1000 = 0.05
    # half-spread: 2 x 0.0004 x 250 = 0.2
    # impact: 0.8 x 0.01 x sqrt(250 / (0.25 x 100 000)) x 250 = 0.008 x 0.1 x 250 = 0.2
    # twice, since the close is at the same price
    venue = replace(
        FREE,
        maker_fee=D("-0.0001"),
        taker_fee=D("0.0005"),
        maker_share=D("0.75"),
        closing_maker_share=D("0.75"),
        spread_multiplier=D(2),
        impact_coefficient=D("0.8"),
        depth_share=D("0.25"),
    )
    market = path(
        index=[100, 100],
        half_spread=["0.0004"] * 2,
        sigma=["0.01"] * 2,
        volume=[100_000] * 2,
    )
    outcome = run(market, venue, SPOT, Constant(D(1)), Once())
    assert_only(outcome, fee="0.1", half_spread_cost="0.4", impact_cost="0.4")
    # hurried out, all of the close takes: fee 0.05 + 0.5, half-spread 0.2 + 0.8, impact
    # 0.2 + 0.8 x 0.01 x sqrt(1000 / 25 000) x 1000 = 0.2 + 1.6
    hurried = replace(venue, closing_maker_share=D(0))
    outcome = run(market, hurried, SPOT, Constant(D(1)), Once())
    assert_only(outcome, fee="0.55", half_spread_cost="1.0", impact_cost="1.8")
    assert outcome["equity_change"] == D("-3.35")


def test_rebate_alone_is_a_gain():
    venue = replace(FREE, maker_fee=D("-0.001"), maker_share=D(1), closing_maker_share=D(1))
    outcome = run(path(index=[100, 100]), venue, SPOT, Constant(D(1)), Once())
    assert_only(outcome, fee=-2)
    assert outcome["equity_change"] == 2


def test_delay_hurts_the_trade_in_the_direction_of_the_move():
    # d = 36 s of an hour = 0.01 bar, sqrt 0.1; sigma 0.02; a = 0.25; N = 1000 both times.
    # Sell at z = 1.5: 1000 x 0.02 x 0.1 x (0.25 x 1.5 - 0.75 x 1.5) = 2 x -0.75 = -1.5
    # Buy at z = 0.5:  1000 x 0.02 x 0.1 x (0.25 x 0.5 + 0.75 x 0.5) = 2 x 0.5 = 1
    # A maker waits as long as a taker: the whole notional pays.
    venue = replace(
        FREE,
        delay_seconds=D(36),
        adverse_share=D("0.25"),
        maker_share=D("0.5"),
        closing_maker_share=D("0.5"),
    )
    market = path(index=[100, 100], sigma=["0.02"] * 2, noise=["1.5", "0.5"])
    outcome = run(market, venue, SPOT, Constant(D(1)), Once())
    assert_only(outcome, delay_cost="-0.5")


def test_delay_is_a_share_of_the_bar():
    # 144 s of four hours = 0.01 bar again; a = 1: cost 1000 x 0.02 x 0.1 x |-3| = 6, twice.
    venue = replace(FREE, delay_seconds=D(144), adverse_share=D(1))
    market = path(index=[100, 100], sigma=["0.02"] * 2, noise=[-3, -3], bar_hours="4")
    outcome = run(market, venue, SPOT, Constant(D(1)), Once())
    assert_only(outcome, delay_cost=12)


def test_one_day_schedule_over_one_week_counts_42_signals_14_orders_7_round_trips():
    # Fires at 0, 4, ..., 164: 42 (bar 168 is not asked). Opens once, closes and reopens at
    # 24, 48, ..., 144 (6 x 2 orders), closes at 168: 14 orders, 6 + 1 round trips.
    # Each of the 14 orders is 1000 at 0.0005.
    venue = replace(FREE, taker_fee=D("0.0005"))
    timing = Schedule(every=D(4), hold=D(24), netting=False)
    outcome = run(path(index=[100] * 169), venue, SPOT, Constant(D(1)), timing)
    assert counts(outcome) == (42, 14, 7)
    assert_only(outcome, fee=7)
    assert outcome["turnover"] == 14_000
    assert outcome["hours_hedged"] == 168


def test_netting_a_constant_target_trades_at_the_ends_only():
    timing = Schedule(every=D(4), hold=D(24), netting=True)
    outcome = run(path(index=[100] * 169), FREE, SPOT, Constant(D(1)), timing)
    assert counts(outcome) == (42, 2, 1)


def test_clock_that_is_finer_than_the_bar_is_late_but_fires_once_a_bar():
    # Six-hour clock on four-hour bars: due 0, 6, 12, 18, seen at 0, 8, 12, 20; bar 6 is T.
    timing = Schedule(every=D(6), hold=D(12), netting=False)
    outcome = run(path(index=[100] * 7, bar_hours="4"), FREE, SPOT, Constant(D(1)), timing)
    # opened at 0, age 8 at 8: kept; age 12 at 12: reopened; age 8 at 20: kept; closed at 24
    assert counts(outcome) == (4, 4, 2)


def test_age_starts_again_when_a_flat_book_opens():
    # every 1, hold 2, target 0 at bars 0 and 1, then 1 coin. Opened at 2; age 1 at 3; age 2
    # at 4: reopened. An age counted from bar 0 would have reopened at 3 and at 5.
    timing = Schedule(every=D(1), hold=D(2), netting=False)
    outcome = run(path(index=[100] * 7), FREE, SPOT, Ratios(0, 0, 1, 1, 1, 1), timing)
    # signals at 2, 3, 4, 5; orders: open at 2, two at 4, close at T = 6
    assert counts(outcome) == (4, 4, 2)
    assert outcome["hours_hedged"] == 4


def test_tranches_open_one_by_one_and_expire_one_by_one():
    # k = 2, every 2, hold 4, full target of 10 coins, T = 8. Fire 1 at 0: 5 short.
    # Fire 2 at 2: 10. Fire 3 at 4 and fire 4 at 6: the oldest half (5) closed and reopened.
    # Closed at 8: orders 1 + 1 + 2 + 2 + 1, round trips 2 + 1, all coins at 100.
    timing = Schedule(every=D(2), hold=D(4), netting=False, tranches=2)
    outcome = run(path(index=[100] * 9), FREE, SPOT, Constant(D(1)), timing)
    assert counts(outcome) == (4, 7, 3)
    assert outcome["turnover"] == 500 + 500 + 4 * 500 + 1000
    # half for two bars, whole for six
    assert outcome["mean_hedge_ratio"] == D("0.875")


def test_tranches_that_net_do_not_reopen():
    timing = Schedule(every=D(2), hold=D(4), netting=True, tranches=2)
    outcome = run(path(index=[100] * 8), FREE, SPOT, Constant(D(1)), timing)
    assert counts(outcome) == (4, 3, 1)


def test_minimum_variance_follows_both_averages_from_the_first_warm_up_bar():
    # Lookback 3 h on 1 h bars: weight 1/2.
    # bar -1: x = 0.02, y = 0.04: covariance 0.0004, variance 0.0008: ratio 0.5
    # bar  0: x = 0.01, y = 0.02: (0.0004 + 0.0002)/2, (0.0008 + 0.0004)/2: 0.5 again
    # bar  1: x = 0.03, y = 0.02: (0.0003 + 0.0006)/2, (0.0006 + 0.0004)/2: 0.45/0.5 = 0.9
    # bar  2: x = -0.09, y = 0.02: (0.00045 - 0.0018)/2 < 0: clipped to 0
    # bar  3: x = 0.5, y = 0.01: far above: clipped to the cap 1.25
    # 10 coins: -5 at t0, -9, 0, -12.5, then closed at T = 4. The index itself stands still.
    market = path(
        warm_up=1,
        index=[100] * 6,
        index_return=["0.02", "0.01", "0.03", "-0.09", "0.5", 0],
        mark_return=["0.04", "0.02", "0.02", "0.02", "0.01", 0],
    )
    timing = Schedule(every=D(1), hold=D(100), netting=True)
    target = MinimumVariance(lookback=D(3), cap=D("1.25"))
    outcome = run(market, FREE, SPOT, target, timing)
    # turnover 500 + 400 + 900 + 1250 + 1250
    assert abs(outcome["turnover"] - 4300) < D("1e-30")
    # at bar 2 the rule asks for nothing: no signal, but a round trip; the end is another
    assert counts(outcome) == (3, 5, 2)
    assert abs(outcome["mean_hedge_ratio"] - D("2.65") / 4) < D("1e-30")
    assert outcome["hours_hedged"] == 3


def test_minimum_variance_is_nothing_before_anything_moves():
    target = MinimumVariance(lookback=D(3), cap=D(1))
    outcome = run(path(index=[100, 100]), FREE, SPOT, target, Once())
    assert counts(outcome) == (0, 0, 0)


def trigger(**changes):
    # 1 h bars, lookback 1 h: weight 1, so the variance is the bar's own squared return; a
    # return of 0.01 is sqrt(8760) x 0.01 = 0.936 a year.
    usual = {"enter": "0.8", "exit": "0.5", "lookback": 1, "min_hold": 0, "rebalance": 0}
    return VolatilityTrigger(**{name: D(value) for name, value in (usual | changes).items()})


def test_trigger_stays_on_between_its_two_levels():
    # a year: 0.655, 0.936, 0.655, 0.468, 0.655, 0.936 and T = 6. Off at 0, on at 1, kept at 2,
    # off at 3, still off at 4, on at 5.
    returns = ["0.007", "0.01", "0.007", "0.005", "0.007", "0.01", 0]
    market = path(index=[100] * 7, index_return=returns)
    outcome = run(market, FREE, SPOT, Constant(D(1)), trigger())
    # signals at 1 and 5 (the fire at 3 asks for nothing); orders 1, 3, 5, 6
    assert counts(outcome) == (2, 4, 2)
    assert outcome["hours_hedged"] == 3


def test_trigger_holds_at_least_its_hours():
    # On at 1; below at 2 and 3, too young; at 4 three hours old: off.
    market = path(index=[100] * 6, index_return=[0, "0.01", 0, 0, 0, 0])
    outcome = run(market, FREE, SPOT, Constant(D(1)), trigger(min_hold=3))
    assert counts(outcome) == (1, 2, 1)
    assert outcome["hours_hedged"] == 3


def test_trigger_that_switched_on_in_the_warm_up_opens_at_once_and_is_held_from_then():
    # On at -2. At 0 flat is stray: opens, and min_hold 4 counts from 0: off at 4, not at 2.
    market = path(warm_up=3, index=[100] * 9, index_return=[0, "0.01", 0, 0, 0, 0, 0, 0, 0])
    outcome = run(market, FREE, SPOT, Constant(D(1)), trigger(min_hold=4))
    assert counts(outcome) == (1, 2, 1)
    assert outcome["hours_hedged"] == 4


def test_trigger_scales_the_variance_to_a_year_by_the_bar():
    # A lookback of one bar again. 0.01 on four-hour bars is sqrt(2190) x 0.01 = 0.468 a year,
    # below both levels; 0.02 is 0.936, above. So on at 1, off at 2.
    market = path(index=[100] * 4, index_return=["0.01", "0.02", "0.01", 0], bar_hours="4")
    outcome = run(market, FREE, SPOT, Constant(D(1)), trigger(lookback=4))
    assert counts(outcome) == (1, 2, 1)
    assert outcome["hours_hedged"] == 4


def test_trigger_follows_a_target_only_once_it_has_strayed():
    # Ratios 1, 0.9, 0.82 with rebalance 0.2, a share of what is wanted: |0.9 - 1| = 0.1 is
    # within 0.18: kept; |0.82 - 1| = 0.18 is beyond 0.164: traded. 10 coins at 100: 1000, 180,
    # and 820 at the end.
    market = path(index=[100] * 4, index_return=["0.01"] * 4)
    outcome = run(market, FREE, SPOT, Ratios("1", "0.9", "0.82"), trigger(rebalance="0.2"))
    assert counts(outcome) == (2, 3, 1)
    assert outcome["turnover"] == 2000


def test_round_trip_is_a_close_a_change_of_sign_or_a_reopening():
    # -4, +2 (one), 0 (two), -2, then half of it reopened to -3 (three), -1 (no), end (four)
    market = path(index=[100] * 7)
    timing = Says(-4, 2, 0, -2, (-3, "0.5"), -1)
    outcome = run(market, FREE, SPOT, Constant(D(0)), timing)
    assert outcome["round_trips"] == 4
    # orders: 4, 6, 2, 2, (1 back, then 2 more), 2, 1 coins; the third fire is no signal
    assert outcome["orders"] == 8
    assert outcome["signals"] == 5
    assert outcome["turnover"] == 100 * (4 + 6 + 2 + 2 + 1 + 2 + 2 + 1)


def test_close_and_reopen_pays_each_order_by_itself():
    # Full position of 1000 closed and reopened at bar 1, impact 0.1 x sqrt(0.01) x 1000 = 10
    # an order; one order of 2000 would have paid 0.1 x sqrt(0.02) x 2000 = 28.3. Four orders.
    venue = replace(FREE, impact_coefficient=D(1))
    market = path(index=[100] * 3, sigma=["0.1"] * 3, volume=[100_000] * 3)
    timing = Schedule(every=D(1), hold=D(1), netting=False)
    outcome = run(market, venue, SPOT, Constant(D(1)), timing)
    assert_only(outcome, impact_cost=40)
    assert counts(outcome) == (2, 4, 2)


def test_holding_less_sells_spot_as_a_taker_and_buys_it_back():
    # 10 coins, h = 0.4: 4 sold at 100 and bought at 120: -80. Notionals 400 and 480.
    # fee 0.001 x 880 = 0.88; half-spread 0.0005 x 880 = 0.44, whatever the perp's is;
    # impact, depth share 0.5: 0.01 x sqrt(400/40 000) x 400 = 0.4, then
    # 0.01 x sqrt(480/48 000) x 480 = 0.48. Funding, basis and delay are not a spot's.
    venue = replace(
        FREE,
        taker_fee=D(1),
        maker_share=D("0.9"),
        closing_maker_share=D("0.9"),
        spot_taker_fee=D("0.001"),
        spot_half_spread=D("0.0005"),
        impact_coefficient=D(1),
        depth_share=D("0.5"),
        delay_seconds=D(36),
        adverse_share=D(1),
    )
    market = path(
        index=[100, 120],
        mark=[150, 110],
        half_spread=["0.5"] * 2,
        sigma=["0.01"] * 2,
        volume=[80_000, 96_000],
        funding=["0.01"] * 2,
        noise=[1, 1],
    )
    outcome = hold_less(market, venue, SPOT, D("0.4"))
    assert outcome["holding_pnl"] == 200
    assert outcome["hedge_pnl"] == -80
    assert outcome["fee"] == D("0.88")
    assert outcome["half_spread_cost"] == D("0.44")
    assert outcome["impact_cost"] == D("0.88")
    assert (outcome["basis_pnl"], outcome["funding"], outcome["delay_cost"]) == (0, 0, 0)
    assert outcome["equity_change"] == D("117.8")
    assert (outcome["orders"], outcome["turnover"]) == (2, 880)


def test_holding_less_of_a_perpetual_shrinks_its_basis_and_funding():
    # 1000 x 2 / 125 = 16 coins, h = 0.25: 4 sold at the mark 125, bought at 130: notionals
    # 500 and 520. Index -40; basis 25 -> 20: +20. The holding pays 16 x 130 x 0.01 = 20.8
    # and a quarter of it comes back: 5.2. Fee: half maker at 0, half taker at 0.001:
    # 0.0005 x 1020 = 0.51. Half-spread: 2 x 0.001 x 510 = 1.02.
    venue = replace(
        FREE,
        taker_fee=D("0.001"),
        maker_share=D("0.5"),
        closing_maker_share=D("0.5"),
        spread_multiplier=D(2),
        spot_taker_fee=D(1),
        spot_half_spread=D(1),
    )
    market = path(index=[100, 110], mark=[125, 130], funding=[0, "0.01"], half_spread=["0.001"] * 2)
    outcome = hold_less(market, venue, PERP, D("0.25"))
    assert outcome["hedge_pnl"] == -40
    assert outcome["basis_pnl"] == -80 + 20
    assert outcome["funding"] == D("-15.6")
    assert outcome["fee"] == D("0.51")
    assert outcome["half_spread_cost"] == D("1.02")
    assert outcome["equity_change"] == 160 - 80 - D("20.8") - 40 + 20 + D("5.2") - D("1.53")


def test_without_friction_holding_less_is_the_constant_hedge():
    market = path(index=[100, 130, 80, 95])
    hedged = run(market, FREE, SPOT, Constant(D("0.7")), Once())
    assert hedged["equity_change"] == hold_less(market, FREE, SPOT, D("0.7"))["equity_change"]
