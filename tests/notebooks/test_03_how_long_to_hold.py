"""Notebook 03 with other parameters, and every verdict that its rules can give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from hedgelab import claims, project
from hedgelab.report import batch, executed, mime, notebooks

NAME = "03_how_long_to_hold"
ARTICLE = {"weeks": 6, "cut": 0.0}
PACKED = {
    **{"low": 2.9, "high": 3.1, "trade_low": 0.05, "trade_high": 0.06},
    **{"week_low": 0.6, "week_high": 0.9},
    **{"funding_low": 0.0, "funding_high": 0.2, "funding_ratio": 1.0},
}
SPOT = {"settings": 24, "inside": 2, "edge": 21, "low": 72.0, "high": 168.0, "where": "5x"}
WORK = {
    **{"low": -27.0, "high": -0.2, "leverage": 10.0, "friction_low": 0.2, "friction_high": 0.34},
    **{"reopened_low": -1.1, "reopened_high": -0.2, "closed_low": -27.0, "closed_high": -12.0},
}
FILLS = {
    **{"low": 160.0, "high": 240.0, "loss_one": 200.0, "loss_five": 200.1},
    **{"rate_low": 4.5, "rate_high": 4.9},
}


def told(folder: Path, **values: Any) -> tuple[dict[str, float], dict[int, str]]:
    """Render the notebook; return what its headline is made of, and its verdicts."""
    known = notebooks.discover(project.NOTEBOOKS)
    chosen = notebooks.select([NAME], known)
    assert batch.render(chosen, known, {NAME: {"n_paths": 100} | values}, folder) == {NAME: None}
    nb = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    parts = dict(executed.last(nb, mime.HEADLINE)["parts"])
    return parts, {each["number"]: each["verdict"] for each in executed.claims(nb, NAME)}


def test_more_leverage_is_liquidated_more_and_pays_the_same_friction(tmp_path: Path) -> None:
    mild, verdicts = told(tmp_path / "mild", venue="bybit", seed=1)
    steep, others = told(tmp_path / "steep", venue="bybit", seed=1, hedge_leverage=20.0)
    assert steep["liquidation"] > mild["liquidation"] > 0.0
    # a reopened hedge begins its life again, so that some renewals fall away
    assert steep["friction"] == pytest.approx(mild["friction"], rel=0.05)
    assert set(verdicts) == {11, 12, 18, 33}
    assert others[18] == "not identified"  # twenty times is not the article's leverage
    assert others[11] == verdicts[11]  # these hedges are never liquidated


@pytest.mark.parametrize(
    ("number", "verdict", "numbers"),
    [
        (11, "not identified", PACKED | {"cut": 0.01}),
        (11, "not identified", PACKED | {"low": 1.9}),
        (11, "supported", PACKED),
        (11, "only if", PACKED | {"week_low": 0.1}),
        (11, "contradicted", PACKED | {"low": 1.0, "high": 1.9}),
        (12, "not identified", SPOT | {"weeks": 2}),
        (12, "not identified", SPOT | {"inside": 0}),
        (12, "supported", SPOT | {"inside": 24, "edge": 0}),
        (12, "only if", SPOT),
        (12, "only if", SPOT | {"inside": 23, "edge": 0}),  # in one, one day may be the best
        (12, "contradicted", SPOT | {"inside": 0, "edge": 24}),
        (18, "not identified", WORK | {"leverage": 20.0}),
        (18, "not identified", WORK | {"high": 1.5}),
        (18, "supported", WORK | {"low": 1.2, "high": 4.0}),
        (18, "only if", WORK),
        (18, "only if", WORK | {"high": -1.5}),  # costs that halve are spread, whatever else
        (18, "contradicted", WORK | {"friction_low": 0.6, "friction_high": 0.7}),
        (33, "not identified", FILLS | {"weeks": 2}),
        (33, "supported", FILLS | {"loss_five": 100.0}),
        (33, "only if", FILLS),
        (33, "contradicted", FILLS | {"rate_low": 1.5}),
    ],
)
def test_the_rules_give_each_of_their_verdicts(
    number: int, verdict: str, numbers: dict[str, float]
) -> None:
    assert claims.judge(number, **ARTICLE | numbers).verdict == verdict
