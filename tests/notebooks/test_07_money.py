"""Notebook 07: what it says follows what it was given."""

from __future__ import annotations

import pytest

from tests.notebooks.rerun import SAMPLE, Rerun, number, rerun

NAME = "07_where_the_money_goes"
BUSY = {"n_paths": 200, "weeks": 2}
PATIENT = BUSY | {"hold_hours": 72, "venue": "hyperliquid", "history": SAMPLE}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Rerun]:
    return [rerun(NAME, tmp_path_factory.mktemp("run"), **each) for each in (BUSY, PATIENT)]


def test_the_ledger_is_of_real_windows_when_a_file_is_given(runs: list[Rerun]) -> None:
    simulated, real = (run.said for run in runs)
    assert "200 simulated markets" in simulated
    assert "real windows" in real
    assert "the price file" in real


def test_a_system_of_another_clock_is_not_the_articles(runs: list[Rerun]) -> None:
    own, other = (run.said for run in runs)
    assert "claim 5: only if" in own
    assert "claim 5: not identified" in other


def test_a_hedge_that_lives_longer_pays_less_fee(runs: list[Rerun]) -> None:
    busy, patient = (number(r"\$([\d,.]+) fee", run.findings) for run in runs)
    assert patient < 0.6 * busy


def test_costs_flip_earlier_at_a_thinner_venue(runs: list[Rerun]) -> None:
    binance, thinner = (number(r"orders above \$([\d,]+) in btc", run.findings) for run in runs)
    assert thinner < binance
