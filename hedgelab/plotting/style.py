"""The house style: one call sets it, one shows a figure with its alt text; marks all figures share.

Plotting functions draw on the axes they are given, return nothing and compute no result; they are
handed numbers in the unit of the axis.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError

if TYPE_CHECKING:
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
    write(ax, text, (0.0, level), (4, 3), x="axes fraction", color=ROLE_COLORS[role])


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
    counts, edges = np.histogram(values, bins=40, range=view(values))
    share = 100.0 * counts / values.size
    shape: dict[str, Any] = {"fill": True, "color": color, "alpha": 0.35}
    # The outline keeps outcomes that are all alike in sight.
    ax.stairs(share, edges, orientation="horizontal", edgecolor=color, linewidth=1.0, **shape)
    foot = -0.05 * float(share.max())
    ax.plot([foot, foot], bounds, color=color, linewidth=5.0, solid_capstyle="butt")
    ax.set_xlim(left=2.5 * foot)
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


def name_rows(names: Iterable[Any], *, ax: Axes, above: float = 0.5, **style: Any) -> None:
    """Name the rows of a figure that is read from the top down, one name a row."""
    words = [str(name) for name in names]
    ax.set_yticks(range(len(words)), words, **style)
    ax.set_ylim(len(words) - 0.5, -above)
    ax.grid(visible=False)


def name_ticks(places: Iterable[float], words: Iterable[str], *, ax: Axes) -> None:
    """Write words at places of a horizontal axis, and nothing between them."""
    ax.set_xticks(list(places), list(words))
    ax.set_xticks([], minor=True)


def set_log(which: str, *, ax: Axes) -> None:
    """Make axes logarithmic, with plain numbers at 1, 2 and 5.

    Parameters
    ----------
    which : str
        The axes, such as "x" or "xy".
    ax : Axes
        Axes to change.
    """
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    for name in which:
        ax.set(**{f"{name}scale": "log"})
        axis = ax.xaxis if name == "x" else ax.yaxis
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axis.set_minor_locator(NullLocator())


def view(values: Floats) -> tuple[float, float]:
    """Return the range that holds all but the outermost half percent on either side."""
    low, high = np.quantile(values, [0.005, 0.995])
    return float(low), float(high)


def write(ax: Axes, text: str, place: Point, shift: Point, x: str = "data", **style: Any) -> None:
    """Write a small text beside a place, shifted by so many points."""
    coordinates = (x, "data")
    ax.annotate(text, place, shift, coordinates, textcoords="offset points", fontsize=9, **style)
