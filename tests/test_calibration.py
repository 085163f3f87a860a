"""Fitting a law to a file: known parameters come back, and the next year lies in its range."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

import hedgelab as hl
from hedgelab import calibration, history, scenarios
from hedgelab.errors import DataError, ParameterError
from tests.prices import hourly, written

FILES = Path(__file__).parents[2] / "shared" / "data"
STORED = tomllib.loads((hl.project.DATA / "stylised.toml").read_text(encoding="utf-8"))


def test_sigma_rms_of_every_fit_is_the_one_in_its_file():
    for name in scenarios.names():
        facts = scenarios.facts(name)
        assert calibration.sigma_rms(facts) == pytest.approx(facts["sigma_rms"], rel=1e-4)


def test_sigma_rms_is_the_one_of_simulated_paths():
    market = scenarios.simulate("eth-2023", weeks=1, n_paths=4_000, seed=21, warm_up=80)
    squares = (market.bars()["sigma"][:, 81:] ** 2).mean(axis=1)
    error = squares.std(ddof=1) / math.sqrt(squares.size)
    expected = calibration.sigma_rms(scenarios.facts("eth-2023")) ** 2
    assert abs(squares.mean() - expected) < 5.0 * error


def test_cells_count_events_and_place_the_real_value():
    windows = np.arange(1_000) / 1_000
    real = {"long_10x_24h": np.array([0.25])}
    frame = calibration.cells(real, {"long_10x_24h": windows}, 123)
    row = frame.loc["long_10x_24h"]
    assert row["events"] == 25  # a quarter of 123 - 24 + 1 entries
    assert row["percentile"] == pytest.approx(0.2505)
    assert (row["low"], row["high"]) == pytest.approx((0.024975, 0.974025))


def test_what_cannot_be_fitted_is_refused_in_one_line(tmp_path):
    prices = history.load(written(tmp_path, hourly(24 * 115)))
    with pytest.raises(DataError, match="a fit needs 16"):
        calibration.fit(prices)
    enough = history.load(written(tmp_path, hourly(24 * 120)))
    with pytest.raises(ParameterError, match="no fact funding_median"):
        calibration.fit(enough, known={"funding_median": 1.0})
    with pytest.raises(ParameterError, match="did you mean btc-2023"):
        calibration.fit(enough, "btc-2033")
