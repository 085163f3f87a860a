"""Figures of one spell: the bill, the isoline, what a hedge is behind, every outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Curves, Floats, Point, name_rows, view, write

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# The role of each line of the bill: price, funding, or friction.
BILL_ROLES = {
    "holding": "unhedged",
    "price drag": "unhedged",
    "basis": "unhedged",
    "relief": "unhedged",
    "funding": "funding",
    "financing": "funding",
}


def plot_bill(bill: pd.DataFrame, *, ax: Axes, start: float, outcome: Point, told: Point) -> None:
    """Draw the waterfall from the unhedged result to the hedged one, and the told one beside it.

    Parameters
    ----------
    bill : DataFrame
        One row per line, gain positive, columns mean, outcome_low, outcome_high (as
        `inference.summary` returns them), in the unit of the axis.
    ax : Axes
        Axes to draw on.
    start : float
        Mean unhedged result.
    outcome : (float, float)
        Outcome range of the hedged result.
    told : (float, float)
        The unhedged and the hedged result as told; what lies between is drawn as friction.
    """
    blue, orange = ROLE_COLORS["hedged"], ROLE_COLORS["perpetual"]
    roles = [BILL_ROLES.get(str(line), "perpetual") for line in bill.index]
    colors = [ROLE_COLORS[role] for role in roles]
    faces = ["white" if role == "unhedged" else ROLE_COLORS[role] for role in roles]
    hatches = ["///" if role == "unhedged" else "" for role in roles]
    means = bill["mean"].to_numpy()
    levels = np.cumsum([start, *means])  # before each line, and at the end
    end = len(bill) + 1
    lines, side = np.arange(1, end), end + 1.5
    low, high = (levels[:-1] + bill[bound].to_numpy() for bound in ("outcome_low", "outcome_high"))
    ax.bar(0, start, color=ROLE_COLORS["unhedged"], width=0.7)
    ax.bar(
        lines, means, 0.7, levels[:-1], color=faces, edgecolor=colors, hatch=hatches, linewidth=1
    )
    ax.bar(end, levels[-1], color=blue, width=0.7)
    ends, bottoms = [told[1], told[0] - told[1]], [0.0, told[1]]
    ax.bar([side] * 2, ends, 0.7, bottoms, fill=False, edgecolor=[blue, orange], linestyle="--")
    ax.plot([lines, lines], [low, high], color="black", linewidth=1.0)
    edges = [np.arange(end) - 0.35, np.arange(end) + 1.35]
    ax.plot(edges, [levels, levels], color="#999999", linewidth=0.8)
    ax.plot([end] * 2, outcome, color="black", linewidth=1.0)
    tops = np.max([levels[:-1], levels[1:], low, high], axis=0)
    for position, top, value in zip(lines, tops, means, strict=True):
        _label_bar(ax, position, top, value, 2)
    _label_bar(ax, 0, max(start, 0.0), start, 1)
    _label_bar(ax, end, max(levels[-1], 0.0, outcome[1]), levels[-1], 1)
    _label_bar(ax, side, max(told[1], 0.0), told[1], 1)
    _label_bar(ax, side, max(told), told[1] - told[0], 1)
    ax.axhline(0.0, color="black", linewidth=0.8)
    labels = ["unhedged", *map(str, bill.index), "hedged", "as told"]
    ax.set_xticks([0, *lines, end, side], labels, rotation=35, ha="right", rotation_mode="anchor")
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top + 0.08 * (top - bottom))


def plot_isoline(
    ratio: Floats, lines: Curves, *, ax: Axes, charged: Curves = MappingProxyType({})
) -> None:
    """Draw friction over hedge ratio: one line per funding assumption, one per venue charged.

    Parameters
    ----------
    ratio : ndarray of shape (n_ratios,)
        Hedge ratio. [1]
    lines : mapping of str to ndarray of shape (n_ratios,)
        Friction that gives the observed gap, least funding first.
    ax : Axes
        Axes to draw on.
    charged : mapping of str to ndarray of shape (n_ratios,), optional
        Friction that a venue charges at each ratio.
    """
    grey, green = ROLE_COLORS["unhedged"], ROLE_COLORS["funding"]
    styles = [(grey, (0, (1, 1.5))), (green, (0, (5, 2))), (green, "solid")]
    for (label, values), (color, style) in zip(lines.items(), styles, strict=True):
        ax.plot(ratio, values, color=color, linestyle=style, label=label)
    for label, values in charged.items():
        ax.plot(ratio, values, color=ROLE_COLORS["perpetual"], label=label)
    ax.axhline(0.0, color="black", linewidth=0.8)
    ax.set_xlim(0.0, float(ratio.max()))
    if charged:
        ax.legend(loc="lower left", fontsize=9, ncols=2)


def plot_marks(levels: Mapping[str, float], *, ax: Axes, role: str = "perpetual") -> None:
    """Draw one horizontal mark per name, labelled at its right end without overlap."""
    bottom, top = ax.get_ylim()
    names = sorted(levels, key=levels.__getitem__)
    heights = np.array([levels[name] for name in names])
    steps, color = 0.09 * (top - bottom) * np.arange(heights.size), ROLE_COLORS[role]
    # The lowest stack that keeps the labels apart, then centred on what it labels.
    places = np.maximum.accumulate(heights - steps) + steps
    places += heights.mean() - places.mean()
    leader = {"arrowstyle": "-", "color": color, "linewidth": 0.6, "relpos": (0.0, 0.5)}
    side = ax.get_yaxis_transform()
    for name, height, place in zip(names, heights, places, strict=True):
        ax.axhline(height, color=color, linewidth=0.9)
        text = ax.annotate(name, (1.0, height), (1.05, place), side, side, leader)
        text.set(va="center", fontsize=9, color=color)


def plot_differences(summary: pd.DataFrame, notes: Sequence[str], *, ax: Axes) -> None:
    """Draw one row per difference: outcome range thin, error of the mean thick, a note beside.

    Parameters
    ----------
    summary : DataFrame
        One row per difference, columns mean, error_low, error_high, outcome_low, outcome_high.
    notes : sequence of str
        One remark per row, written at the right edge.
    ax : Axes
        Axes to draw on.
    """
    color = ROLE_COLORS["hedged"]
    for position, (_, row) in enumerate(summary.iterrows()):
        level, error = [position] * 2, [row["error_low"], row["error_high"]]
        ax.plot([row["outcome_low"], row["outcome_high"]], level, color=color)
        ax.plot(error, level, color=color, linewidth=7.0, alpha=0.35, solid_capstyle="butt")
        ax.plot(row["mean"], position, marker="o", markersize=5, color=color)
        write(ax, notes[position], (1.0, position), (0, 5), x="axes fraction", ha="right")
    ax.axvline(0.0, color="black", linewidth=0.8)
    name_rows(summary.index, ax=ax, above=0.6)


def plot_windows(market: Floats, hedged: Floats, told: tuple[float, float], *, ax: Axes) -> None:
    """Draw hedged against unhedged results, one dot per path, and the told pair as a star.

    The frame holds all but the outermost dots.
    """
    # More dots than this are a blot; every k-th keeps the shape and the order of time.
    step = max(1, market.size // 2_000)
    left, right = view(np.append(market, told[0]))
    bottom, top = view(np.append(hedged, told[1]))
    bottom, top = min(bottom, told[1]), max(top, told[1])
    pad = 0.1 * (top - bottom)
    ax.set(xlim=(left, right), ylim=(bottom - pad, top + pad))
    grey, orange = ROLE_COLORS["unhedged"], ROLE_COLORS["perpetual"]
    corner = min(right, top + pad)
    ax.axline((0.0, 0.0), slope=1.0, color=grey, linewidth=1.0, linestyle=(0, (4, 3)))
    dots: dict[str, Any] = {"s": 6, "color": ROLE_COLORS["hedged"], "alpha": 0.35, "linewidths": 0}
    ax.scatter(market[::step], hedged[::step], **dots)
    ax.plot(*told, marker="*", markersize=13, color=orange, linestyle="none")
    write(ax, "the article", told, (10, -4), color=orange)
    write(ax, "unhedged", (corner, corner), (-8, -14), color=grey, ha="right")
    ax.axhline(0.0, color="black", linewidth=0.8)


def _label_bar(ax: Axes, position: Any, top: float, value: float, decimals: int) -> None:
    text = f"{value:+.{decimals}f}" if abs(value) >= 0.5 * 10.0**-decimals else "0"
    write(ax, text, (position, top), (0, 3), ha="center")
