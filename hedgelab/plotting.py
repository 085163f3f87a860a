"""Figures in the house style: one call sets it, one shows a figure with its alt text.

Plotting functions draw on the axes they are given, return nothing and compute no result; they are
handed numbers in the unit of the axis.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Point = tuple[float, float]
Curves = Mapping[str, Floats]

# Colour means role, never order: grey is the market, orange what the perpetual leg costs.
ROLE_COLORS = {
    "unhedged": "#4D4D4D",
    "hedged": "#0072B2",
    "perpetual": "#D55E00",
    "funding": "#009E73",
}
# The role of each line of the bill: price, funding, or friction.
BILL_ROLES = {
    "holding": "unhedged",
    "price drag": "unhedged",
    "basis": "unhedged",
    "relief": "unhedged",
    "funding": "funding",
    "financing": "funding",
}
WIDTH = 7.0
HEIGHT = 3.6
ROW_HEIGHT = 2.4
DOTS_PER_INCH = 110


def use_style() -> None:
    """Set the house style for every figure that follows."""
    import matplotlib as mpl

    mpl.rcdefaults()  # nothing of the reader's own settings
    mpl.rcParams.update(
        {
            "figure.figsize": (WIDTH, HEIGHT),
            "figure.dpi": DOTS_PER_INCH,
            "figure.constrained_layout.use": True,
            "savefig.dpi": DOTS_PER_INCH,
            "font.family": "DejaVu Sans",
            "font.size": 10.0,
            "axes.titlesize": 10.0,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.axisbelow": True,
            "grid.color": "#E6E6E6",
            "grid.linewidth": 0.8,
            "lines.linewidth": 1.6,
            "legend.frameon": False,
            "text.parse_math": False,  # a dollar sign is money here
        }
    )


def canvas(rows: int = 1, widths: Sequence[float] = (1.0,), **shared: Any) -> tuple[Figure, Any]:
    """A figure of house size with its axes.

    Parameters
    ----------
    rows : int
        Panels one above the other.
    widths : sequence of float
        Relative widths of the panels in a row.
    **shared : bool
        `sharex`, `sharey`: whether panels share an axis.

    Returns
    -------
    fig, axes : Figure and Axes
        One axes, or an array of them when there are several panels.
    """
    import matplotlib.pyplot as plt

    size = (WIDTH, HEIGHT if rows == 1 else ROW_HEIGHT * rows)
    return plt.subplots(rows, len(widths), figsize=size, width_ratios=widths, **shared)


def show(fig: Figure, alt: str) -> None:
    """Display a figure as a picture with its alt text, and close it.

    Parameters
    ----------
    fig : Figure
        The figure; the same numbers give the same bytes.
    alt : str
        What the picture shows, for those who cannot see it. It stands in the output's metadata
        and as its plain text.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    if not alt.strip():
        raise ParameterError("a figure has no alt text", remedy="say what it shows")
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(fig)
    picture = base64.b64encode(buffer.getvalue()).decode("ascii")
    bundle = {"image/png": picture, "text/plain": f"figure: {alt}"}
    metadata = {"image/png": {"alt": alt}}
    display(bundle, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]


def plot_reference(level: float, text: str, *, ax: Axes, role: str = "unhedged") -> None:
    """Draw a labelled horizontal line at a stated level, such as the article's figure."""
    ax.axhline(level, color=ROLE_COLORS[role], linewidth=1.0, linestyle=(0, (4, 3)), zorder=1.5)
    _write(ax, text, (0.0, level), (4, 3), x="axes fraction", color=ROLE_COLORS[role])


def plot_fan(
    position: Floats, values: Floats, middle: Floats, *, ax: Axes, role: str, label: str = ""
) -> None:
    """Draw 25-75 % and 5-95 % bands of values of shape (n_paths, n_positions) around a line.

    The line is their median, or their mean where it must agree with a sum of means.
    """
    color = ROLE_COLORS[role]
    low, lower, upper, high = np.quantile(values, [0.05, 0.25, 0.75, 0.95], axis=0)
    ax.fill_between(position, low, high, color=color, alpha=0.12, linewidth=0)
    ax.fill_between(position, lower, upper, color=color, alpha=0.25, linewidth=0)
    ax.plot(position, middle, color=color, label=label)


def plot_outcomes(values: Floats, bounds: tuple[float, float], *, ax: Axes, role: str) -> None:
    """Draw a sideways histogram of outcomes with their outcome range as a bar at its foot."""
    color = ROLE_COLORS[role]
    counts, edges = np.histogram(values, bins=40, range=_view(values))
    share = 100.0 * counts / values.size
    shape: dict[str, Any] = {"fill": True, "color": color, "alpha": 0.35}
    # The outline keeps outcomes that are all alike in sight.
    ax.stairs(share, edges, orientation="horizontal", edgecolor=color, linewidth=1.0, **shape)
    foot = -0.05 * float(share.max())
    ax.plot([foot, foot], bounds, color=color, linewidth=5.0, solid_capstyle="butt")
    ax.set_xlim(left=2.5 * foot)
    ax.grid(visible=False)


def plot_bill(bill: pd.DataFrame, *, ax: Axes, start: float, outcome: Point, told: Point) -> None:
    """Draw the waterfall from the unhedged result to the hedged one, and the told one beside it.

    Parameters
    ----------
    bill : DataFrame
        One row per line, gain positive, columns mean, outcome_low, outcome_high (as
        `inference.summary` returns them), in the unit of the axis.
    ax : Axes
        Axes to draw on.
    start : float
        Mean unhedged result.
    outcome : (float, float)
        Outcome range of the hedged result.
    told : (float, float)
        The unhedged and the hedged result as told; what lies between is drawn as friction.
    """
    blue, orange = ROLE_COLORS["hedged"], ROLE_COLORS["perpetual"]
    roles = [BILL_ROLES.get(str(line), "perpetual") for line in bill.index]
    colors = [ROLE_COLORS[role] for role in roles]
    faces = ["white" if role == "unhedged" else ROLE_COLORS[role] for role in roles]
    hatches = ["///" if role == "unhedged" else "" for role in roles]
    means = bill["mean"].to_numpy()
    levels = np.cumsum([start, *means])  # before each line, and at the end
    end = len(bill) + 1
    lines, side = np.arange(1, end), end + 1.5
    low, high = (levels[:-1] + bill[bound].to_numpy() for bound in ("outcome_low", "outcome_high"))
    ax.bar(0, start, color=ROLE_COLORS["unhedged"], width=0.7)
    ax.bar(
        lines, means, 0.7, levels[:-1], color=faces, edgecolor=colors, hatch=hatches, linewidth=1
    )
    ax.bar(end, levels[-1], color=blue, width=0.7)
    ends, bottoms = [told[1], told[0] - told[1]], [0.0, told[1]]
    ax.bar([side] * 2, ends, 0.7, bottoms, fill=False, edgecolor=[blue, orange], linestyle="--")
    ax.plot([lines, lines], [low, high], color="black", linewidth=1.0)
    edges = [np.arange(end) - 0.35, np.arange(end) + 1.35]
    ax.plot(edges, [levels, levels], color="#999999", linewidth=0.8)
    ax.plot([end] * 2, outcome, color="black", linewidth=1.0)
    tops = np.max([levels[:-1], levels[1:], low, high], axis=0)
    for position, top, value in zip(lines, tops, means, strict=True):
        _label_bar(ax, position, top, value, 2)
    _label_bar(ax, 0, max(start, 0.0), start, 1)
    _label_bar(ax, end, max(levels[-1], 0.0, outcome[1]), levels[-1], 1)
    _label_bar(ax, side, max(told[1], 0.0), told[1], 1)
    _label_bar(ax, side, max(told), told[1] - told[0], 1)
    ax.axhline(0.0, color="black", linewidth=0.8)
    labels = ["unhedged", *map(str, bill.index), "hedged", "as told"]
    ax.set_xticks([0, *lines, end, side], labels, rotation=35, ha="right", rotation_mode="anchor")
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top + 0.08 * (top - bottom))


def plot_isoline(
    ratio: Floats, lines: Curves, *, ax: Axes, charged: Curves = MappingProxyType({})
) -> None:
    """Draw friction over hedge ratio: one line per funding assumption, one per venue charged.

    Parameters
    ----------
    ratio : ndarray of shape (n_ratios,)
        Hedge ratio. [1]
    lines : mapping of str to ndarray of shape (n_ratios,)
        Friction that gives the observed gap, least funding first.
    ax : Axes
        Axes to draw on.
    charged : mapping of str to ndarray of shape (n_ratios,), optional
        Friction that a venue charges at each ratio.
    """
    grey, green = ROLE_COLORS["unhedged"], ROLE_COLORS["funding"]
    styles = [(grey, (0, (1, 1.5))), (green, (0, (5, 2))), (green, "solid")]
    for (label, values), (color, style) in zip(lines.items(), styles, strict=True):
        ax.plot(ratio, values, color=color, linestyle=style, label=label)
    for label, values in charged.items():
        ax.plot(ratio, values, color=ROLE_COLORS["perpetual"], label=label)
    ax.axhline(0.0, color="black", linewidth=0.8)
    ax.set_xlim(0.0, float(ratio.max()))
    if charged:
        ax.legend(loc="lower left", fontsize=9, ncols=2)


def plot_marks(levels: Mapping[str, float], *, ax: Axes, role: str = "perpetual") -> None:
    """Draw one horizontal mark per name, labelled at its right end without overlap."""
    bottom, top = ax.get_ylim()
    names = sorted(levels, key=levels.__getitem__)
    heights = np.array([levels[name] for name in names])
    steps, color = 0.09 * (top - bottom) * np.arange(heights.size), ROLE_COLORS[role]
    # The lowest stack that keeps the labels apart, then centred on what it labels.
    places = np.maximum.accumulate(heights - steps) + steps
    places += heights.mean() - places.mean()
    leader = {"arrowstyle": "-", "color": color, "linewidth": 0.6, "relpos": (0.0, 0.5)}
    side = ax.get_yaxis_transform()
    for name, height, place in zip(names, heights, places, strict=True):
        ax.axhline(height, color=color, linewidth=0.9)
        text = ax.annotate(name, (1.0, height), (1.05, place), side, side, leader)
        text.set(va="center", fontsize=9, color=color)


def plot_differences(summary: pd.DataFrame, notes: Sequence[str], *, ax: Axes) -> None:
    """Draw one row per difference: outcome range thin, error of the mean thick, a note beside.

    Parameters
    ----------
    summary : DataFrame
        One row per difference, columns mean, error_low, error_high, outcome_low, outcome_high.
    notes : sequence of str
        One remark per row, written at the right edge.
    ax : Axes
        Axes to draw on.
    """
    color = ROLE_COLORS["hedged"]
    for position, (_, row) in enumerate(summary.iterrows()):
        level, error = [position] * 2, [row["error_low"], row["error_high"]]
        ax.plot([row["outcome_low"], row["outcome_high"]], level, color=color)
        ax.plot(error, level, color=color, linewidth=7.0, alpha=0.35, solid_capstyle="butt")
        ax.plot(row["mean"], position, marker="o", markersize=5, color=color)
        _write(ax, notes[position], (1.0, position), (0, 5), x="axes fraction", ha="right")
    ax.axvline(0.0, color="black", linewidth=0.8)
    ax.set_yticks(range(len(summary)), [str(name) for name in summary.index])
    ax.set_ylim(len(summary) - 0.5, -0.6)
    ax.grid(visible=False)


def plot_points(
    position: Floats, middle: Floats, reach: Floats, *, ax: Axes, role: str, filled: bool = True
) -> None:
    """Draw simulated values as points with error bars; hollow ones are not the real thing.

    Parameters
    ----------
    position, middle, reach : ndarray of shape (n_points,)
        Where on the horizontal axis, the values, and what a bar reaches to either side.
    ax : Axes
        Axes to draw on.
    role : str
        Chooses the colour.
    filled : bool
        Hollow where false.
    """
    color = ROLE_COLORS[role]
    look: dict[str, Any] = {"fmt": "o", "markersize": 4.5, "linewidth": 1.0, "zorder": 3}
    face = color if filled else "white"
    ax.errorbar(position, middle, reach, color=color, markerfacecolor=face, **look)


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
    ax.set_yticks(rows, [str(name).replace("_", " ") for name in scores.index], fontsize=8)
    ax.set_ylim(len(scores) - 0.5, -0.5)
    ax.grid(visible=False)


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
    ax.set_xticks([0.1, 1, 5, 10, 100, 1000], ["0.1", "1", "5", "10", "100", "1000"])
    ax.set_xticks([], minor=True)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(visible=False)


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
    ax.set_yticks(range(len(cells)), list(cells))
    ax.set(xlim=(-1.0, 101.0), ylim=(len(cells) - 0.5, -0.5))
    ax.grid(visible=False)


def plot_windows(market: Floats, hedged: Floats, told: tuple[float, float], *, ax: Axes) -> None:
    """Draw hedged against unhedged results, one dot per path, and the told pair as a star.

    The frame holds all but the outermost dots.
    """
    # More dots than this are a blot; every k-th keeps the shape and the order of time.
    step = max(1, market.size // 2_000)
    left, right = _view(np.append(market, told[0]))
    bottom, top = _view(np.append(hedged, told[1]))
    bottom, top = min(bottom, told[1]), max(top, told[1])
    pad = 0.1 * (top - bottom)
    ax.set(xlim=(left, right), ylim=(bottom - pad, top + pad))
    grey, orange = ROLE_COLORS["unhedged"], ROLE_COLORS["perpetual"]
    corner = min(right, top + pad)
    ax.axline((0.0, 0.0), slope=1.0, color=grey, linewidth=1.0, linestyle=(0, (4, 3)))
    dots: dict[str, Any] = {"s": 6, "color": ROLE_COLORS["hedged"], "alpha": 0.35, "linewidths": 0}
    ax.scatter(market[::step], hedged[::step], **dots)
    ax.plot(*told, marker="*", markersize=13, color=orange, linestyle="none")
    _write(ax, "the article", told, (10, -4), color=orange)
    _write(ax, "unhedged", (corner, corner), (-8, -14), color=grey, ha="right")
    ax.axhline(0.0, color="black", linewidth=0.8)


def _view(values: Floats) -> tuple[float, float]:
    """Return the range that holds all but the outermost half percent on either side."""
    low, high = np.quantile(values, [0.005, 0.995])
    return float(low), float(high)


def _label_bar(ax: Axes, position: Any, top: float, value: float, decimals: int) -> None:
    text = f"{value:+.{decimals}f}" if abs(value) >= 0.5 * 10.0**-decimals else "0"
    _write(ax, text, (position, top), (0, 3), ha="center")


def _write(ax: Axes, text: str, place: Point, shift: Point, x: str = "data", **style: Any) -> None:
    coordinates = (x, "data")
    ax.annotate(text, place, shift, coordinates, textcoords="offset points", fontsize=9, **style)
