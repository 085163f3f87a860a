"""Figures in the house style: one file for the style and what all share, one for each subject.

Plotting functions draw on the axes they are given, return nothing and compute no result; they are
handed numbers in the unit of the axis.
"""

from hedgelab.plotting.frontier import plot_frontier, plot_ladder, plot_net_cost
from hedgelab.plotting.holding import plot_least, plot_over_life
from hedgelab.plotting.leverage import plot_fading, plot_hands, plot_levels, plot_odds
from hedgelab.plotting.money import plot_flips, plot_money, plot_sizes
from hedgelab.plotting.platform import plot_switches, plot_venues
from hedgelab.plotting.scoreboard import plot_scoreboard, plot_timeline
from hedgelab.plotting.signals import plot_bills, plot_lives, plot_pairs
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
    set_log,
    show,
    use_style,
)
from hedgelab.plotting.threshold import plot_books, plot_catch
from hedgelab.plotting.truth import plot_ranges, plot_ranks, plot_scores, plot_verdicts

__all__ = [
    "BILL_ROLES",
    "ROLE_COLORS",
    "canvas",
    "plot_bill",
    "plot_bills",
    "plot_books",
    "plot_catch",
    "plot_differences",
    "plot_fading",
    "plot_fan",
    "plot_flips",
    "plot_frontier",
    "plot_hands",
    "plot_isoline",
    "plot_ladder",
    "plot_least",
    "plot_levels",
    "plot_lives",
    "plot_marks",
    "plot_money",
    "plot_net_cost",
    "plot_odds",
    "plot_outcomes",
    "plot_over_life",
    "plot_pairs",
    "plot_points",
    "plot_ranges",
    "plot_ranks",
    "plot_reference",
    "plot_scoreboard",
    "plot_scores",
    "plot_sizes",
    "plot_switches",
    "plot_timeline",
    "plot_venues",
    "plot_verdicts",
    "plot_windows",
    "set_log",
    "show",
    "use_style",
]
