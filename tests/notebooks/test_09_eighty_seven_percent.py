"""Notebook 09 with other parameters, and every verdict that its rule can give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from hedgelab import claims, project
from hedgelab.report import batch, executed, mime, notebooks

NAME = "09_eighty_seven_percent"
FEW = {"n_paths": 100, "n_traders": 54}
ARTICLE = {"weeks": 6, "every": 4, "hold": 24, "low": 0.0, "high": 100.0, "ending": -1.0}
NUMBERS = {
    **{"mean_low": 48.0, "mean_high": 60.0, "cost_low": 4.0, "cost_high": 10.0},
    **{"reached_low": 41.0, "reached_high": 53.0, "free_low": 42.0, "free_high": 53.0},
    **{"without_low": 37.0, "without_high": 48.0, "only_low": 3.0, "only_high": 8.0, "bill": 2.7},
}


def headline(folder: Path, **values: Any) -> dict[str, Any]:
    """Render the notebook and return the share it leads with and what that is made of."""
    known = notebooks.discover(project.NOTEBOOKS)
    chosen = notebooks.select([NAME], known)
    assert batch.render(chosen, known, {NAME: FEW | values}, folder) == {NAME: None}
    nb = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    told = executed.last(nb, mime.HEADLINE)
    return dict(told["parts"]) | {"share": float(told["value"].removesuffix(" %"))}


def test_costs_put_fewer_behind_who_renew_less_often(tmp_path: Path) -> None:
    # the same traders in the same spells; five times the life is a fifth of the round trips
    often, seldom = (headline(tmp_path / str(h), venue="bybit", hold_hours=h) for h in (24, 120))
    assert seldom["costs alone"] < often["costs alone"]
    assert seldom["share"] < often["share"]
    # what the market does to a hedge is hardly a matter of how often it is renewed
    assert seldom["the market"] == pytest.approx(often["the market"], abs=5.0)


@pytest.mark.parametrize(
    ("verdict", "changed"),
    [
        ("not identified", {}),
        ("not identified", {"weeks": 13}),
        ("not identified", {"hold": 72, "reached_low": 0.0, "reached_high": 1.0}),
        ("not identified", {"only_low": 45.0, "only_high": 60.0}),
        ("contradicted", {"reached_low": 0.0, "reached_high": 4.0}),
        ("supported", {"mean_low": 88.0, "mean_high": 95.0}),
        ("not identified", {"mean_low": 88.0, "mean_high": 95.0, "free_high": 90.0}),
        ("not identified", {"mean_low": 88.0, "mean_high": 95.0, "cost_low": 0.0}),
        ("only if", {"only_low": 60.0, "only_high": 70.0, "without_high": 30.0}),
    ],
)
def test_the_rule_gives_each_of_its_verdicts(verdict: str, changed: dict[str, float]) -> None:
    assert claims.judge(16, **ARTICLE | NUMBERS | changed).verdict == verdict
