"""The bill: every line in its place, signs by hand, and a residual that is a real check."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hedgelab import attribution

COSTS = ("fee", "half_spread_cost", "impact_cost", "delay_cost", "liquidation_fee")
GAINS = (
    "holding_pnl",
    "hedge_pnl",
    "basis_pnl",
    "funding",
    "financing",
    "bankruptcy_relief",
)
# one short over a market that gained 830 and then 400; quote, two paths
SHORT = {
    "holding_pnl": [830.0, 400.0],
    "hedge_pnl": [-622.0, -300.0],
    "basis_pnl": [3.0, -1.0],
    "funding": [90.0, 60.0],
    "financing": [0.0, 0.0],
    "bankruptcy_relief": [0.0, 25.0],
    "fee": [200.0, 190.0],
    "half_spread_cost": [4.0, 5.0],
    "impact_cost": [11.0, 12.0],
    "delay_cost": [-2.0, 3.0],
    "liquidation_fee": [0.0, 40.0],
}
UNHEDGED = {name: [0.0, 0.0] for name in SHORT} | {"holding_pnl": [830.0, 400.0]}


class SmallLedger:
    """As much of a ledger as a bill reads; equity_change is kept apart from its lines."""

    def __init__(self, **hedges):
        self.names = tuple(hedges)
        self._lines = {
            name: {column: np.array(values) for column, values in lines.items()}
            for name, lines in hedges.items()
        }

    def of(self, name):
        return self._lines[name]


@pytest.fixture
def ledger():
    # by hand: 830-622+3+90 -200-4-11+2 = 88; 400-300-1+60+25 -190-5-12-3-40 = -66
    short = SHORT | {"equity_change": [88.0, -66.0]}
    unhedged = UNHEDGED | {"equity_change": [830.0, 400.0]}
    return SmallLedger(unhedged=unhedged, short=short)


def test_the_lines_lead_from_the_unhedged_result_to_the_hedged_one(ledger):
    bill = attribution.bill(ledger, "short")
    assert_array_equal(bill["gap"], [-742.0, -466.0])
    assert_allclose(bill[list(attribution.BILL)].sum(axis=1), bill["gap"], rtol=1e-12)
    assert_array_equal(bill["residual"], [0.0, 0.0])


def test_gains_stand_positive_and_costs_negative(ledger):
    bill = attribution.bill(ledger, "short").iloc[1]
    expected = {
        "holding": 0.0,
        "price drag": -300.0,
        "basis": -1.0,
        "relief": 25.0,
        "funding": 60.0,
        "financing": 0.0,
        "fee": -190.0,
        "half-spread": -5.0,
        "impact": -12.0,
        "delay": -3.0,
        "liquidation": -40.0,
    }
    assert {line: bill[line] for line in attribution.BILL} == expected


@pytest.mark.parametrize("column", [*COSTS, *GAINS])
def test_a_bug_in_any_one_line_shows_up_as_a_residual(ledger, column):
    ledger.of("short")[column] += 1.0
    assert_allclose(np.abs(attribution.bill(ledger, "short")["residual"]), 1.0, rtol=1e-9)


def test_every_cost_and_every_gain_stands_on_exactly_one_line():
    columns = [column for parts in attribution.BILL.values() for column, _ in parts]
    assert sorted(columns) == sorted([*COSTS, *GAINS])


def test_friction_is_the_sum_of_its_lines_in_the_bill(ledger):
    lines = attribution.bill(ledger, "short")[["fee", "half-spread", "impact", "delay"]]
    # 200 + 4 + 11 - 2, and 190 + 5 + 12 + 3; the second path was liquidated for 40 more
    assert_array_equal(lines.sum(axis=1), [-213.0, -210.0])
    assert_array_equal(attribution.bill(ledger, "short")["liquidation"], [0.0, -40.0])


def test_every_cost_is_friction_and_no_gain_is(ledger):
    assert_array_equal(attribution.friction(ledger, "short"), [213.0, 250.0])


def test_a_bill_between_two_ledgers_pairs_the_same_hedge(ledger):
    free = SHORT | {column: [0.0, 0.0] for column in COSTS} | {"equity_change": [301.0, 184.0]}
    twin = SmallLedger(short=free)
    bill = attribution.bill(ledger, "short", against=twin)
    # all that differs is friction: 213 and 250
    assert_array_equal(bill["gap"], [-213.0, -250.0])
    assert_array_equal(bill["price drag"], [0.0, 0.0])
    assert_array_equal(attribution.interaction(ledger, twin, "short"), [0.0, 0.0])


def test_interaction_is_what_friction_alone_does_not_explain(ledger):
    # the twin ends 30 better than giving every friction back would
    twin = SmallLedger(short=SHORT | {"equity_change": [331.0, 184.0]})
    assert_array_equal(attribution.interaction(ledger, twin, "short"), [30.0, 0.0])
