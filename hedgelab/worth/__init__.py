"""Was it worth it: the verdict on a ledger, and what one observed gap can and cannot say."""

from hedgelab.worth.isoline import (
    FullHedge,
    break_even_return,
    crossings,
    full_hedge,
    implied_friction,
    isoline,
    ratio_at_cost,
)
from hedgelab.worth.utility import break_even_risk_aversion, certainty_equivalent, over_trading
from hedgelab.worth.weighing import Weighing, Weighings, weigh

__all__ = [
    "FullHedge",
    "Weighing",
    "Weighings",
    "break_even_return",
    "break_even_risk_aversion",
    "certainty_equivalent",
    "crossings",
    "full_hedge",
    "implied_friction",
    "isoline",
    "over_trading",
    "ratio_at_cost",
    "weigh",
]
