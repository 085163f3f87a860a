"""Figures of what risk removed costs: the frontier, and friction less what the hedge earns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Floats, name_rows, write

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NEAR = 12.0  # points of risk within which two names would meet [%]
FAR = 4.0  # times the friction from which on they do not [1]


def plot_frontier(points: pd.DataFrame, line: tuple[Floats, Floats], *, ax: Axes) -> None:
    """Draw risk removed against friction paid: a dot per hedge, holding less as a line.

    Parameters
    ----------
    points : DataFrame
        One row per hedge, columns friction, friction_low, friction_high [quote, above zero] and
        removed, removed_low, removed_high [%].
    line : pair of ndarray of shape (n_points,)
        Friction [quote] and risk removed [%] of holding less, by how much is sold.
    ax : Axes
        Axes to draw on; friction is on a log scale.
    """
    ax.set_xscale("log")
    ax.margins(x=0.08)  # for the name of the dearest
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.plot(*line, color=ROLE_COLORS["unhedged"], linestyle="--")
    ax.fill_between(*line, 100.0, color=ROLE_COLORS["funding"], alpha=0.10, linewidth=0)
    write(ax, "holding less", (line[0][-1], line[1][-1]), (5, -3), color=ROLE_COLORS["unhedged"])
    write(ax, "cheaper than that", (line[0][0], 100.0), (8, -16), color=ROLE_COLORS["funding"])
    for name, row in points.iterrows():
        x, y = row["friction"], row["removed"]
        xerr, yerr = (
            [[row[each] - row[f"{each}_low"]], [row[f"{each}_high"] - row[each]]]
            for each in ("friction", "removed")
        )
        look: dict[str, Any] = {"fmt": "o", "markersize": 4.5, "linewidth": 1.0, "zorder": 3}
        ax.errorbar(x, y, yerr, xerr, color=ROLE_COLORS["hedged"], **look)
        # Of hedges whose names would meet, the highest has its own above its dot.
        apart = points["friction"].between(x / FAR, FAR * x, inclusive="neither")
        higher = points.loc[apart & (points["removed"] - y).between(0.0, NEAR, inclusive="neither")]
        shift, side = ((14, 8), "center") if higher.empty else ((4, -17), "right")
        write(ax, str(name), (x, y), shift, color=ROLE_COLORS["hedged"], ha=side)


def plot_ladder(points: pd.DataFrame, name: str, *, levels: bool, ax: Axes) -> None:
    """Draw one kind of hedge at several levels: joined small dots.

    Parameters
    ----------
    points : DataFrame
        One row per level, named as the figure shall, columns friction [quote] and removed [%].
    name : str
        Of the kind.
    levels : bool
        Whether each dot has its level beside it, or all of them share the name of the kind.
    ax : Axes
        Axes of a frontier.
    """
    color = ROLE_COLORS["unhedged" if levels else "perpetual"]
    points = points.sort_values("friction")
    x, y = points["friction"].to_numpy(), points["removed"].to_numpy()
    ax.plot(x, y, "o-", color=color, markersize=3, linewidth=1)
    for level, place in zip(points.index if levels else (), zip(x, y, strict=True), strict=False):
        write(ax, str(level), place, (-1, 6), color=color, ha="right")
    row = -1 if levels else len(x) // 2
    write(ax, name, (x[row], y[row]), (6, -3 if levels else -11), color=color)


def plot_net_cost(costs: pd.DataFrame, *, ax: Axes) -> None:
    """Draw one row per hedge: friction, what is left of it after carry, and what must be beaten.

    Parameters
    ----------
    costs : DataFrame
        One row per hedge, columns friction, net, net_low, net_high and less, in one unit.
    ax : Axes
        Axes to draw on.
    """
    rows = np.arange(len(costs))
    ax.hlines(rows, costs["net"], costs["friction"], ROLE_COLORS["funding"], alpha=0.5, linewidth=3)
    look: dict[str, Any] = {"markerfacecolor": "white", "zorder": 2}
    ax.plot(costs["friction"], rows, "o", color=ROLE_COLORS["perpetual"], label="friction", **look)
    reach = [costs["net"] - costs["net_low"], costs["net_high"] - costs["net"]]
    look = {"fmt": "D", "markersize": 4.0, "linewidth": 1.0, "color": ROLE_COLORS["hedged"]}
    ax.errorbar(costs["net"], rows, xerr=reach, label="friction less carry", zorder=3, **look)
    look = {"markersize": 16, "markeredgewidth": 1.4, "color": ROLE_COLORS["unhedged"]}
    ax.plot(costs["less"], rows, "|", label="holding less, same variance", **look)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.axvline(0.0, color="#999999", linewidth=0.8)
    name_rows(costs.index, ax=ax)
