"""Every verdict that the rule of a claim can give, and the numbers that give it."""

from __future__ import annotations

import re

import pytest

from hedgelab import claims
from tests.notebooks.rulings import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"claim {case.number}: {case.verdict}")
def test_numbers_get_their_verdict_and_a_reason(case: Case) -> None:
    ruling = claims.judge(case.number, **case.numbers)
    assert ruling.verdict == case.verdict
    assert re.fullmatch(r"[^a-z].*\.", ruling.reason)  # a sentence, in one line
    assert re.search(case.says, ruling.reason)
    # a run that is not the article's tells nothing of it
    assert "not the article's" not in ruling.reason or ruling.verdict == "not identified"


@pytest.mark.parametrize("number", claims.load(), ids=lambda number: f"claim {number}")
def test_every_verdict_of_a_claim_is_reached(number: int) -> None:
    rules = {rule.verdict for rule in claims.claim(number).rule}
    assert rules == {case.verdict for case in CASES if case.number == number}
