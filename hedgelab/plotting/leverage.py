"""Figures of leverage: odds of liquidation, where they reach a level, what hedging harder does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab.plotting.style import ROLE_COLORS, Curves, Floats, name_rows, name_ticks, plot_points

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FLOOR = 0.005  # a log axis has no zero [%]
TICKS = (2, 5, 10, 20, 50)


def plot_odds(odds: pd.DataFrame, window: str, styles: Mapping[int, str], *, ax: Axes) -> None:
    """Draw odds over leverage on log axes: a simulated line per time, a real mark per time.

    Parameters
    ----------
    odds : DataFrame
        Index source (simulated, real), window, hours; columns leverage, low, odds, high. [%]
    window : str
        Whose odds are drawn; without real ones there are no marks.
    styles : mapping of int to str
        Line style by hours, of three times.
    ax : Axes
        Axes to draw on.
    """
    orange, grey = ROLE_COLORS["perpetual"], ROLE_COLORS["unhedged"]
    marks = (("^", 0.97), ("s", 1.0), ("o", 1.03))  # side by side, so that bars stay apart
    small: dict[str, Any] = {"markersize": 4.5, "linewidth": 1.0, "zorder": 3}
    rows = odds.reset_index()
    rows = rows[rows["window"] == window]
    for hours, style in styles.items():
        line = rows[(rows["hours"] == hours) & (rows["source"] == "simulated")]
        x, low, middle, high = (line[k].to_numpy() for k in ("leverage", "low", "odds", "high"))
        ax.fill_between(x, np.maximum(low, FLOOR), high, color=orange, alpha=0.2, linewidth=0)
        label = f"{hours} h" if hours < 72 else f"{hours // 24} days"
        ax.plot(x, np.maximum(middle, FLOOR), color=orange, linestyle=style, label=label)
        dots = rows[(rows["hours"] == hours) & (rows["source"] == "real") & (rows["odds"] > FLOOR)]
        x, low, middle, high = (dots[k].to_numpy() for k in ("leverage", "low", "odds", "high"))
        mark, shift = marks[list(styles).index(hours)]
        reach = np.abs(np.array([np.maximum(low, FLOOR), high]) - middle)
        ax.errorbar(x * shift, middle, reach, color=grey, linestyle="", marker=mark, **small)
        if dots.shape[0]:
            ax.plot([], [], mark, color=grey, markersize=4.5, label=f"{label}, real")
    ax.set(xscale="log", yscale="log", ylim=(0.01, 100.0))
    name_ticks(TICKS[1:], map(str, TICKS[1:]), ax=ax)
    ax.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])


def plot_levels(reached: pd.DataFrame, theory: pd.Series[float], *, ax: Axes) -> None:
    """Draw one row per window: where odds reach a level, simulated and real, and in theory.

    Parameters
    ----------
    reached : DataFrame
        Index source (simulated, real), window; columns low, leverage, high. [1]
    theory : Series
        Leverage by window. [1]
    ax : Axes
        Axes to draw on.
    """
    names = list(theory.index)
    looks = {"simulated": ("perpetual", 0.14), "real": ("unhedged", -0.14)}
    named: set[str] = set()
    for row in reached.reset_index(names=["source", "window"]).to_dict("records"):
        role, shift = looks[row["source"]]
        height = names.index(row["window"]) - shift
        ax.plot([row["low"], row["high"]], [height] * 2, color=ROLE_COLORS[role])
        label = "" if row["source"] in named else row["source"]
        named.add(row["source"])
        ax.plot(row["leverage"], height, "o", color=ROLE_COLORS[role], markersize=4.5, label=label)
    rows = np.arange(len(names))
    grey = ROLE_COLORS["unhedged"]
    ax.vlines(theory, rows - 0.3, rows + 0.3, grey, linewidth=0.8, label="theory")
    ax.set(xscale="log", xlim=(4.0, 40.0))
    name_rows(names, ax=ax)
    name_ticks(TICKS[1:-1], map(str, TICKS[1:-1]), ax=ax)


def plot_hands(
    results: Mapping[tuple[float, str], pd.DataFrame],
    quantity: str,
    looks: Mapping[str, tuple[str, str]],
    *,
    ax: Axes,
) -> None:
    """Draw a mean with its error over leverage, one line per hand; a mean of zero is left out.

    Parameters
    ----------
    results : mapping of (float, str) to DataFrame
        By leverage and name: what `inference.summary` returns, with a row for the quantity.
    quantity : str
        Which row is drawn.
    looks : mapping of str to (str, str)
        Role and line style by name.
    ax : Axes
        Axes to draw on.
    """
    for name, (role, style) in looks.items():
        rows = {x: frame.loc[quantity] for (x, hand), frame in results.items() if hand == name}
        drawn = {x: row for x, row in rows.items() if row["mean"] > 0.0}
        middle = np.array([row["mean"] for row in drawn.values()])
        high = np.array([row["error_high"] for row in drawn.values()])
        x = np.array(list(drawn))
        ax.plot(x, middle, color=ROLE_COLORS[role], linestyle=style, label=name)
        plot_points(x, middle, high - middle, ax=ax, role=role)
    ax.set(xscale="log")
    name_ticks((2, 3, 5, 10, 20), map(str, (2, 3, 5, 10, 20)), ax=ax)


def plot_fading(
    position: Floats, curves: Curves, errors: Curves, *, ax: Axes, real: bool = False
) -> None:
    """Draw what a hedge leaves over its own leverage, one line a hedge, with error bars.

    Parameters
    ----------
    position : ndarray of shape (n_points,)
        Leverage of the hedge. [1]
    curves, errors : mapping of str to ndarray of shape (n_points,)
        No hedge first, then two hedges: the value, and what its bar reaches to either side.
    ax : Axes
        Axes to draw on.
    real : bool
        Real values are hollow points without a line.
    """
    roles = dict(zip(curves, ("unhedged", "hedged", "perpetual"), strict=True))
    for name, values in curves.items():
        if not real:
            ax.plot(position, values, color=ROLE_COLORS[roles[name]], label=name)
        plot_points(position, values, errors[name], ax=ax, role=roles[name], filled=not real)
    ax.set(xscale="log")
    name_ticks((1, 2, 5, 10, 20, 50), map(str, (1, 2, 5, 10, 20, 50)), ax=ax)
