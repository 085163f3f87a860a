"""Two coins through the engine: equal bytes, what is known exactly, and no look-ahead."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import hedgelab as hl
from hedgelab import simulation
from hedgelab.errors import ParameterError
from hedgelab.kernels import engine, laws
from hedgelab.kernels.layout import VENUE_FIELDS, market_fields
from hedgelab.market import Market
from tests.kernels.test_laws import assert_mean
from tests.test_simulation import (
    BINANCE,
    FREE,
    SLOW,
    digest,
    last_equal_bar,
    lives,
    moving_cast,
    with_noise_after,
)


@pytest.fixture(scope="module")
def small_market():
    """ETH hedged with BTC."""
    return hl.scenarios.simulate(
        "eth-2023", hedged_with="btc-2023", weeks=0.25, n_paths=24, seed=11, warm_up=48
    )


def recorded(market, n_paths=3):
    """A history of two coins made of a simulated path: windows that overlap by all but a bar."""
    fields = market.bars(0, 1)
    return Market(
        name="recorded",
        kind="history",
        n_paths=n_paths,
        n_bars=30,
        warm_up=40,
        recorded=np.column_stack([fields[name][0] for name in market_fields(2)]),
        starts=np.arange(n_paths) + 40,
        coin="ETH",
        hedge_coin="BTC",
    )


def runs_of(market):
    return [simulation._run(market, hedge, SLOW, hl.Book()) for hedge in moving_cast()]


# -- the same bytes ------------------------------------------------------------------------------
MARKETS = {
    "law": lambda market: replace(market, n_paths=2, n_bars=30),
    "bridge": lambda market: hl.scenarios.bridge(
        replace(market, n_paths=2, n_bars=24), terminal_return=0.02
    ),
    "history": recorded,
    "gbm pair": lambda market: hl.scenarios.gbm_pair(n_bars=30, n_paths=3, warm_up=40, basis=-3e-4),
    "merton": lambda market: hl.scenarios.merton(jump_rate=900, n_bars=30, n_paths=3, warm_up=40),
    "regime": lambda market: hl.scenarios.regime(calm_hours=9, n_bars=30, n_paths=3, warm_up=40),
}


@pytest.mark.parametrize("name", MARKETS)
def test_three_speeds_give_the_same_bytes(name, small_market):
    market = MARKETS[name](small_market)
    plain, path, lanes = (
        simulation.simulate(market, moving_cast(), venue=SLOW, speed=speed)
        for speed in ("plain", "path", "lanes")
    )
    assert digest(plain) == digest(path) == digest(lanes)
    assert np.abs(plain["hedge_pnl"]).max() > 0.0


@pytest.mark.parametrize(
    ("lanes", "tile_bars", "threads", "chunk"),
    [(4, None, 1, 7), (8, 5, 2, 16), (16, 1, 4, 24), (None, 32, 2, 5)],
)
def test_lanes_tiles_threads_and_chunks_do_not_matter(
    lanes, tile_bars, threads, chunk, small_market
):
    runs = runs_of(small_market)
    usual = engine.run(engine.plan(small_market.recipe(), runs), 24)
    plan = engine.plan(small_market.recipe(), runs, lanes=lanes, tile_bars=tile_bars)
    other = engine.run(plan, 24, threads=threads, chunk=chunk)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(usual, other, strict=True))


def test_a_path_of_two_coins_alone_is_the_same_path(small_market):
    among, alone = small_market.bars(), small_market.bars(17, 1)
    assert all(alone[name][0].tobytes() == among[name][17].tobytes() for name in among)


def test_noise_of_the_venue_is_the_same_for_one_coin_and_for_two(small_market):
    settings = {"weeks": 0.25, "n_paths": 24, "seed": 11, "warm_up": 48}
    alone = hl.scenarios.simulate("eth-2023", **settings).bars()
    both = small_market.bars()
    for name in VENUE_FIELDS:
        assert np.array_equal(alone[name], both[name])


def test_ends_of_both_coins_are_kept(small_market):
    _, ends = engine.run(engine.plan(small_market.recipe(), runs_of(small_market)), 24)
    bars, t0 = small_market.bars(), small_market.warm_up
    names = (*engine.KEPT_FIELDS, *(f"hedge_{name}" for name in engine.KEPT_FIELDS))
    for k, name in enumerate(names):
        assert np.array_equal(ends[:, :, k], bars[name][:, [t0, -1]])


def test_bars_of_one_coin_are_those_from_before_there_were_two():
    # SHA-256 of all fields of four paths.  It was taken at the last commit that knew one coin only,
    # and anew when the law saved operations: prices moved by 1e-12, spreads and volumes by 1e-9
    market = hl.scenarios.simulate("btc-2023", weeks=1, n_paths=4, seed=3, start_hour=30)
    bars = replace(market, law=laws.Hourly()).bars()
    content = b"".join(values.tobytes() for values in bars.values())
    assert hashlib.sha256(content).hexdigest()[:32] == "d573d25c7fedb599439914b012a989dc"


# -- what is known exactly -----------------------------------------------------------------------
def test_a_hedge_in_another_coin_is_as_large_in_money():
    # by hand: 1,000 coins of 100 hedged by half with coins of 20: 2,500 of them, 50,000; two fills
    # of it at 5 bp; prices stand still
    market = hl.scenarios.gbm_pair(volatility=0, hedge_volatility=0, hedge_price=20, n_bars=7)
    run = hl.simulate(market, [hl.presets.static(0.5)], venue=BINANCE)
    assert_allclose(run["turnover"], 100_000.0, rtol=1e-12)
    assert_allclose(run["fee"], 50.0, rtol=1e-12)
    assert_allclose(run["mean_hedge_ratio"], 0.5, rtol=1e-12)


def test_a_free_hedge_in_another_coin_gains_what_that_coin_loses(small_market):
    run = hl.simulate(small_market, [hl.presets.static(0.7)], venue=BINANCE)
    bars, t0 = small_market.bars(), small_market.warm_up
    growth = {name: bars[name][:, -1] / bars[name][:, t0] for name in ("index", "hedge_index")}
    assert_allclose(run["holding_pnl"][:, 0], 1e5 * (growth["index"] - 1.0), atol=1e-6)
    assert_allclose(run["hedge_pnl"][:, 0], -0.7e5 * (growth["hedge_index"] - 1.0), atol=1e-6)
    assert_allclose(run["first_index"][:, 0], bars["index"][:, t0])


def test_ratio_of_least_variance_leaves_what_the_closed_form_says():
    # (.8, .6, .85): ratio 1.1333 removes .85^2 = .7225 of the variance, leaves .42143 a year;
    # 1.0 leaves .8^2 + .6^2 - 2 x .85 x .8 x .6 = .184 of .64 instead of .1776
    market = hl.scenarios.gbm_pair(n_bars=24, n_paths=20_000)
    hedges = [hl.presets.unhedged(), hl.presets.static(0.85 * 0.8 / 0.6)]
    run = hl.simulate(market, hedges, venue=FREE)
    alone, hedged = (run["equity_change"][:, k] / 1e5 for k in (0, 1))
    error = 0.2775 * 2.0 * 0.85 / np.sqrt(market.n_paths)  # of a ratio of Gaussian variances
    assert abs(hedged.var() / alone.var() - 0.2775) < 5.0 * error
    residual = hedged.std() * np.sqrt(365.0)
    assert residual == pytest.approx(0.42143, abs=5.0 * 0.42143 / np.sqrt(2.0 * market.n_paths))


def test_minimum_variance_finds_the_ratio_of_the_closed_form():
    market = hl.scenarios.gbm_pair(n_bars=168, n_paths=2000, warm_up=216, hedge_price=3.0)
    rule = hl.MinimumVariance(lookback=72, cap=10)
    chaser = hl.Hedge(rule, hl.Schedule(1, 24, True, 1), "chaser")
    run = hl.simulate(market, [chaser], venue=BINANCE)
    assert_mean(run["mean_hedge_ratio"][:, 0], 0.85 * 0.8 / 0.6)


def test_price_moves_of_another_coin_give_a_hedge_nothing_on_average():
    market = hl.scenarios.simulate("eth-2023", hedged_with="btc-2023", n_paths=4000, seed=6)
    pnl = hl.simulate(market, hl.presets.article(1.0)[1:], venue=BINANCE)["hedge_pnl"]
    for each in pnl.T:
        assert_mean(each, 0.0)


@pytest.mark.parametrize("bar", range(0, 29, 4))
def test_no_rule_sees_the_future_of_either_coin(bar, small_market):
    market = recorded(small_market, n_paths=1)
    usual = lives(market, moving_cast(), "lanes", hl.Book())
    changed = lives(with_noise_after(market, bar, seed=bar), moving_cast(), "lanes", hl.Book())
    assert last_equal_bar(usual, changed) == market.warm_up + bar


# -- what makes no sense -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hl.scenarios.simulate("btc-2023", hedged_with="btc-2023"), "another coin's fit"),
        (lambda: hl.scenarios.simulate("btc-2023", hedged_with="eth-2020"), "of the same year"),
        (lambda: hl.scenarios.simulate("btc-2023", hedged_with="sol-2023"), "no market 'sol-2023'"),
        (lambda: hl.scenarios.simulate("pair-2023"), "no market 'pair-2023'"),
        (lambda: hl.scenarios.gbm_pair(correlation=1.01), "use -1 to 1"),
        (lambda: hl.scenarios.gbm_pair(hedge_volatility=float("nan")), "hedge_volatility is nan"),
        (lambda: hl.scenarios.gbm_pair(hedge_price=0.0), "hedge_price is 0"),
        (lambda: hl.scenarios.merton(jump_rate=-1.0), "use 0 to 8760"),
        (lambda: hl.scenarios.merton(jump_rate=4000.0, bar_hours=4), "use 0 to 2190"),
        (lambda: hl.scenarios.merton(jump_sd=-0.1), "jump_sd is -0.1"),
        (lambda: hl.scenarios.merton(jump_mean=float("nan")), "jump_mean is nan"),
        (lambda: hl.scenarios.regime(calm_hours=0.5), "calm_hours is 0.5"),
        (lambda: hl.scenarios.regime(wild_volatility=-1.0), "wild_volatility is -1"),
        (
            lambda: hl.scenarios.bridge(hl.scenarios.merton(), terminal_return=0.1),
            "jumps have a mean",
        ),
        (
            lambda: replace(hl.scenarios.gbm(), hedge_coin="ETH"),
            "13 fields for BTC hedged with ETH",
        ),
        (lambda: replace(hl.scenarios.gbm_pair(), coin="BTC"), "26 fields for BTC hedged with BTC"),
    ],
)
def test_markets_of_two_coins_that_make_no_sense_are_refused_in_one_line(call, message):
    with pytest.raises(ParameterError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
