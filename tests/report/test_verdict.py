"""A notebook's own evidence decides: papermill calls all of these completed."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from hedgelab import claims
from hedgelab.errors import NotebookFailed, ParameterError
from hedgelab.report import checks, mime, verdict

CLAIM = {
    **{"number": 14, "claim": "8.3 % against 2.1 %", "article": "6.2 points", "found": "4"},
    **{"verdict": "supported", "reason": "It is."},
}


def executed() -> Any:
    printed = new_output("stream", name="stdout", text="check adds-up: passed (residual 0)\n")
    sentinel = {mime.SENTINEL: {"complete": True, "checks": ["adds-up"]}}
    cells = [
        new_code_cell("report.check(...)", execution_count=1, outputs=[printed]),
        new_code_cell(
            "report.stamp()", execution_count=2, outputs=[new_output("display_data", sentinel)]
        ),
    ]
    return nbformat.from_dict(new_notebook(cells=cells))


def claimed(nb: Any, **changes: Any) -> None:
    nb.cells[0].outputs.append(new_output("display_data", {mime.CLAIM: CLAIM | changes}))


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims 14 and 15 are those of notebook 01, and 16 is another's."""
    listed = {14: "01", 15: "01", 16: "02"}
    entries = {number: SimpleNamespace(notebook=name) for number, name in listed.items()}
    monkeypatch.setattr(claims, "load", lambda: entries)


@pytest.mark.usefixtures("own")
def test_a_complete_run_passes() -> None:
    nb = executed()
    claimed(nb, number=15)
    claimed(nb)
    verdict.judge(nb, "01")


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([14], "14, and its own are 14, 15"),
        ([], "none, and its own are 14, 15"),
        ([14, 15, 15], "14, 15, 15, and"),
        ([14, 15, 16], "14, 15, 16, and"),
    ],
)
def test_a_notebook_judges_each_of_its_claims_once_and_no_other_s(
    numbers: list[int], told: str
) -> None:
    nb = executed()
    for number in numbers:
        claimed(nb, number=number)
    with pytest.raises(NotebookFailed, match=f"it judged claims {told}") as caught:
        verdict.judge(nb, "01")
    assert "\n" not in str(caught.value)


def test_a_notebook_without_claims_of_its_own_judges_none() -> None:
    verdict.judge(executed(), "01_mine")
    nb = executed()
    claimed(nb)
    with pytest.raises(NotebookFailed, match="its own are none"):
        verdict.judge(nb, "01_mine")


def stripped(nb: Any) -> None:
    nb.cells[0].execution_count = None


def failing(nb: Any) -> None:
    nb.cells[0].outputs.append(new_output("error", ename="SystemExit", evalue="0", traceback=[]))


def unstamped(nb: Any) -> None:
    nb.cells[1].outputs = []


def said_incomplete(nb: Any) -> None:
    nb.cells[1].outputs[0].data[mime.SENTINEL]["complete"] = False


def stamped_early(nb: Any) -> None:
    nb.cells.append(new_code_cell("x", execution_count=3))


def check_lost(nb: Any) -> None:
    nb.cells[0].outputs = []


def check_twice(nb: Any) -> None:
    nb.cells[0].outputs *= 2


def no_check(nb: Any) -> None:
    nb.cells[0].outputs = []
    nb.cells[1].outputs[0].data[mime.SENTINEL]["checks"] = []


@pytest.mark.parametrize(
    "spoil",
    [
        stripped,
        failing,
        unstamped,
        said_incomplete,
        stamped_early,
        check_lost,
        check_twice,
        no_check,
    ],
)
def test_a_spoilt_run_fails(spoil: Callable[[Any], None]) -> None:
    nb = executed()
    spoil(nb)
    with pytest.raises(NotebookFailed):
        verdict.judge(nb, "01")


@pytest.mark.parametrize("change", [{"verdict": ""}, {"verdict": "plausible"}])
def test_a_claim_without_a_known_verdict_fails(change: dict[str, Any]) -> None:
    nb = executed()
    claimed(nb, **change)
    with pytest.raises(NotebookFailed, match="claim"):
        verdict.judge(nb, "01")


def test_a_false_check_raises_and_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_passed", {})
    with pytest.raises(NotebookFailed, match=r"adds-up: failed \(residual 3\)"):
        checks.check("adds-up", 1 > 2, "residual 3")
    assert not checks._passed


@pytest.mark.parametrize("condition", [float("nan"), 1, None, "no"])
def test_a_check_wants_true_or_false(condition: Any) -> None:
    with pytest.raises(ParameterError):
        checks.check("adds-up", condition)


@pytest.mark.parametrize("identifier", ["Adds Up", "a: passed", "", "a--b"])
def test_a_check_identifier_is_words_with_hyphens(identifier: str) -> None:
    with pytest.raises(ParameterError):
        checks.check(identifier, True)


@pytest.mark.parametrize(
    ("kind", "code"), [("DataError", 65), ("ParameterError", 2), ("ZeroDivisionError", 1)]
)
def test_an_error_of_ours_in_a_cell_keeps_its_exit_code(kind: str, code: int) -> None:
    found = verdict.failure(kind, "price is 0, p.csv:3:2;\n use prices above 0", "01, cell 4")
    assert found.exit_code == code
    assert str(found).endswith("price is 0, p.csv:3:2; use prices above 0, 01, cell 4")
    assert ("ZeroDivisionError: " in str(found)) == (code == 1)
