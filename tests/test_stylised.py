"""Stylised facts: by hand, against slow and plain ways to the same number, and closed forms."""

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import hedgelab as hl
from hedgelab import history, scenarios, stylised
from hedgelab.errors import DataError, ParameterError
from hedgelab.funding import FundingRule, funding_rate
from hedgelab.stylised import Bars
from tests.prices import HEADER, hourly, written
from tests.simulated import as_history

FILES = Path(__file__).parents[2] / "shared" / "data"
STORED = tomllib.loads((hl.project.DATA / "stylised.toml").read_text(encoding="utf-8"))
COINS = {"BTC": "BTCUSDT-1h-2020-2025.csv.gz", "ETH": "ETHUSDT-1h-2020-2025.csv.gz"}


def bars_of(move, low=None, high=None, basis=0.0, funding=0.0, volume=1.0):
    """Bars from returns alone; their lows and highs are the ends of the bar unless given."""
    move = np.atleast_2d(np.asarray(move, float))
    low = np.minimum(move, 0.0) if low is None else low
    high = np.maximum(move, 0.0) if high is None else high
    rest = (np.broadcast_to(np.asarray(x, float), move.shape) for x in (basis, funding, volume))
    return Bars(move, low, high, *rest)


@pytest.fixture(scope="module")
def wild():
    """Three paths of 60 days with fat tails and wicks."""
    rng = np.random.default_rng(1)
    move = 0.008 * rng.standard_t(3, (3, 60 * 24))
    wicks = np.abs(0.004 * rng.standard_normal((2, *move.shape)))
    return bars_of(move, np.minimum(move, 0.0) - wicks[0], np.maximum(move, 0.0) + wicks[1])


# -- by hand -------------------------------------------------------------------------------------
def test_volatility_of_one_percent_an_hour_is_its_root_of_the_year():
    # 1 % x sqrt(8760) = 93.6 % a year; half of the hours up, half down: kurtosis 1
    facts = stylised.price_facts(bars_of([0.01, -0.01] * 24 * 50))
    assert_allclose(facts["volatility"], 0.935949, rtol=1e-6)
    assert_allclose(facts["log_kurtosis_hour"], 0.0, atol=1e-12)
    assert_allclose(facts["log_volatility_sd"], 0.0, atol=1e-12)
    # from an even close to an odd one and back: never more than 1 - exp(-0.01) below a peak
    assert_allclose(facts["six_week_drawdown_p95"], 1.0 - math.exp(-0.01))
    assert_allclose(facts["six_week_return_sd"], 0.0, atol=1e-12)


def test_days_of_double_size_have_a_log_volatility_of_their_own():
    # every other day twice as wild: ln 2 apart, so half of that either side of the mean
    days = np.repeat([0.01, 0.02] * 25, 24) * np.tile([1.0, -1.0], 600)
    facts = stylised.price_facts(bars_of(days))
    assert_allclose(facts["log_volatility_sd"], math.log(2.0) / 2.0)
    assert_allclose(facts["log_volatility_memory"], -49 / 50)


def test_shares_of_funding_are_those_counted():
    # eight stamps: three at 1 bp, two below zero, one at zero; rates between stamps do not count
    paid = np.full(64, 0.5)
    paid[7::8] = [1e-4, 1e-4, 1e-4, -2e-4, -1e-5, 0.0, 3e-4, 6e-4]
    facts = stylised.funding_facts(bars_of(np.zeros(64), funding=paid, basis=-4e-4))
    assert facts["funding_share_at_1bp"] == 3 / 8
    assert facts["funding_share_negative"] == 2 / 8
    assert_allclose(facts["funding_mean"], 9.9 / 8)
    assert_allclose(facts["basis_mean"], -4.0)
    assert facts["basis_change_24h"] == 0.0


def test_a_wick_touches_only_those_who_are_in():
    # one low of 10 % below the close before, in the third hour: at 10x only entries within reach
    move, low = np.zeros((1, 24)), np.zeros((1, 24))
    low[0, 2] = math.log(0.9)
    odds = stylised.liquidation_odds(bars_of(move, low, np.zeros((1, 24))), hours=(1, 2, 4))
    assert odds["long_10x_1h"] == 1 / 24
    assert odds["long_10x_2h"] == 2 / 23
    assert odds["long_10x_4h"] == 3 / 21
    assert odds["long_5x_4h"] == odds["short_20x_4h"] == 0.0


def test_a_barrier_is_at_the_maintenance_margin():
    # 20x, 0.4 %: equity 1/20 - (1 - b) = 0.004 b
    for leverage in (2.0, 5.0, 20.0):
        long, short = stylised.barriers(leverage, 0.004)
        assert 1 / leverage - (1.0 - long) == pytest.approx(0.004 * long)
        assert 1 / leverage - (short - 1.0) == pytest.approx(0.004 * short)
    assert stylised.barriers(20.0) == pytest.approx((0.955, 1.045))


def test_the_table_says_how_far_and_how_rare():
    windows = np.array([1.0, 2.0, 3.0, 4.0])  # mean 2.5, sd 1.291
    frame = stylised.table({"a": 5.0, "b": 2.0}, {"a": 5.0, "b": 0.1}, {"a": windows, "b": windows})
    assert frame.loc["a", "z"] == pytest.approx(0.5)
    assert frame.loc["a", "percentile"] == 1.0
    assert frame.loc["b", "z"] == pytest.approx(-0.5 / 1.2909944)
    assert frame.loc["b", "percentile"] == 0.375


# -- another way ---------------------------------------------------------------------------------
def test_odds_are_those_of_looking_at_every_entry(wild):
    price = np.exp(np.cumsum(wild.move, axis=1))
    price = np.c_[np.ones(3), price]
    lows, highs = price[:, :-1] * np.exp(wild.low), price[:, :-1] * np.exp(wild.high)
    odds = stylised.liquidation_odds(
        wild, leverages=(7.0, 20.0), hours=(1, 5, 24), maintenance_rate=0.004
    )
    for leverage in (7.0, 20.0):
        long, short = (1 - 1 / leverage) / 0.996, (1 + 1 / leverage) / 1.004
        for hours in (1, 5, 24):
            entries = range(wild.move.shape[1] - hours + 1)
            down = [lows[:, i : i + hours].min(axis=1) <= long * price[:, i] for i in entries]
            up = [highs[:, i : i + hours].max(axis=1) >= short * price[:, i] for i in entries]
            assert_allclose(odds[f"long_{leverage:g}x_{hours}h"], np.mean(down, axis=0))
            assert_allclose(odds[f"short_{leverage:g}x_{hours}h"], np.mean(up, axis=0))
    assert 0.0 < odds["long_20x_24h"].min() < odds["long_20x_24h"].max() < 1.0


def test_drawdowns_are_those_of_every_window(wild):
    level = np.c_[np.zeros(3), np.cumsum(wild.move, axis=1)]
    falls = stylised.drawdowns(wild.move.reshape(3, 60, 24), 42)
    facts = stylised.price_facts(wild)
    for path in range(3):
        ordered = sorted(falls[path])
        assert ordered[16] <= facts["six_week_drawdown_p95"][path] <= ordered[17]
        assert ordered[8] <= facts["six_week_drawdown_median"][path] <= ordered[9]
    for start in range(60 - 42):
        # from the close of a day on; the first day only gives the close the first window starts at
        window = level[:, (start + 1) * 24 : (start + 43) * 24 + 1]
        fall = (np.maximum.accumulate(window, axis=1) - window).max(axis=1)
        assert_allclose(falls[:, start], 1.0 - np.exp(-fall))


def test_memory_and_kurtosis_are_those_of_other_libraries(wild):
    from scipy.stats import kurtosis

    facts = stylised.price_facts(wild)
    daily = wild.move.reshape(3, 60, 24).sum(axis=2)
    for path in range(3):
        size = np.abs(wild.move[path]) - np.abs(wild.move[path]).mean()
        memory = np.correlate(size, size, "full")[size.size - 1 :]
        assert facts["memory_6h"][path] == pytest.approx(memory[6] / memory[0])
        assert facts["memory_24h"][path] == pytest.approx(memory[24] / memory[0])
        raw = kurtosis(daily[path], fisher=False)
        assert facts["log_kurtosis_day"][path] == pytest.approx(math.log(raw))


def test_odds_of_brownian_motion_are_those_of_its_first_passage():
    # reflection: P(min <= b) = N((b + s/2)/v) + e^-b N((b - s/2)/v) with s = v^2, b = ln 0.905;
    # a martingale in price, so the log drifts by -s/2; high: b = ln 1.095 by symmetry
    from scipy.special import ndtr

    market = scenarios.gbm(volatility=0.9, n_bars=24 * 30, n_paths=600, seed=12)
    odds = stylised.liquidation_odds(stylised.of_market(market), leverages=(10.0,), hours=(24,))
    v = 0.9 * math.sqrt(24 / 8760)
    low, high = math.log(0.905), math.log(1.095)
    expected = {
        "long_10x_24h": ndtr((low + v * v / 2) / v) + math.exp(-low) * ndtr((low - v * v / 2) / v),
        "short_10x_24h": ndtr(-(high + v * v / 2) / v)
        + math.exp(-high) * ndtr(-(high - v * v / 2) / v),
    }
    for name, value in expected.items():
        error = odds[name].std(ddof=1) / math.sqrt(600)
        assert abs(odds[name].mean() - value) < 5.0 * error
    assert odds["long_10x_24h"].mean() > 0.01


# -- history and market alike --------------------------------------------------------------------
def test_a_file_and_its_windows_have_the_same_bars(tmp_path):
    prices = history.load(written(tmp_path, hourly(24 * 40)))
    window = history.windows(prices, "20D", warm_up=48)
    one = stylised.of_market(window, 3, 1)
    first, last = window.times[3], window.times[3] + np.timedelta64(19, "D")
    for here, there in zip(
        one, stylised.of_history(prices, str(first)[:10], str(last)[:10]), strict=True
    ):
        assert_allclose(here, there, rtol=1e-12, atol=1e-15)


def test_a_law_pays_the_funding_of_its_premium():
    market = scenarios.simulate("btc-2023", weeks=2, n_paths=3, seed=4)
    premium = market.bars()["premium"][:, market.warm_up + 8 :: 8]
    assert_allclose(
        stylised.of_market(market).funding[:, 7::8],
        funding_rate(premium, FundingRule()),
        atol=1e-18,
    )


def test_the_move_across_a_gap_is_counted_once(tmp_path):
    rows = hourly(24 * 8)
    whole = stylised.of_history(history.load(written(tmp_path, rows)))
    for column in ("perp_close", "mark_close", "spot_close"):
        rows[30][HEADER.index(column)] = ""
    gapped = stylised.of_history(history.load(written(tmp_path, rows)))
    assert_allclose(gapped.move.sum(), whole.move.sum())
    # the file's first row only gives the close before; the days begin at the next midnight
    for nothing in (gapped.move, gapped.low, gapped.high):
        assert nothing[0, 30 - 24] == 0.0
    assert_allclose(gapped.move[0, 31 - 24], whole.move[0, 30 - 24 : 32 - 24].sum())
    assert all(np.isfinite(values).all() for values in gapped)


def test_many_paths_are_measured_as_few_at_a_time():
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=5, seed=4)
    at_once, slowly = (stylised.measured(market, stylised.volume_facts, n) for n in (10**6, 1))
    for name, values in at_once.items():
        assert_array_equal(values, slowly[name])


# -- the error of a history ----------------------------------------------------------------------
def test_copies_are_made_of_whole_weeks():
    weeks = np.repeat(np.arange(20.0), 168)[None, :] + np.tile(np.arange(168) / 1000, 20)
    taken = []
    stylised.resampled(bars_of(weeks), lambda b: taken.append(b.move) or {"x": b.move[:, 0]}, 50, 4)
    copies = np.concatenate(taken).reshape(50, 20, 168)
    assert_allclose(copies - copies[:, :, :1], np.broadcast_to(np.arange(168) / 1000, copies.shape))
    week = copies[:, :, 0]
    follows = (week[:, 1:] - week[:, :-1]) % 20 == 1
    assert follows.reshape(50, 19)[:, [0, 1, 2, 4, 5, 6]].all()  # blocks of four, in a circle
    assert len(np.unique(week)) == 20


def test_the_error_of_a_mean_of_independent_weeks_is_its_closed_form():
    # the mean of a basis over 200 independent weeks has an error of sd / sqrt(200)
    rng = np.random.default_rng(6)
    weekly = rng.standard_normal(200)
    bars = bars_of(np.zeros(200 * 168), basis=np.repeat(weekly, 168) * 1e-4)
    copies = stylised.resampled(
        bars, lambda b: {"mean": 1e4 * b.basis.mean(axis=1)}, n_paths=1_000, block_weeks=1
    )["mean"]
    # a deviation over 1,000 copies is known to 2.2 %, five of which are 11 %
    assert copies.std(ddof=1) == pytest.approx(weekly.std() / math.sqrt(200), rel=0.11)


# -- refused -------------------------------------------------------------------------------------
def test_what_cannot_be_measured_is_refused_in_one_line(tmp_path):
    market = scenarios.simulate(weeks=1, n_paths=1)
    with pytest.raises(ParameterError, match="from a midnight on"):
        stylised.of_market(replace(market, start_minute=60))
    with pytest.raises(ParameterError, match="need a whole day"):
        stylised.of_market(replace(market, n_bars=23))
    with pytest.raises(DataError, match="no whole day"):
        stylised.of_history(history.load(written(tmp_path, hourly(30))), "2031-01-01")
    with pytest.raises(DataError, match="need hourly bars"):
        stylised.of_history(history.load(written(tmp_path, hourly(60, hours=8.0))))
    with pytest.raises(ParameterError, match="odds within 48 need as many"):
        stylised.liquidation_odds(bars_of(np.zeros(24)), hours=(48,))
    with pytest.raises(ParameterError, match="needs more than 1"):
        stylised.barriers(1.0)
    with pytest.raises(ParameterError, match="15 weeks for blocks of 8"):
        stylised.resampled(bars_of(np.zeros(15 * 168)))
    with pytest.raises(ParameterError, match="2 windows with an event"):
        stylised.at_volatility(np.array([0.0, 0.1, 0.2]), np.ones(3), 1.0)


# -- what is stored, and how the bundled fits do -------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("coin", COINS)
def test_the_stored_figures_are_those_of_the_real_file(coin):
    path = FILES / COINS[coin]
    if not path.exists():
        pytest.skip("the real price file is not here")
    prices = history.load(path)
    for name in scenarios.names():
        if scenarios.facts(name)["asset"] == coin:
            window = scenarios.facts(name)["window"]
            found = stylised.all_facts(stylised.of_history(prices, *window))
            stored = {k: v for k, v in STORED["real"][name].items() if k != "window"}
            assert set(stored) == set(found)
            for fact, (value, _) in stored.items():
                assert found[fact][0] == pytest.approx(value, rel=1e-5, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", scenarios.names())
def test_every_fit_gives_the_real_facts_but_for_the_failures_that_are_named(name):
    stored = {k: v for k, v in STORED["real"][name].items() if k != "window"}
    days = np.subtract(*np.array(STORED["real"][name]["window"][::-1], "datetime64[D]")).astype(int)
    market = scenarios.simulate(name, weeks=(days + 1) / 7, n_paths=100, seed=31)
    frame = stylised.table(
        {fact: value for fact, (value, _) in stored.items()},
        {fact: error for fact, (_, error) in stored.items()},
        stylised.measured(market),
    )
    named = {f for each in STORED["failure"] if name in each["markets"] for f in each["facts"]}
    assert set(frame.index[frame["z"].abs() > 3.0]) <= named


@pytest.mark.parametrize("failure", STORED["failure"], ids=lambda failure: failure["facts"][0])
def test_a_named_failure_is_of_markets_and_facts_that_there_are(failure):
    for name in failure["markets"]:
        assert set(failure["facts"]) <= set(STORED["real"][name])


def test_a_simulated_file_is_measured_like_its_market():
    market = scenarios.simulate("btc-2023", weeks=8, n_paths=2, seed=9)
    of_market = stylised.all_facts(stylised.of_market(market, 1, 1))
    of_file = stylised.all_facts(stylised.of_history(as_history(market, 1)))
    for name, value in of_market.items():
        assert_allclose(of_file[name], value, rtol=1e-9, err_msg=name)
