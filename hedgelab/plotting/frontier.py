"""Figures of what risk removed costs: the frontier, and friction less what the hedge earns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Floats, write

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NEAR = 12.0  # points of risk within which two labels would meet [%]


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
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.plot(*line, color=ROLE_COLORS["unhedged"], linestyle="--")
    ax.fill_between(*line, 100.0, color=ROLE_COLORS["funding"], alpha=0.10, linewidth=0)
    write(ax, "holding less", (line[0][-1], line[1][-1]), (5, -3), color=ROLE_COLORS["unhedged"])
    write(ax, "cheaper than that", (line[0][0], 100.0), (8, -16), color=ROLE_COLORS["funding"])
    placed: list[tuple[float, float, bool]] = []
    for name, row in points.sort_values("friction").iterrows():
        x, y = row["friction"], row["removed"]
        xerr, yerr = (
            [[row[each] - row[f"{each}_low"]], [row[f"{each}_high"] - row[each]]]
            for each in ("friction", "removed")
        )
        look: dict[str, Any] = {"fmt": "o", "markersize": 4.5, "linewidth": 1.0, "zorder": 3}
        ax.errorbar(x, y, yerr, xerr, color=ROLE_COLORS["hedged"], **look)
        # A hedge that would write over the name of one to its left has its own on the other side.
        beside = [each for each in placed if x < 3.0 * each[0] and abs(y - each[1]) < NEAR]
        above = not beside[-1][2] if beside else True
        placed.append((x, y, above))
        shift, role = (0, 8 if above else -16), ROLE_COLORS["hedged"]
        write(ax, str(name), (x, y), shift, color=role, ha="center")


def plot_ladder(points: pd.DataFrame, *, ax: Axes) -> None:
    """Draw one kind of hedge at several levels: joined small dots, the ends named.

    Parameters
    ----------
    points : DataFrame
        One row per level, columns friction [quote] and removed [%].
    ax : Axes
        Axes of a frontier.
    """
    color = ROLE_COLORS["perpetual"]
    ax.plot(points["friction"], points["removed"], "o-", color=color, markersize=3, linewidth=1)
    ends = points.sort_values("friction").iloc[[0, -1]] if len(points) > 1 else points
    for (name, row), lift in zip(ends.iterrows(), (6, -11), strict=False):
        write(ax, str(name), (row["friction"], row["removed"]), (4, lift), color=color)


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
    ax.plot(costs["friction"], rows, "o", color=ROLE_COLORS["perpetual"], label="friction")
    reach = [costs["net"] - costs["net_low"], costs["net_high"] - costs["net"]]
    look: dict[str, Any] = {
        "fmt": "D",
        "markersize": 4.5,
        "linewidth": 1.0,
        "color": ROLE_COLORS["hedged"],
    }
    ax.errorbar(costs["net"], rows, xerr=reach, label="friction less carry", zorder=3, **look)
    look = {"markersize": 14, "markeredgewidth": 1.6, "color": ROLE_COLORS["unhedged"]}
    ax.plot(costs["less"], rows, "|", label="holding less, same variance", **look)
    ax.axvline(0.0, color="#999999", linewidth=0.8)
    ax.set_yticks(rows, list(costs.index))
    ax.set_ylim(len(costs) - 0.5, -0.5)
    ax.grid(visible=False)
