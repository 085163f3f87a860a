"""Notebook 03 with other parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.rerun import rerun

NAME = "03_how_long_to_hold"
FEW = {"n_paths": 100, "venue": "bybit", "seed": 1}


def test_more_leverage_is_liquidated_more_and_pays_the_same_friction(tmp_path: Path) -> None:
    mild = rerun(NAME, tmp_path / "mild", **FEW)
    steep = rerun(NAME, tmp_path / "steep", **FEW, hedge_leverage=20.0)
    assert steep.parts["liquidation"] > mild.parts["liquidation"] > 0.0
    # a reopened hedge begins its life again, so that some renewals fall away
    assert steep.parts["friction"] == pytest.approx(mild.parts["friction"], rel=0.05)
    assert set(mild.verdicts) == {11, 12, 18, 33}
    assert steep.verdicts[18] == "not identified"  # twenty times is not the article's leverage
    assert steep.verdicts[11] == mild.verdicts[11]  # these hedges are never liquidated
