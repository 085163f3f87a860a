"""The verdict: is the risk that a hedge removes worth what it costs?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hedgelab import attribution
from hedgelab.errors import known
from hedgelab.inference import (
    Interval,
    effective_size,
    mean_error,
    overlap,
    paired,
    weeks_needed,
)
from hedgelab.metrics import shortfall_scores, variance_scores
from hedgelab.worth.utility import break_even_risk_aversion

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.ledger import Ledger

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weighing:
    """One hedge weighed against its reference: means with their errors, per window.

    Parameters
    ----------
    hedge, against : str
        Names of the two.
    risk_aversion : float
        Relative, over capital. [1]
    capital : float
        [quote]
    paid : float
        Mean friction of the hedge, all of it. [quote]
    friction, cost : Interval
        Friction, and all that is given up of the mean, beyond the reference's. [quote]
    variance_removed : Interval
        Variance of the reference's return less that of the hedge's. [1]
    shortfall_removed : Interval
        The same of expected shortfall. [quote]
    gain : Interval
        Certainty equivalent of the hedge less that of the reference. [quote]
    weeks : float
        Independent weeks behind the errors. [weeks]
    weeks_needed : float
        One trader's weeks before the gain can be told from luck. [weeks]
    """

    hedge: str
    against: str
    risk_aversion: float
    capital: float
    paid: float
    friction: Interval
    cost: Interval
    variance_removed: Interval
    shortfall_removed: Interval
    gain: Interval
    weeks: float
    weeks_needed: float

    @property
    def verdict(self) -> str:
        """Worth it, not worth it, or cannot tell when the interval of the gain covers zero."""
        if self.gain.covers(0.0):
            return "cannot tell"
        return "worth it" if self.gain.low > 0.0 else "not worth it"

    @property
    def friction_per_variance(self) -> float:
        """Friction over capital for a unit of variance removed, infinite where none is. [1]"""
        return _price(self.friction.estimate / self.capital, self.variance_removed)

    @property
    def friction_per_shortfall(self) -> float:
        """Friction for a dollar of expected shortfall removed, infinite where none is. [1]"""
        return _price(self.friction.estimate, self.shortfall_removed)

    @property
    def break_even_risk_aversion(self) -> float:
        """Risk aversion from which on the hedge is worth its cost, infinite where none is. [1]"""
        removed = self.variance_removed
        known = removed.estimate if removed.low > 0.0 else 0.0
        return break_even_risk_aversion(self.cost.estimate / self.capital, known)

    @property
    def break_even_friction(self) -> float:
        """Friction at which the gain is nil; below zero not even a free hedge has one. [quote]"""
        return self.paid + self.gain.estimate

    def __str__(self) -> str:
        """The verdict in a sentence, the gain per window."""
        low, high = (f"{'-' if x < 0.0 else ''}${abs(x):,.0f}" for x in self.gain.bounds)
        return (
            f"{self.hedge}: {self.verdict} against {self.against}, gain {low} to {high} "
            f"at risk aversion {self.risk_aversion:g}, from {self.weeks:,.0f} weeks"
        )


@dataclass(frozen=True)
class Weighings:
    """Every hedge of a ledger, weighed.

    `scores`, of shape (n_paths, n_hedges), are what each path adds to a gain [quote]: for
    `inference.holm` where many are weighed at once, and `inference.best_of` where one is picked.
    """

    weighed: Mapping[str, Weighing]
    scores: pd.DataFrame

    def of(self, hedge: str) -> Weighing:
        """The weighing of one hedge."""
        return self.weighed[known(hedge, self.weighed, "nothing weighed for")]

    def __str__(self) -> str:
        """A sentence per hedge."""
        return "\n".join(map(str, self.weighed.values()))

    def frame(self) -> pd.DataFrame:
        """One row per hedge, money per window in quote; see `Weighing` for the units."""
        import pandas as pd

        rows = {
            name: {
                "friction": each.friction.estimate,
                "variance_removed": each.variance_removed.estimate,
                "shortfall_removed": each.shortfall_removed.estimate,
                "friction_per_variance": each.friction_per_variance,
                "friction_per_shortfall": each.friction_per_shortfall,
                "break_even_risk_aversion": each.break_even_risk_aversion,
                "break_even_friction": each.break_even_friction,
                "gain": each.gain.estimate,
                "gain_low": each.gain.low,
                "gain_high": each.gain.high,
                "weeks_needed": each.weeks_needed,
                "verdict": each.verdict,
            }
            for name, each in self.weighed.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")


def weigh(
    ledger: Ledger,
    against: str | Ledger = "hold less",
    *,
    risk_aversion: float | None = None,
    level: float = 0.975,
    fair: bool = False,
) -> Weighings:
    r"""Weigh the risk that every hedge removes against what it costs.

    Parameters
    ----------
    ledger : Ledger
        A run.
    against : str or Ledger
        As in `inference.compare`. Against ``"unhedged"`` any short removes risk; holding less
        removes the same, so that it is what a hedge has to beat.
    risk_aversion : float, optional
        Relative, over capital; the book's unless told. [1]
    level : float
        Confidence of the expected shortfall. [1]
    fair : bool
        Let price moves earn nothing on the mean, as is known of a market without drift, rather
        than what the paths at hand happen to earn: a cost is then funding, basis and friction.

    Returns
    -------
    weighings : Weighings
        Without hedges that equal their reference on every path.

    Notes
    -----
    The gain is the difference of two certainty equivalents,

    .. math::
        \bar d - \tfrac{\lambda}{2} (\operatorname{Var} x - \operatorname{Var} y), \quad d = x - y,

    x the return of the hedge and y that of its reference. Variance and expected shortfall are means
    of scores, so that each error is that of a mean of paired values; to first order, since the mean
    and the edge of the tail in a score are those of the same paths.

    Examples
    --------
    Half a hedge at 5 bp a side against selling half at nothing: it removes the same risk, and
    costs 0.5 x 100,000 x 10 bp = 50 more, in a day without funding that matters.

    >>> from hedgelab import Constant, Hedge, Once, scenarios, simulate, venues
    >>> market = scenarios.gbm(n_bars=7, n_paths=64, seed=1)
    >>> costs = {"spot_taker_fee": 0.0, "spot_half_spread": 0.0, "impact_coefficient": 0.0}
    >>> half = Hedge(Constant(0.5), Once(), "half")
    >>> print(weigh(simulate(market, half, venue=venues.load("binance", **costs))))
    half: not worth it against hold less, gain -$50 to -$50 at risk aversion 1, from 3 weeks
    """
    import pandas as pd

    from hedgelab.simulation import hold_less

    aversion = ledger.book.risk_aversion if risk_aversion is None else risk_aversion
    name = against if isinstance(against, str) else "the other book"
    other = hold_less(ledger) if against == "hold less" else against
    near, capital = overlap(ledger.market), ledger.book.capital
    weeks = effective_size(ledger.n_paths, near) * ledger.weeks
    weighed, scores = {}, {}
    for hedge, difference in paired(ledger, other).items():
        if not difference.any():
            continue
        reference = (ledger, other) if isinstance(other, str) else (other, str(hedge))
        (own, paid, luck), (its, spared, its_luck) = (
            (
                book.of(held)["equity_change"] / capital,
                attribution.friction(book, held),
                book.of(held)["hedge_pnl"],
            )
            for book, held in ((ledger, str(hedge)), reference)
        )
        cost = -difference.to_numpy(np.float64) + fair * (luck - its_luck)
        # Two books of the same risk differ by rounding only, which is no difference.
        variance = (variance_scores(its) - variance_scores(own)).round(12) + 0.0
        shortfall = capital * (shortfall_scores(its, level) - shortfall_scores(own, level))
        gain = 0.5 * aversion * capital * variance - cost
        seen = gain + fair * (luck - its_luck)  # one person meets the luck that a mean leaves out
        scores[str(hedge)] = gain
        weighed[str(hedge)] = Weighing(
            str(hedge),
            name,
            aversion,
            capital,
            float(paid.mean()),
            mean_error(paid - spared, near),
            mean_error(cost, near),
            mean_error(variance, near),
            mean_error(shortfall.round(6) + 0.0, near),
            mean_error(gain, near),
            weeks,
            weeks_needed(float(gain.mean()), float(seen.std(ddof=1)), ledger.weeks),
        )
    return Weighings(weighed, pd.DataFrame(scores))


def _price(friction: float, removed: Interval) -> float:
    """Friction for a unit of risk removed, where the interval shows that any is."""
    return friction / removed.estimate if removed.low > 0.0 else math.inf
