"""Notebook 10 with other parameters, and among reports that are good, missing or failed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from hedgelab import claims
from hedgelab.report import mime
from tests.notebooks.rerun import Rerun, rerun

NAME = "10_claims"
OTHER = "01_six_weeks_hedged_or_not"
FEW = {"n_paths": 100, "venue": "bybit"}


def left_out(run: Rerun) -> dict[str, list[float]]:
    """Return the rows of the table of what is left out."""
    table = next(text for text in run.texts if text.startswith("what is left out"))
    rows = [line.rsplit(maxsplit=6) for line in table.splitlines()[2:]]
    return {name.strip(): [float(each) for each in rest] for name, *rest in rows}


@pytest.fixture(scope="module")
def among_others(tmp_path_factory: pytest.TempPathFactory) -> Rerun:
    """A run in a folder where one other report stands, and judged one claim."""
    folder = tmp_path_factory.mktemp("out")
    told = claims.told(claims.Ruling(14, "only if", "Only on a Tuesday.", "1 %"))
    cells = [new_code_cell("x", outputs=[new_output("display_data", {mime.CLAIM: told})])]
    nbformat.write(new_notebook(cells=cells), folder / f"{OTHER}.ipynb")
    return rerun(NAME, folder, **FEW, collateral_yield=0.02)


def test_in_a_batch_only_its_own_reports_speak(among_others: Rerun) -> None:
    said = among_others.said
    assert "3 judged sentences" in said  # the other report's 14, and its own 1 and 4
    assert "33 not judged" in said
    assert f"[01]({OTHER}.ipynb#claim-14)" in said
    assert "Only on a Tuesday." in said


def test_alone_it_reads_the_committed_notebooks(tmp_path: Path, among_others: Rerun) -> None:
    alone = rerun(NAME, tmp_path, **FEW, collateral_yield=0.04, hedge_ratio=0.5)
    assert "Only on a Tuesday." not in alone.said
    assert f"[01]({OTHER}.ipynb#claim-10)" in alone.said
    # twice the yield is forgone, whatever the hedge does
    more, less = left_out(alone), left_out(among_others)
    row = "collateral: yield forgone"
    assert more[row][0] == pytest.approx(2.0 * less[row][0], rel=1e-3)
    # half a hedge on the same paths pays less friction, and receives or pays less funding
    for row in ("one-day hedge: friction", "one-day hedge: funding"):
        assert abs(more[row][0]) < abs(less[row][0])
