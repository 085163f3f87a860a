"""Figures of the article as a whole: how its sentences fare, and the time they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hedgelab.plotting.style import ROLE_COLORS, Point, name_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY = (ROLE_COLORS[role] for role in ("hedged", "perpetual", "unhedged"))
# What holds is blue, what does not is orange, what nobody can tell is grey; words say it too.
LOOKS = {
    "supported": (BLUE, BLUE, "", "white"),
    "only if": ("white", BLUE, "////", "black"),
    "not identified": ("white", GREY, "....", "black"),
    "contradicted": (ORANGE, ORANGE, "", "white"),
    "arithmetic error": ("white", ORANGE, "\\\\\\\\", "black"),
    "context": ("#D9D9D9", GREY, "", "black"),
}
PER_ROW = 12


def plot_scoreboard(numbers: Mapping[str, Sequence[int]], *, ax: Axes) -> None:
    """Draw one numbered square per claim, one row or more per verdict.

    Parameters
    ----------
    numbers : mapping of str to sequence of int
        Numbers of the claims by verdict, from top to bottom.
    ax : Axes
        Axes to draw on.
    """
    from matplotlib.patches import Rectangle

    level, ticks = 0, {}
    for verdict, group in numbers.items():
        face, edge, hatch, ink = LOOKS.get(verdict, ("white", GREY, "", "black"))
        ticks[level] = f"{verdict}  {len(group)}"
        for position, number in enumerate(group):
            row, column = divmod(position, PER_ROW)
            look: dict[str, Any] = {"facecolor": face, "edgecolor": edge, "hatch": hatch}
            ax.add_patch(
                Rectangle((column - 0.43, level + row - 0.43), 0.86, 0.86, linewidth=1.2, **look)
            )
            halo = {"facecolor": face, "edgecolor": "none", "pad": 1.0}
            place = (column, level + row)
            ax.text(*place, str(number), ha="center", va="center", fontsize=9, color=ink, bbox=halo)
        level += max(1, -(-len(group) // PER_ROW))
    ax.set(xlim=(-0.7, PER_ROW - 0.3), ylim=(level - 0.4, -0.6), xticks=[])
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.grid(visible=False)


def plot_timeline(spells: Mapping[str, Point], *, ax: Axes, outside: Sequence[str] = ()) -> None:
    """Draw spells of time as bars, one above the other; those told beside the record are hatched.

    Parameters
    ----------
    spells : mapping of str to (float, float)
        First and last week of each, by what it is called.
    ax : Axes
        Axes to draw on.
    outside : sequence of str
        Those that are spoken of, but not recorded.
    """
    for level, (name, (first, last)) in enumerate(spells.items()):
        face, hatch = ("white", "////") if name in outside else (BLUE, "")
        ax.barh(level, last - first, 0.55, first, color=face, edgecolor=BLUE, hatch=hatch)
    ax.use_sticky_edges = False  # no bar ends where the frame cuts it
    ax.axvline(0.0, color="black", linewidth=0.8)
    name_rows(spells, ax=ax)
    ax.grid(visible=True, axis="x")
