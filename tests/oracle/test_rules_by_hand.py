"""The newer rules and a second coin in the oracle, against cases small enough to do on paper."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from .decimal_ledger import run
from .quiet import FREE, NO_FUNDING, PERP, SPOT, Ratios, Says, assert_only, counts, path
from .records import Tier
from .targets import (
    Constant,
    KeepLeverage,
    MarginAware,
    MinimumVariance,
    VolatilityTarget,
)
from .timings import Band, Never, Once, PartialAdjustment, Schedule, StopLoss

HOURLY = {"every": D(1), "hold": D(1000), "netting": True}
RICH = replace(SPOT, hedge_collateral=D(10_000))


def nearly(value, expected):
    return abs(value - D(expected)) < D("1e-20")


def test_volatility_target_sells_what_is_above_its_level():
    # A quarter of a year a bar: a return r is 2 r a year. Weight 1. 0.02: 1 - 0.015/0.02 = 0.25;
    # 0.01 is below the level, 0 has no volatility: nothing. Sold 2.5, bought back at 1.
    target = VolatilityTarget(level=D("0.015"), lookback=D(2190))
    timing = Schedule(every=D(2190), hold=D(100_000), netting=True)
    market = path(index=[100] * 4, index_return=["-0.01", "0.005", 0, 0], bar_hours="2190")
    outcome = run(market, FREE, SPOT, target, timing)
    assert (outcome["turnover"], counts(outcome)) == (500, (1, 2, 1))


def test_volatility_target_averages_squares_from_the_first_warm_up_bar():
    # Lookback 3, weight a half: 0.5 x 0.02^2, then 0.5 x (0.0002 + 0.0002) = 0.0002:
    # 2 x sqrt(0.0002) = 0.02 x sqrt 2 a year; the level is half of that.
    level = D("0.0002").sqrt()
    target = VolatilityTarget(level=level, lookback=D(3 * 2190))
    market = path(
        warm_up=1,
        index=[100] * 3,
        index_return=["0.02", D("0.0002").sqrt(), 0],
        bar_hours="2190",
    )
    outcome = run(market, FREE, SPOT, target, Once())
    assert nearly(outcome["mean_hedge_ratio"], "0.5")


def test_keep_leverage_brings_holding_and_hedge_to_a_multiple_of_equity():
    # 30 coins, 1000 + 1000. Half of 2000 less 3000: -2000, 20 coins. At 125 equity is
    # 2000 + 25 x 10 = 2250: 1125 - 3750 is 21 coins. Orders 2000, 125, 2625.
    book = replace(PERP, leverage=D(3), hedge_collateral=D(1000))
    market = path(index=[100, 125, 125])
    outcome = run(market, FREE, book, KeepLeverage(D("0.5")), Schedule(**HOURLY))
    assert outcome["turnover"] == 4750


def test_keep_leverage_values_spot_at_the_index_and_the_hedge_at_its_mark():
    market = path(index=[100, 100], mark=[125, 125])
    outcome = run(market, FREE, SPOT, KeepLeverage(D(0)), Once())
    assert outcome["turnover"] == 2 * 8 * 125  # 1000/125 coins


def test_keep_leverage_above_the_books_goes_long():
    # 3 x 2000 - 1000 = 5000
    book = replace(SPOT, hedge_collateral=D(1000))
    outcome = run(path(index=[100, 101]), FREE, book, KeepLeverage(D(3)), Once())
    assert_only(outcome, holding_pnl=10, hedge_pnl=50)


FIFTH = (Tier(D("1e9"), D("0.2"), D(0), D(5)),)


def test_margin_aware_hedges_more_the_nearer_the_liquidation():
    # 40 coins at 100 on 1000, a fifth required. Slack 1000 - 800 over (1 - 0.2) x 4000: 1/16, so
    # 0.1875/0.2 of the way from 0.25 to 0.05: 0.2 + 0.8 x 0.9375 = 0.95. At 125 1000/4000 = 0.25:
    # the base. Orders: 38 coins at 100, 30 and 8 at 125.
    venue = replace(FREE, holding_tiers=FIFTH)
    book = replace(PERP, leverage=D(4), hedge_collateral=D(8000))
    target = MarginAware(base=D("0.2"), calm=D("0.25"), danger=D("0.05"))
    outcome = run(path(index=[100, 125, 125]), venue, book, target, Schedule(**HOURLY))
    assert outcome["turnover"] == 3800 + 3750 + 1000
    assert outcome["smallest_distance"] == D("0.0625")  # at the low of bar 1


def test_margin_aware_in_cross_looks_at_the_whole_account_falling():
    # 1000 + 600: slack 1600 - 800 over 3200: 1/4, half way from 1/2 to 0: 20 coins. Then slack
    # 1600 - 0.2 x 6000 = 400 over 4000 - 2000 - 1200 = 800: 1/2: nothing.
    venue = replace(FREE, holding_tiers=FIFTH, hedge_tiers=FIFTH)
    book = replace(PERP, leverage=D(4), hedge_collateral=D(600), margin_mode="cross")
    target = MarginAware(base=D(0), calm=D("0.5"), danger=D(0))
    outcome = run(path(index=[100, 100, 100]), venue, book, target, Schedule(**HOURLY))
    assert outcome["turnover"] == 4000
    assert counts(outcome) == (1, 2, 1)


def test_margin_aware_holds_its_base_where_nothing_can_be_liquidated():
    target = MarginAware(base=D("0.3"), calm=D(10), danger=D(1))
    outcome = run(path(index=[100, 90]), FREE, RICH, target, Once())
    assert outcome["mean_hedge_ratio"] == D("0.3")


def test_band_trades_to_its_nearer_edge():
    # Half-width 0.1 of 10 coins. Wanted -10: to -9. -9.5: within. -7: below it, to -8.
    # -9: a gap of exactly 1 is within. Turnover 900 + 100, and 800 at the end.
    timing = Band(half_width=D("0.1"), to="edge", lookback=D(1))
    target = Ratios(1, "0.95", "0.7", "0.9")
    outcome = run(path(index=[100] * 5), FREE, SPOT, target, timing)
    assert outcome["turnover"] == 1800
    assert counts(outcome) == (2, 3, 1)


def test_band_trades_to_its_centre():
    timing = Band(half_width=D("0.1"), to="centre", lookback=D(1))
    target = Ratios(1, "0.95", "0.7", "0.8")
    outcome = run(path(index=[100] * 5), FREE, SPOT, target, timing)
    assert outcome["turnover"] == 1000 + 300 + 700


@pytest.mark.parametrize(
    ("to", "ratios"),
    [
        # bar 1: to -9; bar 2: nothing changes, no band, to -8
        ("edge", ("1", "0.9", "0.8")),
        # bar 1: (3 x 8e-5 / 0.06)^(1/3) = 0.159 is narrower than 0.2: to -8 at once
        ("centre", ("1", "0.8", "0.8")),
    ],
)
def test_optimal_band_weighs_cost_against_risk(to, ratios):
    # c = 0.001 + 0.5 x 2 x 0.001 (half maker at 0.002, half taker at 0), k = 12 x 0.01/2 = 0.06.
    # Weight 1. Ratios 1, 0.8, 0.8: changes 0 (the first bar of all), 0.2, 0.
    # bar 1, edge: (3 x 0.002 x 0.04 / (4 x 0.06))^(1/3) = 0.001^(1/3) = 0.1
    venue = replace(
        FREE,
        maker_fee=D("0.002"),
        maker_share=D("0.5"),
        closing_maker_share=D("0.5"),
        spread_multiplier=D(2),
    )
    book = replace(SPOT, risk_aversion=D(12))
    market = path(index=[100] * 4, sigma=["0.1"] * 4, half_spread=["0.001"] * 4)
    timing = Band(half_width="optimal", to=to, lookback=D(1))
    outcome = run(market, venue, book, Ratios(1, "0.8", "0.8"), timing)
    assert nearly(outcome["mean_hedge_ratio"], sum(map(D, ratios)) / 3)


def test_optimal_band_learns_before_t0_as_if_one_coin_were_held():
    # Ratios 0.8 and 1: a change of 0.2 by t0, the width of 0.1 as above: opens at -9.
    venue = replace(FREE, taker_fee=D("0.002"))
    book = replace(SPOT, risk_aversion=D(12))
    market = path(warm_up=1, index=[100] * 3, sigma=["0.1"] * 3)
    timing = Band(half_width="optimal", to="edge", lookback=D(1))
    outcome = run(market, venue, book, Ratios("0.8", 1), timing)
    assert nearly(outcome["mean_hedge_ratio"], "0.9")


def test_partial_adjustment_goes_half_of_the_way_every_bar():
    timing = PartialAdjustment(rate=D("0.5"))
    outcome = run(path(index=[100] * 4), FREE, SPOT, Constant(D(1)), timing)
    assert outcome["turnover"] == 2 * 875
    assert counts(outcome) == (3, 4, 1)


def test_stop_loss_hedges_below_its_drawdown_for_its_cooldown():
    # 10 coins, 2000 in all. 2100 at 110; 1880 at 88 is below 0.9 x 2100: on at 2. Two hours old
    # at 4: off, and the peak is 1880. 1700 at 5 is above 0.9 x 1880 = 1692, 1690 at 6 is not.
    market = path(index=[100, 110, 88, 80, 88, 70, 69, 69])
    book = replace(SPOT, hedge_collateral=D(1000))
    timing = StopLoss(drawdown=D("0.1"), cooldown=D(2))
    outcome = run(market, FREE, book, Constant(D(1)), timing)
    assert counts(outcome) == (2, 4, 2)
    assert outcome["turnover"] == 880 + 880 + 690 + 690
    assert outcome["hours_hedged"] == 3


def test_stop_loss_forgets_what_was_before_t0_and_waits_a_bar_after_it_lifts():
    # Cooldown 1: on at 1 (89 of 100, 10 in 500 + 1000), off at 2; the peak starts there at 1390.
    market = path(warm_up=1, index=[500, 100, 80, 60, 60])
    timing = StopLoss(drawdown=D("0.1"), cooldown=D(1))
    outcome = run(market, FREE, SPOT, Constant(D(1)), timing)
    assert counts(outcome) == (1, 2, 1)
    assert outcome["hours_hedged"] == 1


ETH = {"index": [50, 60, 60]}


def test_second_coin_is_sold_for_the_worth_of_the_first():
    # 10 coins at 100 are 20 at 50. +10 and +10 a coin. In bar 2 ten coins at 110 are worth
    # 18.33 at 60: 20 are 12/11 of them.
    outcome = run(path(index=[100, 110, 110], hedge=ETH), FREE, RICH, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-200)
    assert nearly(outcome["mean_hedge_ratio"], (1 + D(12) / 11) / 2)
    assert outcome["turnover"] == 1000 + 1200
    assert outcome["last_index"] == 110


def test_each_leg_has_the_basis_and_funding_of_its_own_coin():
    # 16 at a mark of 125, 32 short at 62.5 less basis 12.5 (ratio by index: 100/50 = 2).
    # Holding: basis 25 -> 20, pays 16 x 120 x 0.01; hedge: basis 12.5 -> 10, gets 32 x 60 x 0.02.
    market = path(
        index=[100, 100],
        mark=[125, 120],
        funding=[0, "0.01"],
        hedge={"index": [50, 50], "mark": ["62.5", 60], "funding": [0, "0.02"]},
    )
    book = replace(PERP, hedge_collateral=D(10_000))
    outcome = run(market, FREE, book, Constant(D(1)), Once())
    assert_only(outcome, basis_pnl=-16 * 5 + 32 * D("2.5"), funding=D("38.4") - D("19.2"))


def test_premium_of_each_coin_is_turned_into_its_own_rate():
    # An interval of one hour is an eighth: 16 x 100 x 0.008/8 = 1.6, 32 x 50 x 0.004/8 = 0.8
    rule = replace(NO_FUNDING, realised=False, interval_hours=D(1))
    market = path(
        index=[100, 100],
        premium=[0, "0.008"],
        hedge={"index": [50, 50], "premium": [0, "0.004"]},
    )
    book = replace(PERP, leverage=D("1.6"), hedge_collateral=D(10_000))
    outcome = run(market, replace(FREE, funding=rule), book, Constant(D(1)), Once())
    assert_only(outcome, funding=D("-0.8"))


def test_minimum_variance_sets_the_held_index_against_the_sold_mark():
    # One bar of memory: 0.02 x 0.04 / 0.04^2 = 0.5; the other two returns do not matter.
    market = path(
        index=[100, 100],
        index_return=["0.02", 0],
        mark_return=["0.5", 0],
        hedge={"index": [50, 50], "index_return": ["0.7", 0], "mark_return": ["0.04", 0]},
    )
    outcome = run(market, FREE, RICH, MinimumVariance(lookback=D(1), cap=D(1)), Once())
    assert outcome["mean_hedge_ratio"] == D("0.5")


def test_volatility_target_reads_the_sold_coin():
    # A quarter of a year a bar, so 2 x 0.02 = 0.04 a year, of which 0.01 is wanted: 0.75.
    market = path(
        index=[100, 100],
        index_return=["0.5", 0],
        bar_hours="2190",
        hedge={"index": [50, 50], "index_return": ["0.02", 0], "mark_return": ["0.6", 0]},
    )
    target = VolatilityTarget(level=D("0.01"), lookback=D(2190))
    assert run(market, FREE, RICH, target, Once())["mean_hedge_ratio"] == D("0.75")


def test_hedge_pays_the_spread_and_the_impact_of_its_own_coin():
    # 1000 both times: half-spread 0.002; impact 0.02 x sqrt(1000/100 000) = 0.002
    venue = replace(FREE, impact_coefficient=D(1))
    market = path(
        index=[100, 100],
        half_spread=["0.5"] * 2,
        sigma=["0.5"] * 2,
        volume=[1, 1],
        hedge={
            "index": [50, 50],
            "half_spread": ["0.002"] * 2,
            "sigma": ["0.02"] * 2,
            "volume": [100_000] * 2,
        },
    )
    outcome = run(market, venue, RICH, Constant(D(1)), Once())
    assert_only(outcome, half_spread_cost=4, impact_cost=4)


def test_hedge_is_liquidated_on_its_own_marks():
    # 20 short at 50 on 320: 1320/(20 x 1.1) = 60; the holding's 1000 does not matter.
    venue = replace(FREE, hedge_tiers=(Tier(D("1e9"), D("0.1"), D(0), D(10)),))
    market = path(
        index=[100, 100], mark_high=[100, 1000], hedge={"index": [50, 50], "mark_high": [50, 70]}
    )
    book = replace(SPOT, hedge_collateral=D(320))
    outcome = run(market, venue, book, Constant(D(1)), Once())
    assert_only(outcome, hedge_pnl=-200)


def test_nothing_is_said_of_bars_without_a_holding():
    # 100 coins at 10x, gone in bar 1 of 4; hedged by half at t0 alone.
    tier = (Tier(D("1e9"), D("0.04"), D(0), D(25)),)
    book = replace(PERP, leverage=D(10), hedge_collateral=D(10_000))
    market = path(index=[100, 90, 90, 90, 90])
    venue = replace(FREE, holding_tiers=tier)
    outcome = run(market, venue, book, Constant(D(1)), Says(-50, -50, -50, -50))
    assert outcome["mean_hedge_ratio"] == D("0.5")
    assert counts(outcome) == (4, 2, 1)  # what is asked for is a signal, though refused
    assert run(market, venue, book, Constant(D(1)), Never())["mean_hedge_ratio"] == 0
