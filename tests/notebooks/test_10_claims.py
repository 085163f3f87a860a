"""Notebook 10 with other parameters, and among reports that are good, missing or failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from hedgelab import claims, project
from hedgelab.report import batch, executed, mime, notebooks

NAME = "10_claims"
OTHER = "01_six_weeks_hedged_or_not"


def tables(folder: Path, **values: Any) -> tuple[dict[str, list[float]], str]:
    """Render the notebook; return what was left out, by row, and all it said."""
    known = notebooks.discover(project.NOTEBOOKS)
    chosen = notebooks.select([NAME], known)
    given = {NAME: {"n_paths": 100} | values}
    assert batch.render(chosen, known, given, folder)[NAME] is None
    nb = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    plain = [output.data["text/plain"] for output in executed.outputs(nb) if "data" in output]
    left_out = next(text for text in plain if text.startswith("what is left out"))
    rows = [line.rsplit(maxsplit=6) for line in left_out.splitlines()[2:]]
    said = "\n".join([*plain, *executed.of_kind(nb, "text/markdown")])
    return {name.strip(): [float(number) for number in rest] for name, *rest in rows}, said


@pytest.fixture(scope="module")
def among_others(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[float]], str]:
    """A run in a folder where one other report stands, and judged one claim."""
    folder = tmp_path_factory.mktemp("out")
    told = claims.told(claims.Ruling(14, "only if", "Only on a Tuesday.", "1 %"))
    cells = [new_code_cell("x", outputs=[new_output("display_data", {mime.CLAIM: told})])]
    nbformat.write(new_notebook(cells=cells), folder / f"{OTHER}.ipynb")
    return tables(folder, venue="bybit", collateral_yield=0.02)


def test_in_a_batch_only_its_own_reports_speak(among_others: tuple[Any, str]) -> None:
    _, said = among_others
    assert "3 judged sentences" in said  # the other report's 14, and its own 1 and 4
    assert "33 not judged" in said
    assert f"[01]({OTHER}.ipynb#claim-14)" in said
    assert "Only on a Tuesday." in said


def test_alone_it_reads_the_committed_notebooks(
    tmp_path: Path, among_others: tuple[dict[str, list[float]], str]
) -> None:
    more, said = tables(tmp_path, venue="bybit", collateral_yield=0.04, hedge_ratio=0.5)
    assert "Only on a Tuesday." not in said
    assert f"[01]({OTHER}.ipynb#claim-10)" in said
    # twice the yield is forgone, whatever the hedge does
    less, _ = among_others
    row = "collateral: yield forgone"
    assert more[row][0] == pytest.approx(2.0 * less[row][0], rel=1e-3)
    # half a hedge on the same paths pays less friction, and receives or pays less funding
    for row in ("one-day hedge: friction", "one-day hedge: funding"):
        assert abs(more[row][0]) < abs(less[row][0])
