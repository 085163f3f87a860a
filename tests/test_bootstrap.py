"""The block bootstrap: which bars it takes, in which order, and how their prices are chained."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import hedgelab as hl
from hedgelab import history, scenarios
from hedgelab.errors import DataError, ParameterError
from hedgelab.kernels import engine
from tests.prices import HEADER, hourly, written

BLOCK = 12.0  # hours
PRICES = [HEADER.index(f"{group}_close") for group in ("perp", "mark", "spot")]


@pytest.fixture(scope="module")
def gapped(tmp_path_factory):
    """2,000 hours with two gaps, of 3 h and 1 h; the volume of a bar says which row it is."""
    rows = hourly(2_000)
    for row in (700, 701, 702, 1500):
        for column in PRICES:
            rows[row][column] = ""
    prices = history.load(written(tmp_path_factory.mktemp("gapped"), rows))
    return numbered(prices)


def numbered(prices):
    """The history with the number of its row for a volume."""
    bars = prices.bars.assign(
        volume=np.where(prices.bars["mark"].isna(), np.nan, prices.bars.index)
    )
    return replace(prices, bars=bars)


@pytest.fixture(scope="module")
def market(gapped):
    return scenarios.bootstrap(
        gapped, weeks=3, n_paths=400, seed=5, block_hours=BLOCK, warm_up=48, start_hour=30
    )


@pytest.fixture(scope="module")
def bars(market):
    return market.bars()


@pytest.fixture(scope="module")
def rows(bars):
    return bars["volume"].astype(int)


# -- which bars ----------------------------------------------------------------------------------
def test_every_bar_is_one_of_the_same_hour_of_the_week(rows):
    # the file begins on a Monday, its row 0 closes at 01:00; bar 0 of the market is Tuesday 06:00
    bar = np.arange(-48, 3 * 168 + 1)
    assert_array_equal((rows + 1) % 168, np.broadcast_to((30 + bar) % 168, rows.shape))


def test_blocks_have_the_mean_length_asked_for_and_no_memory(rows):
    # a bar begins a block with odds 1/12; by accident 1 in about 12 blocks goes on in the row that
    # would have followed anyway (2,000 rows are 12 weeks), and a block also ends at a gap
    begins = np.diff(rows, axis=1) != 1
    rate = begins.mean(axis=1)
    error = rate.std(ddof=1) / math.sqrt(rate.size)
    assert abs(rate.mean() - (11 / 12) / BLOCK) < 5.0 * error + 4 / 2_000
    after_a_start = begins[:, 1:][begins[:, :-1]]
    spread = math.sqrt(rate.mean() * (1.0 - rate.mean()) / after_a_start.size)
    assert abs(after_a_start.mean() - rate.mean()) < 5.0 * spread


def test_no_block_touches_a_missing_bar_or_a_return_across_it(bars, rows):
    assert not any(np.isnan(values).any() for values in bars.values())
    used = set(np.unique(rows))
    assert not used & {0, 700, 701, 702, 703, 1500, 1501}
    assert {699, 704, 1499, 1502, 1999} <= used


def test_bars_away_from_gaps_are_taken_equally_often(rows):
    # as often as others of their hour of the week; ten blocks behind a gap and the file's start
    count = np.array([np.bincount(path, minlength=2_000) for path in rows])
    each, error = count.mean(axis=0), count.std(axis=0, ddof=1) / math.sqrt(len(rows))
    far = np.r_[130:700, 830:1500, 1630:2000]
    for hour in range(168):
        alike = far[far % 168 == hour]
        assert (np.abs(each[alike] - each[alike].mean()) < 5.0 * error[alike]).all()


def test_squared_returns_have_the_mean_of_the_file(tmp_path):
    rng = np.random.default_rng(3)
    prices = history.load(written(tmp_path, hourly(3_000)))
    returns = np.r_[0.0, 0.005 * rng.standard_t(5, 2_999)]
    prices = replace(prices, bars=prices.bars.assign(index_return=returns))
    drawn = scenarios.bootstrap(prices, weeks=2, n_paths=1_000, seed=2, block_hours=6, warm_up=0)
    squares = (drawn.bars()["index_return"] ** 2).mean(axis=1)
    error = squares.std(ddof=1) / math.sqrt(squares.size)
    assert abs(squares.mean() - (returns[1:] ** 2).mean()) < 5.0 * error


def test_the_spread_of_a_mean_is_that_of_the_closed_form(tmp_path):
    # Politis and Romano (1994), equation 7: n var = c_0 + 2 sum (1 - i/n) (1 - p)^i c_i, with the
    # circular autocovariances c of the file; bars of 8 h: only 21 slots of the week part them
    n, p = 1_407, 1.0 / 20.0
    rng = np.random.default_rng(8)
    returns = np.zeros(n)
    for k in range(1, n):
        returns[k] = 0.8 * returns[k - 1] + 0.01 * rng.standard_normal()
    prices = history.load(written(tmp_path, hourly(n, hours=8.0)))
    prices = replace(prices, bars=prices.bars.assign(index_return=returns))
    drawn = scenarios.bootstrap(
        prices, weeks=n / 21, n_paths=4_000, seed=4, block_hours=160.0, warm_up=0
    )
    means = np.concatenate(
        [
            drawn.bars(first, 500)["index_return"][:, 1:].mean(axis=1)
            for first in range(0, 4_000, 500)
        ]
    )
    centred = returns - returns.mean()
    lags = np.arange(1, n)
    circular = np.array([centred @ np.roll(centred, lag) for lag in lags]) / n
    weights = 2.0 * (1.0 - lags / n) * (1.0 - p) ** lags
    expected = ((centred @ centred) / n + weights @ circular) / n
    # five standard errors of a variance over 4,000 paths are 11 %
    assert means.var(ddof=1) == pytest.approx(expected, rel=0.11)


def test_funding_is_paid_at_its_stamps_only(gapped):
    for start_hour in (0, 5):
        drawn = scenarios.bootstrap(gapped, weeks=1, n_paths=50, start_hour=start_hour, warm_up=0)
        paid = (drawn.bars()["funding"] != 0.0).any(axis=0)
        hours = (start_hour + np.arange(169)) % 24
        assert set(hours[paid]) == {0, 8, 16}


# -- chained prices ------------------------------------------------------------------------------
def test_prices_are_chained_from_the_returns_of_their_rows(gapped, market, bars, rows):
    file = gapped.bars
    # the index follows the recorded returns from the last price of the file on
    level = file["index"].iloc[-1] * np.exp(
        np.cumsum(file["index_return"].to_numpy()[rows], axis=1)
    )
    assert_allclose(bars["index"], level, rtol=1e-9)
    assert_allclose(bars["mark"], level * (1.0 + file["basis"].to_numpy()[rows]), rtol=1e-9)
    assert_allclose(bars["mark_return"][:, 1:], np.diff(np.log(bars["mark"]), axis=1), atol=1e-11)
    assert market.kind == "bootstrap"
    assert not market.is_simulated


def test_within_a_block_a_bar_keeps_its_shape(gapped, bars, rows):
    within = np.diff(rows, axis=1) == 1
    closes = gapped.bars["mark"].to_numpy()
    for price in ("mark_open", "mark_high", "mark_low", "mark"):
        recorded = gapped.bars[price].to_numpy()
        drawn = bars[price][:, 1:] / bars["mark"][:, :-1]
        assert_allclose(drawn[within], recorded[rows[:, 1:][within]] / closes[rows[:, :-1][within]])


def test_the_extremes_of_a_bar_hold_its_open_and_its_close(gapped):
    # recorded bars without wicks: where blocks meet, only widening keeps the close inside
    ends = gapped.bars[["mark_open", "mark"]]
    tight = gapped.bars.assign(mark_low=ends.min(axis=1), mark_high=ends.max(axis=1))
    drawn = scenarios.bootstrap(
        replace(gapped, bars=tight), weeks=1, n_paths=50, block_hours=3, warm_up=0
    ).bars()
    for price in ("mark", "mark_open"):
        assert (drawn["mark_low"] <= drawn[price]).all()
        assert (drawn["mark_high"] >= drawn[price]).all()


def test_all_else_is_as_recorded(gapped, bars, rows):
    for name in ("index_return", "basis", "premium", "funding", "half_spread", "sigma"):
        assert_array_equal(bars[name], gapped.bars[name].to_numpy()[rows])


# -- equal bytes ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("speed", "lanes", "tile_bars"),
    [("plain", None, 16), ("path", 8, 7), ("lanes", 4, 1), ("lanes", 16, 32)],
)
def test_every_speed_width_and_tile_gives_equal_bytes(speed, lanes, tile_bars, market, bars):
    plan = engine.plan(market.recipe(), speed=speed, lanes=lanes, tile_bars=tile_bars)
    found = engine.bars(plan, 3, speed=speed)
    assert found.tobytes() == np.stack(list(bars.values()), axis=2)[:3].tobytes()


def test_a_path_is_the_same_alone(market, bars):
    for name, values in market.bars(first=137, count=1).items():
        assert_array_equal(values[0], bars[name][137])


def test_a_ledger_does_not_depend_on_threads(market):
    hedge = hl.Hedge(hl.Constant(1.0), hl.Once())
    ledgers = [
        hl.simulate(market, hedge, venue="binance", threads=threads).lines() for threads in (1, 2)
    ]
    pd.testing.assert_frame_equal(*ledgers, check_exact=True)


# -- refused -------------------------------------------------------------------------------------
def test_what_cannot_be_drawn_is_refused_in_one_line(gapped, tmp_path, market):
    with pytest.raises(ParameterError, match=r"block_hours is 0\.5, bootstrap; use 1 or more"):
        scenarios.bootstrap(gapped, block_hours=0.5)
    with pytest.raises(ParameterError, match="block_hours is nan, bootstrap; use 1 or more"):
        scenarios.bootstrap(gapped, block_hours=math.nan)
    with pytest.raises(DataError, match="not every one of the 168 bars of a week is recorded"):
        scenarios.bootstrap(history.load(written(tmp_path, hourly(168))))
    with pytest.raises(ParameterError, match="only a simulated market"):
        scenarios.bridge(market, terminal_return=0.1)


def test_every_recipe_of_blocks_has_a_digest_of_its_own(gapped):
    changes = ({}, {"seed": 8}, {"block_hours": 24.0}, {"weeks": 2}, {"start_hour": 1})
    digests = {scenarios.bootstrap(gapped, n_paths=2, **change).digest for change in changes}
    assert len(digests) == len(changes)
