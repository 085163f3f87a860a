"""Numbers that a notebook could give to each claim, by its rules in order, and the verdict due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.notebooks.rulings import (
    notebook_01,
    notebook_02,
    notebook_03,
    notebook_04,
    notebook_05,
    notebook_06,
    notebook_07,
    notebook_08,
    notebook_09,
    notebook_10,
)


class Case(NamedTuple):
    """A claim, the verdict expected of numbers, and a pattern of what its reason says."""

    number: int
    verdict: str
    numbers: Mapping[str, Any]
    says: str = ""


CASES = [
    Case(*case)
    for cases in (
        *(notebook_01.CASES, notebook_02.CASES, notebook_03.CASES, notebook_04.CASES),
        *(notebook_05.CASES, notebook_06.CASES, notebook_07.CASES, notebook_08.CASES),
        *(notebook_09.CASES, notebook_10.CASES),
    )
    for case in cases
]
