"""Figures of where the money goes: every line in money, one hedge by its size, where costs flip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.six_weeks import BILL_ROLES
from hedgelab.plotting.style import ROLE_COLORS, Floats, name_rows, name_ticks, write

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_money(lines: pd.DataFrame, texts: list[str], *, ax: Axes, unit: float) -> None:
    """Draw one row per line of the ledger on an axis that is linear near zero, log beyond.

    Parameters
    ----------
    lines : DataFrame
        One row per line, gain positive, columns mean, outcome_low, outcome_high. [quote]
    texts : list of str
        One remark per row, written at the right edge.
    ax : Axes
        Axes to draw on.
    unit : float
        Amount up to which the axis is linear. [quote]
    """
    for height, (name, row) in enumerate(lines.iterrows()):
        color = ROLE_COLORS[BILL_ROLES.get(str(name), "perpetual")]
        ends = [row["outcome_low"], row["outcome_high"]]
        ax.plot(ends, [height] * 2, color=color, linewidth=5.0, alpha=0.35, solid_capstyle="butt")
        ax.plot(row["mean"], height, "o", color=color, markersize=6)
        write(ax, texts[height], (1.01, height), (0, -3), x="axes fraction", color=color)
    ax.set_xscale("symlog", linthresh=unit, linscale=0.5)
    largest = float(np.abs(lines[["outcome_low", "outcome_high"]].to_numpy()).max())
    most = int(np.ceil(np.log10(max(largest / unit, 10.0))))
    steps = unit * 10.0 ** np.arange(0, most + 1, 2 if most > 4 else 1)
    ticks = [*-steps[::-1], 0.0, *steps]
    name_ticks(ticks, map(_short, ticks), ax=ax)
    edge = 1.5 * max(largest, 10.0 * unit)
    ax.set_xlim(-edge, edge)
    ax.axvline(0.0, color="black", linewidth=0.8)
    name_rows(lines.index, ax=ax)
    ax.grid(visible=True)


def plot_sizes(sizes: Floats, implicit: Floats, fee: float, *, ax: Axes) -> None:
    """Draw what an order costs beside the fee, over its size, on log axes.

    Parameters
    ----------
    sizes : ndarray of shape (n_sizes,)
        Orders. [quote]
    implicit : ndarray of shape (3, n_sizes)
        Its 5 %, 50 % and 95 % quantiles over hours, in the unit of the axis.
    fee : float
        In the same unit.
    ax : Axes
        Axes to draw on.
    """
    low, middle, high = implicit
    blue = ROLE_COLORS["hedged"]
    ax.fill_between(sizes, low, high, color=blue, alpha=0.2, linewidth=0)
    ax.plot(sizes, middle, color=blue, label="half-spread, impact, delay")
    ax.axhline(fee, color=ROLE_COLORS["perpetual"], label="fee")
    ax.set(xscale="log", yscale="log", xlim=(sizes[0], sizes[-1]))
    _money_ticks(ax, sizes)


def plot_flips(flips: pd.DataFrame, *, ax: Axes) -> None:
    """Draw one row per coin or venue: the order at which costs flip, with its range.

    Parameters
    ----------
    flips : DataFrame
        Columns low, order, high [quote]; a row that is `assumed` is hollow.
    ax : Axes
        Axes to draw on.
    """
    look: dict[str, Any] = {"markersize": 5.0, "markeredgecolor": ROLE_COLORS["hedged"]}
    for height, (_, row) in enumerate(flips.iterrows()):
        color = "white" if row["assumed"] else ROLE_COLORS["hedged"]
        ax.plot([row["low"], row["high"]], [height] * 2, color=ROLE_COLORS["hedged"])
        ax.plot(row["order"], height, "o", markerfacecolor=color, **look)
    ax.set_xscale("log")
    ends = np.array([flips["low"].min() / 1.5, flips["high"].max() * 1.5])
    ax.set_xlim(*ends)
    _money_ticks(ax, ends)
    name_rows(flips.index, ax=ax)


def _money_ticks(ax: Axes, values: Floats) -> None:
    powers = np.arange(np.ceil(np.log10(values[0])), np.floor(np.log10(values[-1])) + 1)
    # Every second power, and none at the edges, where two panels' ticks would touch.
    ticks = 10.0 ** (powers[1::2] if powers.size > 5 else powers)
    name_ticks(ticks, map(_short, ticks), ax=ax)


def _short(amount: float) -> str:
    """An amount as a tick says it: $10k, -$1M."""
    size = abs(amount)
    for least, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if size >= 0.9999 * least:
            return f"{'-' if amount < 0.0 else ''}${size / least:.3g}{letter}"
    return f"{'-' if amount < 0.0 else ''}${size:.3g}"
