"""Every rule bar by bar, its decisions worked out on paper."""

import math

import numpy as np
import pytest

from hedgelab.kernels import rules, steering
from hedgelab.kernels.records import Bar, Decision, NoState, Position
from hedgelab.kernels.rules import (
    Band,
    Constant,
    KeepLeverage,
    MarginAware,
    MinimumVariance,
    Moments,
    Never,
    Once,
    OptimalBand,
    PartialAdjustment,
    RatioState,
    Schedule,
    ScheduleState,
    StopLoss,
    StopState,
    TriggerState,
    Variance,
    VolatilityTarget,
    VolatilityTrigger,
)
from tests.kernels.by_hand import bar, coin

HOLDING = 10.0


def position(quantity=0.0, equity=1500.0, value=1000.0, distance=1e9):
    is_open = quantity != 0.0
    return Position(quantity, HOLDING, is_open, 0.0, equity, 1500.0, value, distance)


def scheduled(rule, times, wanted=-4.0):
    """Run a schedule whose orders are filled at once; its decision at each time."""
    state, quantity, found = ScheduleState(), 0.0, []
    for time in times:
        decision, state = rules.schedule(bar(time), position(quantity), wanted, state, rule)
        quantity = decision.quantity if decision.fires else quantity
        found.append(tuple(decision))
    return found


def fires_at(found, times):
    return [time for time, each in zip(times, found, strict=True) if each[0]]


def reopens_at(found, times):
    return [time for time, each in zip(times, found, strict=True) if each[0] and each[2] > 0.0]


# -- how much ------------------------------------------------------------------------------------
def test_constant_always_gives_its_ratio():
    assert rules.constant(bar(), NoState(), Constant(0.7)) == (0.7, NoState())


def returns(of_index, of_mark):
    return bar(0.0, coin(index_return=of_index, mark_return=of_mark))


def test_minimum_variance_is_the_ratio_of_two_moving_averages():
    # lookback 3: weight 1/2.  Bar 1: product 0.02 x 0.04 / 2 = 4e-4, square 0.04^2 / 2 = 8e-4: 0.5.
    # bar 2: product (4e-4 + 0.03 x 0.02) / 2 = 5e-4, square (8e-4 + 4e-4) / 2 = 6e-4: 5 / 6
    rule = MinimumVariance(lookback=3.0, cap=1.5)
    ratio, state = rules.minimum_variance(returns(0.02, 0.04), Moments(), rule)
    assert ratio == pytest.approx(0.5)
    assert state == pytest.approx((4e-4, 8e-4))
    ratio, state = rules.minimum_variance(returns(0.03, 0.02), state, rule)
    assert ratio == pytest.approx(5.0 / 6.0)
    assert state == pytest.approx((5e-4, 6e-4))


def test_minimum_variance_is_one_when_holding_and_hedge_move_alike():
    state, rule = Moments(), MinimumVariance()
    for r in (0.01, -0.03, 0.002):
        ratio, state = rules.minimum_variance(returns(r, r), state, rule)
        assert ratio == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("of_index", "ratio"), [(0.09, 1.5), (-0.01, 0.0)])
def test_minimum_variance_is_kept_between_zero_and_its_cap(of_index, ratio):
    # 9 and -1 without limits
    assert rules.minimum_variance(returns(of_index, 0.01), Moments(), MinimumVariance())[0] == ratio


def test_minimum_variance_is_zero_before_anything_has_moved():
    # both choices of a select are evaluated: 0 / 0 is computed and then left out
    still = np.float64(0.0)
    with np.errstate(invalid="ignore"):
        ratio, _ = rules.minimum_variance(returns(still, still), Moments(), MinimumVariance())
    assert ratio == 0.0


# A return of v / sqrt(8760) in an hour is a volatility of v a year; lookback 1 has weight 2 / 2.
LEVEL_40 = VolatilityTarget(level=0.40, lookback=1.0)


@pytest.mark.parametrize(
    ("volatility", "ratio"), [(0.80, 0.5), (0.50, 0.2), (0.40, 0.0), (0.20, 0.0), (1e9, 1.0)]
)
def test_volatility_target_leaves_its_level_unhedged(volatility, ratio):
    # 1 - 0.4 / 0.8, 1 - 0.4 / 0.5, and never below nothing
    now = bar(0.0, coin(index_return=-volatility / math.sqrt(8760.0)))
    found, _ = rules.volatility_target(now, Variance(), LEVEL_40)
    assert found == pytest.approx(ratio, abs=1e-8)


def test_volatility_target_hedges_nothing_while_nothing_moves():
    still = bar(0.0, coin(index_return=np.float64(0.0)))
    with np.errstate(divide="ignore"):  # of the 0.4 / 0 that is left out
        assert rules.volatility_target(still, Variance(), LEVEL_40) == (0.0, Variance(0.0))


def test_volatility_target_looks_at_a_moving_average_of_longer_bars():
    # lookback 3, weight 1/2: the variance of 0.02^2 is half of it; 2190 bars of 4 hours a year:
    # sqrt(2190 x 0.0002) = 0.66182, and 1 - 0.4 / 0.66182 = 0.39560
    instrument = coin(index_return=0.02)
    now = bar(0.0, instrument, hours=4.0)
    ratio, state = rules.volatility_target(now, Variance(), LEVEL_40._replace(lookback=3.0))
    assert state.per_bar == pytest.approx(0.0002)
    assert ratio == pytest.approx(0.39560, abs=5e-6)


# -- how much, given the account -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("leverage", "equity", "value", "quantity"),
    [(1.0, 800.0, 2000.0, -12.0), (2.0, 800.0, 2000.0, -4.0), (1.0, 3000.0, 2000.0, 10.0)],
)
def test_keep_leverage_brings_holding_and_hedge_to_a_multiple_of_equity(
    leverage, equity, value, quantity
):
    # at a mark of 100: (800 - 2000) / 100, (1600 - 2000) / 100, (3000 - 2000) / 100: long
    now = bar(0.0, coin(90.0, 100.0))
    at = position(equity=equity, value=value)
    assert rules.keep_leverage(now, at, NoState(), KeepLeverage(leverage))[0] == quantity


@pytest.mark.parametrize(
    ("distance", "quantity"),
    [(1e9, -2.5), (0.30, -2.5), (0.20, -2.5), (0.125, -6.25), (0.05, -10.0), (0.0, -10.0)],
)
def test_margin_aware_hedges_more_the_nearer_the_holding_is_to_liquidation(distance, quantity):
    # a quarter of 10 coins from 20 % on, all at 5 %; half-way 0.25 + 0.75 / 2 = 0.625
    rule, at = MarginAware(base=0.25, calm=0.20, danger=0.05), position(distance=distance)
    assert rules.margin_aware(bar(), at, NoState(), rule)[0] == pytest.approx(quantity)


def test_margin_aware_hedges_with_as_many_coins_as_are_worth_the_holding():
    # the holding's coin costs twice the hedge's: a quarter of 10 is 5 of the other
    now, rule = bar(0.0, (coin(200.0), coin(100.0))), MarginAware(base=0.25)
    assert rules.margin_aware(now, position(), NoState(), rule)[0] == -5.0


# -- never and once ------------------------------------------------------------------------------
def test_never_never_fires():
    decision, _ = rules.never(bar(0.0), position(), -4.0, NoState(), Never())
    assert tuple(decision) == (False, 0.0, 0.0)


def test_once_fires_at_t0_only():
    fired = [
        rules.once(bar(time), position(), -4.0, NoState(), Once())[0].fires
        for time in (-1, 0, 1, 24)
    ]
    assert fired == [False, True, False, False]


def test_once_asks_for_what_the_target_wants():
    assert tuple(rules.once(bar(0.0), position(), -4.0, NoState(), Once())[0]) == (True, -4.0, 0.0)


# -- on the clock --------------------------------------------------------------------------------
def test_schedule_fires_every_four_hours_from_t0_on():
    times = range(-3, 13)
    found = scheduled(Schedule(every=4.0, hold=24.0), times)
    assert fires_at(found, times) == [0, 4, 8, 12]


def test_schedule_of_a_few_minutes_fires_on_time_though_hours_are_rounded():
    # a sum of twentieths of an hour drifts above the bar's own time: 3 minutes, on 1-minute bars
    every = 3.0 / 60.0
    assert sum([every] * 6) != 6 * every
    times = [minute * (1.0 / 60.0) for minute in range(2000)]
    found = scheduled(Schedule(every=every, hold=10 * every), times)
    fired = fires_at(found, times)
    assert fired == times[::3]
    assert reopens_at(found, times) == times[30::30]


def test_one_day_hedge_is_closed_and_reopened_once_a_day():
    # opened at 0, 24 hours old at the fire of 24, reopened, old again at 48
    times = range(0, 61)
    found = scheduled(Schedule(every=4.0, hold=24.0), times)
    assert reopens_at(found, times) == [24, 48]
    assert {each[2] for each in found} == {0.0, 1.0}


def test_hedge_expires_at_the_first_fire_at_which_it_is_old_enough():
    # hold 10, fires at 0, 4, 8, 12: age 8 is too young, age 12 is old; then 12 + 12 = 24
    times = range(0, 26)
    found = scheduled(Schedule(every=4.0, hold=10.0), times)
    assert reopens_at(found, times) == [12, 24]


def test_netting_schedule_never_reopens():
    times = range(0, 61)
    found = scheduled(Schedule(every=4.0, hold=24.0, netting=True), times)
    assert fires_at(found, times) == list(range(0, 61, 4))
    assert reopens_at(found, times) == []


def test_schedule_follows_its_target_between_expiries():
    # at 4 the target has grown to -5: the whole wanted quantity, nothing reopened
    rule, state = (
        Schedule(every=4.0, hold=24.0),
        ScheduleState(next_fire=4.0, opened_at=0.0, fires=1.0),
    )
    decision, _ = rules.schedule(bar(4.0), position(-4.0), -5.0, state, rule)
    assert tuple(decision) == (True, -5.0, 0.0)


def test_flat_schedule_opens_without_reopening_and_its_age_starts_there():
    # the target was 0 until 28: the hedge opened at 28 is 24 hours old at 52
    rule, state, quantity, found = Schedule(every=4.0, hold=24.0), ScheduleState(), 0.0, {}
    for time in range(0, 56, 4):
        wanted = 0.0 if time < 28 else -4.0
        decision, state = rules.schedule(bar(time), position(quantity), wanted, state, rule)
        quantity, found[time] = decision.quantity, decision
    assert [time for time, each in found.items() if each.reopen > 0.0] == [52]


def test_decision_between_fires_tells_what_the_rule_would_hold():
    # an order lost to an outage is made good with the quantity wanted then
    found = scheduled(Schedule(every=4.0, hold=24.0), range(0, 3))
    assert found[1] == (False, -4.0, 0.0)


def test_three_tranches_build_up_and_then_renew_one_third_a_fire():
    # fires at 0, 8, 16: a third each; from 24 on the oldest third is closed and opened anew
    times = range(0, 41, 8)
    found = scheduled(Schedule(every=8.0, hold=24.0, tranches=3.0), times, wanted=-6.0)
    assert [quantity for _, quantity, _ in found] == [-2.0, -4.0, -6.0, -6.0, -6.0, -6.0]
    assert [reopened for *_, reopened in found] == [0.0, 0.0, 0.0, *[pytest.approx(1.0 / 3.0)] * 3]


def test_netting_tranches_build_up_and_never_reopen():
    times = range(0, 41, 8)
    rule = Schedule(every=8.0, hold=24.0, netting=True, tranches=3.0)
    assert {each[2] for each in scheduled(rule, times, wanted=-6.0)} == {0.0}


# -- on volatility -------------------------------------------------------------------------------
# One bar is an hour and lookback 1 makes the variance that of the last bar alone (weight 2 / 2):
# a return of v / sqrt(8760) is a volatility of v a year.
TRIGGER = VolatilityTrigger(enter=0.60, exit=0.45, lookback=1.0, min_hold=3.0, rebalance=0.10)


def quiet_or_wild(time, volatility):
    return bar(time, coin(index_return=volatility / math.sqrt(8760.0)))


def triggered(volatilities, rule=TRIGGER, first=0, wanted=-4.0):
    """Run the trigger; its orders are filled at once from t0 on.  The decision at each time."""
    state, quantity, found = TriggerState(), 0.0, {}
    for time, volatility in enumerate(volatilities, start=first):
        now = quiet_or_wild(time, volatility)
        decision, state = rules.volatility_trigger(now, position(quantity), wanted, state, rule)
        quantity = decision.quantity if decision.fires and time >= 0 else quantity
        found[time] = decision
    return found


def fired(found):
    return {time: each.quantity for time, each in found.items() if each.fires}


def test_trigger_switches_on_above_enter_and_off_below_exit():
    # on at 1; at 4 it is 3 hours old and the volatility is below 0.45
    assert fired(triggered([0.5, 0.7, 0.5, 0.5, 0.4, 0.4])) == {1: -4.0, 4: 0.0}


def test_trigger_stays_as_it_is_between_exit_and_enter():
    assert fired(triggered([0.59, 0.46, 0.55])) == {}
    assert fired(triggered([0.61, 0.59, 0.46, 0.55, 0.46, 0.5])) == {0: -4.0}


def test_trigger_is_not_switched_off_before_its_least_hold():
    # quiet from 1 on; on since 0, so off at 3
    assert fired(triggered([0.7, 0.1, 0.1, 0.1, 0.1])) == {0: -4.0, 3: 0.0}


def test_trigger_can_switch_on_again():
    assert fired(triggered([0.7, 0.1, 0.1, 0.1, 0.7])) == {0: -4.0, 3: 0.0, 4: -4.0}


def test_trigger_that_was_on_before_t0_hedges_at_t0():
    # switched on at -2 while nothing can be traded: at 0 the position is astray
    assert 0 in fired(triggered([0.7, 0.5, 0.5, 0.5], first=-2))
    assert fired(triggered([0.3, 0.5, 0.5, 0.5], first=-2)) == {}


def test_time_on_before_t0_counts_as_hold():
    # on at -3: at 0 it has been on for three hours and may switch off
    found = triggered([0.7, 0.1, 0.1, 0.1], first=-3)
    assert found[0].fires
    assert found[0].quantity == 0.0


def test_wanted_quantity_is_zero_while_the_trigger_is_off():
    assert triggered([0.3])[0].quantity == 0.0


@pytest.mark.parametrize(
    ("held", "fires"), [(-3.7, False), (-4.3, False), (-3.5, True), (-4.5, True)]
)
def test_hedge_that_strays_by_more_than_a_tenth_of_its_target_is_corrected(held, fires):
    # a tenth of 4 is 0.4
    state = TriggerState(0.0, True, -100.0)
    now = quiet_or_wild(1.0, 0.7)
    decision, _ = rules.volatility_trigger(now, position(held), -4.0, state, TRIGGER)
    assert decision.fires == fires
    assert decision.quantity == -4.0


def test_variance_of_the_trigger_is_a_moving_average():
    # lookback 3, weight 1/2: 0.04 / 2 = 0.02, then (0.02 + 0.01) / 2 = 0.015
    rule, state = TRIGGER._replace(lookback=3.0), TriggerState()
    for r, variance in ((0.2, 0.02), (0.1, 0.015)):
        now = bar(0.0, coin(index_return=r))
        _, state = rules.volatility_trigger(now, position(), -4.0, state, rule)
        assert state.variance == pytest.approx(variance)


def test_volatility_of_longer_bars_is_a_year_of_them():
    # bars of 4 hours: 2190 a year; a return of 0.7 / sqrt(2190) is 70 %
    for volatility, active in ((0.61, True), (0.59, False)):
        instrument = coin(index_return=volatility / math.sqrt(2190.0))
        now = Bar(0.0, 4.0, instrument, instrument, 1.0, 0.0, 0.5, 0.5)
        _, state = rules.volatility_trigger(now, position(), -4.0, TriggerState(), TRIGGER)
        assert state.active == active


# -- bands ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("held", "to_centre", "decided"),
    [
        (-2.5, False, (True, -3.0, 0.0)),
        (-2.5, True, (True, -4.0, 0.0)),
        (-5.5, False, (True, -5.0, 0.0)),
        (-5.5, True, (True, -4.0, 0.0)),
        (-3.5, False, (False, -3.5, 0.0)),
        (-4.5, True, (False, -4.5, 0.0)),
        (-3.0, False, (False, -3.0, 0.0)),
    ],
)
def test_band_is_left_alone_inside_and_comes_back_to_its_edge_or_its_centre(
    held, to_centre, decided
):
    # 0.1 of 10 coins around -4: from -5 to -3, edges included
    decision, _ = rules.band(bar(), position(held), -4.0, NoState(), Band(0.1, to_centre))
    assert tuple(decision) == decided


def test_band_is_as_wide_as_the_coins_that_are_worth_the_holding():
    # the holding's coin costs twice the hedge's: 0.1 x 2 x 10 = 2 around -8, from -10 to -6
    now = bar(0.0, (coin(200.0), coin(100.0)))
    decision, _ = rules.band(now, position(-5.0), -8.0, NoState(), Band(0.1))
    assert tuple(decision) == (True, -6.0, 0.0)


@pytest.mark.parametrize(("beyond", "fires"), [(5e-9, False), (5e-8, True)])
def test_rounding_alone_does_not_leave_a_band(beyond, fires):
    # a half-width of 0.1 and a rounding of 1e-9, of 10 coins: 1e-8 coins beyond the edge
    held = -4.0 - (1.0 + beyond)
    assert rules.band(bar(), position(held), -4.0, NoState(), Band(0.1))[0].fires == fires


# c = 5 bp + 1 x 1 bp = 6e-4; k = 0.9 x 0.01^2 / 2 = 4.5e-5; lookback 1: s2 is the last change's.
# To the edge, a change of 0.01 gives 3 x 6e-4 x 1e-4 / (4 x 4.5e-5) = 0.001, the cube of 0.1;
# to the centre, a change of 0.005 gives 3 x 6e-4 x 2.5e-5 / 4.5e-5 = 0.001 as well.
OPTIMAL = OptimalBand(lookback=1.0, fee=5e-4, taken=1.0, risk_aversion=0.9)
COSTLY = coin(half_spread=1e-4, sigma=np.float64(0.01))


def optimal(held, wanted, state, rule, instrument=COSTLY):
    """Decision and state of an optimal band, without a word of what `select` leaves out."""
    at = held if isinstance(held, Position) else position(held)
    with np.errstate(all="ignore"):
        return rules.optimal_band(bar(0, instrument), at, wanted, state, rule)


@pytest.mark.parametrize(
    ("to_centre", "change", "target"), [(False, 0.01, -3.1), (True, 0.005, -4.05)]
)
def test_optimal_half_width_is_the_cube_root_worked_out_by_hand(to_centre, change, target):
    rule, state = OPTIMAL._replace(to_centre=to_centre), RatioState(0.4, 0.0, True)
    wanted = -10.0 * (0.4 + change)
    inside, after = optimal(wanted + 0.999, wanted, state, rule)
    assert tuple(inside) == (False, wanted + 0.999, 0.0)
    assert after == pytest.approx((0.4 + change, change**2, True))
    stray, _ = optimal(wanted + 1.001, wanted, state, rule)
    assert tuple(stray) == (True, pytest.approx(target, abs=1e-9), 0.0)


@pytest.mark.parametrize(
    ("name", "value"), [("fee", 13e-4), ("taken", 9.0), ("risk_aversion", 0.9 * 6.0 / 14.0)]
)
def test_optimal_band_widens_with_cost_and_narrows_with_risk_aversion(name, value):
    # c x 14/6 or k x 6/14: the half-width is 0.1 x (14 / 6)^(1/3) = 0.13264
    rule, wanted = OPTIMAL._replace(**{name: value}), -4.1
    state = RatioState(0.4, 0.0, True)
    for stray, fires in ((1.326, False), (1.327, True)):
        assert optimal(wanted + stray, wanted, state, rule)[0].fires == fires


def test_optimal_band_measures_how_much_its_ratio_moves_from_the_second_bar_on():
    # lookback 3, weight 1/2: 0 in the first bar, 0.1^2 / 2 = 0.005, (0.005 + 0.2^2) / 2 = 0.0225
    rule, state, found = OPTIMAL._replace(lookback=3.0), RatioState(), []
    for wanted in (-4.0, -5.0, -3.0):
        _, state = optimal(0.0, wanted, state, rule)
        found.append(state.variance)
    assert found == pytest.approx([0.0, 0.005, 0.0225])


@pytest.mark.parametrize(("change", "is_counted"), [(5e-10, False), (2e-9, True)])
def test_ratio_that_moves_by_rounding_alone_stands_still_for_an_optimal_band(change, is_counted):
    wanted = -4.0 - 10.0 * change
    _, state = optimal(0.0, wanted, RatioState(0.4, 0.0, True), OPTIMAL)
    assert (state.variance > 0.0) == is_counted


@pytest.mark.parametrize(
    "still", [{"sigma": np.float64(0.0)}, {}], ids=["no risk", "ratio that stands still"]
)
def test_optimal_band_without_risk_or_movement_has_no_width(still):
    found, _ = optimal(-3.9, -4.0, RatioState(0.4, 0.0, True), OPTIMAL, COSTLY._replace(**still))
    assert tuple(found) == (True, -4.0, 0.0)


def test_optimal_band_without_a_holding_counts_its_ratio_as_none():
    gone = position()._replace(holding=np.float64(0.0))
    assert optimal(gone, np.float64(0.0), RatioState(), OPTIMAL)[1].ratio == 0.0


# -- part of the way -----------------------------------------------------------------------------
def test_partial_adjustment_goes_a_share_of_the_gap_in_every_bar():
    # a quarter of 4, of 3, of 2.25; and back a quarter of the way when it is too short
    quantity, found = 0.0, []
    for _ in range(3):
        now, rule = position(quantity), PartialAdjustment(0.25)
        decision, _ = rules.partial_adjustment(bar(), now, -4.0, NoState(), rule)
        quantity = decision.quantity
        found.append(tuple(decision))
    assert found == [(True, -1.0, 0.0), (True, -1.75, 0.0), (True, -2.3125, 0.0)]
    decision, _ = rules.partial_adjustment(bar(), position(-8.0), -4.0, NoState(), rule)
    assert tuple(decision) == (True, -7.0, 0.0)


def test_partial_adjustment_does_not_fire_where_nothing_is_astray():
    now = position(-4.0)
    decision, _ = rules.partial_adjustment(bar(), now, -4.0, NoState(), PartialAdjustment(0.25))
    assert not decision.fires


# -- after a loss --------------------------------------------------------------------------------
STOP = StopLoss(drawdown=0.10, cooldown=3.0)


def stopped(equities, rule=STOP, first=0):
    """Run the stop over equities at successive hours; the decision at each time."""
    state, found = StopState(), {}
    for time, equity in enumerate(equities, start=first):
        now = position(equity=equity)
        found[time], state = rules.stop_loss(bar(time), now, -4.0, state, rule)
    return found


def test_stop_switches_on_below_the_drawdown_and_off_after_the_cooldown():
    # peak 2000: not at 1800 but below it; on at 2, three hours old at 5
    found = stopped([1500.0, 2000.0, 1799.0, 1900.0, 1700.0, 1700.0, 1700.0])
    assert fired(found) == {2: -4.0, 5: 0.0}


def test_stop_is_not_switched_on_at_the_drawdown_itself():
    assert fired(stopped([2000.0, 1800.0])) == {}


def test_stop_that_is_lifted_watches_a_new_peak_from_there():
    # lifted at 4 with 1000 of 2000: on again below 900 only
    found = stopped([2000.0, 1000.0, 1000.0, 1000.0, 1000.0, 950.0, 901.0, 899.0])
    assert fired(found) == {1: -4.0, 4: 0.0, 7: -4.0}


def test_stop_starts_off_at_t0_whatever_went_before():
    # a fall of half before t0, and t0 is the new peak
    found = stopped([2000.0, 1000.0, 990.0, 895.0], first=-1)
    assert fired(found) == {2: -4.0}


def test_stop_does_not_switch_on_at_the_bar_at_which_it_switches_off():
    # without cooldown it is lifted one bar later, whatever was lost in it
    found = stopped([2000.0, 1000.0, 500.0, 460.0, 449.0], STOP._replace(cooldown=1.0))
    assert fired(found) == {1: -4.0, 2: 0.0, 4: -4.0}


def test_stop_wants_its_hedge_while_it_is_on_and_nothing_while_it_is_off():
    found = stopped([2000.0, 1000.0, 1000.0, 1000.0, 1000.0])
    assert [each.quantity for each in found.values()] == [0.0, -4.0, -4.0, -4.0, 0.0]
    assert {each.reopen for each in found.values()} == {0.0}


def test_stop_forgives_the_rounding_of_its_clock():
    # bars of six minutes: 0.7 - 0.4 hours is a little less than three tenths of an hour
    rule, state, found = STOP._replace(cooldown=0.3), StopState(), []
    times = [k / 10.0 for k in range(9)]
    assert times[7] - times[4] < 0.3
    for time in times:
        equity = 2000.0 if time < 0.35 else 1000.0
        decision, state = rules.stop_loss(bar(time), position(equity=equity), -4.0, state, rule)
        found += [time] * decision.fires
    assert found == [0.4, 0.7]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_what_is_not_finite_anywhere_is_ordered_so_that_the_money_shows_it(place, odd):
    wanted, quantity, reopen = (odd if k == place else 0.5 for k in range(3))
    found = steering.told(Decision(False, quantity, reopen), wanted)
    assert found.fires
    assert math.isnan(found.quantity)


def test_a_decision_of_finite_numbers_is_told_as_it_is():
    assert steering.told(Decision(False, -2.0, 0.5), -1.0) == (False, -2.0, 0.5)
