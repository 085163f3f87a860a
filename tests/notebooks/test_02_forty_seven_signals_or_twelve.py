"""Notebook 02 with other parameters, and every verdict that its rules can give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from hedgelab import claims, project
from hedgelab.report import batch, executed, mime, notebooks

NAME = "02_forty_seven_signals_or_twelve"
ARTICLE = {"every": 4, "hold": 24, "weeks": 6, "cut": 0.0}
COUNTS = {"low": 1.0, "high": 6.0}
DUE = {"due_low": 3.8, "due_high": 5.5}
LIVES = {"life": 24.0, "at_once": 5.9, "moves": 5.0}
SHARES = {
    **{"low": 16.0, "high": 41.0, "still_low": 0.0, "still_high": 0.0, "hold_low": 24.0},
    **{"hold_high": 54.0, "netted_low": 46.0, "netted_high": 58.0},
    **{"fixed_low": 66.0, "fixed_high": 67.0, "seldom": 24},
}
LONGER = {"low": 14.0, "high": 15.7, "long_hold": 72, "longer_low": 66.0, "longer_high": 67.0}


def told(folder: Path, **values: Any) -> tuple[dict[str, float], dict[int, str]]:
    """Render the notebook; return what its headline is made of, and its verdicts."""
    known = notebooks.discover(project.NOTEBOOKS)
    chosen = notebooks.select([NAME], known)
    assert batch.render(chosen, known, {NAME: {"n_paths": 100} | values}, folder) == {NAME: None}
    nb = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    parts = dict(executed.last(nb, mime.HEADLINE)["parts"])
    return parts, {each["number"]: each["verdict"] for each in executed.claims(nb, NAME)}


def test_hedges_that_live_twice_as_long_are_renewed_half_as_often(tmp_path: Path) -> None:
    brief, verdicts = told(tmp_path / "brief", venue="bybit")
    longer, others = told(tmp_path / "longer", venue="bybit", hold_hours=48)
    assert longer["once"] == brief["once"]  # netted, a life does not matter
    # 41 renewals in six weeks against 20
    assert brief["renewals"] / longer["renewals"] == pytest.approx(41 / 20, rel=0.05)
    assert set(verdicts) == {7, 9, 13, 17, 25}
    assert set(others.values()) == {"not identified"}  # two days are not the article's


@pytest.mark.parametrize(
    ("number", "verdict", "numbers"),
    [
        (7, "not identified", COUNTS | DUE | {"hold": 48}),
        (7, "only if", COUNTS | DUE),
        (7, "contradicted", COUNTS | DUE | {"high": 1.0}),
        (9, "not identified", {"low": 42.0, "high": 49.0, "weeks": 1}),
        (9, "supported", {"low": 47.4, "high": 54.0}),
        (9, "only if", {"low": 42.0, "high": 49.0}),
        (9, "contradicted", {"low": 28.0, "high": 35.0}),
        (13, "not identified", COUNTS | LIVES | {"cut": 0.01}),
        (13, "only if", COUNTS | LIVES),
        (13, "contradicted", COUNTS | LIVES | {"life": 4.0}),
        (17, "not identified", SHARES | {"every": 1}),
        (17, "not identified", SHARES | {"low": 9.0}),
        (17, "not identified", SHARES | {"hold_low": 9.0}),
        (17, "not identified", SHARES | {"seldom": 72}),  # longer than a life
        (17, "only if", SHARES),
        (17, "contradicted", SHARES | {"low": 0.0, "high": 9.0}),
        (17, "contradicted", SHARES | {"hold_low": 0.0, "hold_high": 9.0, "fixed_high": 9.0}),
        (25, "not identified", LONGER | {"long_hold": 48}),
        (25, "not identified", LONGER | {"longer_low": 40.0}),
        (25, "contradicted", LONGER | {"longer_low": 10.0, "longer_high": 40.0}),
        (25, "supported", LONGER),
        (25, "only if", LONGER | {"low": 9.0, "high": 11.0}),
    ],
)
def test_the_rules_give_each_of_their_verdicts(
    number: int, verdict: str, numbers: dict[str, float]
) -> None:
    assert claims.judge(number, **ARTICLE | numbers).verdict == verdict
