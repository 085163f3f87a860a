"""Notebook 06: findings follow what it was given; every verdict of its claims is reached."""

from __future__ import annotations

import re
import subprocess
import sys

import nbformat
import pytest

from hedgelab import claims, project

NAME = "06_leverage_and_liquidation"
GENTLE = {"leverage": 5, "hedge_leverage": 3, "hours": 24, "weeks": 1, "n_paths": 200}
SAMPLE = "data/sample/btc-simulated-1h.csv.gz"
DARING = GENTLE | {"leverage": 14, "hedge_leverage": 20, "hours": 168, "history": SAMPLE}


def rendered(folder, settings):
    """Text of the findings, and of all cells, of a run with other parameters."""
    pairs = [word for key, value in settings.items() for word in ("-p", f"{key}={value}")]
    command = [sys.executable, "-m", "hedgelab", "render", NAME, *pairs, "--out", str(folder)]
    subprocess.run(command, check=True, cwd=project.ROOT, capture_output=True)
    cells = nbformat.read(folder / f"{NAME}.ipynb", as_version=4).cells
    texts = {
        c.id: [o.get("data", {}).get("text/plain", "") for o in c.get("outputs", ())] for c in cells
    }
    return "".join(texts["code-19"]), "\n".join(text for each in texts.values() for text in each)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return [rendered(tmp_path_factory.mktemp("run"), each) for each in (GENTLE, DARING)]


def number(pattern, text):
    return float(re.search(pattern, text)[1].replace(",", ""))


@pytest.mark.parametrize(
    "pattern",
    [
        r"four hours costs \$([\d,.]+) a week",
        r"left alone, ([\d.]+) %",
        r"of its own is liquidated in (\d+) %",
    ],
    ids=["a watched margin costs more", "more positions are lost", "more hedges are lost"],
)
def test_with_more_leverage(runs, pattern):
    gentle, daring = (number(pattern, findings) for findings, _ in runs)
    assert daring > gentle


def test_with_more_time_less_leverage_reaches_the_share(runs):
    gentle, daring = (number(r"is reached at ([\d.]+)x", findings) for findings, _ in runs)
    assert daring < gentle


def test_a_price_file_takes_the_place_of_odds_on_file(runs):
    gentle, daring = (whole for _, whole in runs)
    assert "eth-2020, real" in gentle
    assert "eth-2020, real" not in daring
    assert "20x, opened once, real" in daring


def test_claims_are_judged_at_the_articles_leverage_whatever_was_run(runs):
    assert not any("which is not the article's" in whole for _, whole in runs)


DAY = {"day": (0.01, 0.06), "hours": (56.0, 144.0)}
TIGHT = {"at": 10.0, "zone": (0.09, 0.1), "harder": (6.0, 7.0)}
TIGHT |= {"isolated": (0.1, 0.2), "cross": (0.03, 0.05), "band": (0.02, 0.04)}
SPIRAL = {"at": 10.0, "kept": (150.0, 170.0), "step": (2.0, 2.1), "aware": (1.5, 1.6)}
SPIRAL |= {"peak": 10.0, "risk": (0.5, 0.7)}
LEVERED = {"at": 10.0, "dearer": (5.0, 7.0), "harsh": (-0.1, -0.08), "gentle": (-0.08, -0.02)}
LEVERED |= {"lost": (0.04, 0.06)}


@pytest.mark.parametrize(
    ("claim", "numbers", "verdict"),
    [
        (2, {}, "context"),
        (3, DAY | {"leverages": (15.0, 22.0)}, "only if"),
        (3, DAY | {"leverages": (15.0, 22.0), "day": (0.11, 0.13)}, "supported"),
        (3, DAY | {"leverages": (9.0, 22.0), "day": (0.01, 0.11)}, "not identified"),
        (3, DAY | {"leverages": (126.0, 126.0)}, "contradicted"),
        (22, TIGHT, "supported"),
        (22, TIGHT | {"at": 5.0}, "not identified"),
        (22, TIGHT | {"band": (0.001, 0.006)}, "only if"),
        (22, TIGHT | {"cross": (0.0, 0.005)}, "only if"),
        (22, TIGHT | {"harder": (0.8, 0.9)}, "contradicted"),
        (22, TIGHT | {"isolated": (0.0, 0.005), "cross": (0.0, 0.005)}, "contradicted"),
        (22, TIGHT | {"band": (0.005, 0.02)}, "not identified"),
        (29, SPIRAL, "only if"),
        (29, SPIRAL | {"at": 5.0}, "not identified"),
        (29, SPIRAL | {"aware": (0.9, 1.1)}, "only if"),
        (29, SPIRAL | {"risk": (-0.1, 0.0)}, "contradicted"),
        (29, SPIRAL | {"step": (0.9, 1.1)}, "not identified"),
        (36, LEVERED, "supported"),
        (36, LEVERED | {"at": 5.0}, "not identified"),
        (36, LEVERED | {"gentle": (0.05, 0.1)}, "only if"),
        (36, LEVERED | {"harsh": (0.0, 0.1), "gentle": (0.05, 0.1)}, "contradicted"),
        (36, LEVERED | {"harsh": (-0.1, 0.1)}, "not identified"),
    ],
)
def test_every_verdict_can_be_reached(claim, numbers, verdict):
    assert claims.judge(claim, **numbers).verdict == verdict


def test_every_verdict_of_a_rule_is_among_those_reached():
    cases = test_every_verdict_can_be_reached.pytestmark[0].args[1]
    for number in {case[0] for case in cases}:
        rules = {rule.verdict for rule in claims.claim(number).rule}
        assert rules == {verdict for claim, _, verdict in cases if claim == number}
