"""Figures of venues: what the same signals cost at each, and what a switch would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, name_rows, write

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FILLS = {"fee": ("", 0.85), "half-spread": ("////", 0.0), "impact": ("", 0.3)}  # hatch, opacity


def plot_venues(bills: pd.DataFrame, totals: pd.DataFrame, *, ax: Axes) -> None:
    """Draw one stacked bar per venue, its lines of friction, its total and outcome range.

    Parameters
    ----------
    bills : DataFrame of shape (n_venues, n_lines)
        Mean cost, positive, a row per venue, columns as in `FILLS`.
    totals : DataFrame
        The same venues, columns mean, outcome_low, outcome_high.
    ax : Axes
        Axes to draw on.
    """
    from matplotlib.colors import to_rgba

    rows, left, orange = np.arange(len(bills)), np.zeros(len(bills)), ROLE_COLORS["perpetual"]
    for line, (hatch, opacity) in FILLS.items():
        width, face = bills[line].to_numpy(), to_rgba(orange, opacity)
        ax.barh(rows, width, 0.6, left, color=face, edgecolor=orange, hatch=hatch, label=line)
        left = left + width
    ax.hlines(rows, totals["outcome_low"], totals["outcome_high"], "black", linewidth=1.0)
    for row, (mean, high) in enumerate(zip(totals["mean"], totals["outcome_high"], strict=True)):
        write(ax, f"{mean:.2f}", (high, row), (4, -3))
    right = max(ax.get_xlim()[1], 1.17 * float(totals["outcome_high"].max()))
    ax.set_xlim(0.0, right)
    name_rows(bills.index, ax=ax)


def plot_switches(gains: pd.DataFrame, *, ax: Axes) -> None:
    """Draw what a switch from each row to each column brings, as a map with its numbers.

    Parameters
    ----------
    gains : DataFrame of shape (n_venues, n_venues)
        Gain positive; the diagonal is left empty.
    ax : Axes
        Axes to draw on.
    """
    import seaborn

    values = gains.to_numpy()
    reach = float(np.abs(values).max())
    look = {"cmap": seaborn.color_palette("vlag_r", as_cmap=True), "aspect": "auto"}
    ax.imshow(values, vmin=-reach, vmax=reach, **look)
    for row, column in np.argwhere(~np.eye(len(values), dtype=bool)):
        value = values[row, column]
        color = "white" if abs(value) > 0.75 * reach else "black"
        write(ax, f"{value:+.2f}", (column, row), (0, -3), ha="center", color=color)
    ax.set_xticks(range(len(gains)), [str(name) for name in gains.columns])
    name_rows(gains.index, ax=ax)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
