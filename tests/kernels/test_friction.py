"""What a trade costs, and funding: each cost on paper, and the limits in which it vanishes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgelab.kernels import friction
from hedgelab.kernels.funding import funding_payment, funding_rate
from hedgelab.kernels.records import Costs, FundingRule, Venue
from tests.kernels.by_hand import FREE, coin

BP = 1e-4
MONEY = st.floats(0.0, 1e7)


# -- fee -----------------------------------------------------------------------------------------
def test_fee_mixes_maker_and_taker_rates_by_share():
    # a quarter at 2 bp, the rest at 6 bp: 5 bp of 10 000 is 5
    venue = Venue(maker_fee=2 * BP, taker_fee=6 * BP)
    assert friction.fee(10_000.0, 0.25, venue) == pytest.approx(5.0)


def test_rebate_is_a_negative_fee():
    assert friction.fee(10_000.0, 1.0, Venue(maker_fee=-1 * BP)) == pytest.approx(-1.0)


def test_an_order_that_leaves_less_than_was_held_is_a_closing_one():
    # shorts: opened, added to, taken off, closed, turned into a smaller and a larger long
    venue = Venue(maker_share=0.8, closing_maker_share=0.1)
    orders = [(0.0, -1.0), (-1.0, -2.0), (-2.0, -1.0), (-1.0, 0.0), (-2.0, 1.0), (-1.0, 2.0)]
    shares = [friction.resting_share(held, target, venue) for held, target in orders]
    assert shares == [0.8, 0.8, 0.1, 0.1, 0.1, 0.8]


# -- half-spread ---------------------------------------------------------------------------------
def test_half_spread_is_paid_once_and_scaled_by_the_venue():
    # half-spread 3 bp, twice as wide here, on 10 000: 6
    venue = Venue(spread_multiplier=2.0)
    assert friction.half_spread_cost(10_000.0, coin(half_spread=3 * BP), venue) == pytest.approx(
        6.0
    )


# -- impact --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("size", "bp"), [(1e5, 0.671), (1e6, 2.121), (1e7, 6.708)])
def test_square_root_impact_gives_the_reference_values(size, bp):
    # Y = 1, volatility 3 %, volume 2e10: 300 bp x sqrt(size / 2e10)
    bar_of_a_day = coin(sigma=0.03, volume=2e10)
    cost = friction.impact_cost(size, bar_of_a_day, Venue(impact=1.0))
    assert cost / size / BP == pytest.approx(bp, abs=5e-4)


def test_impact_of_a_venue_with_a_quarter_of_the_volume_is_twice_as_large():
    # sqrt(4) = 2
    shallow, deep = (
        friction.impact_cost(1e5, coin(sigma=0.01, volume=1e8), Venue(depth=depth))
        for depth in (0.25, 1.0)
    )
    assert shallow == pytest.approx(2.0 * deep)


@given(st.floats(1.0, 1e7))
def test_four_times_the_size_costs_eight_times_as_much(size):
    # Q sqrt(Q): 4 x 2
    instrument = coin(sigma=0.01, volume=1e8)
    small, large = (friction.impact_cost(q, instrument, Venue()) for q in (size, 4.0 * size))
    assert large == pytest.approx(8.0 * small, rel=1e-12)


# -- delay ---------------------------------------------------------------------------------------
def test_delay_costs_the_buyer_what_it_gives_the_seller():
    # sigma 1 % a bar, a quarter of a bar late: moves of 0.5 % x z; z = 2: 100 on 10 000
    instrument, venue = coin(sigma=0.01), Venue(delay=0.25)
    assert friction.delay_cost(10_000.0, instrument, 2.0, venue) == pytest.approx(100.0)
    assert friction.delay_cost(-10_000.0, instrument, 2.0, venue) == pytest.approx(-100.0)


def test_wholly_adverse_delay_always_costs():
    instrument, venue = coin(sigma=0.01), Venue(delay=0.25, adverse=1.0)
    for bought in (10_000.0, -10_000.0):
        for noise in (2.0, -2.0):
            assert friction.delay_cost(bought, instrument, noise, venue) == pytest.approx(100.0)


def test_partly_adverse_delay_mixes_both():
    # 0.5 % x (0.4 x 2 x 10 000 + 0.6 x -2 x 10 000) = 0.005 x -4000 = -20
    venue = Venue(delay=0.25, adverse=0.4)
    assert friction.delay_cost(10_000.0, coin(sigma=0.01), -2.0, venue) == pytest.approx(-20.0)


# -- a whole trade -------------------------------------------------------------------------------
VENUE = Venue(
    maker_fee=1 * BP,
    taker_fee=5 * BP,
    spread_multiplier=1.0,
    impact=1.0,
    depth=1.0,
    delay=0.25,
)


def test_only_the_taken_half_pays_spread_and_impact_but_all_of_it_pays_delay():
    # selling 100 at a mark of 100: notional 10 000, 5 000 of it taken; index 90 plays no part
    # fee 3 bp: 3; half-spread 2 bp of 5 000: 1; impact 1 % sqrt(5 000 / 5e7) 5 000: 0.5;
    # delay 0.5 % x z of -10 000 with z = -1: the price falls before the sale, 50
    instrument = coin(90.0, 100.0, half_spread=2 * BP, sigma=0.01, volume=5e7)
    costs = friction.trade_costs(-100.0, instrument, -1.0, 0.5, VENUE)
    assert costs == pytest.approx(Costs(3.0, 1.0, 0.5, 50.0))
    assert friction.total(costs) == pytest.approx(54.5)


def test_costs_of_two_trades_are_added_line_by_line():
    assert friction.add(Costs(1.0, 2.0, 3.0, 4.0), Costs(10.0, 20.0, 30.0, 40.0)) == (
        11.0,
        22.0,
        33.0,
        44.0,
    )


def test_no_trade_costs_nothing():
    instrument = coin(half_spread=2 * BP, sigma=0.01)
    assert friction.trade_costs(0.0, instrument, 1.5, 0.5, VENUE) == Costs(0.0, 0.0, 0.0, 0.0)


def test_free_venue_costs_nothing():
    instrument = coin(half_spread=2 * BP, sigma=0.01)
    assert friction.total(friction.trade_costs(123.0, instrument, 1.5, 0.5, FREE)) == 0.0


@given(st.floats(-1e5, 1e5), st.floats(0.0, 1.0))
def test_splitting_a_trade_in_two_costs_the_same_under_linear_costs(quantity, share):
    linear = VENUE._replace(impact=0.0)
    instrument = coin(half_spread=2 * BP, sigma=0.01)
    pieces = (share * quantity, quantity - share * quantity)
    apart = [
        friction.total(friction.trade_costs(each, instrument, 0.7, 0.5, linear)) for each in pieces
    ]
    whole = friction.total(friction.trade_costs(quantity, instrument, 0.7, 0.5, linear))
    assert math.isclose(sum(apart), whole, rel_tol=1e-9, abs_tol=1e-9)


@given(st.floats(1.0, 1e5), st.floats(0.01, 0.99))
def test_splitting_a_trade_in_two_saves_impact(quantity, share):
    # a sum of 3/2 powers is below the 3/2 power of the sum: orders of one bar count as one
    instrument = coin(sigma=0.01)
    pieces = [
        friction.impact_cost(each, instrument, Venue())
        for each in (share * quantity, (1 - share) * quantity)
    ]
    assert sum(pieces) < friction.impact_cost(quantity, instrument, Venue())


@given(MONEY, st.floats(0.0, 0.01), st.floats(0.0, 0.01), st.floats(0.0, 1.0))
def test_higher_rate_never_costs_less(notional, rate, more, maker_share):
    low, high = (
        friction.fee(notional, maker_share, Venue(maker_fee=fee, taker_fee=fee))
        for fee in (rate, rate + more)
    )
    assert high >= low


# -- funding -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("premium", "rate"), [(2, 1), (6, 1), (10, 5), (-4, 1), (-10, -5)])
def test_dead_zone_pays_one_bp_for_every_premium_between_minus_four_and_six(premium, rate):
    # P + clamp(1 - P, -5, 5), in bp
    assert funding_rate(premium * BP, 0.0, FundingRule()) == pytest.approx(rate * BP)


@pytest.mark.parametrize(("premium", "rate"), [(500, 30), (-500, -30)])
def test_rate_is_capped_on_both_sides(premium, rate):
    assert funding_rate(premium * BP, 0.0, FundingRule()) == pytest.approx(rate * BP)


def test_hourly_venue_pays_an_eighth_of_its_last_premium_each_hour():
    # basis 16 bp, premium of eight hours 0: (16 - 5) / 8
    rule = FundingRule(interval=60.0, last_premium=True)
    assert funding_rate(0.0, 16 * BP, rule) == pytest.approx(11 / 8 * BP)


def test_rule_without_dead_zone_pays_the_premium():
    assert funding_rate(3.7 * BP, 0.0, FundingRule(dead_zone=0.0)) == pytest.approx(3.7 * BP)


def test_short_receives_when_the_rate_is_positive():
    # 10 coins x 2.0 x 1 bp
    assert funding_payment(-10.0, 2.0, 1 * BP) == pytest.approx(0.002)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(-0.04, 0.04))
def test_funding_is_a_transfer_between_long_and_short(quantity, price, rate):
    assert funding_payment(quantity, price, rate) + funding_payment(-quantity, price, rate) == 0.0
