"""The isoline: the issue's own points, and the identities of its algebra."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hedgelab import worth
from hedgelab.errors import ParameterError

# the article: 8.3 % against 2.1 % over six weeks; 1 bp at each of 3 x 42 stamps
ARTICLE = {"gap": 0.062, "unhedged_return": 0.083}
ONE_BASIS_POINT = 126 * 1e-4
RATIOS = st.floats(0.05, 1.5)
RATES = st.floats(-0.05, 0.05)


def test_isoline_of_the_article_with_one_basis_point_of_funding():
    friction = worth.isoline(np.array([0.0, 0.25, 0.5, 0.747]), funding=ONE_BASIS_POINT, **ARTICLE)
    assert_allclose(100 * friction, [6.2, 4.44, 2.68, 0.94], atol=0.005)


@pytest.mark.parametrize(("funding", "ratio"), [(0.0, 0.747), (ONE_BASIS_POINT, 0.881)])
def test_a_free_hedge_lies_where_friction_vanishes(funding, ratio):
    free = worth.ratio_at_cost(0.0, funding=funding, **ARTICLE)
    assert_allclose(free, ratio, atol=5e-4)
    assert_allclose(worth.isoline(free, funding=funding, **ARTICLE), 0.0, atol=1e-15)


@given(RATIOS, RATES, st.floats(0.0, 0.2), st.floats(0.06, 0.5))
def test_the_ratio_at_a_cost_gives_the_gap_back(ratio, funding, friction, market):
    # a book hedged by ratio: loses ratio x market, pays ratio x friction, receives ratio x funding
    gap = ratio * market + ratio * friction - ratio * funding
    found = worth.ratio_at_cost(friction, gap=gap, unhedged_return=market, funding=funding)
    assert_allclose(found, ratio, rtol=1e-9)


@given(RATIOS, st.floats(1.0, 200.0))
def test_implied_friction_times_traded_notional_is_the_isoline(ratio, turnover):
    cost = worth.implied_friction(ratio, funding=ONE_BASIS_POINT, turnover=turnover, **ARTICLE)
    paid = worth.isoline(ratio, funding=ONE_BASIS_POINT, **ARTICLE)
    assert_allclose(cost * ratio * turnover, paid, atol=1e-15)


def test_more_funding_leaves_more_room_for_friction():
    ratio = np.linspace(0.1, 1.0, 10)
    poor, rich = (worth.isoline(ratio, funding=f, **ARTICLE) for f in (0.0, ONE_BASIS_POINT))
    assert (rich > poor).all()


def test_a_break_even_market_leaves_hedged_and_unhedged_equal():
    # h x (r + k - f) = 0 at r = f - k, for every h
    market = worth.break_even_return(friction=0.042, funding=0.0126)
    assert_allclose(market, -0.0294, rtol=1e-12)
    assert_allclose(market + 0.042 - 0.0126, 0.0, atol=1e-15)


def test_a_trade_of_nothing_is_refused_in_one_line():
    with pytest.raises(ParameterError, match="trades nothing"):
        worth.implied_friction(0.0, funding=0.0, turnover=84.0, **ARTICLE)
    with pytest.raises(ParameterError, match="traded nothing"):
        worth.full_hedge(small_ledger(ratio=0.0), "short")


def test_no_ratio_gives_the_gap_where_hedging_changes_nothing():
    assert worth.ratio_at_cost(0.0, gap=0.062, unhedged_return=0.01, funding=0.01) == math.inf


def small_ledger(ratio):
    """Two paths of one short, with book of 1,000; as much of a ledger as is read."""

    class Ledger(dict):
        names = ("unhedged", "short")
        book = SimpleNamespace(capital=1_000.0)
        friction = np.array([[0.0, 18.0], [0.0, 22.0]])

    columns = {"mean_hedge_ratio": ratio, "turnover": 40_000.0 * ratio, "funding": 6.0}
    return Ledger({k: np.array([[0.0, v], [0.0, v]]) for k, v in columns.items()})


def test_the_rates_of_a_full_hedge_are_per_unit_of_its_ratio():
    # half a hedge of 1,000 paid 20, received 6 and traded 20,000
    full = worth.full_hedge(small_ledger(ratio=0.5), "short")
    assert full.ratio == 0.5
    assert_allclose(full.funding, [0.012, 0.012])
    assert_allclose(full.friction, [0.036, 0.044])  # 18 and 22
    assert_allclose(full.turnover, [40.0, 40.0])
    # 18 and 22 on 20,000 traded
    assert_allclose(full.cost_per_notional, [9e-4, 11e-4])
    with pytest.raises(ParameterError, match="a path traded nothing"):
        _ = full._replace(turnover=np.array([40.0, 0.0])).cost_per_notional


def test_crossings_put_free_and_costly_ratios_side_by_side():
    table = worth.crossings({"none": 0.0, "1 bp": ONE_BASIS_POINT}, 0.042, **ARTICLE)
    assert_allclose(table["free_ratio"], [0.747, 0.881], atol=5e-4)
    # 6.2 / (8.3 + 4.2) and 6.2 / (8.3 + 4.2 - 1.26)
    assert_allclose(table["costly_ratio"], [0.496, 0.5516], atol=5e-5)
