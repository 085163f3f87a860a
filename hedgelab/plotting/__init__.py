"""Figures in the house style: one file for the style and what all share, one for each subject.

Plotting functions draw on the axes they are given, return nothing and compute no result; they are
handed numbers in the unit of the axis.
"""

from hedgelab.plotting.platform import plot_switches, plot_venues
from hedgelab.plotting.scoreboard import plot_scoreboard, plot_timeline
from hedgelab.plotting.six_weeks import (
    BILL_ROLES,
    plot_bill,
    plot_differences,
    plot_isoline,
    plot_marks,
    plot_windows,
)
from hedgelab.plotting.style import (
    ROLE_COLORS,
    canvas,
    plot_fan,
    plot_outcomes,
    plot_points,
    plot_reference,
    show,
    use_style,
)
from hedgelab.plotting.threshold import plot_books, plot_catch, set_log
from hedgelab.plotting.truth import plot_ranges, plot_ranks, plot_scores, plot_verdicts

__all__ = [
    "BILL_ROLES",
    "ROLE_COLORS",
    "canvas",
    "plot_bill",
    "plot_books",
    "plot_catch",
    "plot_differences",
    "plot_fan",
    "plot_isoline",
    "plot_marks",
    "plot_outcomes",
    "plot_points",
    "plot_ranges",
    "plot_ranks",
    "plot_reference",
    "plot_scoreboard",
    "plot_scores",
    "plot_switches",
    "plot_timeline",
    "plot_venues",
    "plot_verdicts",
    "plot_windows",
    "set_log",
    "show",
    "use_style",
]
