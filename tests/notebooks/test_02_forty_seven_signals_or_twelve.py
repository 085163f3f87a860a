"""Notebook 02 with other parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.rerun import rerun

NAME = "02_forty_seven_signals_or_twelve"
FEW = {"n_paths": 100, "venue": "bybit"}


def test_hedges_that_live_twice_as_long_are_renewed_half_as_often(tmp_path: Path) -> None:
    brief = rerun(NAME, tmp_path / "brief", **FEW)
    longer = rerun(NAME, tmp_path / "longer", **FEW, hold_hours=48)
    assert longer.parts["once"] == brief.parts["once"]  # netted, a life does not matter
    # 41 renewals in six weeks against 20
    assert brief.parts["renewals"] / longer.parts["renewals"] == pytest.approx(41 / 20, rel=0.05)
    assert set(brief.verdicts) == {7, 9, 13, 17, 25}
    # two days are not the article's
    assert set(longer.verdicts.values()) == {"not identified"}
