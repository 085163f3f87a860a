"""Nothing is earned on average: prices are martingales, and no rule sees the future.

For every rule the mean `hedge_pnl` is zero, whatever it trades and whenever it is liquidated, since
a continuous price fills at the level.  The error is told in units of the hedge's mean friction.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hedgelab import presets, scenarios
from hedgelab.book import Book
from hedgelab.hedges import (
    Band,
    Constant,
    Hedge,
    KeepLeverage,
    MarginAware,
    MinimumVariance,
    PartialAdjustment,
    Schedule,
    StopLoss,
    VolatilityTarget,
    VolatilityTrigger,
    rule,
)
from hedgelab.ledger import Ledger
from hedgelab.simulation import simulate
from hedgelab.truth.check import Floats, known
from hedgelab.truth.setting import BOOK, MAINTENANCE, gbm, venue, walking

VOLATILITY = 0.2
# jumps whose mean on the price is zero
JUMPS = {"volatility": 0.6, "jump_rate": 100.0, "jump_mean": -0.0018, "jump_sd": 0.06}
WANDER = rule(walking, sd=0.25, kept=0.8)
DAILY = Schedule(4.0, 24.0, False, 1)
RULES = {
    "schedule": Hedge(Constant(1.0), DAILY, "schedule"),
    "tranches": Hedge(Constant(1.0), Schedule(4.0, 24.0, False, 6), "tranches"),
    "volatility trigger": Hedge(
        Constant(1.0), VolatilityTrigger(0.21, 0.19, 6.0, 4.0, 0.1), "volatility trigger"
    ),
    "stop-loss": Hedge(Constant(1.0), StopLoss(0.005, 6.0), "stop-loss"),
    "band to its edge": Hedge(WANDER, Band(0.1), "band to its edge"),
    "band to its centre": Hedge(WANDER, Band(0.1, "centre"), "band to its centre"),
    "optimal band": Hedge(WANDER, Band("optimal", lookback=24.0), "optimal band"),
    "partial adjustment": Hedge(WANDER, PartialAdjustment(0.5), "partial adjustment"),
    "volatility target": Hedge(VolatilityTarget(0.1, 12.0), DAILY, "volatility target"),
    "kept leverage": Hedge(KeepLeverage(0.5), DAILY, "kept leverage"),
    "margin aware": Hedge(MarginAware(0.25, 0.4, 0.25), DAILY, "margin aware"),
}
ONCE = presets.static(1.0)
ACROSS = Hedge(MinimumVariance(24.0), DAILY, "minimum variance")
COSTS = {"taker_fee": 5e-4}
HALF_SPREAD = 5e-4  # of a small coin


@lru_cache(maxsize=2)
def _week(n_paths: int, seed: int, drift: float) -> dict[str, Floats]:
    """What every rule earned in the same week of a perpetual holding at three times."""
    market = gbm(n_paths, seed, 168, VOLATILITY, drift=drift, warm_up=72, half_spread=HALF_SPREAD)
    book = Book(capital=1.0, leverage=3.0, holding="perp", risk_aversion=10_000.0)
    ledger = simulate(market, list(RULES.values()), venue=venue(**COSTS), book=book)
    return {hedge.name: _earned(ledger, k) for k, hedge in enumerate(ledger.hedges)}


def earned_by(n_paths: int, seed: int, *, hedge: str, drift: float = 0.0) -> Floats:
    """What a rule earned on prices, over its mean friction."""
    return _week(n_paths, seed, drift)[hedge]


def _earned(ledger: Ledger, hedge: int = 0) -> Floats:
    return ledger["hedge_pnl"][:, hedge] / float(ledger.friction[:, hedge].mean())


def earned_once(
    n_paths: int,
    seed: int,
    *,
    volatility: float,
    maintenance_rate: float = MAINTENANCE,
    drift: float = 0.0,
    **book: Any,
) -> Floats:
    """What a hedge earned that is opened once."""
    market = gbm(n_paths, seed, 12, volatility, drift=drift, half_spread=HALF_SPREAD)
    charged = venue(maintenance_rate, liquidation_fee=0.0125, **COSTS)
    return _earned(simulate(market, ONCE, venue=charged, book=Book(capital=1.0, **book)))


def earned_across(n_paths: int, seed: int, *, drift: float = 0.0) -> Floats:
    """What a hedge in another coin earned."""
    law = {"volatility": VOLATILITY, "hedge_volatility": VOLATILITY, "drift": drift}
    run = {"n_paths": n_paths, "seed": seed, "n_bars": 168, "warm_up": 72}
    market = scenarios.gbm_pair(**law, **run, half_spread=HALF_SPREAD)
    return _earned(simulate(market, ACROSS, venue=venue(**COSTS), book=BOOK))


def earned_through_gaps(n_paths: int, seed: int, *, drift: float = 0.0) -> Floats:
    """What a hedge earned whose margin the price often jumps through."""
    market = scenarios.merton(
        **JUMPS, drift=drift, n_bars=24, n_paths=n_paths, seed=seed, half_spread=HALF_SPREAD
    )
    book = Book(capital=1.0, hedge_collateral=0.04)
    charged = venue(0.02, liquidation_fee=0.0125, **COSTS)
    return _earned(simulate(market, ONCE, venue=charged, book=book))


def earned_by_law(n_paths: int, seed: int, *, drift: float = 0.0) -> Floats:
    """What a hedge earned in the fitted law that is closed and opened anew every four hours."""
    market = scenarios.simulate("btc-2023", weeks=1, n_paths=n_paths, seed=seed, drift=drift)
    hedge = Hedge(Constant(1.0), Schedule(4.0, 4.0, False, 1), "four hours")
    book = Book(capital=1.0, liquidation="close")
    return _earned(simulate(market, hedge, venue=venue(**COSTS), book=book))


UP = {"drift": 0.2}  # a year
OFTEN = {"volatility": 0.8, "maintenance_rate": 0.02, "hedge_collateral": 0.04}
CHECKS = (
    *(known(f"fairness: {name}", 0.0, earned_by, UP, hedge=name) for name in RULES),
    known("fairness: one opening", 0.0, earned_once, UP, volatility=0.2),
    known(
        "fairness: one opening that is often liquidated",
        0.0,
        earned_once,
        {"drift": 0.5 * 0.8**2},
        **OFTEN,
    ),
    known("fairness: minimum variance in another coin", 0.0, earned_across, UP),
    # A bar begins with its jump. Jumps that have a mean are compensated in the rest of the bar, and
    # a liquidation in between escapes half of that: so here they have none.
    known("fairness: one opening through gaps", 0.0, earned_through_gaps, {"drift": 0.36}),
    known("fairness: the clock in the fitted law", 0.0, earned_by_law, {"drift": 0.5 * 0.515**2}),
)
