"""The scoreboard: who judged what, where it was read, and who runs last."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from hedgelab import claims, project
from hedgelab.report import index, mime, scoreboard
from hedgelab.report.notebooks import Notebook
from tests.report.conftest import Folder

NAME = "01_six_weeks_hedged_or_not"  # a name the claims know
ASKS = (
    "from hedgelab import claims, report\nboard = report.collected()\n"
    "print(board.source, [(c['number'], c['verdict']) for c in board.claims])"
)
JUDGES = (
    "from hedgelab import claims\n"
    "for number in (10, 14, 15):\n    claims.emit(claims.Ruling(number, 'only if', 'So.', '1'))"
)


def emitted(number: int, verdict: str = "supported", **changes: Any) -> dict[str, Any]:
    words = {"claim": f"c{number}", "article": "6.2", "found": "4", "reason": "r", "unit": "%"}
    return words | {"number": number, "verdict": verdict, "notebook": "01"} | changes


def executed(*found: dict[str, Any]) -> Any:
    outputs = [new_output("display_data", {mime.CLAIM: claim}) for claim in found]
    return new_notebook(cells=[new_code_cell("x", outputs=outputs)])


@pytest.fixture
def two_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three claims in all: 1 and 2 are of 01_a, 3 of 02_b; a folder holds the committed ones."""
    entries = {
        n: SimpleNamespace(number=n, notebook=name, **dict.fromkeys(("claim", "article"), "c"))
        for n, name in {1: "01_a", 2: "01_a", 3: "02_b"}.items()
    }
    for entry in entries.values():
        vars(entry).update(unit="1", kind="shape", figure=None)
    monkeypatch.setattr(claims, "load", lambda: entries)
    monkeypatch.setattr(claims, "TOTAL", 3)
    monkeypatch.setattr(project, "NOTEBOOKS", tmp_path / "committed")
    for folder in ("committed", "batch"):
        (tmp_path / folder).mkdir()
    nbformat.write(executed(emitted(1), emitted(2)), tmp_path / "committed" / "01_a.ipynb")
    return tmp_path


def test_claims_are_counted_and_those_nobody_judged_are_named() -> None:
    board = scoreboard.of([emitted(3), emitted(1, "only if"), emitted(2)])
    assert [claim["number"] for claim in board.claims] == [1, 2, 3]
    assert board.counts == {
        **{"supported": 2, "only if": 1, "not identified": 0, "contradicted": 0},
        **{"arithmetic error": 0, "context": 0},
    }
    assert board.unjudged == list(range(4, 37))


def test_outside_a_batch_the_committed_notebooks_speak(
    two_notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(scoreboard.VARIABLE, raising=False)
    own = claims.Ruling(3, "context", "So.", "1")
    board = scoreboard.collected(own)
    assert board.source == "the committed outputs"
    assert [(c["number"], c["verdict"]) for c in board.claims] == [
        *((1, "supported"), (2, "supported"), (3, "context"))
    ]
    # the asking notebook's own file is not read, whatever it holds
    nbformat.write(executed(emitted(3)), two_notebooks / "committed" / "02_b.ipynb")
    assert scoreboard.collected(own) == board


def test_in_a_batch_its_folder_speaks_and_who_failed_says_nothing(
    two_notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scoreboard.VARIABLE, str(two_notebooks / "batch"))
    assert scoreboard.collected().source == "the committed outputs"  # alone in its batch
    nbformat.write(executed(emitted(3, "only if")), two_notebooks / "batch" / "02_b.ipynb")
    board = scoreboard.collected()
    assert board.source == "this batch"
    assert [(c["number"], c["verdict"]) for c in board.claims] == [(3, "only if")]
    assert board.unjudged == [1, 2]


def test_without_any_executed_notebook_nothing_is_judged(
    two_notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "NOTEBOOKS", two_notebooks / "nowhere")
    monkeypatch.delenv(scoreboard.VARIABLE, raising=False)
    assert scoreboard.collected() == ([], [1, 2, 3], "no other notebook")


def test_a_whole_batch_that_left_a_claim_out_is_named(two_notebooks: Path) -> None:
    out, place = two_notebooks / "batch", two_notebooks / "batch" / "place"
    place.mkdir()
    known = [Notebook(two_notebooks / f"{name}.ipynb") for name in ("01_a", "02_b")]

    def stand(name: str, *found: dict[str, Any]) -> None:
        nbformat.write(executed(*found), out / f"{name}.ipynb")
        (out / f"{name}.html").write_text("")

    stand("01_a", emitted(1), emitted(2))
    assert index.write(known, out, place) == []  # not whole yet
    stand("02_b")
    assert index.write(known, out, place) == [3]
    assert json.loads((out / "claims.json").read_text())["unjudged"] == [3]
    assert "Not judged here: 3." in (out / "index.html").read_text()
    stand("02_b", emitted(3))
    assert index.write(known, out, place) == []


def test_a_notebook_that_collects_runs_after_the_others_and_reads_them(folder: Folder) -> None:
    folder.add("00_asks", ASKS)
    folder.add(NAME, "import time\ntime.sleep(3)", JUDGES)  # long enough to be overtaken
    folder.run("render", "--jobs", "2")
    text = (folder.out / "00_asks.html").read_text()
    assert "this batch [(10, 'only if'), (14, 'only if'), (15, 'only if')]" in text.replace(
        "&#39;", "'"
    )


def test_it_also_runs_where_the_others_failed(folder: Folder) -> None:
    folder.add("00_asks", ASKS)
    folder.add(NAME, JUDGES, "1 / 0")
    code, said = folder.run("render")
    assert code == 1
    assert "00_asks                     good" in said
    assert "the committed outputs [" in (folder.out / "00_asks.html").read_text()


@pytest.mark.parametrize(
    ("marks", "scale"),
    [
        # of 20: from 4 to 96 on a line of 100
        ({"low": 10, "high": 20, "figure": 0.0}, {"low": 50.0, "width": 46.0, "figure": 4.0}),
        ({"low": 0.0, "high": 0.0, "figure": 12.0}, {"low": 4.0, "width": 2.0, "figure": 96.0}),
        ({"low": None, "high": None, "figure": 1.0}, {}),
        ({"low": 1.0, "high": 2.0}, {}),
        ({"low": 3.0, "high": 3.0, "figure": 3.0}, {}),
    ],
)
def test_a_range_and_a_figure_stand_on_one_line(
    marks: dict[str, Any], scale: dict[str, float]
) -> None:
    assert index._scale(marks) == scale
