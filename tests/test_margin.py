"""Margin: published examples to the printed digit, tables that fit, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from hedgelab import margin, venues
from hedgelab.errors import ParameterError
from hedgelab.margin import MarginTier

# Binance's tables of 2020-21, as caps and rates; the amounts that its worked example prints for
# them are 135 365 (ETH, 10 %) and 16 300 (BTC, 2.5 %).
ETH_2021 = margin.complete_amounts(
    [
        MarginTier(cap, rate)
        for cap, rate in {
            **{10e3: 0.005, 100e3: 0.0065, 500e3: 0.01, 1e6: 0.02, 2e6: 0.05, 5e6: 0.1},
            **{10e6: 0.125, 20e6: 0.15, 50e6: 0.25},
        }.items()
    ]
)
BTC_2021 = margin.complete_amounts(
    [
        MarginTier(cap, rate)
        for cap, rate in {
            **{50e3: 0.004, 250e3: 0.005, 1e6: 0.01, 5e6: 0.025, 20e6: 0.05, 50e6: 0.1},
        }.items()
    ]
)
WALLET = 1_535_443.01  # of the same example
ETH = {"quantity": 3683.979, "entry_price": 1456.84, "margin": WALLET}
BTC = {"quantity": 109.488, "entry_price": 32_481.98, "margin": WALLET}
PENNY = 0.005
BINANCE_BTC = venues.load("binance").tiers_of("BTC")


# -- the worked example --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("position", "tiers", "printed"),
    [
        (ETH, MarginTier(5e6, 0.1, 135_365.0), 1114.78),
        (ETH, ETH_2021, 1114.78),
        (BTC, MarginTier(5e6, 0.025, 16_300.0), 18_778.73),
        (BTC, BTC_2021, 18_778.73),
    ],
)
def test_the_worked_example_is_right_isolated_by_tier_and_by_whole_table(position, tiers, printed):
    assert margin.liquidation_price(**position, tiers=tiers) == pytest.approx(printed, abs=PENNY)


def test_the_worked_example_is_right_cross():
    # marks 1335.18 and 31 967.27; printed 1153.26 and 26 316.89
    others_of_btc = {"others_maintenance": 356_512.508122, "others_pnl": -448_192.88514}
    price = margin.liquidation_price(**BTC, tiers=BTC_2021, **others_of_btc)
    assert price == pytest.approx(26_316.89, abs=PENNY)
    required = margin.maintenance_margin(109.488 * 31_967.27, BTC_2021)
    lost = 109.488 * (31_967.27 - 32_481.98)
    price = margin.liquidation_price(
        **ETH, tiers=ETH_2021, others_maintenance=required, others_pnl=lost
    )
    assert price == pytest.approx(1153.26, abs=PENNY)


def test_the_maintenance_of_the_worked_example_is_the_printed_one():
    # 3683.979 x 1335.18 at 10 % less 135 365
    required = margin.maintenance_margin(3683.979 * 1335.18, ETH_2021)
    assert required == pytest.approx(356_512.508122, abs=1e-6)


# -- other published cases -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("side", "leverage", "entry", "size", "asserted"),
    [  # asserted in an open backtester's tests of this exchange: rate .01, amount .01
        (-1, 5, 10.0, 1.0, 11.89108910891089),
        (-1, 5, 8.0, 1.0, 9.514851485148514),
        (-1, 5, 10.0, 0.6, 11.897689768976898),
        (+1, 5, 8.0, 1.0, 6.454545454545454),
        (+1, 3, 10.0, 1.0, 6.723905723905723),
    ],
)
def test_small_isolated_positions_with_an_amount_are_right(side, leverage, entry, size, asserted):
    tier = MarginTier(np.inf, 0.01, 0.01)
    money = size * entry / leverage
    price = margin.liquidation_price(side * size, entry, money, tier)
    assert price == pytest.approx(asserted, rel=1e-14)


def test_a_venue_that_requires_the_closing_fee_closes_earlier():
    # asserted in the same tests for Gate and OKX: rate .01, taker .0006, entry 10
    asserted = [11.87413417771621, 13.193482419684678, 8.085708510208207, 6.738090425173506]
    price = margin.liquidation_price(
        [-1.0, -1.0, 1.0, 1.0], 10.0, np.divide(10.0, [5, 3, 5, 3]), 0.01, closing_fee=0.0006
    )
    assert_allclose(price, asserted, rtol=1e-14)


def test_the_simple_formula_takes_the_maintenance_of_the_entry():
    # asserted for Bybit: rate .01, entry 10, leverage 1, 5, 1, 5; and .004 with leverage 2
    side, leverage = np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, 5.0, 1.0, 5.0])
    price = margin.liquidation_price(side, 10.0, 10.0 / leverage, 0.01, maintenance_at_entry=True)
    assert_allclose(price, [0.1, 8.1, 19.9, 11.9], rtol=1e-14)
    price = margin.liquidation_price(
        [1.0, -1.0], [80.0, 10.0], [40.0, 5.0], 0.004, maintenance_at_entry=True
    )
    assert_allclose(price, [40.32, 14.96], rtol=1e-14)


def test_maintenance_of_the_entry_uses_the_tier_of_the_entry_notional():
    # 20 at 50 000 is a million: .65 % less 1500 is 5000, 250 a coin; 10x: 50 000 -+ (5000 - 250)
    price = margin.liquidation_price(
        [20.0, -20.0], 50_000.0, 100_000.0, BINANCE_BTC, maintenance_at_entry=True
    )
    assert_allclose(price, [45_250.0, 54_750.0], rtol=1e-14)


def test_maintenance_of_half_the_initial_margin_gives_the_venue_s_own_formula():
    # Hyperliquid: price - side x available / size / (1 - l side), available = equity - maintenance;
    # 40x, so l = 1/80. Long one at 100 000 with 10 000: 100 000 - 8750 / .9875.
    tiers = venues.load("hyperliquid").tiers_of("BTC")
    price = margin.liquidation_price([1.0, -1.0], 100_000.0, 10_000.0, tiers)
    assert_allclose(price, [100_000 - 8750 / 0.9875, 100_000 + 8750 / 1.0125], rtol=1e-14)
    # the same from a later mark, where the long's equity is 5000
    later = margin.liquidation_price(1.0, 95_000.0, 5_000.0, tiers)
    assert later == pytest.approx(price[0], rel=1e-14)


def test_inverse_contracts_are_right_with_maintenance_at_entry():
    # inputs of Bybit's help page: 60 000 dollars at 50 000, 10x, 0.5 %
    price = margin.inverse_liquidation_price(
        [-60_000.0, 60_000.0], 50_000.0, 0.12, 0.005, maintenance_at_entry=True
    )
    assert_allclose(price, [55_248.618784530394, 45_662.100456621], rtol=1e-13)


def test_inverse_contracts_are_right_with_maintenance_at_the_price():
    # by hand: 0.12 + 60 000/50 000 - 60 000/p = 0.005 x 60 000/p, so 60 300 / 1.32; 59 700 / 1.08
    price = margin.inverse_liquidation_price([60_000.0, -60_000.0], 50_000.0, 0.12, 0.005)
    assert_allclose(price, [60_300 / 1.32, 59_700 / 1.08], rtol=1e-13)


def test_inverse_tiers_are_of_the_notional_in_coins():
    # 1 % and 2 % above 10 coins: amount 0.1. Long 1e6 at 50 000 with 2 coins, at p: 2 + 20 - 1e6/p
    # = 2e4/p - 0.1, p = 1.02e6 / 22.1, where it is 21.7 coins
    tiers = [MarginTier(10.0, 0.01, 0.0, 50.0), MarginTier(100.0, 0.02, 0.1, 25.0)]
    price = margin.inverse_liquidation_price(1e6, 50_000.0, 2.0, tiers)
    assert price == pytest.approx(1.02e6 / 22.1, rel=1e-13)


def test_a_short_inverse_that_is_covered_by_its_margin_is_never_liquidated():
    # 60 000 dollars short at 50 000 with the 1.2 coins that they are worth
    assert margin.inverse_liquidation_price(-60_000.0, 50_000.0, 1.2, 0.005) == np.inf


@pytest.mark.parametrize(
    ("leverage", "notional", "long", "short"),
    [  # distances in per cent on Binance's BTC tiers of 2026, worked out apart from this code
        (10, 100e3, 9.64, 9.56),
        (10, 500e3, 9.61, 9.51),
        (10, 1e6, 9.56, 9.44),
        (10, 5e6, 9.33, 9.15),
        (5, 100e3, 19.68, 19.52),
        (20, 100e3, 4.62, 4.58),
    ],
)
def test_the_tier_is_that_of_the_notional_and_not_of_the_collateral(
    leverage, notional, long, short
):
    size = notional / 50_000.0
    price = margin.liquidation_price([size, -size], 50_000.0, notional / leverage, BINANCE_BTC)
    assert_allclose(100.0 * np.abs(price / 50_000.0 - 1.0), [long, short], atol=0.005)


# -- identities ----------------------------------------------------------------------------------
POSITIONS = {
    "notional": st.floats(1e3, 1e9),
    "leverage": st.floats(1.01, 20.0),
    "side": st.sampled_from([1.0, -1.0]),
}


@given(**POSITIONS)
def test_at_the_price_the_balance_is_what_is_required_and_beyond_it_less(notional, leverage, side):
    size = side * notional / 100.0
    price = float(margin.liquidation_price(size, 100.0, notional / leverage, BINANCE_BTC))
    if price > 0.0:
        beyond = price * np.array([1.0, 1.0 - side * 1e-6])
        balance = notional / leverage + size * (beyond - 100.0)
        required = margin.maintenance_margin(abs(size) * beyond, BINANCE_BTC)
        assert balance[0] == pytest.approx(required[0], abs=1e-9 * notional)
        assert balance[1] < required[1]


@given(**POSITIONS)
def test_choosing_the_tier_again_until_it_stays_gives_the_same_price(notional, leverage, side):
    size, here = notional / 100.0, 100.0
    for _ in range(50):  # the exchange's recipe: redo with the tier of the notional at the price
        tier = next(t for t in BINANCE_BTC if size * here <= t.cap or t is BINANCE_BTC[-1])
        alone = margin.liquidation_price(side * size, 100.0, notional / leverage, tier)
        if alone == here:
            break
        here = float(alone)
    price = float(margin.liquidation_price(side * size, 100.0, notional / leverage, BINANCE_BTC))
    assert here == pytest.approx(price, rel=1e-12) or price == 0.0


def test_a_long_without_borrowed_money_is_never_liquidated_and_its_short_is():
    price = margin.liquidation_price([1.0, -1.0], 100.0, 100.0, 0.004)
    assert_allclose(price, [0.0, 200.0 / 1.004], rtol=1e-14)


def test_a_position_that_is_already_short_of_margin_has_its_price_on_the_wrong_side():
    long, short = margin.liquidation_price([1.0, -1.0], 100.0, [0.1, -150.0], 0.01)
    assert long > 100.0
    assert short == 0.0  # a short that is bankrupt at any price


def test_the_requirement_does_not_jump_at_any_cap():
    # 300 000 x .4 % = 1200 on both sides (stated by the exchange), and so on
    caps = np.array([tier.cap for tier in BINANCE_BTC[:-1]])
    assert margin.maintenance_margin(300e3, BINANCE_BTC) == pytest.approx(1200.0, rel=1e-12)
    below, above = (margin.maintenance_margin(caps * near, BINANCE_BTC) for near in (1, 1 + 1e-12))
    assert_allclose(above, below, rtol=1e-10)


@given(st.floats(0.0, 2e9))
def test_the_largest_notional_is_the_largest_that_its_margin_opens(money):
    largest = float(margin.largest_notional(money, BINANCE_BTC))
    assert margin.initial_margin(largest, BINANCE_BTC) <= money * (1 + 1e-12)
    if largest < BINANCE_BTC[-1].cap:
        assert margin.initial_margin(largest * 1.0001 + 1e-9, BINANCE_BTC) > money


def test_maintenance_is_below_initial_margin_wherever_one_can_open():
    for name in venues.names():
        for coin in venues.load(name).margin_tiers:
            tiers = venues.load(name).tiers_of(coin)
            sizes = np.geomspace(1.0, tiers[-1].cap, 500)
            initial, kept = (
                f(sizes, tiers) for f in (margin.initial_margin, margin.maintenance_margin)
            )
            assert (kept < initial).all(), (name, coin)


def test_the_bankruptcy_price_is_where_the_margin_is_gone():
    # 10x at 100: 90 and 110; a long with more than it cost: never
    price = margin.bankruptcy_price([2.0, -2.0, 1.0], 100.0, [20.0, 20.0, 150.0])
    assert_array_equal(price, [90.0, 110.0, 0.0])


def test_shapes_are_broadcast_and_nothing_gives_nothing():
    price = margin.liquidation_price([[1.0], [-1.0]], 100.0, [10.0, 20.0, 30.0], BINANCE_BTC)
    assert price.shape == (2, 3)
    assert margin.liquidation_price([], 100.0, 10.0, BINANCE_BTC).shape == (0,)
    for function in (margin.maintenance_margin, margin.initial_margin, margin.largest_notional):
        assert function([], BINANCE_BTC).shape == (0,)
        assert function(np.ones((2, 2)), BINANCE_BTC).shape == (2, 2)
    assert margin.inverse_liquidation_price([], 100.0, 10.0, 0.01).shape == (0,)


# -- tables --------------------------------------------------------------------------------------
def test_the_amounts_that_a_venue_states_follow_from_its_caps_and_rates():
    for name in ("binance", "bybit", "hyperliquid"):
        for tiers in venues.load(name).margin_tiers.values():
            stated, completed = (
                [tier.amount for tier in table] for table in (tiers, margin.complete_amounts(tiers))
            )
            assert_allclose(completed, stated, rtol=1e-6)


def test_flat_lays_the_tiers_one_behind_the_other():
    two = [MarginTier(3e5, 0.004, 0.0, 150.0), MarginTier(8e5, 0.005, 300.0, 100.0)]
    assert margin.flat(two).tolist() == [3e5, 0.004, 0.0, 150.0, 8e5, 0.005, 300.0, 100.0]


FIRST, SECOND = (3e5, 0.004, 0.0, 150.0), (8e5, 0.005, 300.0, 100.0)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([], "one or more MarginTier records"),
        ([FIRST, (2e5, 0.005, 300.0, 100.0)], "cap of tier 2 is 200000 after 300000, here; let"),
        (
            [FIRST, (8e5, 0.004, 0.0, 100.0)],
            "rate of tier 2 is 0.004 after 0.004, here; let it rise",
        ),
        (
            [FIRST, (8e5, 0.005, 300.0, 151.0)],
            "max_leverage of tier 2 is 151 after 150, here; let it",
        ),
        (
            [FIRST, (8e5, 0.005, 300.1, 100.0)],
            "amount of tier 2 is 300.1, but the requirement jumps",
        ),
        ([FIRST, SECOND, (3e6, 0.0065, 1500.1, 75.0)], "amount of tier 3 is 1500.1, but the"),
        ([(3e5, 0.004, 1.0, 150.0), SECOND], "amount of tier 1 is 1, but the requirement jumps"),
    ],
)
def test_a_table_that_does_not_fit_together_is_refused(rows, line):
    with pytest.raises(ParameterError) as caught:
        margin.check_tiers([MarginTier(*row) for row in rows], "here")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_amount_rounded_to_the_cent_is_accepted():
    margin.check_tiers([MarginTier(*FIRST), MarginTier(8e5, 0.005, 300.001, 100.0)])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("cap", 0.0), ("cap", np.nan), ("rate", -0.01), ("rate", 1.0), ("rate", np.nan)],
        *[("amount", -1.0), ("amount", np.inf), ("max_leverage", 0.5), ("max_leverage", 2000.0)],
        *[("cap", "1"), ("rate", None), ("amount", True)],
        ("max_leverage", 251.0),  # a quarter of a thousandth below 0.4 %: liquidated when opened
    ],
)
def test_a_tier_that_no_venue_has_is_refused(field, value):
    stated = {"cap": 3e5, "rate": 0.004, "amount": 0.0, "max_leverage": 150.0}
    with pytest.raises(ParameterError, match=f"^{field} is .*, a margin tier; use"):
        MarginTier(**{**stated, field: value})


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: margin.liquidation_price(0.0, 1.0, 1.0, 0.01), "quantity is 0"),
        (lambda: margin.liquidation_price(1.0, 0.0, 1.0, 0.01), "entry_price is 0"),
        (lambda: margin.liquidation_price(1.0, 1.0, np.nan, 0.01), "margin is nan"),
        (lambda: margin.liquidation_price(1.0, np.inf, 1.0, 0.01), "entry_price is inf"),
        (lambda: margin.liquidation_price(1.0, 1.0, "much", 0.01), "margin is not made of numbers"),
        (lambda: margin.liquidation_price([1, 2], 1.0, [1, 2, 3], 0.01), "shapes do not fit"),
        (lambda: margin.liquidation_price(1.0, 1.0, 1.0, 1.5), "rate is 1.5"),
        (lambda: margin.liquidation_price(1.0, 1.0, 1.0, [(1, 2)]), "MarginTier records"),
        (lambda: margin.liquidation_price(1, 1, 1, 0.5, closing_fee=0.5), "closing_fee is 0.5"),
        (
            lambda: margin.liquidation_price(1, 1, 1, 0.5, closing_fee=-1e-3),
            "closing_fee is -0.001",
        ),
        (lambda: margin.liquidation_price(1, 1, 1, 0.1, others_maintenance=-1), "0 or more"),
        (lambda: margin.inverse_liquidation_price(0.0, 1.0, 1.0, 0.01), "quantity is 0"),
        (lambda: margin.inverse_liquidation_price(1.0, 0.0, 1.0, 0.01), "entry_price is 0"),
        (lambda: margin.maintenance_margin(-1.0, 0.01), "notional is -1"),
        (lambda: margin.initial_margin(1.9e9, BINANCE_BTC), "notional is 1.9e+09"),
        (lambda: margin.initial_margin(1.0, 0.01), "states no leverage"),
        (lambda: margin.check_tiers(5), "give a list of them"),
        (lambda: margin.largest_notional(1.0, 0.01), "states no leverage"),
        (lambda: margin.largest_notional(-1.0, BINANCE_BTC), "margin is -1"),
    ],
)
def test_what_has_no_answer_gets_one_line(call, line):
    with pytest.raises(ParameterError) as caught:
        call()
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
