"""The judge of nbval's outcomes counts every way in which a cell is not compared."""

from __future__ import annotations

import pytest

from tests.notebooks import good, strict
from tests.notebooks.style import code_of

PASSED = {f"Cell {n}": ["passed", ""] for n in range(len(code_of(good.load())))}


def codes(cells: dict[str, list[str]]) -> list[str]:
    return [line.split(":")[0] for line in strict.judge_one(good.PATH, cells)]


def test_a_passed_notebook_has_no_defect() -> None:
    assert codes(PASSED) == []


def test_nothing_collected_is_a_defect() -> None:
    # as when the flag --nbval is forgotten: pytest then sees no notebook at all
    assert codes({}) == ["not-collected"]


def test_a_cell_fewer_is_a_defect() -> None:
    assert codes({"Cell 0": ["passed", ""]}) == ["not-collected"]


@pytest.mark.parametrize("outcome", ["skipped", "excused (passed)", "excused (skipped)"])
def test_a_cell_not_compared_is_a_defect(outcome: str) -> None:
    # after a time-out nbval marks the later cells as expected to fail, and pytest ends with 0 or 1
    assert codes(PASSED | {"Cell 3": [outcome, ""]}) == ["not-compared"]


def test_no_notebook_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="no notebook to compare"):
        strict.defects([])
