"""What a result can and cannot say about cost: the isoline and its crossings.

Everything here is one line of algebra. Per unit of capital, over one window, a short of ratio h
against a holding that returned r, with f the funding a full short received and k the friction a
full hedge paid, leaves the book behind the unhedged one by

    gap = h r + friction - h f,        friction = h k.

One observed gap is one equation with two unknowns, h and friction: a line of pairs, not a cause.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.ledger import Ledger

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)


class FullHedge(NamedTuple):
    """What a hedge of ratio one received, paid and traded in the window, over capital. [1]

    The three are of shape (n_paths,); `ratio` is the mean ratio they were divided by.
    """

    ratio: float
    funding: Floats
    friction: Floats
    turnover: Floats

    @property
    def cost_per_notional(self) -> Floats:
        """Friction over traded notional, both ways counted, shape (n_paths,). [1]"""
        if not (self.turnover > 0.0).all():
            what = "a path traded nothing, so its cost has no notional"
            raise ParameterError(what, remedy="use a hedge that trades on every path")
        return self.friction / self.turnover


def full_hedge(ledger: Ledger, hedge: str) -> FullHedge:
    """Rates of a hedge per unit of its own mean ratio.

    Parameters
    ----------
    ledger : Ledger
        A run.
    hedge : str
        Name of a hedge that traded.

    Notes
    -----
    Fees, half-spread and funding grow in proportion to the ratio; impact grows a little faster,
    so that far from the simulated ratio these rates are slightly off.
    """
    at = ledger.names.index(hedge)
    ratio = float(ledger["mean_hedge_ratio"][:, at].mean())
    money = [x[:, at] for x in (ledger["funding"], ledger.friction, ledger["turnover"])]
    if not (ratio > 0.0 and money[-1].mean() > 0.0):
        what = f"the hedge {hedge!r} traded nothing"
        raise ParameterError(what, remedy="use a hedge ratio above zero")
    return FullHedge(ratio, *(amount / (ratio * ledger.book.capital) for amount in money))


def isoline(ratio: Number, *, gap: float, unhedged_return: float, funding: float = 0.0) -> Number:
    """Friction that, with this hedge ratio, gives the observed gap. [1]

    Parameters
    ----------
    ratio : float or array_like
        Hedge ratio. [1]
    gap : float
        Unhedged less hedged result, of capital. [1]
    unhedged_return : float
        Return of the holding in the window. [1]
    funding : float
        Funding a full hedge received in the window, of capital. [1]

    Returns
    -------
    friction : same shape as ratio
        Of capital in the window. Negative where price drag alone exceeds the gap: no cost, only
        a subsidy, could give the result there. [1]

    Examples
    --------
    A gap of 6.2 points while the market rose 8.3 % and funding paid 1 bp per 8 h, which is
    126 stamps or 1.26 % in six weeks:

    >>> [round(100 * isoline(h, gap=0.062, unhedged_return=0.083, funding=0.0126), 2)
    ...  for h in (0.0, 0.25, 0.5, 0.747)]
    [6.2, 4.44, 2.68, 0.94]
    """
    return gap - ratio * (unhedged_return - funding)


def ratio_at_cost(
    friction: float, *, gap: float, unhedged_return: float, funding: float = 0.0
) -> float:
    """Hedge ratio at which a hedge with this friction gives the gap. [1]

    Parameters
    ----------
    friction : float
        Friction of a full hedge in the window, of capital; a hedge of ratio h pays h times it. [1]
    gap, unhedged_return, funding : float
        As in `isoline`. [1]

    Notes
    -----
    Infinite when hedging changes nothing, so that no ratio gives the gap; negative when only the
    opposite position would.

    Examples
    --------
    A free hedge, without and with funding of 1.26 %:

    >>> story = {"gap": 0.062, "unhedged_return": 0.083}
    >>> round(ratio_at_cost(0.0, **story), 3), round(ratio_at_cost(0.0, funding=0.0126, **story), 3)
    (0.747, 0.881)

    A full hedge that pays 4.2 % and receives 1.26 %: 6.2 / (8.3 + 4.2 - 1.26).

    >>> round(ratio_at_cost(0.042, funding=0.0126, **story), 3)
    0.552
    """
    price_of_ratio = unhedged_return + friction - funding
    return gap / price_of_ratio if price_of_ratio != 0.0 else math.inf


def crossings(
    fundings: Mapping[str, float], friction: float, *, gap: float, unhedged_return: float
) -> pd.DataFrame:
    """Ratios at which the gap is explained, one row per funding assumption.

    Parameters
    ----------
    fundings : mapping of str to float
        Funding a full hedge received under each assumption, of capital. [1]
    friction : float
        Friction of a full hedge, of capital. [1]
    gap, unhedged_return : float
        As in `isoline`. [1]

    Returns
    -------
    table : DataFrame
        Columns funding, free_ratio (without friction) and costly_ratio (with it). [1]
    """
    import pandas as pd

    story = {"gap": gap, "unhedged_return": unhedged_return}
    table = pd.DataFrame({"funding": fundings})
    for column, cost in (("free_ratio", 0.0), ("costly_ratio", friction)):
        table[column] = [ratio_at_cost(cost, funding=f, **story) for f in table["funding"]]
    return table


def implied_friction(
    ratio: Number, *, gap: float, unhedged_return: float, funding: float, turnover: float
) -> Number:
    """All-in cost per traded notional that would make the gap true at this ratio. [1]

    Parameters
    ----------
    ratio : float or array_like
        Hedge ratio, above zero. [1]
    gap, unhedged_return, funding : float
        As in `isoline`. [1]
    turnover : float
        Notional that a full hedge trades in the window, over capital. [1]

    Examples
    --------
    42 round trips of a full hedge trade 84 times capital; at half a hedge the gap leaves
    2.68 points for 42 times capital, 6.38 bp a trade:

    >>> story = {"gap": 0.062, "unhedged_return": 0.083, "funding": 0.0126}
    >>> round(1e4 * implied_friction(0.5, turnover=84.0, **story), 2)
    6.38
    """
    if not (np.all(np.asarray(ratio) > 0.0) and turnover > 0.0):
        what = "a ratio or a turnover of zero trades nothing that could carry a cost"
        raise ParameterError(what, remedy="use a ratio and a turnover above zero")
    friction = isoline(ratio, gap=gap, unhedged_return=unhedged_return, funding=funding)
    return friction / (ratio * turnover)


def break_even_return(*, friction: Number, funding: Number) -> Number:
    """Market return at which a hedge neither helps nor hurts, whatever its ratio. [1]

    Parameters
    ----------
    friction, funding : float or array_like
        Paid and received by a full hedge in the window, of capital. [1]

    Examples
    --------
    A hedge that pays 4.2 % and receives 1.26 % needs a market that falls 2.94 %:

    >>> round(100 * break_even_return(friction=0.042, funding=0.0126), 2)
    -2.94
    """
    return funding - friction
