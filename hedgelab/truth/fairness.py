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
from hedgelab.truth.check import Check, Floats
from hedgelab.truth.setting import BOOK, MAINTENANCE, venue, walking

OPTIONAL_STOPPING = "Doob's optional stopping: a rule cannot earn on a martingale"
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
    market = scenarios.gbm(
        volatility=VOLATILITY,
        drift=drift,
        n_bars=168,
        n_paths=n_paths,
        seed=seed,
        warm_up=72,
        half_spread=HALF_SPREAD,
    )
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
    market = scenarios.gbm(
        volatility=volatility,
        drift=drift,
        n_bars=12,
        n_paths=n_paths,
        seed=seed,
        half_spread=HALF_SPREAD,
    )
    money = Book(capital=1.0, **book)
    costs = {**COSTS, "liquidation_fee": 0.0125}
    charged = venue(maintenance_rate, **costs)
    return _earned(simulate(market, ONCE, venue=charged, book=money))


def earned_across(n_paths: int, seed: int, *, drift: float = 0.0) -> Floats:
    """What a hedge in another coin earned."""
    market = scenarios.gbm_pair(
        volatility=VOLATILITY,
        hedge_volatility=VOLATILITY,
        drift=drift,
        n_bars=168,
        n_paths=n_paths,
        seed=seed,
        warm_up=72,
        half_spread=HALF_SPREAD,
    )
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


def _fair(name: str, sample: Any, n_paths: int, bug: str, drift: float, **setting: Any) -> Check:
    return Check(
        name=f"fairness: {name}",
        question=f"does a hedge by {name} earn nothing on prices?",
        theory=0.0,
        unit="of mean friction",
        source=OPTIONAL_STOPPING,
        sample=sample,
        setting=setting,
        n_paths=n_paths,
        bug=bug,
        wrong={"drift": drift},
    )


DRIFT, COMPENSATION = "prices rise 20 % a year", "half the variance is not compensated"
CHECKS = (
    *(_fair(name, earned_by, 60_000, DRIFT, 0.2, hedge=name) for name in RULES),
    _fair("one opening", earned_once, 150_000, DRIFT, 0.2, volatility=0.2),
    _fair(
        "one opening that is often liquidated",
        earned_once,
        180_000,
        COMPENSATION,
        0.5 * 0.8**2,
        volatility=0.8,
        maintenance_rate=0.02,
        hedge_collateral=0.04,
    ),
    _fair("minimum variance in another coin", earned_across, 60_000, DRIFT, 0.2),
    # A bar begins with its jump. Jumps that have a mean are compensated in the rest of the bar, and
    # a liquidation in between escapes half of that: so here they have none.
    _fair("one opening through gaps", earned_through_gaps, 220_000, COMPENSATION, 0.36),
    _fair("the clock in the fitted law", earned_by_law, 60_000, COMPENSATION, 0.5 * 0.515**2),
)
