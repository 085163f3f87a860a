"""Notebook 04 with other parameters."""

from __future__ import annotations

from pathlib import Path

from tests.notebooks.rerun import SAMPLE, number, rerun

NAME = "04_threshold_or_schedule"
FEW = {"n_paths": 200, "weeks": 2}
THRESHOLD = r"median book pays \$([\d.]+)"  # friction [$ a week]
CLOCK = r"one-day clock \$([\d.]+)"  # [$ a week]
TIME = r"Hedged ([\d.]+) \("  # [%]


def test_a_dearer_venue_and_a_higher_level_show_on_the_same_paths(tmp_path: Path) -> None:
    usual = rerun(NAME, tmp_path / "usual", **FEW).findings
    levels = {"switch_on": 0.9, "switch_off": 0.7}
    changed = FEW | levels | {"venue": "bybit", "history": SAMPLE}
    other = rerun(NAME, tmp_path / "other", **changed).findings
    # bybit takes 5.5 bp for binance's 5; the clock trades the same on both
    assert 1.09 < number(CLOCK, other) / number(CLOCK, usual) < 1.3
    assert number(TIME, other) < number(TIME, usual)
    assert number(THRESHOLD, other) < number(THRESHOLD, usual)
    assert "on real prices" in other
    assert "on real prices" not in usual
