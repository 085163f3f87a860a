"""The market's record: what no engine can run is refused in one line; paths can be looked at."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import hedgelab as hl
from hedgelab.errors import ParameterError
from hedgelab.kernels import driver, engine
from hedgelab.market import INSTRUMENT_FIELDS, Market

NAN = float("nan")


@pytest.fixture(scope="module")
def market():
    return hl.scenarios.simulate("btc-2023", weeks=1, n_paths=3, seed=5, warm_up=24)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_paths": 0}, "n_paths is 0, market btc-2023; use 1 or more"),
        ({"n_paths": 1e4}, "n_paths is 10000.0, not a whole number"),
        ({"n_paths": "100"}, "n_paths is '100', not a whole number"),
        ({"n_bars": 0}, "n_bars is 0, market btc-2023; use 1 or more"),
        ({"warm_up": -1}, "warm_up is -1, market btc-2023; use 0 or more"),
        ({"warm_up": None}, "warm_up is None, not a whole number"),
        ({"seed": -1}, "seed is -1, market btc-2023; use 0 to 9223372036854775807"),
        ({"seed": 2**63}, "use 0 to 9223372036854775807"),
        ({"bar_hours": NAN}, "bar_hours is nan"),
        ({"bar_hours": 0.5}, "the law is hourly"),
        ({"seed": 1.5}, "seed is 1.5, not a whole number"),
        ({"bar_hours": 0.001}, "a whole number of minutes"),
    ],
)
def test_a_market_that_makes_no_sense_is_refused_in_one_line(change, message, market):
    with pytest.raises(ParameterError, match=message) as caught:
        replace(market, **change)
    assert "\n" not in str(caught.value)


def test_windows_that_reach_beyond_the_recorded_bars_are_refused():
    rows = np.ones((100, len(INSTRUMENT_FIELDS)))
    settings = {"name": "x", "kind": "history", "n_paths": 1, "n_bars": 50, "recorded": rows}
    assert Market(**settings, starts=np.array([49])).n_bars == 50
    with pytest.raises(ParameterError, match="beyond the recorded bars"):
        Market(**settings, starts=np.array([50]))
    with pytest.raises(ParameterError, match="beyond the recorded bars"):
        Market(**settings, starts=np.array([49]), warm_up=50)
    with pytest.raises(ParameterError, match="2 windows for 1 paths"):
        Market(**settings, starts=np.array([1, 2]))


def test_paths_are_a_tidy_frame_with_bar_zero_at_t0(market):
    frame = market.paths([2, 0])
    assert frame["path"].unique().tolist() == [2, 0]
    assert frame.groupby("path")["bar"].agg(["min", "max"]).to_numpy().tolist() == [[-24, 168]] * 2
    assert_array_equal(frame.loc[frame["path"] == 0, "mark"], market.bars()["mark"][0])


@pytest.mark.parametrize(
    ("first", "count", "message"),
    [
        (-1, 1, "first is -1, market btc-2023; use 0 to 2"),
        (0, 4, "count is 4, market btc-2023; use 1 to 3"),
        (3, 1, "first is 3, market btc-2023; use 0 to 2"),
        (0, 0, "count is 0"),
        (0.5, 1, "first is 0.5, not a whole number"),
        (0, "x", "count is 'x', not a whole number"),
    ],
)
def test_paths_that_are_not_there_are_refused(first, count, message, market):
    with pytest.raises(ParameterError, match=message):
        market.bars(first, count)


def test_the_default_market_is_the_regime_of_2025():
    assert hl.scenarios.simulate(n_paths=1).name == "btc-2025"
    assert hl.scenarios.bridge(terminal_return=0.1, n_paths=1).name == "btc-2025"


def test_every_recipe_has_a_digest_of_its_own():
    recipe = {"weeks": 1, "n_paths": 2, "seed": 1}
    made = [hl.scenarios.simulate(**recipe | change) for change in ({}, {"seed": 2}, {"weeks": 2})]
    made += [hl.scenarios.bridge(made[0], terminal_return=end) for end in (0.1, 0.2)]
    assert len({market.digest for market in made}) == len(made)
    assert made[0].digest == hl.scenarios.simulate(**recipe).digest


def test_a_shorter_market_is_the_beginning_of_a_longer_one(market):
    longer = replace(market, n_bars=200)
    for name, values in market.bars().items():
        assert_array_equal(values, longer.bars()[name][:, : values.shape[1]])


def test_the_sample_file_is_the_path_it_says_it_is():
    # one path of the law, written by data/sample/make.py and read back
    history = hl.history.load(hl.project.DATA / "sample" / "btc-simulated-1h.csv.gz")
    source = hl.scenarios.simulate("btc-2023", weeks=120 / 7, n_paths=1, seed=20_240_101).bars()
    for name in ("index", "mark", "mark_high", "mark_low"):
        read = history.bars[name]
        assert_allclose(read, source[name][0, 337:], rtol=0, atol=0.006)
    read = history.bars["volume"]
    assert_allclose(read, source["volume"][0, 337:], rtol=1e-4)


def test_the_sample_file_is_what_its_command_makes():
    import importlib.util

    folder = hl.project.DATA / "sample"
    spec = importlib.util.spec_from_file_location("sample_make", folder / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    made = make.as_bytes(make.sample())
    stored = (folder / "btc-simulated-1h.csv.gz").read_bytes()
    import gzip

    assert gzip.decompress(made) == gzip.decompress(stored)


@pytest.mark.parametrize("name", hl.scenarios.names())
def test_every_fit_runs(name):
    market = hl.scenarios.simulate(name, weeks=1, n_paths=4)
    assert all(np.isfinite(values).all() for values in market.bars().values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hl.scenarios.simulate("btc-2032"), "did you mean btc-20"),
        (lambda: hl.scenarios.simulate(weeks=0.001), "a whole number of bars"),
        (lambda: hl.scenarios.simulate(drift=float("nan")), "drift is nan"),
        (lambda: hl.scenarios.gbm(volatility=NAN), "volatility is nan"),
        (lambda: hl.scenarios.simulate(weeks=NAN), "weeks is nan, market; use 0 to 1e"),
        (lambda: hl.scenarios.simulate(weeks="6"), "weeks is '6', not a number"),
        (lambda: hl.scenarios.simulate(weeks=float("inf")), "weeks is inf"),
        (lambda: hl.scenarios.simulate(start_hour="x"), "start_hour is 'x', not a whole number"),
        (lambda: hl.scenarios.simulate(drift="x"), "drift is 'x', not a number, simulate"),
        (lambda: hl.scenarios.simulate(None), "no market None; use one of btc-2023"),
        (lambda: hl.scenarios.simulate({"asset": "BTC"}), "the fit has no 'hours_per_year'"),
        (lambda: hl.scenarios.simulate(hedged_with=5), "no market 5; use one of btc-2023"),
        (lambda: hl.scenarios.gbm(bar_hours=NAN), "bar_hours is nan, gbm; use 0 to 10000"),
        (lambda: hl.scenarios.gbm(bar_hours=-1), "bar_hours is -1, gbm"),
        (lambda: hl.scenarios.gbm(price="x"), "price is 'x', not a number, gbm"),
        (lambda: hl.scenarios.merton(jump_rate="x"), "jump_rate is 'x', not a number, merton"),
        (lambda: hl.scenarios.regime(calm_hours="x"), "calm_hours is 'x', not a number, regime"),
        (lambda: hl.scenarios.gbm_pair(correlation=None), "correlation is None, not a number"),
        (lambda: hl.scenarios.bridge(terminal_return="x"), "terminal_return is 'x', not a number"),
        (
            lambda: hl.scenarios.bootstrap("x.csv"),
            "str is not a History, bootstrap; give a History; history.load reads one",
        ),
        (lambda: hl.history.windows("x.csv"), "str is not a History, windows"),
        (lambda: hl.scenarios.bridge(terminal_return=-1.0), "use -1 to 5"),
        (lambda: hl.scenarios.bridge(terminal_return=8.3), "0.083 is 8.3 %"),
        (lambda: hl.scenarios.bridge(hl.scenarios.gbm(), terminal_return=0.1, weeks=2), "alone"),
    ],
)
def test_scenarios_that_make_no_sense_are_refused_in_one_line(call, message):
    with pytest.raises(ParameterError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_an_end_that_hardly_ever_happens_is_refused():
    market = hl.scenarios.bridge("btc-2023", weeks=1, n_paths=2, terminal_return=5.0)
    with pytest.raises(ParameterError, match="choose a terminal return nearer to zero"):
        market.bars()


def test_a_bridge_that_is_not_found_is_refused_and_never_returned_half_done(monkeypatch, market):
    monkeypatch.setattr(driver, "MOST_ATTEMPTS", 0)
    bridged = replace(hl.scenarios.bridge(market, terminal_return=0.01), n_bars=2, warm_up=0)
    plan = engine.plan(bridged.recipe(), speed="plain")
    with pytest.raises(ParameterError, match="could not be conditioned"):
        engine.bars(plan, 1, speed="plain")


def test_bars_are_the_same_in_plain_python(market):
    short = replace(market, n_paths=1, n_bars=3, warm_up=2)
    plain = engine.bars(engine.plan(short.recipe(), speed="plain"), 1, speed="plain")
    assert plain.tobytes() == engine.bars(engine.plan(short.recipe()), 1).tobytes()


def test_a_bridge_keeps_the_law_where_the_end_was_likely():
    # integrating bridged paths over the law's own ends gives the law back: here, by its variance
    ends = hl.scenarios.simulate("btc-2023", weeks=1, n_paths=4000, seed=1).bars()["index"]
    returns = ends[:, -1] / ends[:, 336] - 1.0
    squares = []
    for end in np.quantile(returns, np.linspace(0.05, 0.95, 10)):
        market = hl.scenarios.bridge(
            "btc-2023", weeks=1, n_paths=400, seed=2, terminal_return=float(end)
        )
        squares.append((market.bars()["index_return"][:, 337:] ** 2).sum(axis=1))
    free = hl.scenarios.simulate("btc-2023", weeks=1, n_paths=4000, seed=3)
    whole = (free.bars()["index_return"][:, 337:] ** 2).sum(axis=1)
    stacked = np.concatenate(squares)
    for level in (0.25, 0.5, 0.75):  # the middle of the law of realised variance
        assert abs(np.mean(stacked <= np.quantile(whole, level)) - level) < 0.05
