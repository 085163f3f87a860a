"""Paired differences of hedges on the same paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError, known
from hedgelab.inference.intervals import (
    Interval,
    as_row,
    mean_error,
    outcome_range,
    overlap,
    p_value,
    proportion,
)
from hedgelab.inference.power import weeks_needed

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.ledger import Ledger


@dataclass(frozen=True)
class Difference:
    """One hedge minus its reference on the same paths. [quote]"""

    outcome: Interval
    error: Interval
    sd: float
    behind: Interval
    weeks_needed: float
    p_value: float

    @property
    def ranking(self) -> str:
        """Ahead, behind, or not ranked when the interval of the mean covers zero."""
        if self.error.covers(0.0):
            return "not ranked"
        return "ahead" if self.error.estimate > 0.0 else "behind"


@dataclass(frozen=True)
class Comparison:
    """Paired differences of every hedge against one reference."""

    differences: Mapping[str, Difference]

    def of(self, hedge: str) -> Difference:
        """The difference of one hedge."""
        return self.differences[known(hedge, self.differences, "no difference for")]

    def __str__(self) -> str:
        """The differences as a small table. [quote]"""
        shown = ["mean", "outcome_low", "median", "outcome_high", "share_behind", "weeks_needed"]
        return self.frame()[[*shown, "ranking"]].to_string(float_format="{:,.2f}".format)

    def frame(self, scale: float = 1.0) -> pd.DataFrame:
        """One row per hedge; differences times `scale`, `share_behind` in [1], weeks in [weeks]."""
        import pandas as pd

        rows = {
            hedge: {
                **as_row(each.error.scaled(scale), each.outcome.scaled(scale)),
                "sd": each.sd * abs(scale),
                "share_behind": each.behind.estimate,
                "weeks_needed": each.weeks_needed,
                "ranking": each.ranking,
            }
            for hedge, each in self.differences.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")


def compare(ledger: Ledger, against: str | Ledger = "unhedged") -> Comparison:
    """Paired differences of every hedge against a reference on the same paths.

    Parameters
    ----------
    ledger : Ledger
        Outcome of one run.
    against : str or Ledger
        A hedge of the ledger; `"hold less"`, which pairs every hedge with the book that sold its
        mean ratio instead; or another ledger on the same paths (a twin, another venue), paired
        hedge by hedge.

    Notes
    -----
    Over overlapping history windows errors and shares count independent windows only. Two hedges
    whose interval covers zero are not ranked. Where many are compared at once, see `holm`; where
    the best of many is picked, see `best_of`.
    """
    windows_overlap = overlap(ledger.market)
    return Comparison(
        {
            str(name): _difference(values.to_numpy(np.float64), windows_overlap, ledger.weeks)
            for name, values in paired(ledger, against).items()
        }
    )


def paired(ledger: Ledger, against: str | Ledger = "unhedged") -> pd.DataFrame:
    """Each hedge minus the reference, path by path. [quote]

    Parameters
    ----------
    ledger, against
        As in `compare`.

    Returns
    -------
    differences : DataFrame of shape (n_paths, n_hedges)
        A column per hedge, without the reference itself.
    """
    import pandas as pd

    if against == "hold less":
        from hedgelab.simulation import hold_less

        against = hold_less(ledger)
    if not isinstance(against, str) and against.names != ledger.names:
        what = "the two ledgers hold different hedges"
        raise ParameterError(what, remedy="run both with the same hedges in the same order")
    differences = {}
    for name in ledger.names:
        other = ledger.of(against) if isinstance(against, str) else against.of(name)
        if name != against:
            values = ledger.of(name)["equity_change"] - other["equity_change"]
            # Two books that hold the same differ by rounding only, which is no difference.
            differences[name] = values.round(6) + 0.0
    return pd.DataFrame(differences)


def _difference(values: NDArray[np.float64], windows_overlap: int, weeks: float) -> Difference:
    error = mean_error(values, windows_overlap)
    sd = float(values.std(ddof=1))
    behind = proportion(values < 0.0, windows_overlap)
    needed = weeks_needed(error.estimate, sd, weeks)
    chance = p_value(values, windows_overlap)
    return Difference(outcome_range(values), error, sd, behind, needed, chance)
