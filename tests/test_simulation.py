"""The engine through its public face: equal bytes, sums, identities, and no look-ahead."""

import contextlib
import functools
import inspect
import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import hedgelab as hl
from hedgelab import simulation
from hedgelab.errors import ParameterError
from hedgelab.hedges import BUILT_IN
from hedgelab.kernels import engine, execution, friction, ledger, passes, rules
from hedgelab.kernels.layout import leaves, tile_fields
from hedgelab.kernels.records import Account, NoState
from hedgelab.ledger import COSTS, MoneyDoesNotAddUpError

BINANCE = hl.venues.load("binance")
SLOW = hl.venues.load("binance", delay_seconds=2.0, adverse_share=0.3, maker_share=0.4)
FREE = replace(BINANCE.frictionless(), funding=replace(BINANCE.funding, interest=0.0, cap=0.0))


def moving_cast():
    """Targets and timings that look at the market alone, with parameters that make it trade."""
    chaser = hl.MinimumVariance(lookback=12, cap=1.2)
    trigger = hl.VolatilityTrigger(enter=0.5, exit=0.4, lookback=6, min_hold=5, rebalance=0.02)
    return [
        hl.presets.unhedged(),
        hl.presets.one_day(0.7),
        hl.presets.static(0.7),
        hl.Hedge(chaser, hl.Schedule(4, 24, False, 6), "laddered"),
        hl.Hedge(chaser, hl.Schedule(3, 12, True, 1), "netted"),
        hl.Hedge(chaser, trigger, "triggered"),
        hl.Hedge(hl.VolatilityTarget(level=0.3, lookback=12), hl.Band(0.02), "banded"),
    ]


def whole_cast():
    """Every target and timing: also those that look at the account or at what trading costs."""
    chaser, calm = hl.MinimumVariance(lookback=12, cap=1.2), hl.MarginAware(0.25, 0.1, 0.01)
    return [
        *moving_cast(),
        hl.Hedge(chaser, hl.Band("optimal", lookback=12), "optimal"),
        hl.Hedge(hl.KeepLeverage(0.3), hl.PartialAdjustment(0.3), "levered"),
        hl.Hedge(calm, hl.Schedule(4, 24, False, 6), "wary"),
        hl.Hedge(hl.Constant(0.7), hl.StopLoss(drawdown=0.01, cooldown=5), "stopped"),
    ]


FRAIL = replace(SLOW, outage_odds_per_day=4.0, outage_hours=2.0)
MODES = {  # books of little money, whose legs are liquidated within a day or two
    "isolated": hl.Book(
        capital=5_000,
        leverage=60,
        holding="perp",
        hedge_leverage=80,
        hedge_collateral=9_000,
        collateral_yield=0.05,
        after_liquidation="reopen",
    ),
    "isolated spot": hl.Book(hedge_collateral=2_000, after_liquidation="reopen"),
    "isolated at closes": hl.Book(
        capital=5_000, leverage=60, holding="perp", hedge_collateral=5_000, liquidation="close"
    ),
    "cross": hl.Book(
        capital=5_000, leverage=60, holding="perp", margin_mode="cross", hedge_collateral=1_000
    ),
    "cross spot": hl.Book(
        margin_mode="cross",
        spot_collateral_weight=0.002,
        hedge_collateral=1_000,
        collateral_yield=0.05,
        after_liquidation="reopen",
    ),
}


def digest(ledger):
    return {name: ledger[name].tobytes() for name in ledger}


@pytest.fixture(scope="module")
def small_market():
    return hl.scenarios.simulate("btc-2023", weeks=0.25, n_paths=24, seed=11, warm_up=48)


# -- the same bytes ------------------------------------------------------------------------------
@pytest.mark.parametrize("market_name", ["law", "bridge", "gbm", "history"])
def test_three_speeds_give_the_same_bytes(market_name, small_market):
    market = {
        "law": replace(small_market, n_paths=2, n_bars=30),
        "bridge": hl.scenarios.bridge(
            replace(small_market, n_paths=2, n_bars=24), terminal_return=0.02
        ),
        "gbm": hl.scenarios.gbm(n_bars=30, n_paths=3, warm_up=40, basis=-3e-4, half_spread=1e-5),
        "history": recorded(small_market),
    }[market_name]
    plain, path, lanes = (
        simulation.simulate(market, whole_cast(), venue=SLOW, speed=speed)
        for speed in ("plain", "path", "lanes")
    )
    assert digest(plain) == digest(path) == digest(lanes)


@pytest.mark.parametrize("mode", MODES)
def test_three_speeds_give_the_same_bytes_through_liquidations_and_outages(mode, small_market):
    market = replace(small_market, n_paths=4)
    plain, path, lanes = (
        simulation.simulate(market, whole_cast(), venue=FRAIL, book=MODES[mode], speed=speed)
        for speed in ("plain", "path", "lanes")
    )
    assert digest(plain) == digest(path) == digest(lanes)
    legs = [lanes[f"liquidations_of_{leg}"].any() for leg in ("hedge", "holding")]
    assert legs == [True, MODES[mode].is_perpetual]
    assert lanes["bars_in_outage"].all()
    assert lanes["missed"].any()
    assert lanes["cut"].any()


def recorded(market, n_paths=3, n_bars=30):
    """A history made of a simulated path: windows that overlap by all but a bar."""
    fields = market.bars(0, 1)
    rows = np.column_stack([fields[name][0] for name in hl.market.INSTRUMENT_FIELDS])
    return hl.market.Market(
        name="recorded",
        kind="history",
        n_paths=n_paths,
        n_bars=n_bars,
        warm_up=40,
        recorded=rows,
        starts=np.arange(n_paths) + 40,
    )


def planned(market, mode, **settings):
    """A plan of all rules in a book that is liquidated, at a venue that is down at times."""
    runs = [simulation._run(market, hedge, FRAIL, MODES[mode]) for hedge in whole_cast()]
    return engine.plan(market.recipe(), runs, **settings)


SLOTS = [name for name, _ in leaves(Account)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_every_lane_width_gives_the_same_bytes(lanes, mode, small_market):
    wide, usual = planned(small_market, mode, lanes=lanes), planned(small_market, mode)
    for ours, theirs in zip(engine.run(wide, 24), engine.run(usual, 24), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    assert engine.run(wide, 24)[0][..., SLOTS.index("liquidations.of_hedge")].sum() > 20.0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("threads", "chunk", "tile_bars"), [(1, 7, 16), (2, 16, 5), (4, 24, 32)])
def test_threads_chunks_and_tiles_do_not_matter(threads, chunk, tile_bars, mode, small_market):
    usual = engine.run(planned(small_market, mode), 24)
    tiled = planned(small_market, mode, tile_bars=tile_bars)
    other = engine.run(tiled, 24, threads=threads, chunk=chunk)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(usual, other, strict=True))
    assert usual[0][..., SLOTS.index("liquidations.of_hedge")].sum() > 20.0


@pytest.mark.parametrize("conditioned", [False, True])
def test_a_path_alone_is_the_same_path(conditioned, small_market):
    market = replace(small_market, n_paths=10_000, n_bars=12)
    if conditioned:
        market = hl.scenarios.bridge(market, terminal_return=0.01)
    alone = market.bars(17, 1)
    among = market.bars(0, 48)
    for name in tile_fields(1):
        assert alone[name][0].tobytes() == among[name][17].tobytes()
    runs = [simulation._run(market, hedge, SLOW, hl.Book()) for hedge in moving_cast()]
    plan = engine.plan(market.recipe(), runs)
    all_paths, _ = engine.run(plan, 10_000, threads=2)
    one, _ = engine.run(plan, 1, first_path=17)
    assert one[0].tobytes() == all_paths[17].tobytes()


def test_hedges_and_venues_never_move_the_market(small_market):
    few = hl.simulate(small_market, [hl.presets.unhedged()], venue=BINANCE)
    many = hl.simulate(small_market, moving_cast(), venue=hl.venues.load("hyperliquid"))
    for name in ("first_index", "last_index", "last_mark", "last_volume"):
        assert_array_equal(few[name][:, 0], many[name][:, 3])
    assert_array_equal(few["equity_change"][:, 0], many["equity_change"][:, 0])


# -- money adds up -------------------------------------------------------------------------------
@pytest.mark.parametrize("holding", ["spot", "perp"])
def test_lines_sum_to_the_change_of_equity(holding, small_market):
    book = hl.Book(holding=holding, leverage=1.0, collateral_yield=0.05)
    run = hl.simulate(small_market, moving_cast(), venue=SLOW, book=book)
    allowed = 1e-9 * (book.notional + run["turnover"])
    assert (np.abs(run["residual"]) <= allowed).all()
    assert np.abs(run["residual"]).max() > 0.0  # two separate accounts, not one written twice


@pytest.mark.parametrize("mode", MODES)
def test_lines_sum_to_the_change_of_equity_through_liquidations(mode, small_market):
    run = hl.simulate(small_market, whole_cast(), venue=FRAIL, book=MODES[mode])
    allowed = 1e-9 * (MODES[mode].notional + run["turnover"])
    assert (np.abs(run["residual"]) <= allowed).all()
    assert np.abs(run["residual"]).max() > 0.0
    for line in ("liquidation_fee", "bankruptcy_relief"):
        assert (run[line] >= 0.0).all()
    assert run["liquidation_fee"].any()


@pytest.mark.parametrize("venue", [BINANCE, SLOW, replace(FRAIL, delay_seconds=0.0)])
def test_noise_is_left_out_only_where_it_changes_nothing(venue, small_market, monkeypatch):
    found = hl.simulate(small_market, moving_cast(), venue=venue)
    monkeypatch.setattr(engine, "noise_for", lambda runs: passes.noise_pass)
    assert digest(hl.simulate(small_market, moving_cast(), venue=venue)) == digest(found)


def noise_of(bar):
    return bar.delay_noise


def noisy(bar, state: NoState, rule: rules.Constant):
    return 1.0 + 0.1 * noise_of(bar), state


def test_noise_that_a_rule_reads_is_not_left_out(small_market):
    hedge = hl.Hedge(hl.rule(noisy), hl.Schedule(every=1, hold=1000, netting=True), "noisy")
    assert (hl.simulate(small_market, [hedge], venue=BINANCE)["orders"] > 10.0).all()


@pytest.mark.parametrize("line", ["fee", "half_spread", "impact", "delay"])
def test_a_cost_that_is_booked_but_not_paid_is_found(line, small_market, monkeypatch):
    def forgetful(costs):
        return friction.total(costs) - getattr(costs, line)

    monkeypatch.setattr(execution, "total", forgetful)
    with pytest.raises(MoneyDoesNotAddUpError, match="cash and lines differ"):
        hl.simulate(replace(small_market, n_paths=2), moving_cast(), venue=SLOW, speed="plain")


def test_a_price_line_that_misses_the_basis_is_found(small_market, monkeypatch):
    true = ledger.mark_to_market

    def without_basis(before, bar, hedge, holding, gains, book):
        found = true(before, bar, hedge, holding, gains, book)
        return found._replace(basis_pnl=gains.basis_pnl)

    monkeypatch.setattr(ledger, "mark_to_market", without_basis)
    with pytest.raises(MoneyDoesNotAddUpError):
        hl.simulate(replace(small_market, n_paths=2), moving_cast(), venue=BINANCE, speed="plain")


# -- what is known exactly -----------------------------------------------------------------------
@pytest.mark.parametrize("ratio", [0.25, 0.747, 1.0])
def test_a_free_hedge_is_holding_less(ratio, small_market):
    flat = hl.scenarios.gbm(
        n_bars=100, n_paths=64
    )  # mark = index, so no basis; FREE pays no funding
    hedges = [
        hl.presets.static(ratio),
        hl.presets.one_day(ratio),
        hl.presets.seventy_two_hours(ratio),
    ]
    run = hl.simulate(flat, hedges, venue=FREE)
    less = (1.0 - ratio) * run["holding_pnl"]
    assert_allclose(run["equity_change"], less, rtol=0, atol=1e-12 * 100_000)
    assert_allclose(hl.hold_less(run)["equity_change"], less, rtol=0, atol=1e-12 * 100_000)


def test_price_moves_give_a_hedge_nothing_on_average():
    # martingale prices: mean hedge_pnl is zero for every rule that does not see the future
    market = hl.scenarios.gbm(n_bars=336, n_paths=20_000, warm_up=224, seed=5)
    hedges = [*hl.presets.article(1.0)[1:], *moving_cast()[3:]]
    pnl = hl.simulate(market, hedges, venue=BINANCE)["hedge_pnl"]
    standard_error = pnl.std(axis=0, ddof=1) / np.sqrt(market.n_paths)
    assert (standard_error < 1_000).all()  # below 1 % of the book: a bias of that size would show
    assert (np.abs(pnl.mean(axis=0)) <= 5.0 * standard_error).all()


def test_price_moves_give_a_hedge_nothing_in_the_full_law():
    market = hl.scenarios.simulate("btc-2023", weeks=6, n_paths=20_000, seed=5)
    pnl = hl.simulate(market, hl.presets.article(1.0)[1:], venue=BINANCE)["hedge_pnl"]
    standard_error = pnl.std(axis=0, ddof=1) / np.sqrt(market.n_paths)
    assert (np.abs(pnl.mean(axis=0)) <= 5.0 * standard_error).all()


def test_the_one_day_preset_counts_42_14_and_7_a_week():
    weeks = 40
    market = hl.scenarios.gbm(n_bars=168 * weeks, n_paths=2)
    never_closed = hl.Book(hedge_collateral=1e9)  # by the venue, that is
    run = hl.simulate(market, [hl.presets.one_day(1.0)], venue=BINANCE, book=never_closed)
    # t0 opens (1 order), every later day closes and reopens (2), the last bar closes (1)
    assert_array_equal(run["signals"], 42 * weeks)
    assert_array_equal(run["orders"], 14 * weeks)
    assert_array_equal(run["round_trips"], 7 * weeks)


def test_fees_are_paid_on_what_is_traded():
    # by hand: flat prices, 100,000 of coin, ratio 1, taker 5 bp: two fills of 100,000 pay 50 each
    market = hl.scenarios.gbm(volatility=0.0, n_bars=7, n_paths=1)  # ends before the first stamp
    run = hl.simulate(market, [hl.presets.static(1.0)], venue=BINANCE)
    assert_allclose(run["fee"], 100.0, rtol=1e-12)
    assert_allclose(run["equity_change"], -100.0, rtol=1e-12)
    assert_allclose(run["turnover"], 200_000.0, rtol=1e-12)


def test_a_short_receives_funding_while_longs_pay():
    # by hand: basis 6 bp gives F = 1 bp; 24 h from Monday 00:00 hold the stamps 08, 16, 24
    market = hl.scenarios.gbm(volatility=0.0, n_bars=24, n_paths=1, warm_up=8, basis=6e-4)
    run = hl.simulate(market, [hl.presets.static(1.0)], venue=BINANCE)
    coins = 100_000 / 100.0
    assert_allclose(run["funding"], 3 * coins * 100.0 * 1.0006 * 1e-4, rtol=1e-12)


def test_more_fee_never_leaves_more_wealth(small_market):
    cheap, dear = (
        hl.simulate(small_market, moving_cast(), venue=replace(BINANCE, taker_fee=fee))
        for fee in (2e-4, 9e-4)
    )
    assert (dear["equity_change"] <= cheap["equity_change"]).all()
    assert_array_equal(dear["orders"], cheap["orders"])


def test_the_twin_pays_nothing_and_trades_alike(small_market):
    net = hl.simulate(small_market, moving_cast(), venue=SLOW)
    twin = hl.simulate(small_market, moving_cast(), venue=SLOW.frictionless())
    assert_array_equal(twin.friction, 0.0)
    assert_array_equal(twin["orders"], net["orders"])
    assert_allclose(twin["equity_change"] - net["equity_change"], net.friction, rtol=0, atol=1e-6)


NO_SPREAD = hl.scenarios.gbm(n_bars=168, n_paths=400, seed=3)  # six in ten a year: 8 % a week


def test_margin_tested_at_closes_leaves_price_moves_without_bias():
    # martingale prices, fills at closes, no cost: a liquidation is only another way to stop
    market = replace(NO_SPREAD, n_paths=20_000, warm_up=72)
    book = hl.Book(hedge_collateral=5_000, liquidation="close", after_liquidation="reopen")
    tight = hl.presets.stop_loss(1.0, drawdown=0.01, cooldown=168.0)  # hedges on nearly every path
    cast = [*hl.presets.article(1.0)[1:-1], tight]
    run = hl.simulate(market, cast, venue=FREE, book=book)
    assert (run["liquidations_of_hedge"].mean(axis=0) > 0.2).all()
    pnl = run["hedge_pnl"]
    standard_error = pnl.std(axis=0, ddof=1) / np.sqrt(market.n_paths)
    assert (np.abs(pnl.mean(axis=0)) <= 5.0 * standard_error).all()


def test_margin_tested_at_closes_misses_liquidations():
    # opened once and never again: what is beyond its level at a close was there in the bar too
    hit = {
        when: hl.simulate(
            NO_SPREAD,
            hl.presets.static(1.0),
            venue=BINANCE,
            book=hl.Book(hedge_collateral=5_000, liquidation=when),
        )["liquidations_of_hedge"]
        for when in ("intrabar", "close")
    }
    assert (hit["close"] <= hit["intrabar"]).all()
    assert hit["close"].sum() < hit["intrabar"].sum()


def test_outages_of_a_venue_never_move_the_market(small_market):
    calm, frail = (
        hl.simulate(small_market, whole_cast(), venue=venue, book=MODES["isolated spot"])
        for venue in (SLOW, FRAIL)
    )
    assert frail["bars_in_outage"].all()
    assert not calm["bars_in_outage"].any()
    assert not calm["missed"].any()
    for name in calm:
        if name.startswith(("first_", "last_")):
            assert_array_equal(calm[name], frail[name])
    assert_array_equal(calm["equity_change"][:, 0], frail["equity_change"][:, 0])


def test_a_hedge_that_is_never_opened_misses_what_it_would_have_earned():
    # down at t0 and mostly for good: half the coins were to be sold there, and mark is index
    venue = replace(BINANCE, outage_odds_per_day=24.0, outage_hours=720.0)
    run = hl.simulate(NO_SPREAD, hl.presets.static(0.5), venue=venue)
    never = run["bars_in_outage"] == NO_SPREAD.n_bars
    assert 100 < never.sum() < 400
    assert not run["orders"][never].any()
    assert_allclose(run["missed"][never], -0.5 * run["holding_pnl"][never], atol=1e-6)


def test_the_twin_of_a_frail_venue_is_never_down(small_market):
    twin = hl.simulate(small_market, moving_cast(), venue=FRAIL.frictionless())
    assert not twin["bars_in_outage"].any()


def test_friction_explains_the_twin_but_where_a_liquidation_comes_between():
    # a static hedge looks at nothing: net and twin differ by friction, to the cent, unless a fee
    # brings the liquidation nearer, whose loss is no friction
    hedge, book = hl.presets.static(1.0), hl.Book(hedge_collateral=5_000)
    net, twin = (
        hl.simulate(NO_SPREAD, hedge, venue=venue, book=book)
        for venue in (BINANCE, BINANCE.frictionless())
    )
    beyond = hl.attribution.interaction(net, twin, "static")
    hit = (net["liquidations_of_hedge"] + twin["liquidations_of_hedge"])[:, 0] > 0.0
    assert 20 < hit.sum() < 380
    assert_allclose(beyond[~hit], 0.0, rtol=0, atol=1e-6)
    assert (np.abs(beyond[hit]) > 1.0).all()


def test_smallest_distance_is_infinite_when_nothing_was_ever_at_risk():
    run = hl.simulate(NO_SPREAD, hl.presets.article(1.0)[:2], venue=BINANCE)
    assert np.isinf(run["smallest_distance"][:, 0]).all()
    assert np.isfinite(run["smallest_distance"][:, 1]).all()


def test_smallest_distance_is_the_move_that_was_missing():
    # by hand: nothing moves; 100,000 sold with 50,000 behind it and 0.4 % required: 49,600 of
    # slack, and a rise takes 100,400 for the whole
    market = hl.scenarios.gbm(volatility=0.0, n_bars=7, n_paths=1)
    run = hl.simulate(market, hl.presets.static(1.0), venue=FREE)
    assert_allclose(run["smallest_distance"], 49_600.0 / 100_400.0, rtol=1e-12)


def test_a_hedge_without_collateral_opens_nothing_and_counts_what_was_cut(small_market):
    hedges, book = [hl.presets.one_day(1.0)], hl.Book(hedge_collateral=0.0)
    run = hl.simulate(small_market, hedges, venue=BINANCE, book=book)
    # 42 bars hold the fires 0, 4, ..., 40
    assert_array_equal(run["cut"], 11.0)
    assert_array_equal(run["signals"], 11.0)
    for name in ("orders", "turnover", "hours_hedged", "hedge_pnl"):
        assert not run[name].any()


def test_a_liquidation_pays_its_fee_out_of_what_the_margin_leaves():
    # the venue keeps 1.25 % of the notional or what is there; a hedge that is left alone loses its
    # 5,000 at worst, whatever the price does
    run = hl.simulate(
        NO_SPREAD, hl.presets.static(1.0), venue=BINANCE, book=hl.Book(hedge_collateral=5_000)
    )
    hit = run["liquidations_of_hedge"] > 0.0
    assert (run["liquidation_fee"][hit] > 0.0).all()
    assert not run["liquidation_fee"][~hit].any()
    hedge = run["equity_change"] - run["holding_pnl"]
    assert (hedge >= -5_000.0 - 1e-6).all()
    assert_array_equal(run["orders"], np.where(hit, 1.0, 2.0))


def test_holding_less_pays_for_two_fills_of_spot(small_market):
    run = hl.simulate(small_market, [hl.presets.static(0.5)], venue=BINANCE)
    less = hl.hold_less(run)
    # by hand: half the holding sold and bought back, 10 bp each time
    growth = run["last_index"] / run["first_index"]
    assert_allclose(less["fee"], 50_000 * (1.0 + growth) * 1e-3, rtol=1e-9)
    assert_array_equal(less["orders"], 2.0)
    assert_array_equal(hl.hold_less(run, {"static": 0.0})["fee"], 0.0)


def test_holding_less_of_a_perpetual_keeps_the_rest_of_its_funding(small_market):
    book = hl.Book(holding="perp", leverage=2.0)
    run = hl.simulate(
        small_market, [hl.presets.unhedged(), hl.presets.static(0.25)], venue=BINANCE, book=book
    )
    less = hl.hold_less(run).of("static")
    alone = run.of("unhedged")
    assert_allclose(less["funding"], 0.75 * alone["funding"], rtol=1e-12)
    only_hedged = hl.simulate(small_market, [hl.presets.static(0.25)], venue=BINANCE, book=book)
    assert_allclose(hl.hold_less(only_hedged)["funding"][:, 0], less["funding"], rtol=1e-12)


# -- nothing after t is seen ---------------------------------------------------------------------
WATCHED = {  # books whose holding outlives a quiet path, so that there is something to see
    "isolated": replace(MODES["isolated"], leverage=20),
    "cross": replace(MODES["cross"], leverage=20),
    "isolated spot": MODES["isolated spot"],
    "cross spot": MODES["cross spot"],
}


def lives(market, hedges, speed, book):
    """Account slots of path 0 after every bar, per hedge."""
    runs = [simulation._run(market, hedge, FRAIL, book) for hedge in hedges]
    return engine.life(engine.plan(market.recipe(), runs, tile_bars=1, speed=speed), 0, speed=speed)


def with_noise_after(market, bar, seed):
    """The same history with everything after `bar` replaced by noise."""
    noise = np.random.default_rng(seed).uniform(0.5, 2.0, market.recorded.shape)
    rows = market.recorded.copy()
    after = market.warm_up + bar + 1
    rows[after:] = rows[after:] * noise[after:]
    return replace(market, recorded=rows)


def last_equal_bar(before, after):
    """The last bar up to which two lives agree to the last bit."""
    same = (before == after).all(axis=(1, 2))
    return int(np.argmin(same)) - 1 if not same.all() else same.size - 1


@pytest.mark.parametrize("mode", WATCHED)
@pytest.mark.parametrize("bar", range(29))
def test_no_rule_sees_the_future(bar, mode, small_market):
    market, book = recorded(small_market, n_paths=1), WATCHED[mode]
    usual = lives(market, whole_cast(), "lanes", book)
    changed = lives(with_noise_after(market, bar, seed=bar), whole_cast(), "lanes", book)
    assert last_equal_bar(usual, changed) == market.warm_up + bar


class Peek(NamedTuple):
    """Parameters of a rule that cheats."""

    ahead: float = 1.0


class PeekState(NamedTuple):
    """Bars seen so far."""

    bar: float = 0.0


FUTURE = [np.empty((0, 0))]  # the rows of the market, where no rule may look


def falls_next(state):
    """Does the next bar fall?"""
    return FUTURE[0][min(int(state.bar) + 1, len(FUTURE[0]) - 1), 1] < 0.0


def peek(bar, position, wanted, state: PeekState, rule: Peek):
    """A timing that hedges when the next bar falls."""
    quantity = wanted if falls_next(state) else 0.0
    return hl.Decision(bar.time >= 0.0, quantity, 0.0), PeekState(state.bar + 1.0)


def glimpse(bar, position, state: PeekState, rule: Peek):
    """A target of the account that does the same."""
    quantity = -position.holding if falls_next(state) else 0.0
    return quantity, PeekState(state.bar + 1.0)


def glance(bar, state: PeekState, rule: Peek):
    """A target of the market that does the same."""
    return (1.0 if falls_next(state) else 0.0), PeekState(state.bar + 1.0)


@pytest.mark.parametrize("mode", WATCHED)
@pytest.mark.parametrize(
    ("how_much", "when"),
    [(hl.Constant(1.0), peek), (glimpse, hl.PartialAdjustment(1.0)), (glance, hl.Band(0.1))],
    ids=["timing", "target of the account", "target of the market"],
)
def test_a_rule_that_peeks_is_caught(how_much, when, mode, small_market):
    market, book = recorded(small_market, n_paths=1), WATCHED[mode]
    FUTURE[0] = market.recorded
    hedge = [hl.Hedge(how_much, when, "peeks")]
    usual = lives(market, hedge, "plain", book)
    caught = 0
    for bar in range(0, 29, 2):
        noisy = with_noise_after(market, bar, seed=bar)
        later = np.arange(len(noisy.recorded)) > market.warm_up + bar
        noisy.recorded[:, 1] = np.where(later, -noisy.recorded[:, 1], noisy.recorded[:, 1])
        FUTURE[0] = noisy.recorded
        seen = lives(noisy, hedge, "plain", book)
        FUTURE[0] = market.recorded
        caught += last_equal_bar(usual, seen) < market.warm_up + bar
    assert caught > 5


# -- a rule of one's own -------------------------------------------------------------------------
class Ratchet(NamedTuple):
    """Parameters: as a person would type them in a notebook cell."""

    step: float = 0.01  # fall of the account that adds to the hedge [1]
    size: float = 0.25  # of the wanted hedge added each time [1]


class RatchetState(NamedTuple):
    """Memory: how many steps were taken."""

    level: float = 0.0


def ratchet(bar, position, wanted, state: RatchetState, rule: Ratchet):
    """Add a quarter of the hedge at every further 1 % below the peak; all off at a new peak."""
    drawdown = 1.0 - position.equity / position.peak
    deeper = drawdown > (state.level + 1.0) * rule.step
    recovered = (drawdown <= 0.0) & position.is_open
    level = hl.select(deeper, state.level + 1.0, hl.select(recovered, 0.0, state.level))
    size = hl.select(level * rule.size > 1.0, 1.0, level * rule.size)
    return hl.Decision(deeper | recovered, size * wanted, 0.0), RatchetState(level)


def branching(bar, position, wanted, state: RatchetState, rule: Ratchet):
    """The same rule with an `if`."""
    level, act = state.level, False
    drawdown = 1.0 - position.equity / position.peak
    if drawdown > (state.level + 1.0) * rule.step:
        level, act = state.level + 1.0, True
    elif (drawdown <= 0.0) & position.is_open:
        level, act = 0.0, True
    size = 1.0 if level * rule.size > 1.0 else level * rule.size
    return hl.Decision(act, size * wanted, 0.0), RatchetState(level)


def test_a_rule_typed_in_a_cell_runs_at_all_speeds(small_market):
    market = replace(small_market, n_paths=4)
    hedge = [hl.Hedge(hl.Constant(1.0), hl.rule(ratchet, step=0.005), "ratchet")]
    plain, path, lanes = (
        hl.simulate(market, hedge, venue=SLOW, speed=speed) for speed in ("plain", "path", "lanes")
    )
    assert digest(plain) == digest(path) == digest(lanes)
    assert lanes["orders"].sum() > 0


def test_a_rule_that_branches_says_so_once_and_gives_the_same_bytes(small_market):
    market = replace(small_market, n_paths=20)
    engine.say_falls_back.cache_clear()
    engine.pass_width.cache_clear()
    with pytest.warns(UserWarning, match="branching branches, so it runs one path at a time"):
        one = hl.simulate(market, [hl.Hedge(hl.Constant(1.0), branching, "own")], venue=SLOW)
    other = hl.simulate(market, [hl.Hedge(hl.Constant(1.0), ratchet, "own")], venue=SLOW)
    assert digest(one) == digest(other)


def attribute_that_is_not_there(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(bar.time > 0.0, wanted + bar.nothing, 0.0), state


def reopen_left_out(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(bar.time > 0.0, wanted), state


def no_decision(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return wanted, state


def forgets_its_state(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(bar.time > 0.0, wanted, 0.0), 0.0


def misses_an_argument(bar, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(bar.time > 0.0, wanted, 0.0), state


def has_no_records(bar, position, wanted, state, rule):
    return hl.Decision(bar.time > 0.0, wanted, 0.0), state


def text_for_a_quantity(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(True, "all", 0.0), state


def text_for_a_state(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(True, wanted, 0.0), RatchetState("deep")


NOT_FINITE = "^a hedge was asked for that is not a finite number, hedge mine, path 0; let its rules"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (attribute_that_is_not_there, "no attribute 'nothing'"),
        (reopen_left_out, "missing 1 required positional argument: 'reopen'"),
        (no_decision, "not a Decision"),
        (forgets_its_state, "returns float as its state, not RatchetState"),
        (misses_an_argument, "it takes"),
        (has_no_records, "argument state is not annotated"),
        (functools.partial(ratchet), "is not a function, rule; give a plain function"),
        (text_for_a_quantity, "it returns str, not a number"),
        (text_for_a_state, "it returns str, not a number"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_in_one_line(function, message):
    with pytest.raises(ParameterError, match=message) as caught:
        hl.Hedge(hl.Constant(1.0), function, "own")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("deep", "step is 'deep', not a number, rule ratchet"),
        (math.nan, "step is nan, rule ratchet"),
    ],
)
def test_a_parameter_of_a_rule_that_is_no_number_is_refused_in_one_line(step, message):
    with pytest.raises(ParameterError, match=message):
        hl.rule(ratchet, step=step)


@pytest.mark.parametrize(
    ("given", "ratios", "message"),
    [
        ("x", None, "str is not a Ledger, hold_less"),
        (None, {"static": math.nan}, "static is nan, hold_less; use -10 to 10"),
        (None, {"static": "half"}, "static is 'half', not a number"),
    ],
)
def test_holding_less_of_nothing_is_refused_in_one_line(given, ratios, message, small_market):
    run = hl.simulate(replace(small_market, n_paths=2), hl.presets.static(), venue="binance")
    with pytest.raises(ParameterError, match=message):
        hl.hold_less(given or run, ratios)


def test_a_rule_that_python_runs_and_the_compiler_does_not_is_refused(small_market):
    def formats(bar, position, wanted, state: RatchetState, rule: Ratchet):
        return hl.Decision(f"{bar.time:.1f}" == "0.0", wanted, 0.0), state

    hedge = hl.Hedge(hl.Constant(1.0), formats, "own")
    line = formats.__code__.co_firstlineno + 1  # of what it returns
    for speed in ("lanes", "path"):
        with pytest.raises(ParameterError, match="rule formats cannot be compiled") as caught:
            hl.simulate(small_market, [hedge], venue=BINANCE, speed=speed)
        assert f", line {line} of {__file__}; run it with speed='plain'" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("speed", ["lanes", "path"])
def test_a_target_of_the_account_that_cannot_be_compiled_is_found_in_its_own_file(
    speed, small_market
):
    def writes(bar, position, state: RatchetState, rule: Ratchet):
        text = f"{bar.time:.1f}"
        return position.quantity * len(text), state

    line = writes.__code__.co_firstlineno + 1
    with pytest.raises(ParameterError, match="rule writes cannot be compiled") as caught:
        hl.simulate(small_market, hl.Hedge(writes, hl.Once()), venue=BINANCE, speed=speed)
    assert f", line {line} of {__file__}; run it with speed='plain'" in str(caught.value)


def of_the_market(bar, state: RatchetState, rule: Ratchet):
    return hl.select(bar.time == 3.0, rule.step, 0.5), state


def of_the_account(bar, position, state: RatchetState, rule: Ratchet):
    return -hl.select(bar.time == 3.0, rule.step, 0.5) * position.holding, state


def of_the_time(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(bar.time == 3.0, rule.step * wanted, 0.0), state


def of_the_share(bar, position, wanted, state: RatchetState, rule: Ratchet):
    return hl.Decision(bar.time == 3.0, wanted, rule.step * 0.0), state


@pytest.mark.parametrize(
    ("how_much", "when", "speed"),
    [
        # at 3 o'clock the first neither trades nor is asked to, the second rebalances, the third
        # compares: whatever a timing does with it, the answer is refused
        *[(of_the_market, when, "plain") for when in (hl.Once(), hl.Schedule(), hl.Band())],
        *[(of_the_account, when, "plain") for when in (hl.Once(), hl.Schedule(), hl.Band())],
        *[(hl.Constant(0.5), each, "plain") for each in (of_the_time, of_the_share)],
        *[(of_the_market, hl.Once(), "lanes"), (of_the_account, hl.Once(), "path")],
    ],
)
def test_a_rule_that_answers_infinity_is_refused_and_its_hedge_named(
    how_much, when, speed, small_market
):
    asked = [
        hl.rule(each, step=math.inf) if inspect.isfunction(each) else each
        for each in (how_much, when)
    ]
    with pytest.raises(ParameterError, match=NOT_FINITE) as caught:
        hl.simulate(
            replace(small_market, n_paths=2), hl.Hedge(*asked, "mine"), venue=BINANCE, speed=speed
        )
    assert "\n" not in str(caught.value)


class Rolling(NamedTuple):
    """Parameters of a target that looks back exactly."""

    lookback: float = 10.0  # [h]


class RollingState(NamedTuple):
    """An exact rolling sum: today's value, and the one that leaves the window."""

    total: float = 0.0
    then: hl.delayed = 0.0


def rolling(bar, state: RollingState, rule: Rolling):
    """Hedge in proportion to the last `lookback` squared returns."""
    square = bar.hedge.index_return * bar.hedge.index_return
    total = state.total + (square - state.then)
    return hl.select(total > 0.001, 1.0, total * 1000.0), RollingState(total, square)


def test_a_delayed_field_is_an_exact_rolling_sum(small_market):
    market = replace(small_market, n_paths=2)
    hedge = [hl.Hedge(hl.rule(rolling, lookback=12.0), hl.Schedule(1, 1000, True, 1), "rolling")]
    runs = [simulation._run(market, each, BINANCE, hl.Book()) for each in hedge]
    trace = engine.life(engine.plan(market.recipe(), runs, tile_bars=1), 0)
    slots = [name for name, _ in leaves(Account)]
    held = -trace[market.warm_up : -1, 0, slots.index("hedge.quantity")]
    coins = trace[market.warm_up, 0, slots.index("holding.quantity")]
    squares = market.bars(0, 1)["index_return"][0] ** 2
    expected = [
        min(squares[k - 11 : k + 1].sum() * 1000.0, 1.0) for k in range(48, 48 + market.n_bars)
    ]
    assert_allclose(held / coins, expected, rtol=1e-9)


# -- what cannot be run is refused ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hedges": []}, "there are no hedges, simulate; give one or more"),
        ({"hedges": None}, "NoneType is not a Hedge"),
        ({"hedges": [hl.presets.static(1.0)] * 2}, "give names that differ"),
        ({"venue": [BINANCE]}, "1 venues for 7 hedges"),
        ({"speed": "warp"}, "speed is 'warp', simulate; use lanes or path or plain"),
        ({"threads": "x"}, "threads is 'x', not a whole number"),
        ({"threads": 0}, "threads is 0, simulate; use 1 or more"),
        ({"venue": None}, "NoneType is not a Venue, simulate; give a Venue, or the name of one"),
        ({"venue": ["binance"]}, "1 venues for 7 hedges"),
        ({"venue": [5] * 7}, "int is not a Venue"),
        ({"venue": replace(BINANCE, delay_seconds=400.0)}, "at most a tenth of a bar"),
        ({"hedges": [hl.Hedge(hl.MinimumVariance(0.5), hl.Once(), "x")]}, "at least a bar"),
        ({"hedges": ["static"]}, "str is not a Hedge"),
        ({"book": 100_000}, "int is not a Book"),
        (
            {"hedges": [hl.Hedge(hl.MinimumVariance(lookback=100), hl.Once(), "x")]},
            "needs 300 bars before t0",
        ),
        (
            {"hedges": [hl.Hedge(hl.Constant(1.0), hl.Schedule(0.5, 24), "x")]},
            "multiple of the bar",
        ),
        (
            {"book": hl.Book(capital=1e6, leverage=60, holding="perp")},
            "a holding of 60,000,000 is more than 1,000,000 may open, 25,000,000",
        ),
        (
            {
                "book": hl.Book(
                    capital=1e6,
                    leverage=60,
                    holding="perp",
                    margin_mode="cross",
                    hedge_collateral=1e6,
                )
            },
            "a holding of 60,000,000 is more than 2,000,000 may open, 50,000,000",
        ),
    ],
)
def test_runs_that_make_no_sense_are_refused_in_one_line(change, message, small_market):
    settings = {"hedges": moving_cast(), "venue": BINANCE, "speed": "lanes"} | change
    with pytest.raises(ParameterError, match=message) as caught:
        hl.simulate(small_market, settings.pop("hedges"), **settings)
    assert "\n" not in str(caught.value)


def test_the_money_of_both_accounts_opens_a_holding_in_cross_mode(small_market):
    # 60 million are 25 times 2.4 million: what 1.4 million of collateral are just enough for
    few, hedge = replace(small_market, n_paths=1), hl.presets.unhedged()
    book = hl.Book(1e6, 60, "perp", hedge_collateral=1.4e6, margin_mode="cross")
    assert hl.simulate(few, hedge, venue=BINANCE, book=book)["holding_pnl"].any()
    with pytest.raises(ParameterError, match="60,000,000 is more than 1,000,000 may open"):
        hl.simulate(few, hedge, venue=BINANCE, book=replace(book, margin_mode="isolated"))


@pytest.mark.parametrize(("bar_hours", "start_minute"), [(3.0, 0), (5.0, 0), (16.0, 0), (1.0, 30)])
def test_bars_that_miss_a_stamp_are_refused(bar_hours, start_minute):
    market = replace(
        hl.scenarios.gbm(n_bars=24, n_paths=1, bar_hours=bar_hours), start_minute=start_minute
    )
    with pytest.raises(ParameterError, match="never close at some of its stamps"):
        hl.simulate(market, hl.presets.static(), venue=BINANCE)


@pytest.mark.parametrize("bar_hours", [0.5, 1.0, 2.0, 4.0, 8.0])
def test_funding_does_not_depend_on_the_length_of_the_bar(bar_hours):
    market = hl.scenarios.gbm(
        volatility=0.0, n_bars=round(240 / bar_hours), n_paths=1, bar_hours=bar_hours, basis=6e-4
    )
    funding = hl.simulate(market, hl.presets.static(), venue="binance")["funding"]
    assert_allclose(funding, 30 * 100_000 * 1.0006 * 1e-4, rtol=1e-12)


def test_a_price_file_is_told_apart_from_its_windows(small_market):
    history = hl.history.load(hl.project.DATA / "sample" / "btc-simulated-1h.csv.gz")
    with pytest.raises(
        ParameterError, match=r"History is not a Market, simulate; give a Market, of history"
    ):
        hl.simulate(history, hl.presets.static(), venue=BINANCE)
    run = hl.simulate(small_market, hl.presets.static(), venue=BINANCE)
    with pytest.raises(ParameterError, match="no hedge 'statik'"):
        hl.hold_less(run, {"statik": 0.0})


def test_a_triggered_hedge_is_held_at_least_as_long_as_it_says():
    # also one that was on before t0: opened at t0, it is held from then
    market = hl.scenarios.simulate("btc-2023", weeks=3, n_paths=24, seed=2)
    runs = [simulation._run(market, hl.presets.threshold(), BINANCE, hl.Book())]
    plan = engine.plan(market.recipe(), runs, tile_bars=1)
    slot = [name for name, _ in leaves(Account)].index("hedge.quantity")
    open_at_start, lengths = 0, []
    for path in range(market.n_paths):
        held = engine.life(plan, path)[market.warm_up : -1, 0, slot] != 0.0
        switches = np.flatnonzero(np.diff(np.concatenate([[False], held])))
        opened, closed = switches[::2], switches[1::2]
        open_at_start += bool(held[0])
        lengths += list(closed - opened[: closed.size])  # one still open at the end is left out
    assert open_at_start > 3
    assert len(lengths) > 20
    assert min(lengths) >= 72


def test_every_built_in_rule_is_in_the_cast():
    used = {type(part) for hedge in whole_cast() for part in (hedge.how_much, hedge.when)}
    assert used == {*BUILT_IN, hl.Band}


def test_costs_stand_in_their_own_columns(small_market):
    run = hl.simulate(small_market, moving_cast(), venue=SLOW)
    traded = run["turnover"] > 0
    for name in ("fee", "half_spread_cost", "impact_cost", "delay_cost"):
        assert (run[name][traded] != 0.0).all()
    assert set(COSTS) <= set(run)
    with contextlib.suppress(KeyError):
        run["no such column"]
        pytest.fail("an unknown column was found")
