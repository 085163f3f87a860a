"""Margin tiers: what is required, where a leg is closed, what may be opened, on paper."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgelab.kernels.margin import (
    largest_notional,
    leverage_of,
    liquidation_price,
    margin_of,
    most_required,
    requirement,
)
from tests.kernels.three_speeds import same_bytes, three_ways

# cap, rate, amount, largest leverage: 1000 x (2 % - 1 %) = 10, 10 + 5000 x (5 % - 2 %) = 160
TIERS = ((1000.0, 0.01, 0.0, 50.0), (5000.0, 0.02, 10.0, 20.0), (20_000.0, 0.05, 160.0, 5.0))
MEMORY = tuple(number for tier in TIERS for number in tier)
END = len(MEMORY)


# -- what is required ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("notional", "required", "rate"),
    [
        (0.0, 0.0, 0.0),
        (500.0, 5.0, 0.01),
        (1000.0, 10.0, 0.01),
        (3000.0, 50.0, 0.02),
        (5000.0, 90.0, 0.02),
        (10_000.0, 340.0, 0.05),
        (50_000.0, 2340.0, 0.05),
    ],
)
def test_requirement_is_rate_times_notional_less_the_amount_of_its_tier(notional, required, rate):
    # 3000 x 2 % - 10, 5000 x 2 % - 10, 10 000 x 5 % - 160; the last tier goes on beyond its cap
    assert requirement(notional, MEMORY, 0, END) == (pytest.approx(required), rate)


@pytest.mark.parametrize("cap", [1000.0, 5000.0])
def test_requirement_does_not_jump_where_a_tier_begins(cap):
    below, at, above = (requirement(cap + d, MEMORY, 0, END)[0] for d in (-1e-6, 0.0, 1e-6))
    assert at - below == pytest.approx(0.0, abs=1e-7)
    assert above - at == pytest.approx(0.0, abs=1e-7)
    assert below < at < above


def test_requirement_is_never_negative():
    # 10 x 5 % - 160 alone would be
    assert requirement(10.0, (20_000.0, 0.05, 160.0, 5.0), 0, 4) == (0.0, 0.0)


# -- where a leg is closed -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("quantity", "cash", "price"),
    [
        (-10.0, 1100.0, 1110.0 / 10.2),
        (-10.0, 505.0, 50.0),
        (10.0, -900.0, 900.0 / 9.9),
        (10.0, -2000.0, 1990.0 / 9.8),
        (100.0, -9440.0, 9280.0 / 95.0),
    ],
)
def test_leg_is_closed_where_its_balance_is_what_is_required(quantity, cash, price):
    # short 10 with 1100: 1100 - 10 p = 0.2 p - 10 at 108.8, a notional of 1088 in the second tier;
    # with 505 at 50 in the first; long 10 owing 900: 10 p - 900 = 0.1 p at 90.9; owing 2000:
    # 10 p - 2000 = 0.2 p - 10 at 203; long 100 owing 9440: 100 p - 9440 = 5 p - 160 at 97.7
    found = liquidation_price(quantity, cash, MEMORY, 0, END)
    assert found == pytest.approx(price, rel=1e-15)


def test_long_that_borrowed_nothing_is_never_closed():
    assert liquidation_price(10.0, 100.0, MEMORY, 0, END) <= 0.0


@given(
    st.floats(0.1, 200.0), st.booleans(), st.floats(0.1, 0.9), st.sampled_from([50.0, 100.0, 300.0])
)
def test_slack_changes_its_sign_at_the_liquidation_price(size, is_short, share, entry):
    quantity = -size if is_short else size
    cash = -quantity * entry + share * size * entry
    price = liquidation_price(quantity, cash, MEMORY, 0, END)
    slacks = []
    for where in (price * (1.0 - 1e-9), price * (1.0 + 1e-9)):
        required = max(rate * size * where - amount for _, rate, amount, _ in TIERS)
        slacks.append(cash + quantity * where - max(required, 0.0))
    assert np.prod(np.sign(slacks)) == -1.0
    assert (slacks[0] > 0.0) == is_short  # a short is closed on the way up


# -- what may be opened --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("money", "largest"),
    [
        (0.0, 0.0),
        (10.0, 500.0),
        (20.0, 1000.0),
        (40.0, 1000.0),
        (100.0, 2000.0),
        (500.0, 5000.0),
        (2000.0, 10_000.0),
        (1e9, 20_000.0),
    ],
)
def test_largest_notional_is_that_of_the_best_tier_up_to_its_cap(money, largest):
    # 10 x 50; 20 x 50 is the first cap; 40 x 20 = 800 is less than that; 100 x 20; 2000 x 5;
    # never beyond the last cap
    assert largest_notional(money, MEMORY, 0, END) == largest


@pytest.mark.parametrize(
    ("notional", "leverage"),
    [(0.0, 50.0), (1000.0, 50.0), (1001.0, 20.0), (5000.0, 20.0), (5001.0, 5.0), (1e9, 5.0)],
)
def test_leverage_is_that_of_the_tier_a_notional_falls_in_its_cap_included(notional, leverage):
    assert leverage_of(notional, MEMORY, 0, END) == leverage


@given(st.floats(1e-3, 3999.0))
def test_largest_notional_may_just_be_opened(money):
    # its own leverage asks for no more than the margin; a little more notional does
    largest = largest_notional(money, MEMORY, 0, END)
    assert largest / leverage_of(largest, MEMORY, 0, END) <= money * (1.0 + 1e-12)
    more = largest * 1.001
    assert more / leverage_of(more, MEMORY, 0, END) > money


# -- the gate ------------------------------------------------------------------------------------
GENTLE = (2000.0, 0.005, 0.0, 100.0), (8000.0, 0.03, 50.0, 10.0), (9000.0, 0.04, 130.0, 4.0)
BOTH = (*MEMORY, *(number for tier in GENTLE for number in tier))


@pytest.mark.parametrize(
    ("notional", "hedge", "holding"),
    [
        (500.0, (0.0, *TIERS[0]), (0.0, *GENTLE[0])),
        (501.0, (1000.0, *TIERS[1]), (0.0, *GENTLE[0])),
        (1001.0, (1000.0, *TIERS[1]), (2000.0, *GENTLE[1])),
        (1e6, (5000.0, *TIERS[2]), (8000.0, *GENTLE[2])),
    ],
)
def test_gate_of_a_leg_is_the_tier_that_twice_the_holding_falls_in(notional, hedge, holding):
    # 2 x 500 ends with the hedge's first tier and is in the holding's first; 2 x 501; 2 x 1001;
    # beyond the last cap the last tier
    found = margin_of(BOTH, 0, 3, notional)
    assert (found.hedge, found.holding, found.end) == (0, 12, 24)
    assert tuple(found.hedge_gate) == hedge
    assert tuple(found.holding_gate) == holding


@given(st.floats(0.0, 50_000.0), st.floats(1.0, 10_000.0))
def test_gate_requires_no_less_and_allows_no_more_than_the_tiers_up_to_its_cap(size, notional):
    found = margin_of(BOTH, 0, 3, notional)
    for gate, first, last in ((found.hedge_gate, 0, 12), (found.holding_gate, 12, 24)):
        if size <= gate.cap:
            asked = requirement(size, BOTH, first, last)[0]
            most = most_required(size, gate)
            assert most == asked if size > gate.floor else most >= asked
            assert leverage_of(size, BOTH, first, last) >= gate.leverage


# -- at every speed ------------------------------------------------------------------------------
class Situation(NamedTuple):
    """A leg, a notional and a margin."""

    quantity: float
    cash: float
    notional: float
    money: float


class Found(NamedTuple):
    """All that the tiers say of it."""

    required: float
    rate: float
    price: float
    largest: float
    leverage: float
    gate: float


def said_of(each, tiers):
    """Ask every function of the tiers."""
    first, last = 0, 12
    required, rate = requirement(each.notional, tiers, first, last)
    return Found(
        required,
        rate,
        liquidation_price(each.quantity, each.cash, tiers, first, last),
        largest_notional(each.money, tiers, first, last),
        leverage_of(each.notional, tiers, first, last),
        margin_of(tiers, 0, 3, 1001.0).holding_gate.amount,
    )


def test_tiers_say_the_same_at_every_speed():
    rng = np.random.default_rng(3)
    notional = rng.choice([*rng.uniform(0.0, 30_000.0, 60), 0.0, 1000.0, 5000.0, 20_000.0], 64)
    quantity = rng.uniform(-100.0, 100.0, 64)
    columns = [quantity, rng.uniform(-9000.0, 9000.0, 64), notional, rng.uniform(0.0, 5000.0, 64)]
    plain, path, lanes = three_ways(said_of, Situation, Found, columns, parameters=BOTH)
    assert same_bytes(plain, path)
    assert same_bytes(path, lanes)
    assert len(np.unique(lanes[1])) == 4  # every tier binds somewhere, and none at nothing
    assert np.unique(lanes[4]).tolist() == [5.0, 20.0, 50.0]
