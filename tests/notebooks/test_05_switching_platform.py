"""Notebook 05 with other parameters."""

from __future__ import annotations

from pathlib import Path

from tests.notebooks.rerun import number, rerun

NAME = "05_switching_platform"
FEW = {"n_paths": 100, "weeks": 2}


def test_there_and_back_is_nothing_and_a_longer_life_makes_venues_alike(tmp_path: Path) -> None:
    there = rerun(NAME, tmp_path / "there", **FEW, home="bybit", away="binance").findings
    # the same funding rule and the same tiers, so the same signals; five times the life
    longer = FEW | {"hold_hours": 120}
    back = rerun(NAME, tmp_path / "back", **longer, home="binance", away="bybit").findings
    gain = number(r"ends \$([\d.,]+) ahead", there)
    loss = number(r"ends \$([\d.,]+) behind", back)
    # two weeks hold 14 hedges of a day and 3 of five days, the last one cut short
    assert 4.0 < gain / loss < 5.5
    furthest = r"\*\*\$[\d.,]+ to \$([\d.,]+) a month"
    assert 4.0 < number(furthest, there) / number(furthest, back) < 5.5
    assert "not a full hedge of the article's book by its system" in back
