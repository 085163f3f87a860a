"""Notebook 08 with other parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.rerun import rerun

NAME = "08_simpler_than_ai"
FEW = {"n_paths": 200, "lookback_hours": 24}


def test_a_system_that_renews_less_often_pays_less_for_the_same_risk(tmp_path: Path) -> None:
    # the same markets; five times the life is a fifth of the round trips, which are most of it
    often, seldom = (
        rerun(NAME, tmp_path / str(hours), **FEW, hold_hours=hours).parts for hours in (24, 120)
    )
    assert seldom["system"] < 0.6 * often["system"]
    # what holding less costs follows the risk removed, which is the target's
    assert seldom["holding less"] == pytest.approx(often["holding less"], rel=0.3)
