"""Figures of acting on volatility: what hedges pay and bring, and what risk they catch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Floats, Point, name_rows, write

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_books(summary: pd.DataFrame, notes: Iterable[str], *, ax: Axes, role: str) -> None:
    """Draw one row per book: outcome range as a bar, median as a dot, a note above it.

    Parameters
    ----------
    summary : DataFrame
        One row per book, columns median, outcome_low, outcome_high.
    notes : iterable of str
        One remark per row.
    ax : Axes
        Axes to draw on.
    role : str
        Chooses the colour.
    """
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=3.0, foreground="white")]  # the zero line stops at a note
    rows, color = np.arange(len(summary)), ROLE_COLORS[role]
    low, high = summary["outcome_low"], summary["outcome_high"]
    ax.axvline(0.0, color="#999999", linewidth=0.8, zorder=0)
    ax.hlines(rows, low, high, color, linewidth=5.0, alpha=0.35)
    ax.plot(summary["median"], rows, "o", markersize=5, color=color)
    for row, (middle, note) in enumerate(zip(summary["median"], notes, strict=True)):
        write(ax, note, (middle, row), (0, 7), ha="center", color=color, path_effects=halo)
    name_rows(summary.index, ax=ax, above=0.7)
    ax.margins(x=0.09)


def plot_catch(time: Floats, caught: Floats, smaller: Floats, own: Point, *, ax: Axes) -> None:
    """Draw what must be beaten: a blind hedge, and a smaller one kept; and the bound of the seer.

    Parameters
    ----------
    time : ndarray of shape (n_points,)
        Mean hedge ratio, which for a hedge of one is its share of the time. [%]
    caught, smaller : ndarray of shape (n_points,)
        Share of the risk that foreseen volatility catches, and that a smaller hedge removes. [%]
    own : (float, float)
        Where the trigger of the run stands, which is ringed. [%]
    ax : Axes
        Axes to draw on.
    """
    grey, green = ROLE_COLORS["unhedged"], ROLE_COLORS["funding"]
    ax.plot(time, caught, color=green, linestyle=(0, (5, 2)), label="volatility foreseen")
    ax.plot(time, smaller, color=grey, label="smaller, kept")
    ax.plot(time, time, color=grey, linestyle=(0, (1, 1.5)), label="on blindly")
    look: dict[str, Any] = {"markersize": 11, "markerfacecolor": "none", "linestyle": "none"}
    ax.plot(*own, "o", color=ROLE_COLORS["hedged"], label="this trigger", **look)
    ax.set(xlim=(0.0, 100.0), ylim=(0.0, 103.0), xlabel="time hedged, or mean ratio [%]")
