"""Figures of the proof: scores, what is rejected, facts and odds beside real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Floats, name_rows, name_ticks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_scores(scores: pd.DataFrame, *, ax: Axes, limit: float) -> None:
    """Draw one row per fact: the range of windows as a bar, the real value as a dot.

    Parameters
    ----------
    scores : DataFrame
        One row per fact, columns real, low, high, in standard deviations from what is simulated.
    ax : Axes
        Axes to draw on.
    limit : float
        Dashed lines there, and at minus that; dots beyond are orange.
    """
    rows, real = np.arange(len(scores)), scores["real"].to_numpy()
    ax.hlines(rows, scores["low"], scores["high"], ROLE_COLORS["hedged"], linewidth=5.0, alpha=0.25)
    hues = np.where(abs(real) > limit, ROLE_COLORS["perpetual"], ROLE_COLORS["unhedged"])
    ax.scatter(real, rows, s=16, c=hues.tolist(), zorder=3)
    for level in (-limit, 0.0, limit):
        ax.axvline(level, color="#999999", linewidth=0.8, linestyle="-" if level == 0.0 else "--")
    name_rows(scores.index.str.replace("_", " "), ax=ax, fontsize=8)


def plot_verdicts(scores: pd.DataFrame, *, ax: Axes, limit: float) -> None:
    """Draw one row per family of checks: scores as they are, and with a bug in, on a log scale.

    Parameters
    ----------
    scores : DataFrame
        One row per check, columns family, right, wrong: distances in standard errors, positive.
    ax : Axes
        Axes to draw on.
    limit : float
        Line between passed and failed. What lies outside the frame is drawn at its edge.
    """
    names = list(dict.fromkeys(scores["family"]))
    rows = scores["family"].map(names.index)
    low, high = 0.02, 2_000.0
    look: dict[str, Any]
    for column, role, marker in (("right", "hedged", "o"), ("wrong", "perpetual", "x")):
        look = {"s": 20, "color": ROLE_COLORS[role], "marker": marker, "alpha": 0.8}
        ax.scatter(scores[column].clip(low, high), rows, **look)
    ax.axvline(limit, color="black", linewidth=1.0, linestyle="--")
    ax.set(xscale="log", xlim=(0.8 * low, 1.25 * high))
    ticks = (0.1, 1, 5, 10, 100, 1000)
    name_ticks(ticks, map(str, ticks), ax=ax)
    name_rows(names, ax=ax, fontsize=8)


def plot_ranges(
    position: Floats,
    bounds: Floats,
    middle: Floats,
    real: Floats,
    *,
    ax: Axes,
    role: str,
    floor: float = 0.0,
) -> None:
    """Draw simulated ranges as upright bars with a dash at their middle, real values as dots.

    Parameters
    ----------
    position, middle, real : ndarray of shape (n_points,)
        Where on the horizontal axis, and the values; a real value of zero is left out.
    bounds : ndarray of shape (2, n_points)
        Ends of the bars.
    ax : Axes
        Axes to draw on.
    role : str
        Chooses the colour.
    floor : float
        Where bars end that reach below it: a log axis has no zero.
    """
    color = ROLE_COLORS[role]
    low, high = np.maximum(bounds, floor)
    ax.vlines(position, low, high, color, linewidth=5.0, alpha=0.25)
    ax.plot(position, middle, "_", color=color, markersize=8)
    happened = real > 0.0
    ax.scatter(position[happened], real[happened], 18, color, zorder=3)


def plot_ranks(cells: Mapping[str, Floats], *, ax: Axes, outer: float) -> None:
    """Draw one row per name: percentiles of real values among simulated ones, a dot each.

    Parameters
    ----------
    cells : mapping of str to ndarray of shape (n_cells,)
        [%]
    ax : Axes
        Axes to draw on.
    outer : float
        Dots within so much of either end are orange, and their margin is shaded. [%]
    """
    for row, ranks in enumerate(cells.values()):
        spread = row + np.linspace(-0.3, 0.3, ranks.size)
        missed = (ranks < outer) | (ranks > 100.0 - outer)
        hues = np.where(missed, ROLE_COLORS["perpetual"], ROLE_COLORS["hedged"])
        ax.scatter(ranks, spread, s=16, c=hues.tolist(), zorder=3)
    for end in ((0.0, outer), (100.0 - outer, 100.0)):
        ax.axvspan(*end, color=ROLE_COLORS["perpetual"], alpha=0.15, linewidth=0)
    ax.axvline(50.0, color="#999999", linewidth=0.8)
    ax.set_xlim(-1.0, 101.0)
    name_rows(cells, ax=ax)
