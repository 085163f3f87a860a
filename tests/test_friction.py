"""Friction over arrays: published shortfalls, reference impacts, and the ledger's own numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from hedgelab import friction
from hedgelab.errors import ParameterError
from hedgelab.kernels import friction as kernel
from hedgelab.kernels.records import Venue
from tests.kernels.by_hand import coin

BP = 1e-4


def test_the_shortfall_of_a_purchase_is_the_published_one():
    # buy 1000, decision 40.00, arrival 40.04, 700 at 40.05, given up at 40.08, commission 17
    cost = friction.implementation_shortfall(1000, 700, 40.00, 40.04, 40.05, 40.08, 17)
    assert_allclose(cost, [17, 7, 28, 24, 76, 0.0019], rtol=1e-9)


def test_the_shortfall_of_a_sale_is_the_published_one():
    # sell 5000, decision 40, arrival 39.50, 4000 at 39.70, given up at 39, commission 75: the fill
    # is above arrival, so that impact helped by 800; 2275 of 200 000
    cost = friction.implementation_shortfall(-5000, -4000, 40.0, 39.5, 39.7, 39.0, 75)
    assert_allclose(cost, [75, -800, 2000, 1000, 2275, 0.011375], rtol=1e-9)


@given(*[st.floats(0.1, 1e4)] * 4, st.floats(0.0, 1.0), st.sampled_from([-10.0, 10.0]))
def test_the_shortfall_is_the_paper_profit_less_the_real_one(
    decision, arrival, fill, final, share, order
):
    cost = friction.implementation_shortfall(
        order, share * order, decision, arrival, fill, final, 3.0
    )
    paper, real = order * (final - decision), share * order * (final - fill) - 3.0
    assert cost.total == pytest.approx(paper - real, abs=1e-8)


def test_an_order_filled_at_once_at_the_decision_price_costs_its_commission():
    cost = friction.implementation_shortfall([5.0, -5.0], [5.0, -5.0], 10, 10, 10, 99, [1, -1])
    assert_array_equal(cost.total, [1.0, -1.0])
    assert_array_equal(cost.missed, [0.0, 0.0])


def test_square_root_impact_gives_the_reference_values():
    # Y = 1, volatility 3 % a day, volume 2e10 a day: .671, 2.121 and 6.708 bp
    size = np.array([1e5, 1e6, 1e7])
    assert_allclose(friction.impact(size, 0.03, 2e10) / BP, [0.671, 2.121, 6.708], atol=5e-4)
    assert_allclose(
        friction.impact_cost(size, 0.03, 2e10), size * friction.impact(size, 0.03, 2e10)
    )


def test_impact_is_the_same_by_the_day_and_by_the_hour():
    by_day = friction.impact(1e6, 0.03, 2.4e10)
    assert friction.impact(1e6, 0.03 / np.sqrt(24.0), 1e9) == pytest.approx(by_day, rel=1e-14)


def test_nothing_costs_nothing():
    assert friction.impact(0.0, 0.03, 2e10) == 0.0
    assert friction.impact_cost(0.0, 0.03, 2e10) == 0.0
    assert friction.fee(0.0, 2 * BP, 5 * BP) == 0.0
    assert friction.half_spread_cost(0.0, 1 * BP) == 0.0
    assert friction.delay_cost(1e4, 0.03, 0.0, 2.0) == 0.0


def test_the_arrays_cost_what_the_ledger_books():
    venue = Venue(2 * BP, 5 * BP, 0.3, 0.3, 2.0, 0.8, 1.0, 0.25, 0.4)
    instrument = coin(half_spread=3 * BP, sigma=0.01, volume=1e8)
    size = np.array([1e3, 5e4, 2e6])
    pairs = [
        (friction.fee(size, 2 * BP, 5 * BP, 0.3), lambda n: kernel.fee(n, 0.3, venue)),
        (
            friction.half_spread_cost(size, 3 * BP, 2.0),
            lambda n: kernel.half_spread_cost(n, instrument, venue),
        ),
        (
            friction.impact_cost(size, 0.01, 1e8, 0.8),
            lambda n: kernel.impact_cost(n, instrument, venue),
        ),
        (
            friction.delay_cost(size, 0.01, 0.25, -1.5, 0.4),
            lambda n: kernel.delay_cost(n, instrument, -1.5, venue),
        ),
    ]
    for array, one in pairs:
        assert_array_equal(array, [one(notional) for notional in size.tolist()])


def test_a_delay_costs_one_side_what_it_gives_the_other_unless_it_is_adverse():
    # 1 % a bar, a quarter of a bar late, z = 2: 1 % of 10 000
    assert_allclose(friction.delay_cost([1e4, -1e4], 0.01, 0.25, 2.0), [100.0, -100.0])
    assert_allclose(friction.delay_cost([1e4, -1e4], 0.01, 0.25, 2.0, 1.0), [100.0, 100.0])


def test_a_rebate_is_a_negative_fee():
    # all resting at -1 bp of 10 000
    assert friction.fee(1e4, -1 * BP, 5 * BP, 1.0) == pytest.approx(-1.0, rel=1e-14)


def test_shapes_are_broadcast_and_empty_gives_empty():
    assert friction.impact(np.ones((2, 1)), 0.01, np.ones(3)).shape == (2, 3)
    assert friction.fee([], 2 * BP, 5 * BP).shape == (0,)
    cost = friction.implementation_shortfall([], [], 1.0, 1.0, 1.0, 1.0)
    assert {part.shape for part in cost} == {(0,)}


SHORTFALL = {
    **{"ordered": 10.0, "filled": 5.0, "decision_price": 1.0, "arrival_price": 1.0},
    **{"fill_price": 1.0, "final_price": 1.0},
}


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: friction.fee(-1.0, 0.0, 0.0), "notional is -1, fee; use 0 or more"),
        (lambda: friction.fee(1.0, 0.0, 0.0, 1.5), "maker_share is 1.5, fee; use 0 to 1"),
        (lambda: friction.fee(1.0, np.nan, 0.0), "maker_fee is nan, fee; use a finite number"),
        (lambda: friction.half_spread_cost(1.0, -1.0), "half_spread is -1"),
        (lambda: friction.impact(1.0, 0.03, 0.0), "volume is 0, impact_cost; use more than 0"),
        (lambda: friction.impact_cost(1.0, -0.03, 1.0), "volatility is -0.03"),
        (lambda: friction.impact_cost([1, 2], [1, 2, 3], 1.0), "shapes do not fit: notional (2,)"),
        (lambda: friction.delay_cost(1.0, 0.1, -1.0, 0.0), "delay is -1"),
        (lambda: friction.delay_cost(1.0, 0.1, 1.0, None), "noise is nan"),
        (lambda: friction.delay_cost(1.0, 0.1, 1.0, "up"), "noise is not made of numbers"),
        (
            lambda: friction.implementation_shortfall(**{**SHORTFALL, "ordered": 0.0}),
            "ordered is 0",
        ),
        (
            lambda: friction.implementation_shortfall(**{**SHORTFALL, "filled": 11.0}),
            "filled does not fit",
        ),
        (
            lambda: friction.implementation_shortfall(**{**SHORTFALL, "filled": -1.0}),
            "filled does not fit",
        ),
        (
            lambda: friction.implementation_shortfall(**{**SHORTFALL, "final_price": 0.0}),
            "final_price is 0",
        ),
    ],
)
def test_what_no_trade_has_is_refused_in_one_line(call, line):
    with pytest.raises(ParameterError) as caught:
        call()
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
