"""Figures of signals: bills by line, lives at equally many open, twins joined in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Curves, Floats, Point, name_rows, set_log, write

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_bills(lines: pd.DataFrame, spent: pd.DataFrame, notes: Sequence[str], *, ax: Axes) -> None:
    """Draw one row per system: costs as a stacked bar, funding received left of zero, a note.

    Parameters
    ----------
    lines : DataFrame of shape (n_systems, n_lines)
        Means, costs positive; a line called funding counts as received. A line that is nowhere
        a hundredth of the dearest system's costs could not be seen and is left out.
    spent : DataFrame
        Columns outcome_low and outcome_high of all costs together, drawn as a thin line.
    notes : sequence of str
        One remark per system, written beside its bar.
    ax : Axes
        Axes to draw on.
    """
    rows, left = np.arange(len(lines)), np.zeros(len(lines))
    costs = lines.drop(columns="funding", errors="ignore")
    costs = costs.loc[:, costs.max() >= 0.01 * costs.sum(axis=1).max()]
    for name, alpha in zip(costs, np.linspace(0.9, 0.3, costs.shape[1]), strict=True):
        width, orange = costs[name].to_numpy(), ROLE_COLORS["perpetual"]
        ax.barh(rows, width, 0.62, left, color=orange, alpha=alpha, linewidth=0, label=name)
        left = left + width
    if "funding" in lines:
        ax.barh(rows, -lines["funding"], 0.62, color=ROLE_COLORS["funding"], label="funding")
    ends = np.maximum(left, spent["outcome_high"].to_numpy())
    ax.hlines(rows, spent["outcome_low"], spent["outcome_high"], color="black", linewidth=1.0)
    for row, end, note in zip(rows, ends, notes, strict=True):
        write(ax, note, (float(end), float(row)), (5, 0), va="center")
    ax.axvline(0.0, color="black", linewidth=0.8)
    ax.set_xlim(right=1.2 * float(ends.max()))  # room for the notes
    name_rows(lines.index, ax=ax)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), fontsize=9, ncols=costs.shape[1] + 1)


def plot_lives(
    points: Curves, told: tuple[Point, Point], open_at_once: Floats, *, ax: Axes
) -> None:
    """Draw hedges opened a week against their lives on log axes, with lines of equally many open.

    Parameters
    ----------
    points : mapping of str to ndarray of shape (2,)
        Hedges opened or renewed [1/week] and their life [days], by system.
    told : pair of (float, float)
        The same two as told, before and after, joined by an arrow.
    open_at_once : ndarray of shape (n_lines,)
        Hedges open at once along each line: opened a week x life / 7. [1]
    ax : Axes
        Axes to draw on.
    """
    blue, grey, orange = (ROLE_COLORS[role] for role in ("hedged", "unhedged", "perpetual"))
    seen = np.array([*points.values(), *told])
    (left, bottom), (right, top) = seen.min(axis=0) / (4.0, 1.8), seen.max(axis=0) * (1.9, 2.0)
    for count in open_at_once:
        ends = np.array([left, right])
        ax.plot(ends, 7.0 * count / ends, color=grey, linewidth=0.9, linestyle=(0, (4, 3)))
        # On the side where no other line is near.
        crowded = bool(((open_at_once > count) & (open_at_once < 1.8 * count)).any())
        shift, side = ((-6, -14), "right") if crowded else ((20, -14), "left")
        place = (7.0 * count / top, top)
        write(ax, f"{count:.1f} open", place, shift, color=grey, ha=side)
    arrow = {"arrowstyle": "-|>", "color": orange, "shrinkA": 8, "shrinkB": 8}
    ax.annotate("", told[1], told[0], arrowprops=arrow)
    clear = {"boxstyle": "square,pad=0.05", "facecolor": "white", "linewidth": 0}
    for name, (count, life) in points.items():
        ax.plot(count, life, "o", color=blue, zorder=5)
        write(ax, name, (count, life), (-8, -15), color=blue, ha="right", bbox=clear)
    for text, place in zip(("told, before", "told, after"), told, strict=True):
        ax.plot(*place, marker="*", markersize=12, color=orange, linestyle="none", zorder=4)
        write(ax, text, place, (10, 7), color=orange, bbox=clear)
    set_log("xy", ax=ax)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.grid(visible=False)


def plot_pairs(
    table: pd.DataFrame, label: str, notes: Sequence[str], *, ax: Axes, role: str
) -> None:
    """Draw twins in neighbouring rows, the first filled, the second hollow, joined by a line.

    Parameters
    ----------
    table : DataFrame of shape (2 n_pairs, 6)
        A value and its two bounds for the horizontal axis, on a log scale, then the same for the
        vertical one.
    label : str
        What the pairs have in common, for the legend.
    notes : sequence of str
        One remark per pair, written beside the filled twin.
    ax : Axes
        Axes to draw on.
    role : str
        Chooses the colour.
    """
    color, values = ROLE_COLORS[role], table.to_numpy().reshape(-1, 2, 2, 3)
    for ((x, y), (other_x, other_y)), note in zip(values[..., 0], notes, strict=True):
        ax.plot([x, other_x], [y, other_y], color=color, linewidth=1.0, alpha=0.6)
        clear = {"boxstyle": "square,pad=0.05", "facecolor": "white", "linewidth": 0}
        write(ax, note, (x, y), (5, 6), color=color, bbox=clear, zorder=4)
    for twin, face in enumerate((color, "white")):
        (x, *ends_x), (y, *ends_y) = values[:, twin].transpose(1, 2, 0)
        reach_x, reach_y = np.abs(np.array(ends_x) - x), np.abs(np.array(ends_y) - y)
        look: dict[str, Any] = {"fmt": "o", "markersize": 5, "linewidth": 0.8, "zorder": 3}
        look |= {"color": color, "markerfacecolor": face, "label": label if twin == 0 else None}
        ax.errorbar(x, y, reach_y, reach_x, **look)
    set_log("x", ax=ax)
