"""The bar of the account, every figure worked out on paper."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedgelab.kernels import ledger
from hedgelab.kernels.execution import fill
from hedgelab.kernels.layout import flatten
from hedgelab.kernels.records import (
    Account,
    Decision,
    FundingRule,
    Leg,
    NoState,
    opening_account,
)
from tests.kernels import by_hand
from tests.kernels.by_hand import (
    BOOK,
    FREE,
    FREE_OF_ALL,
    NEVER,
    NO_FUNDING,
    bar,
    coin,
    equity_by_lines,
    no_test,
    sell,
    tiers_in,
)
from tests.kernels.three_speeds import same_bytes, three_ways

FEE_ONLY = FREE._replace(taker_fee=0.001, funding=NO_FUNDING)


def lives(*arguments, **settings):
    """Return account and state after every bar of a venue that never looks at margins."""
    return by_hand.lives(*arguments, **{"margin_test": no_test} | settings)


def last_account(*arguments, **settings):
    return list(lives(*arguments, **settings).values())[-1][0]


# -- t0 ------------------------------------------------------------------------------------------
def test_holding_is_bought_at_the_first_close_without_cost():
    # 1000 / 100 = 10 coins; no money is left of the capital, the collateral is untouched
    account = lives([coin(100.0), coin(100.0)], {}, venue=FEE_ONLY)[0][0]
    assert account.holding == (10.0, 0.0)
    assert account.hedge == (0.0, 500.0)
    assert account.exposure.equity == 1500.0


def test_perpetual_holding_is_bought_at_the_mark():
    # leverage 3: 3000 / 120 = 25 coins, and a debt of 2000
    book = BOOK._replace(leverage=3.0, perp_holding=True)
    account = lives([coin(100.0, 120.0)] * 2, {}, book=book)[0][0]
    assert account.holding == (25.0, -2000.0)


def test_sale_at_t0_pays_its_fee_and_is_a_drawdown():
    # 4 coins at a mark of 101: notional 404, fee 0.404; the peak is the 1500 of before
    account = lives([coin(100.0, 101.0)] * 2, {0: sell(4)}, venue=FEE_ONLY)[0][0]
    assert account.hedge.quantity == -4.0
    assert account.hedge.cash == pytest.approx(500.0 + 404.0 - 0.404, rel=1e-15)
    assert account.costs.fee == pytest.approx(0.404, rel=1e-15)
    assert account.exposure.equity == pytest.approx(1499.596, rel=1e-15)
    assert account.exposure.peak == 1500.0
    assert account.exposure.max_drawdown == pytest.approx(0.404 / 1500.0, rel=1e-9)


def test_no_trade_and_no_purchase_before_t0_but_the_rule_is_asked():
    found = lives([coin(100.0)] * 4, {-2: sell(4), -1: sell(4)}, first=-2)
    assert found[-1][0] == opening_account(BOOK)
    assert found[-1][1].times == 2
    assert found[0][0].holding.quantity == 10.0
    assert found[1][0].orders.orders == 0.0


# -- mark to market ------------------------------------------------------------------------------
def test_moves_of_the_index_and_of_the_basis_are_separate_lines():
    # index 100 -> 110, mark 101 -> 112, short 4 of 10: 10 x 10, -4 x 10, -4 x (11 - 10)
    account = lives([coin(100.0, 101.0), coin(110.0, 112.0), coin(110.0, 112.0)], {0: sell(4)})[1][
        0
    ]
    assert account.gains.holding_pnl == 100.0
    assert account.gains.hedge_pnl == -40.0
    assert account.gains.basis_pnl == -4.0
    assert account.exposure.equity == 1556.0


def test_position_taken_at_a_close_does_not_earn_the_bar_before_it():
    coins = [coin(100.0), coin(90.0), coin(80.0)]
    account = lives(coins, {1: sell(10)})[1][0]
    assert account.gains.hedge_pnl == 0.0
    # from 90 to 80 the short earns 10 x 10
    assert last_account(coins, {1: sell(10)}).gains.hedge_pnl == 100.0


def test_perpetual_holding_has_a_basis_of_its_own():
    # 10 coins at 100; index + 5, mark + 3: the holding's basis loses 10 x 2, a short of 4 gains 8
    book = BOOK._replace(perp_holding=True)
    coins = [coin(95.0, 100.0), coin(100.0, 103.0)]
    account = last_account(coins, {0: sell(4)}, book=book)
    assert account.gains.holding_pnl == 50.0
    assert account.gains.basis_pnl == -20.0 + 8.0
    assert account.exposure.equity == 1500.0 + 10 * 3.0 - 4 * 3.0


# -- funding and financing -----------------------------------------------------------------------
RATE_5_BP = FREE._replace(funding=FundingRule())  # premium 10 bp: 10 + clamp(1 - 10, -5, 5) = 5 bp
PREMIUM = 0.0010


def test_short_held_into_a_stamp_receives_funding_on_the_mark():
    # 4 coins x mark 112 x 5 bp = 0.224
    coins = [coin(100.0), coin(110.0, 112.0, premium=PREMIUM), coin(110.0, 112.0)]
    account = lives(coins, {0: sell(4)}, venue=RATE_5_BP, stamps=(1,))[1][0]
    assert account.gains.funding == pytest.approx(0.224, rel=1e-12)
    assert account.hedge.cash == pytest.approx(500.0 + 400.0 + 0.224, rel=1e-15)


def test_funding_can_be_paid_on_the_index():
    # 4 x 110 x 5 bp = 0.22
    venue = RATE_5_BP._replace(funding=FundingRule(on_index=True))
    coins = [coin(100.0), coin(110.0, 112.0, premium=PREMIUM)]
    assert last_account(
        coins, {0: sell(4)}, venue=venue, stamps=(1,)
    ).gains.funding == pytest.approx(0.22, rel=1e-12)


def test_recorded_rate_is_paid_when_the_venue_pays_what_a_history_recorded():
    # 4 x 100 x 3 bp, whatever the premium says
    venue = RATE_5_BP._replace(funding=FundingRule(realised=True))
    coins = [coin(100.0), coin(100.0, premium=PREMIUM, funding=0.0003)]
    assert last_account(
        coins, {0: sell(4)}, venue=venue, stamps=(1,)
    ).gains.funding == pytest.approx(0.12, rel=1e-12)


def test_no_funding_is_paid_between_stamps():
    coins = [coin(100.0, premium=PREMIUM)] * 4
    assert last_account(coins, {0: sell(4)}, venue=RATE_5_BP, stamps=()).gains.funding == 0.0


def test_hedge_opened_at_a_stamp_is_not_charged_there():
    coins = [coin(100.0, premium=PREMIUM)] * 4
    found = lives(coins, {1: sell(4)}, venue=RATE_5_BP, stamps=(0, 1))
    assert found[1][0].gains.funding == 0.0


def test_hedge_closed_at_a_stamp_is_charged_there():
    # 4 x 100 x 5 bp = 0.2, and nothing at the next stamp
    coins = [coin(100.0, premium=PREMIUM)] * 5
    found = lives(coins, {0: sell(4), 2: Decision(True, 0.0, 0.0)}, venue=RATE_5_BP, stamps=(2, 3))
    assert found[2][0].gains.funding == pytest.approx(0.2, rel=1e-12)
    assert found[4][0].gains.funding == found[2][0].gains.funding


def test_funding_is_paid_at_the_last_bar_before_the_hedge_is_closed():
    coins = [coin(100.0, premium=PREMIUM)] * 2
    account = last_account(coins, {0: sell(4)}, venue=RATE_5_BP, stamps=(0, 1))
    assert account.gains.funding == pytest.approx(0.2, rel=1e-12)
    assert account.hedge.quantity == 0.0


def test_perpetual_holding_pays_what_a_full_hedge_receives():
    # long 10 pays 10 x 100 x 5 bp = 0.5, short 10 receives it
    book, coins = BOOK._replace(perp_holding=True), [coin(100.0, premium=PREMIUM)] * 2
    assert last_account(coins, {}, RATE_5_BP, book, stamps=(1,)).gains.funding == pytest.approx(
        -0.5
    )
    assert last_account(coins, {0: sell(10)}, RATE_5_BP, book, stamps=(1,)).gains.funding == 0.0


def test_money_behind_the_hedge_earns_its_yield_after_funding():
    # 8.76 % a year is 1e-5 an hour; on 500 + 0.2 of funding: 0.005002
    book = BOOK._replace(collateral_yield=0.0876)
    coins = [coin(100.0, premium=PREMIUM)] * 3
    account = lives(coins, {0: sell(4)}, RATE_5_BP, book, stamps=(1,))[1][0]
    assert account.gains.financing == pytest.approx(0.005002, rel=1e-12)


def test_negative_money_behind_the_hedge_earns_nothing():
    # short 10 from 100 to 200 loses 1000 of 500
    book = BOOK._replace(collateral_yield=0.0876)
    coins = [coin(100.0), coin(200.0), coin(200.0)]
    assert lives(coins, {0: sell(10)}, book=book)[1][0].gains.financing == 0.0


# -- execution -----------------------------------------------------------------------------------
def after(decisions, n_bars=5):
    """Return the account before the last bar of quiet bars at 100, fee 0.1 %."""
    return lives([coin(100.0)] * n_bars, decisions, venue=FEE_ONLY)[n_bars - 2][0]


def test_following_the_target_trades_only_the_difference():
    # sell 4 (400), buy back 1 (100): fee 0.5, two orders, still the same hedge
    account = after({0: sell(4), 1: sell(3)})
    assert account.orders[:4] == (2.0, 2.0, 0.0, 500.0)
    assert account.costs.fee == pytest.approx(0.5)


def test_close_and_reopen_pays_twice_and_ends_a_round_trip():
    # sell 4 (400); close 4 and open 4 (800): three orders, one round trip, fee 1.2
    account = after({0: sell(4), 1: sell(4, reopen=1.0)})
    assert account.orders[:4] == (2.0, 3.0, 1.0, 1200.0)
    assert account.costs.fee == pytest.approx(1.2)
    assert account.hedge.quantity == -4.0


def test_part_of_a_hedge_can_be_reopened_while_the_whole_grows():
    # a quarter of 4 is closed (100); from 3 to 5 are opened (200): fee 0.4 + 0.1 + 0.2
    account = after({0: sell(4), 1: sell(5, reopen=0.25)})
    assert account.orders[:4] == (2.0, 3.0, 1.0, 700.0)
    assert account.costs.fee == pytest.approx(0.7)
    assert account.hedge.quantity == -5.0


def test_part_that_is_closed_and_not_opened_again_is_one_order():
    # a quarter of 4 is closed and 3 are wanted: nothing is left to open
    account = after({0: sell(4), 1: sell(3, reopen=0.25)})
    assert account.orders[:4] == (2.0, 2.0, 1.0, 500.0)


def test_turning_a_hedge_over_is_one_order_and_one_round_trip():
    # from short 4 to long 2: 600 in one order
    account = after({0: sell(4), 1: Decision(True, 2.0, 0.0)})
    assert account.orders[:4] == (2.0, 2.0, 1.0, 1000.0)


def test_lifting_a_hedge_is_an_order_and_a_round_trip_but_no_signal():
    account = after({0: sell(4), 1: Decision(True, 0.0, 0.0)})
    assert account.orders[:4] == (1.0, 2.0, 1.0, 800.0)


def test_signal_that_asks_for_what_is_held_is_counted_and_trades_nothing():
    account = after({0: sell(4), 1: sell(4), 2: sell(4)})
    assert account.orders[:4] == (3.0, 1.0, 0.0, 400.0)


def test_rule_that_does_not_fire_trades_nothing():
    account = after({0: Decision(False, -4.0, 1.0)})
    assert account.orders[:4] == (0.0, 0.0, 0.0, 0.0)
    assert account.hedge.quantity == 0.0


def test_reopening_a_flat_hedge_only_opens_it():
    account = after({0: sell(4, reopen=1.0)})
    assert account.orders[:4] == (1.0, 1.0, 0.0, 400.0)


def test_hedge_is_closed_and_paid_for_at_the_last_bar():
    # sold at 100, bought at 90: fee 0.4 + 0.36; the rule is asked at bar 0 only
    found = lives([coin(100.0), coin(90.0)], {0: sell(4), 1: sell(9)}, venue=FEE_ONLY)
    account, state = found[1]
    assert account.hedge.quantity == 0.0
    assert account.orders[:4] == (1.0, 2.0, 1.0, 760.0)
    assert account.costs.fee == pytest.approx(0.76, rel=1e-12)
    assert account.exposure.equity == pytest.approx(1500.0 - 100.0 + 40.0 - 0.76, rel=1e-12)
    assert state.times == 1


def test_nothing_is_closed_at_the_last_bar_when_nothing_is_open():
    assert last_account([coin(100.0)] * 2, {}, venue=FEE_ONLY).orders[:4] == (0.0, 0.0, 0.0, 0.0)


class Meeting(NamedTuple):
    """A decision and the account it meets."""

    decision: Decision
    account: Account


QUIET = bar(1, coin(100.0))
TIGHT = tiers_in([(1e30, 0.0, 0.0, 1.0)], 1000.0)  # 500 of margin open 5 coins, not 6


def executed(given):
    """Fill an order; bar, venue and book are constants, the same for every path."""
    holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure = given.account
    order, money = given.decision, (hedge, holding, costs, orders, allowance)
    hedge, costs, orders, allowance = fill(order, QUIET, *money, FEE_ONLY, BOOK, TIGHT)
    return Account(holding, hedge, gains, costs, liquidations, allowance, outage, orders, exposure)


def test_path_that_does_not_fire_is_left_alone_while_others_beside_it_trade():
    # held, wanted and reopened differ from path to path; every other path fires
    rng, empty = np.random.default_rng(9), opening_account(BOOK)
    meetings = [
        Meeting(
            Decision(bool(k % 2), rng.choice([-6.0, -4.0, 0.0, 2.0]), rng.choice([0.0, 0.25, 1.0])),
            empty._replace(hedge=Leg(rng.choice([-4.0, 0.0, 3.0]), 500.0)),
        )
        for k in range(64)
    ]
    columns = np.transpose([flatten(each) for each in meetings])
    plain, path, lanes = three_ways(executed, Meeting, Account, columns)
    assert same_bytes(plain, path)
    assert same_bytes(path, lanes)
    for each, after in zip(meetings, lanes.T, strict=True):
        if not each.decision.fires:
            assert after.tolist() == flatten(each.account)


# -- what the rule is shown ----------------------------------------------------------------------
def test_wanted_quantity_is_minus_ratio_times_holding():
    state = lives([coin(100.0)] * 2, {}, ratio=0.4)[0][1]
    assert state.wanted == -4.0


def test_rule_sees_the_position_at_the_close_before_it_trades():
    # short 4 from 100 to 90: + 40; equity 1500 - 100 + 40
    coins = [coin(100.0), coin(90.0), coin(90.0)]
    position = lives(coins, {0: sell(4), 1: sell(8)})[1][1].position
    assert (position.quantity, position.holding, position.is_open) == (-4.0, 10.0, True)
    assert (position.pnl, position.equity, position.peak) == (40.0, 1440.0, 1500.0)


def test_profit_of_a_hedge_counts_the_cost_of_opening_it():
    # short 4 at 100 pays 0.1 % of 400; nothing moves
    coins = [coin(100.0), coin(100.0), coin(100.0)]
    seen = lives(coins, {0: sell(4)}, venue=FEE_ONLY)[1][1].position
    assert seen.pnl == pytest.approx(-0.4, rel=1e-12)


def test_profit_of_a_hedge_starts_anew_when_it_is_reopened():
    # 40 from 100 to 90, then closed and reopened; from 90 to 85 the new one earns 20
    coins = [coin(100.0), coin(90.0), coin(85.0), coin(85.0)]
    assert lives(coins, {0: sell(4), 1: sell(4, reopen=1.0)})[2][1].position.pnl == 20.0
    assert lives(coins, {0: sell(4), 1: sell(4)})[2][1].position.pnl == 60.0


# -- exposure and drawdown -----------------------------------------------------------------------
def test_bars_hedged_and_mean_ratio_count_what_was_held_over_each_bar():
    # held over bars 2 (4 coins) and 3 (6 coins); decided at 1, changed at 2, lifted at 3
    decisions = {1: sell(4), 2: sell(6), 3: Decision(True, 0.0, 0.0)}
    exposure = last_account([coin(100.0)] * 6, decisions).exposure
    assert (exposure.bars_hedged, exposure.hedged) == (2.0, 10.0)


def test_coins_that_are_offset_count_at_the_prices_at_which_a_bar_begins():
    # 4 coins of 100 offset 4 of 100 in bar 1; in bar 2, begun at 100 against 50, they offset 2
    hedge = [coin(price) for price in (100.0, 50.0, 25.0, 25.0)]
    coins = [(coin(100.0), each) for each in hedge]
    exposure = lives(coins, {0: sell(4)})[2][0].exposure
    assert (exposure.bars_hedged, exposure.hedged) == (2.0, 6.0)


def test_drawdown_is_the_largest_fall_over_the_running_peak():
    # equity 1500, 2000, 1600, 2500, 2100: falls of 400 / 2000 = 0.2 and 400 / 2500 = 0.16
    coins = [coin(p) for p in (100.0, 150.0, 110.0, 200.0, 160.0)]
    exposure = last_account(coins, {}).exposure
    assert exposure.max_drawdown == pytest.approx(0.2, rel=1e-12)
    assert (exposure.peak, exposure.equity) == (2500.0, 2100.0)


# -- identities ----------------------------------------------------------------------------------
def random_bars():
    """Bars: index, relative basis, premium, decided quantity, share reopened, is it a stamp."""
    price, small = st.floats(50.0, 200.0), st.floats(-0.01, 0.01)
    return st.lists(
        st.tuples(
            price,
            small,
            small,
            st.floats(-20.0, 20.0),
            st.sampled_from([0.0, 0.5, 1.0]),
            st.booleans(),
        ),
        min_size=2,
        max_size=8,
    )


@settings(max_examples=60, deadline=None)
@given(random_bars(), st.booleans())
def test_equity_is_always_the_sum_of_the_lines(bars, perp_holding):
    # cash accounting against lines accumulated separately: the first identity of the ledger
    venue = FREE._replace(
        taker_fee=0.001, impact=0.5, spread_multiplier=1.0, delay=0.3, funding=FundingRule()
    )
    book = BOOK._replace(perp_holding=perp_holding, collateral_yield=0.05)
    coins = [
        coin(
            index, index * (1.0 + basis), premium=premium, half_spread=1e-4, sigma=0.01, volume=1e5
        )
        for index, basis, premium, *_ in bars
    ]
    decisions = {k: Decision(True, each[3], each[4]) for k, each in enumerate(bars)}
    stamps = [k for k, each in enumerate(bars) if each[5]]
    for account, _ in by_hand.lives(coins, decisions, venue, book, stamps).values():
        lines = equity_by_lines(account)
        allowed = 1e-12 * (3000.0 + account.orders.turnover)
        np.testing.assert_allclose(account.exposure.equity - 1500.0, lines, rtol=0.0, atol=allowed)


@settings(max_examples=60, deadline=None)
@given(random_bars(), st.floats(0.0, 0.01), st.floats(0.0, 0.01))
def test_more_fee_never_leaves_more_money(bars, fee, more):
    # with money enough for every order: one that is cut for want of it may be spared a loss
    coins, book = [coin(each[0]) for each in bars], BOOK._replace(collateral=1e6)
    decisions = {k: Decision(True, each[3], each[4]) for k, each in enumerate(bars)}
    cheap, dear = (
        last_account(coins, decisions, FREE_OF_ALL._replace(taker_fee=rate), book).exposure.equity
        for rate in (fee, fee + more)
    )
    assert dear <= cheap + 1e-9


def test_full_hedge_without_basis_funding_or_cost_leaves_no_price_risk():
    equities = {
        last_account([coin(100.0), coin(p)], {0: sell(10)}).exposure.equity
        for p in (1.0, 80.0, 350.0)
    }
    assert equities == {1500.0}


def test_state_of_a_rule_without_memory_is_passed_on():
    step = ledger.make_step(lambda bar, position, wanted, state, rule: (NEVER, state), no_test)
    account, now = opening_account(BOOK), bar(0)
    given = (None, FREE, BOOK, TIGHT, None)
    _, state = step(now, now, 0, 1, False, 1.0, account, NoState(3.0), *given)
    assert state == NoState(3.0)
