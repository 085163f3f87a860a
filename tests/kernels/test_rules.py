"""Every rule bar by bar, its decisions worked out on paper."""

import math

import numpy as np
import pytest

from hedgelab.kernels import rules
from hedgelab.kernels.records import Bar, NoState, Position
from hedgelab.kernels.rules import (
    Constant,
    MinimumVariance,
    Moments,
    Never,
    Once,
    Schedule,
    ScheduleState,
    TriggerState,
    VolatilityTrigger,
)
from tests.kernels.by_hand import bar, coin

HOLDING = 10.0


def position(quantity=0.0):
    return Position(quantity, HOLDING, quantity != 0.0, 0.0, 1500.0, 1500.0)


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
