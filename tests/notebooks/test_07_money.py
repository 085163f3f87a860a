"""Notebook 07: findings follow what it was given; every verdict of its claims is reached."""

from __future__ import annotations

import re
import subprocess
import sys

import nbformat
import pytest

from hedgelab import claims, project

NAME = "07_where_the_money_goes"
BUSY = {"n_paths": 200, "weeks": 2}
SAMPLE = "data/sample/btc-simulated-1h.csv.gz"
PATIENT = BUSY | {"hold_hours": 72, "venue": "hyperliquid", "history": SAMPLE}


def rendered(folder, settings):
    """Text of the findings, and of all cells, of a run with other parameters."""
    pairs = [word for key, value in settings.items() for word in ("-p", f"{key}={value}")]
    command = [sys.executable, "-m", "hedgelab", "render", NAME, *pairs, "--out", str(folder)]
    subprocess.run(command, check=True, cwd=project.ROOT, capture_output=True)
    cells = nbformat.read(folder / f"{NAME}.ipynb", as_version=4).cells
    texts = {}
    for cell in cells:
        shown = [output.get("data", {}) for output in cell.get("outputs", ())]
        texts[cell.id] = "\n".join(data.get("text/plain", "") for data in shown)
    return texts["code-23"], "\n".join(texts.values())


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return [rendered(tmp_path_factory.mktemp("run"), each) for each in (BUSY, PATIENT)]


def number(pattern, text):
    return float(re.search(pattern, text)[1].replace(",", ""))


def test_a_hedge_that_lives_longer_pays_less_fee(runs):
    busy, patient = (number(r"\$([\d,.]+) fee", findings) for findings, _ in runs)
    assert patient < 0.6 * busy


def test_costs_flip_earlier_at_a_thinner_venue(runs):
    binance, thinner = (number(r"orders above \$([\d,]+) in btc", findings) for findings, _ in runs)
    assert thinner < binance


def test_the_ledger_is_of_real_windows_when_a_file_is_given(runs):
    simulated, real = (whole for _, whole in runs)
    assert "200 simulated markets" in simulated
    assert "real windows" in real
    assert "the price file" in real


def test_a_system_of_another_clock_is_not_the_articles(runs):
    own, other = (whole for _, whole in runs)
    assert "claim 5: only if" in own
    assert "claim 5: not identified" in other


CLOCK = {"every": 4, "hold": 24, "capital": 1e5, "ratio": 1.0}
BLEEDS = CLOCK | {"bleed": (0.3, 0.4), "hidden": (0.07, 0.13), "spared": (0.25, 0.3)}
THIN = {"spread": (0.01, 0.08), "others": (0.7, 1.2), "at": "binance"}
WORTH = {"threshold": (2.25, 14.4), "middle": 4.56, "own": 2.7}
SPREAD = {"hold": 24, "touch": (0.0, 0.1), "size": (3e6, 1e7), "small": (1e5, 3e5)}
SPREAD |= {"drift": (-0.004, 0.008), "strays": (0.0, 0.01), "apart": (0.9, 0.95)}
NEVER = {"apart": (0.1, 0.2), "size": (2e9, 3e9), "small": (2e9, 3e9)}
LEFT_OUT = CLOCK | {"weeks": 6, "perfect": (0.96, 0.98), "gap": (0.04, 0.05), "still": (1e-3, 2e-3)}


@pytest.mark.parametrize(
    ("claim", "numbers", "verdict"),
    [
        (5, BLEEDS, "only if"),
        (5, BLEEDS | {"hold": 72}, "not identified"),
        (5, BLEEDS | {"hidden": (0.6, 0.8)}, "only if"),
        (5, BLEEDS | {"hidden": (0.6, 0.8), "spared": (-0.3, -0.1)}, "supported"),
        (5, BLEEDS | {"bleed": (0.0, 0.05)}, "contradicted"),
        (5, BLEEDS | {"bleed": (0.05, 0.2)}, "not identified"),
        (6, THIN, "only if"),
        (6, THIN | {"others": (0.1, 0.2)}, "supported"),
        (6, THIN | {"spread": (0.6, 0.9)}, "contradicted"),
        (6, THIN | {"spread": (0.1, 0.9)}, "not identified"),
        (20, WORTH, "only if"),
        (20, WORTH | {"threshold": (11.0, 30.0)}, "supported"),
        (20, WORTH | {"threshold": (0.1, 0.9)}, "contradicted"),
        (26, SPREAD, "only if"),
        (26, SPREAD | {"hold": 72}, "not identified"),
        (26, SPREAD | {"strays": (0.6, 0.9)}, "supported"),
        (26, SPREAD | {"touch": (0.6, 0.9)}, "supported"),
        (26, SPREAD | {"touch": (0.2, 0.9)}, "not identified"),
        (26, SPREAD | {"strays": (0.2, 0.9)}, "not identified"),
        (26, SPREAD | {"apart": (0.1, 0.2)}, "only if"),
        (26, SPREAD | NEVER, "contradicted"),
        (34, LEFT_OUT, "only if"),
        (34, LEFT_OUT | {"weeks": 2}, "not identified"),
        (34, LEFT_OUT | {"still": (0.02, 0.03)}, "supported"),
        (34, LEFT_OUT | {"gap": (1e-3, 2e-3)}, "contradicted"),
        (34, LEFT_OUT | {"still": (0.005, 0.02)}, "not identified"),
    ],
)
def test_every_verdict_can_be_reached(claim, numbers, verdict):
    assert claims.judge(claim, **numbers).verdict == verdict


def test_every_verdict_of_a_rule_is_among_those_reached():
    cases = test_every_verdict_can_be_reached.pytestmark[0].args[1]
    for number in {case[0] for case in cases}:
        rules = {rule.verdict for rule in claims.claim(number).rule}
        assert rules == {verdict for claim, _, verdict in cases if claim == number}
