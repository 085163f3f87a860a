"""What the numbers can tell: two named intervals, paired differences, power, many at once.

The *outcome range* is what one person's weeks can be; the *simulation error* is how well a mean
is known. More paths narrow the second only, and it says nothing about one trader's six weeks.
"""

from hedgelab.inference.comparing import Comparison, Difference, compare, paired
from hedgelab.inference.intervals import (
    Interval,
    effective_size,
    mean_error,
    outcome_range,
    overlap,
    p_value,
    proportion,
    ratio,
    simulation_error,
    summary,
)
from hedgelab.inference.multiple import Best, best_of, holm
from hedgelab.inference.power import traders_needed, weeks_needed

__all__ = [
    "Best",
    "Comparison",
    "Difference",
    "Interval",
    "best_of",
    "compare",
    "effective_size",
    "holm",
    "mean_error",
    "outcome_range",
    "overlap",
    "p_value",
    "paired",
    "proportion",
    "ratio",
    "simulation_error",
    "summary",
    "traders_needed",
    "weeks_needed",
]
