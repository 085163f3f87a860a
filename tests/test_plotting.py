"""Figures: roles and alt text, the same bytes twice, and bars where the numbers are."""

from __future__ import annotations

import base64

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from hedgelab import attribution, plotting
from hedgelab.errors import ParameterError


@pytest.fixture
def axes():
    with mpl.rc_context():
        mpl.use("Agg")
        plotting.use_style()
        fig, ax = plotting.canvas()
        yield ax
        plt.close(fig)


@pytest.fixture
def shown(monkeypatch):
    displayed = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, raw, metadata: displayed.append((data, metadata)),
    )
    return displayed


def test_a_shown_figure_carries_its_alt_text_and_is_closed(axes, shown):
    plotting.show(axes.figure, "a flat line")
    data, metadata = shown[0]
    assert metadata == {"image/png": {"alt": "a flat line"}}
    assert data["text/plain"] == "figure: a flat line"
    assert not plt.fignum_exists(axes.figure.number)


def test_a_figure_without_alt_text_is_refused(axes, shown):
    with pytest.raises(ParameterError, match="no alt text"):
        plotting.show(axes.figure, "  ")
    assert not shown


def test_the_same_numbers_give_the_same_bytes_and_name_no_program(shown):
    with mpl.rc_context():
        mpl.use("Agg")
        plotting.use_style()
        for _ in range(2):
            fig, ax = plotting.canvas()
            ax.plot([0.0, 1.0], [1.0, 3.0])
            plotting.show(fig, "a line")
    first, second = (base64.b64decode(data["image/png"]) for data, _ in shown)
    assert first == second
    assert b"Software" not in first


def test_a_dollar_sign_in_a_figure_is_money(axes):
    axes.set_title("$900 to $1,700")
    axes.figure.canvas.draw()
    assert axes.get_title(loc="left") == "$900 to $1,700"


def test_a_waterfall_ends_at_the_hedged_result(axes):
    # 8 - 6 + 1 - 2 = 1
    bill = pd.DataFrame({"mean": [-6.0, 1.0, -2.0]}, index=["price drag", "funding", "fee"]).assign(
        outcome_low=lambda f: f["mean"] - 0.5, outcome_high=lambda f: f["mean"] + 0.5
    )
    plotting.plot_bill(bill, ax=axes, start=8.0, outcome=(0.5, 1.5), told=(8.0, 2.0))
    bars = [(bar.get_y(), bar.get_height()) for bar in axes.patches]
    assert_allclose(
        bars,
        [
            *((0.0, 8.0), (8.0, -6.0), (2.0, 1.0), (3.0, -2.0), (0.0, 1.0)),
            *((0.0, 2.0), (2.0, 6.0)),  # as told: 2, and the 6 points told as friction
        ],
    )
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["unhedged", "price drag", "funding", "fee", "hedged", "as told"]


def test_price_and_funding_are_not_drawn_as_friction():
    roles = {line: plotting.BILL_ROLES.get(line, "perpetual") for line in attribution.BILL}
    friction = {line for line, role in roles.items() if role == "perpetual"}
    assert friction == {"fee", "half-spread", "impact", "delay", "liquidation"}


def test_a_fan_s_bands_hold_half_and_nine_tenths_of_the_paths(axes):
    # 0 to 100 in steps of one: 25 to 75 and 5 to 95
    values = np.repeat(np.arange(101.0)[:, None], 2, axis=1)
    plotting.plot_fan(np.array([0.0, 1.0]), values, values.mean(axis=0), ax=axes, role="hedged")
    outer, inner = (band.get_paths()[0].vertices[:, 1] for band in axes.collections)
    assert_allclose((outer.min(), outer.max()), (5.0, 95.0))
    assert_allclose((inner.min(), inner.max()), (25.0, 75.0))
    assert_allclose(axes.lines[0].get_ydata(), [50.0, 50.0])


def test_marks_that_coincide_are_labelled_apart(axes):
    axes.set_ylim(0.0, 10.0)
    plotting.plot_marks({"a": 5.0, "b": 5.0, "c": 5.1}, ax=axes)
    heights = sorted(text.xyann[1] for text in axes.texts)
    assert np.diff(heights).min() > 0.5
    # and around what they label
    assert_allclose(np.mean(heights), 5.1 / 3 + 10.0 / 3)


def test_every_drawing_function_returns_nothing_and_stays_on_its_axes(axes):
    summary = pd.DataFrame(
        {"mean": [1.0], "error_low": [0.9], "error_high": [1.1]}, index=["one-day"]
    ).assign(outcome_low=0.0, outcome_high=2.0)
    ratio = np.linspace(0.1, 1.0, 5)
    drawings = [
        plotting.plot_reference(2.1, "the article", ax=axes),
        plotting.plot_outcomes(np.arange(50.0), (2.0, 47.0), ax=axes, role="hedged"),
        plotting.plot_isoline(ratio, {"none": ratio, "rule": ratio, "found": ratio}, ax=axes),
        plotting.plot_differences(summary, ["14 weeks"], ax=axes),
        plotting.plot_windows(ratio, -ratio, (0.083, 0.021), ax=axes),
    ]
    assert drawings == [None] * len(drawings)
    assert len(axes.figure.axes) == 1


def test_roles_have_readable_colours_on_white():
    def luminance(color):
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    # WCAG contrast of white against the colour; thin lines need at least 3 to 1
    assert all(1.05 / (luminance(c) + 0.05) > 3.4 for c in plotting.ROLE_COLORS.values())


def test_points_stand_at_their_values_and_hollow_ones_are_white(axes):
    plotting.plot_points(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 0.5, ax=axes, role="hedged")
    plotting.plot_points(
        np.array([1.0]), np.array([2.0]), 0.1, ax=axes, role="perpetual", filled=False
    )
    solid, hollow = (bars.lines[0] for bars in axes.containers)
    assert_allclose(solid.get_ydata(), [3.0, 4.0], rtol=0)
    assert solid.get_markerfacecolor() == plotting.ROLE_COLORS["hedged"]
    assert hollow.get_markerfacecolor() == "white"


def test_scores_beyond_the_limit_are_orange(axes):
    scores = pd.DataFrame({"real": [0.5, -4.0], "low": -2.0, "high": 2.0}, index=["a_b", "c"])
    plotting.plot_scores(scores, ax=axes, limit=3.0)
    dots = axes.collections[-1]
    assert_allclose(dots.get_offsets(), [[0.5, 0.0], [-4.0, 1.0]], rtol=0)
    hues = [mpl.colors.to_hex(color).upper() for color in dots.get_facecolors()]
    assert hues == [plotting.ROLE_COLORS["unhedged"], plotting.ROLE_COLORS["perpetual"]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a b", "c"]


def test_verdicts_share_a_row_by_family_and_stay_within_the_frame(axes):
    scores = pd.DataFrame(
        {"family": ["fee", "fee", "delay"], "right": [0.1, 0.0, 1.0], "wrong": [9.0, np.inf, 30.0]}
    )
    plotting.plot_verdicts(scores, ax=axes, limit=5.0)
    right, wrong = (dots.get_offsets() for dots in axes.collections)
    assert_allclose(right[:, 1], [0.0, 0.0, 1.0], rtol=0)
    left, end = axes.get_xlim()
    assert np.all((left < right[:, 0]) & (right[:, 0] < 5.0))
    assert np.all((wrong[:, 0] > 5.0) & (wrong[:, 0] < end))


def test_ranges_end_at_the_floor_and_what_never_happened_has_no_dot(axes):
    bounds = np.array([[0.0, 2.0], [1.0, 3.0]])
    places, middle, real = np.array([0.0, 1.0]), np.array([0.5, 2.5]), np.array([0.0, 2.6])
    plotting.plot_ranges(places, bounds, middle, real, ax=axes, role="hedged", floor=0.01)
    bars, dots = axes.collections
    ends = [path.vertices[:, 1].tolist() for path in bars.get_paths()]
    assert ends == [[0.01, 1.0], [2.0, 3.0]]
    assert_allclose(dots.get_offsets(), [[1.0, 2.6]], rtol=0)


def test_ranks_in_the_outer_margin_are_orange(axes):
    plotting.plot_ranks({"fit": np.array([1.0, 50.0, 99.0])}, ax=axes, outer=2.5)
    hues = [mpl.colors.to_hex(color).upper() for color in axes.collections[0].get_facecolors()]
    orange, blue = plotting.ROLE_COLORS["perpetual"], plotting.ROLE_COLORS["hedged"]
    assert hues == [orange, blue, orange]
