"""Where the gap between two books comes from, line by line, per path.

Every figure here is arithmetic on the ledger, one value per path; how sure a mean is belongs to
`inference.summary`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hedgelab.ledger import COSTS, Ledger

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

# Line of the bill -> ledger columns with their sign in the equity change, in waterfall order.
BILL = {
    "holding": (("holding_pnl", 1.0),),
    "price drag": (("hedge_pnl", 1.0),),
    "basis": (("basis_pnl", 1.0),),
    "relief": (("bankruptcy_relief", 1.0),),
    "funding": (("funding", 1.0),),
    "financing": (("financing", 1.0),),
    "fee": (("fee", -1.0),),
    "half-spread": (("half_spread_cost", -1.0),),
    "impact": (("impact_cost", -1.0),),
    "delay": (("delay_cost", -1.0),),
    "liquidation": (("liquidation_fee", -1.0),),
}


def bill(ledger: Ledger, hedge: str, against: str | Ledger = "unhedged") -> pd.DataFrame:
    """Lines that lead from the reference book to the hedged one, per path. [quote]

    Parameters
    ----------
    ledger : Ledger
        Outcome of one run.
    hedge : str
        Name of the hedge whose bill is drawn up.
    against : str or Ledger
        A hedge of the same ledger, or another ledger on the same paths that holds the same
        hedge (hold less, the frictionless twin).

    Returns
    -------
    lines : DataFrame of shape (n_paths, n_lines + 2)
        One column per line, gain positive (a cost stands as a negative number, and so does the
        upside a short gave away), then `gap`, the difference of the two equity changes, and
        `residual`, the gap less the sum of the lines: rounding, or a bug.
    """
    import pandas as pd

    own = ledger.of(hedge)
    other = ledger.of(against) if isinstance(against, str) else against.of(hedge)
    lines = {
        line: sum(sign * (own[column] - other[column]) for column, sign in parts)
        for line, parts in BILL.items()
    }
    frame = pd.DataFrame(lines)
    frame["gap"] = own["equity_change"] - other["equity_change"]
    frame["residual"] = frame["gap"] - frame[list(BILL)].sum(axis=1)
    return frame


def friction(ledger: Ledger, hedge: str) -> Floats:
    """All costs per path, a positive magnitude. [quote]

    Fee and liquidation fee are explicit, a venue prints them on its statement; half-spread, impact
    and delay are implicit, no statement shows them.
    """
    return np.asarray(np.sum([ledger.of(hedge)[column] for column in COSTS], axis=0))


def interaction(net: Ledger, twin: Ledger, hedge: str) -> Floats:
    """Loss to friction beyond friction itself, per path. [quote]

    Parameters
    ----------
    net, twin : Ledger
        The run, and the same run on the venue without friction.
    hedge : str
        Name of the hedge in both.

    Notes
    -----
    (equity change of the twin - equity change of the run) - friction. Zero for a rule that
    looks at prices only; liquidations, outages and rules that look at equity make it differ.
    """
    difference = twin.of(hedge)["equity_change"] - net.of(hedge)["equity_change"]
    return difference - friction(net, hedge)
