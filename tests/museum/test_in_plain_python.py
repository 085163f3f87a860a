"""What some exhibits die of, in ordinary Python: other tests that see these bugs need the compiler.

Statistical tolerances are five standard errors.  Samples are small, since a product rounded once is
slow in ordinary Python; deviations are large instead, and so is each bug.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

import hedgelab as hl
from hedgelab.kernels import engine, laws, textbook
from hedgelab.kernels.layout import tile_fields
from hedgelab.kernels.liquidation import leg_stands
from hedgelab.kernels.records import FundingRule, Leg
from tests.kernels.by_hand import BOOK, FREE, coin, lives, sell
from tests.kernels.test_laws import assert_mean
from tests.kernels.test_streams import documented_state, normal_pair, xoshiro

BINANCE = hl.venues.load("binance")


def bars_of(market):
    """Return the bars of all paths, from ordinary Python."""
    plan = engine.plan(market.recipe(), speed="plain")
    rows = engine.bars(plan, market.n_paths, speed="plain")
    return {name: rows[:, :, k] for k, name in enumerate(tile_fields(market.n_coins))}


def run(market, hedge):
    return hl.simulate(market, [hedge], venue=BINANCE, speed="plain")


# -- funding -------------------------------------------------------------------------------------
def test_funding_adds_up_from_stamp_to_stamp():
    # 4 coins x 100 x 5 bp at each of two stamps: a premium of 10 bp less the dead zone of 5
    venue, quiet = FREE._replace(funding=FundingRule()), coin(100.0, premium=1e-3)
    found = lives([quiet] * 5, {0: sell(4)}, venue, stamps=(1, 3))
    assert found[4][0].gains.funding == pytest.approx(0.4)


@pytest.mark.parametrize(("start_hour", "n_bars", "stamps"), [(0, 24, 3), (3, 6, 1), (8, 7, 0)])
def test_funding_is_paid_at_0_8_and_16_o_clock(start_hour, n_bars, stamps):
    # a basis of 6 bp costs 1 bp, on 1000 coins at a mark of 100.06
    flat = hl.scenarios.gbm(volatility=0.0, n_bars=n_bars, n_paths=1, warm_up=8, basis=6e-4)
    ledger = run(replace(flat, start_minute=60 * start_hour), hl.presets.static(1.0))
    assert ledger["funding"].item() == pytest.approx(stamps * 1000.0 * 100.06 * 1e-4)


# -- execution -----------------------------------------------------------------------------------
def test_an_order_is_filled_at_the_close_of_the_bar_that_decided_it():
    # the bar opened at 90 and closed at 100
    account = lives([coin(90.0), coin(100.0, mark_open=90.0), coin(100.0)], {1: sell(4)})[1][0]
    assert account.hedge == (-4.0, 500.0 + 400.0)


def test_a_hedge_in_another_coin_is_as_large_in_money():
    # half of 1000 of money, in coins at 20
    pair = (coin(100.0), coin(20.0))
    assert lives([pair, pair], {}, book=BOOK, ratio=0.5)[0][1].wanted == -25.0


# -- margin --------------------------------------------------------------------------------------
def test_a_leg_needs_what_the_tier_of_its_notional_asks():
    # ten times levered: 1000 of notional on 100 of margin; the first tier ends at 500, the second
    # asks for 5 % less 20: 30, so 70 are left, where the tier of 100 would ask for 10
    tiers = (500.0, 0.01, 0.0, 50.0, 5000.0, 0.05, 20.0, 10.0)
    slack, _ = leg_stands(Leg(-10.0, 1100.0), 100.0, tiers, 0, 8)
    assert slack == pytest.approx(70.0)


# -- nothing after t -----------------------------------------------------------------------------
RETURNS = [k for k, name in enumerate(hl.market.INSTRUMENT_FIELDS) if name.endswith("_return")]
WARM_UP, N_BARS = 3, 12


@pytest.fixture
def recorded():
    """A history of one window, and a few rows behind it."""
    bars = bars_of(hl.scenarios.gbm(n_bars=WARM_UP + N_BARS + 3, n_paths=1))
    return hl.market.Market(
        name="recorded",
        kind="history",
        n_paths=1,
        n_bars=N_BARS,
        warm_up=WARM_UP,
        recorded=np.column_stack([bars[name][0] for name in hl.market.INSTRUMENT_FIELDS]),
        starts=np.array([WARM_UP]),
    )


def test_a_decision_does_not_know_the_return_of_the_next_bar(recorded):
    # sized once, a bar before the end; later returns are told anew, while prices stay
    rows = recorded.recorded.copy()
    later = rows[WARM_UP + N_BARS :]
    later[:, RETURNS] = np.random.default_rng(1).normal(0.0, 0.01, (len(later), len(RETURNS)))
    chaser = hl.MinimumVariance(lookback=1, cap=9.0)
    hedge = hl.Hedge(chaser, hl.Once(N_BARS - 1.0), name="late")
    known, unknown = (run(each, hedge) for each in (recorded, replace(recorded, recorded=rows)))
    assert known["orders"].item() == 2.0
    assert known["turnover"].item() == unknown["turnover"].item()


# -- laws of the market --------------------------------------------------------------------------
def test_a_year_has_365_days_and_variance_grows_with_time():
    # 93.6 = sqrt(8760) hours; four hours have twice the deviation of one
    hourly, slow = (hl.scenarios.gbm(volatility=1.0, bar_hours=h).law.sigma for h in (1.0, 4.0))
    assert hourly == pytest.approx(1.0 / 93.5949, rel=1e-5)
    assert slow == pytest.approx(2.0 / 93.5949, rel=1e-5)


def first_bars(law_function, law, state, n_words, count=600):
    """Return the first bars of many paths."""
    words = np.random.default_rng(5).integers(0, 2**64, (count, n_words), dtype=np.uint64)
    with np.errstate(over="ignore"):
        return [law_function(1.0, 1.0, state, tuple(drawn), law)[0] for drawn in words]


def column(instruments, name):
    return np.array([getattr(each, name) for each in instruments])


START = textbook.GbmState(laws.Bridge())


@pytest.fixture(scope="module")
def wild():
    """Bars of Brownian motion with a deviation of 0.7 each."""
    return first_bars(textbook.gbm, textbook.Gbm(sigma=0.7), START, textbook.GBM_WORDS)


def test_brownian_motion_is_a_martingale(wild):
    assert_mean(np.expm1(column(wild, "index_return")), 0.0)


def test_a_high_is_reached_twice_as_often_as_it_is_closed_at(wild):
    # reflection: the log high of a Brownian motion of drift m is above b with odds
    # N(m - b) + exp(2 m b) N(-m - b), all in deviations; m = -0.35, b = 1
    touched = np.log(column(wild, "mark_high") / column(wild, "mark_open")) > 0.7
    tails = [0.5 * math.erfc(x / math.sqrt(2.0)) for x in (1.35, 0.65)]
    assert_mean(touched, tails[0] + math.exp(-0.7) * tails[1])


def test_two_coins_have_shocks_of_their_own():
    alone, state = textbook.Gbm(sigma=0.01), textbook.GbmPairState(START, START)
    pair = textbook.GbmPair(alone, alone, correlation=0.5)
    bars = first_bars(textbook.gbm_pair, pair, state, textbook.GBM_PAIR_WORDS, 300)
    legs = [[getattr(each, leg) for each in bars] for leg in ("holding", "hedge")]
    holding, hedge = (column(leg, "index_return") / 0.01 for leg in legs)
    assert_mean(holding * hedge, 0.5)


def test_large_jumps_are_compensated():
    # every bar jumps by 0.7: it begins beyond the start price, whose basis is the bar's own
    law = laws.Hourly(jump_rate=1.0, jump_sd=0.7, jump_slow_exponent=0.0)
    bars = first_bars(laws.hourly, law, laws.HourlyState(laws.Bridge()), laws.HOURLY_WORDS, 450)
    gaps = column(bars, "mark_open") / (law.price * (1.0 + column(bars, "basis")))
    assert_mean(gaps, 1.0)


def test_a_random_variance_is_one_on_average():
    words = np.random.default_rng(5).integers(0, 2**64, (4000, 4), dtype=np.uint64)
    with np.errstate(over="ignore"):
        assert_mean([laws.mixing_of(drawn) for drawn in words], 1.0)


def test_a_hot_hour_is_the_hour_that_opens_when_the_profile_says():
    # only the hour that opens on Monday 14:00 moves; bar 15 closes it
    market = hl.scenarios.simulate("btc-2023", weeks=1, n_paths=1, warm_up=0)
    profile = np.full(168, 1e-6)
    profile[14] = 1.0
    sigma = bars_of(replace(market, n_bars=24, profile=profile))["sigma"][0]
    assert np.argmax(sigma) == 15


def test_the_market_draws_its_own_words_and_the_venue_others():
    seed, sigma = 12, 0.6 / math.sqrt(8760)
    bars = bars_of(hl.scenarios.gbm(n_bars=5, n_paths=3, seed=seed))
    words, noise = (xoshiro(documented_state(seed, 2, stream, 0)) for stream in (0, 1))
    for bar in range(6):
        shock, _ = normal_pair(*[next(words) for _ in range(4)][:2])
        delay, _ = normal_pair(*[next(noise) for _ in range(4)][:2])
        moved = sigma * shock - 0.5 * sigma**2
        assert bars["index_return"][2, bar] == pytest.approx(moved, abs=1e-10)
        assert bars["delay_noise"][2, bar] == pytest.approx(delay, abs=1e-8)


# -- inference -----------------------------------------------------------------------------------
def test_a_hedge_of_correlation_80_removes_64_percent_of_the_variance():
    # x = 0.8 y + 0.6 z with y and z uncorrelated: hedging y leaves 0.6 z, a variance of 0.36
    y, z = np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0])
    assert hl.metrics.hedge_effectiveness(0.6 * z, 0.8 * y + 0.6 * z) == pytest.approx(0.64)
