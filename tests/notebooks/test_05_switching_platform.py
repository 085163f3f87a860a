"""Notebook 05 with other parameters, and every verdict that its rules can give."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from hedgelab import claims, project
from hedgelab.report import batch, executed, notebooks

NAME = "05_switching_platform"
FEW = {"n_paths": 100, "weeks": 2}


def findings(folder: Path, **values: Any) -> str:
    """Render the notebook and return its findings."""
    known = notebooks.discover(project.NOTEBOOKS)
    chosen = notebooks.select([NAME], known)
    assert batch.render(chosen, known, {NAME: FEW | values}, folder) == {NAME: None}
    nb = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    return "".join(o.data["text/plain"] for o in executed.outputs(nb, "findings"))


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, text
    return float(found[1].replace(",", ""))


def test_there_and_back_is_nothing_and_a_longer_life_makes_venues_alike(tmp_path: Path) -> None:
    there = findings(tmp_path / "there", home="bybit", away="binance")
    # the same funding rule and the same tiers, so the same signals; five times the life
    back = findings(tmp_path / "back", home="binance", away="bybit", hold_hours=120)
    gain = number(r"ends \$([\d.,]+) ahead", there)
    loss = number(r"ends \$([\d.,]+) behind", back)
    # two weeks hold 14 hedges of a day and 3 of five days, the last one cut short
    assert 4.0 < gain / loss < 5.5
    furthest = r"\*\*\$[\d.,]+ to \$([\d.,]+) a month"
    assert 4.0 < number(furthest, there) / number(furthest, back) < 5.5
    assert "not a full hedge of the article's book by its system" in back


ASKED = {"every": 4, "hold": 24, "ratio": 1.0, "pair": "two", "best": (0.6, 0.7)}
ASKED |= {"capital": 1e5}
MIDDLE = ASKED | {"middle": (0.3, 0.4)}
SWITCH = ASKED | {"larger": (0.8, 0.9), "usual": 0.9, "market": "one", "needed": (1.9, 2.1)}
SWITCH |= {"most": 1e6, "coin": (0.9, 1.0), "other": "a coin"}
CASES = [
    (31, MIDDLE | {"hold": 72}, "not identified"),
    (31, MIDDLE | {"capital": 1e6}, "not identified"),
    (31, MIDDLE | {"middle": (0.5, 0.6)}, "supported"),
    (31, MIDDLE, "only if"),
    (31, MIDDLE | {"best": (0.02, 0.04)}, "contradicted"),
    (31, MIDDLE | {"best": (0.02, 0.05)}, "not identified"),
    (32, SWITCH | {"ratio": 0.5}, "not identified"),
    (32, SWITCH | {"best": (1.2, 1.3)}, "supported"),
    (32, SWITCH | {"capital": 5e3}, "not identified"),
    (32, SWITCH | {"usual": 1.25, "coin": (0.9, 1.5)}, "only if"),
    (32, SWITCH | {"coin": (0.9, 1.3)}, "not identified"),
    (32, SWITCH, "contradicted"),
    (32, SWITCH | {"best": (1.1, 1.3)}, "not identified"),
]


@pytest.mark.parametrize(("claim", "numbers", "verdict"), CASES)
def test_every_verdict_can_be_reached(claim: int, numbers: Any, verdict: str) -> None:
    assert claims.judge(claim, **numbers).verdict == verdict


def test_no_verdict_is_left_out() -> None:
    for claim in (31, 32):
        rules = {rule.verdict for rule in claims.claim(claim).rule}
        assert rules == {verdict for case, _, verdict in CASES if case == claim}
