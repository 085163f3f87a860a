"""Notebook 09 with other parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.rerun import number, rerun

NAME = "09_eighty_seven_percent"
FEW = {"n_paths": 100, "n_traders": 54, "venue": "bybit"}


def test_costs_put_fewer_behind_who_renew_less_often(tmp_path: Path) -> None:
    # the same traders in the same spells; five times the life is a fifth of the round trips
    often, seldom = (
        rerun(NAME, tmp_path / str(hours), **FEW, hold_hours=hours) for hours in (24, 120)
    )
    assert seldom.parts["costs alone"] < often.parts["costs alone"]
    share = r"^([\d.]+) %$"
    assert number(share, seldom.headline) < number(share, often.headline)
    # what the market does to a hedge is hardly a matter of how often it is renewed
    assert seldom.parts["the market"] == pytest.approx(often.parts["the market"], abs=5.0)
