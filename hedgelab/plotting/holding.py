"""Figures of how long a hedge is held: curves over its life, and where they are least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Curves, Floats, name_ticks, set_log, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_over_life(
    lives: Floats,
    curves: Curves,
    *,
    ax: Axes,
    role: str,
    style: str = "solid",
    floor: float = 0.0,
    named_at: int = -1,
) -> None:
    """Draw curves over the life of a hedge, on a log axis, with their bands and names.

    Parameters
    ----------
    lives : ndarray of shape (n_lives,)
        [h]
    curves : mapping of str to ndarray of shape (3, n_lives)
        Value, low and high end of its band, by name.
    ax : Axes
        Axes to draw on.
    role, style : str
        Colour and line style.
    floor : float
        Where given, the vertical axis is a log axis and what lies below is not drawn.
    named_at : int
        Which of the points drawn has the name beside it.
    """
    color = ROLE_COLORS[role]
    for name, values in curves.items():
        middle, low, high = np.where(values > floor, values, np.nan) if floor else values
        low = np.where(np.isfinite(middle) & ~np.isfinite(low), floor, low) if floor else low
        ax.fill_between(lives, low, high, color=color, alpha=0.15, linewidth=0)
        ax.plot(lives, middle, color=color, linestyle=style, marker="o", markersize=3)
        drawn = np.flatnonzero(np.isfinite(middle))
        if drawn.size:
            at = drawn[named_at] if named_at < drawn.size else drawn[-1]
            write(ax, name, (lives[at], middle[at]), (5, -3 if at == drawn[-1] else 3), color=color)
    ax.set_xscale("log")
    ticks = [life for life in (4.0, 12.0, 24.0, 72.0, 168.0, 336.0) if life <= lives.max()]
    words = [f"{x:g} h" if x < 24.0 else f"{x / 24.0:g} d" for x in ticks]
    name_ticks(ticks, words, ax=ax)
    ax.set_xlim(0.9 * lives.min(), 2.6 * lives.max())  # room for the names
    ax.set_xlabel("life of a hedge")
    if floor and ax.dataLim.y1 > 0.0:
        set_log("y", ax=ax)


def plot_least(
    lives: Floats, curves: Curves, least: Mapping[str, tuple[float, float, float]], *, ax: Axes
) -> None:
    """Mark on each curve where it is least, with the interval of that place as a thick bar."""
    color = ROLE_COLORS["hedged"]
    for name, (best, low, high) in least.items():
        height = float(np.interp(best, lives, curves[name][0]))
        ax.plot([low, high], [height] * 2, color=color, linewidth=6.0, alpha=0.35)
        ax.plot(best, height, "o", color=color, markersize=7)
