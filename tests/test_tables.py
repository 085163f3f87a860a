"""Tables and money: rounded, complete, and never a missing value."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgelab import tables
from hedgelab.errors import ParameterError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (99_999.6, "100,000"),
        (123_456.0, "123,500"),
        (1e-12, "0.000000000001"),
        (-2.5, "-2.5"),
        (math.inf, "unbounded"),
    ],
)
def test_a_number_is_written_to_four_digits_without_exponent(value, text):
    assert tables.number(value) == text


@given(st.floats(-1e12, 1e12))
def test_a_written_number_reads_back_within_its_rounding(value):
    back = float(tables.number(value).replace(",", ""))
    assert math.isclose(back, value, rel_tol=6e-4, abs_tol=1e-300)


def test_a_last_bit_does_not_change_a_table():
    # compiled code may differ in the last bit between processors; the guard must not
    exact = pd.DataFrame({"cost": [1234.5678, 0.1 + 0.2]})
    nudged = pd.DataFrame({"cost": [math.nextafter(1234.5678, 0.0), 0.3]})
    assert tables.table(exact, "costs") == tables.table(nudged, "costs")


def test_money_puts_the_sign_before_the_currency():
    assert tables.money(-6_204.0) == "-$6,200"
    assert tables.money(-0.0) == "$0"


def test_percent_writes_no_negative_zero():
    assert tables.percent(-0.0001) == "0.0 %"


@pytest.mark.parametrize("missing", [math.nan, None])
def test_a_missing_value_is_refused(missing):
    with pytest.raises(ParameterError, match="missing value"):
        tables.rounded(pd.DataFrame({"cost": [1.0, missing]}))


def test_nothing_is_left_out_whatever_the_session_s_options():
    frame = pd.DataFrame({"note": ["x" * 200] * 40}, index=[f"row {i}" for i in range(40)])
    with pd.option_context("display.max_rows", 5, "display.max_colwidth", 10):
        shown = tables.table(frame, "forty rows")
    for kind in ("text/html", "text/plain"):
        assert shown[kind].count("x" * 200) == 40
        assert "..." not in shown[kind]


def test_the_caption_is_inside_the_table_and_cannot_carry_markup():
    html = tables.table(pd.DataFrame({"a": [1]}), "<b>costs</b>")["text/html"]
    assert "<caption>&lt;b&gt;costs&lt;/b&gt;</caption>" in html
    assert html.index("<table") < html.index("<caption>") < html.index("<thead>")


def test_headings_are_words():
    shown = tables.table(pd.DataFrame({"outcome_low": [1.0]}), "range")
    assert "<th>outcome low</th>" in shown["text/html"]


def test_a_cell_cannot_carry_markup():
    html = tables.table(pd.DataFrame({"a": ["<script>"]}), "costs")["text/html"]
    assert "<script>" not in html


def test_findings_are_bullets_whose_dollars_are_money_not_mathematics(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    tables.findings("it costs $900 to $1,700", "and no more")
    assert shown[0]["text/markdown"] == "- it costs \\$900 to \\$1,700\n- and no more"


def test_truth_values_and_whole_numbers_are_written_as_such():
    frame = tables.rounded(pd.DataFrame({"paths": [20_000.0], "passed": [True]}))
    assert frame.to_numpy().tolist() == [["20,000", "yes"]]
