"""Every committed notebook keeps the house style, and says today what it said when committed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from hedgelab.project import NOTEBOOKS
from tests.notebooks import good, strict, style

COMMITTED = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def outcomes() -> dict[Path, list[str]]:
    return strict.defects(COMMITTED)


def test_notebooks_and_manifest_name_the_same() -> None:
    # a notebook deleted together with its tests leaves its name in the manifest
    listed = set(tomllib.loads(style.MANIFEST.read_text(encoding="utf-8"))) - {good.NAME}
    assert COMMITTED
    assert {path.stem for path in COMMITTED} == listed


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_notebook_keeps_the_house_style(path: Path) -> None:
    assert style.defects(style.read(path), path.stem) == []


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_said(path: Path, outcomes: dict[Path, list[str]]) -> None:
    assert outcomes[path.resolve()] == []
