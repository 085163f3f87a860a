"""Notebook 06: what it says follows what it was given."""

from __future__ import annotations

import pytest

from tests.notebooks.rerun import SAMPLE, Rerun, number, rerun

NAME = "06_leverage_and_liquidation"
GENTLE = {"leverage": 5, "hedge_leverage": 3, "hours": 24, "weeks": 1, "n_paths": 200}
DARING = GENTLE | {"leverage": 14, "hedge_leverage": 20, "hours": 168, "history": SAMPLE}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Rerun]:
    return [rerun(NAME, tmp_path_factory.mktemp("run"), **each) for each in (GENTLE, DARING)]


@pytest.mark.parametrize(
    "pattern",
    [
        r"four hours costs \$([\d,.]+) a week",
        r"left alone, ([\d.]+) %",
        r"of its own is liquidated in (\d+) %",
    ],
    ids=["a watched margin costs more", "more positions are lost", "more hedges are lost"],
)
def test_with_more_leverage(runs: list[Rerun], pattern: str) -> None:
    gentle, daring = (number(pattern, run.findings) for run in runs)
    assert daring > gentle


def test_with_more_time_less_leverage_reaches_the_share(runs: list[Rerun]) -> None:
    gentle, daring = (number(r"is reached at ([\d.]+)x", run.findings) for run in runs)
    assert daring < gentle


def test_a_price_file_takes_the_place_of_odds_on_file(runs: list[Rerun]) -> None:
    gentle, daring = (run.said for run in runs)
    assert "eth-2020, real" in gentle
    assert "eth-2020, real" not in daring
    assert "20x, opened once, real" in daring


def test_claims_are_judged_at_the_articles_leverage_whatever_was_run(runs: list[Rerun]) -> None:
    assert not any("which is not the article's" in run.said for run in runs)
