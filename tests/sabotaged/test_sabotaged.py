"""The gate's own test: it accepts the good notebook and rejects each spoilt one for its defect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks import good, strict, style
from tests.sabotaged import make

FILES = sorted(make.FOLDER.glob("*.ipynb"))
RUN = {"outputs-differ", "cell-failed"}  # what only a run can find


def style_codes(path: Path) -> set[str]:
    return {line.split(":")[0] for line in style.defects(style.read(path), good.NAME)}


@pytest.fixture(scope="module")
def strict_codes() -> dict[Path, set[str]]:
    """Run, in one process, the good notebook and those in which only a run finds the defect."""
    paths = [path for path in FILES if make.EXPECTED.get(path.stem) in RUN]
    found = strict.defects([good.PATH, *paths])
    return {path: {line.split(":")[0] for line in lines} for path, lines in found.items()}


def test_the_good_notebook_passes_both_gates(strict_codes: dict[Path, set[str]]) -> None:
    assert style.defects(style.read(good.PATH), good.NAME) == []
    assert strict_codes[good.PATH] == set()


def test_the_good_notebook_is_the_one_its_script_builds() -> None:
    built, stored = good.build(), style.read(good.PATH)
    assert [(c.source, c.metadata) for c in built.cells] == [
        (c.source, c.metadata) for c in stored.cells
    ]


def test_every_sabotaged_notebook_is_what_its_script_makes() -> None:
    assert {path.stem for path in FILES} == set(make.SPOILERS)
    stale = [p.name for p in FILES if p.read_text(encoding="utf-8") != make.spoilt(p.stem)]
    assert stale == [], "run `python -m tests.sabotaged.make`"


def test_there_are_at_least_fifteen() -> None:
    assert len(FILES) >= 15


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_rejected_for_its_own_defect(
    path: Path, strict_codes: dict[Path, set[str]]
) -> None:
    expected = make.EXPECTED[path.stem]
    if expected in RUN:
        # the style has nothing to say: without the run this notebook would be accepted
        assert style_codes(path) == set()
        assert strict_codes[path] == {expected}
    else:
        assert style_codes(path) == {expected}
