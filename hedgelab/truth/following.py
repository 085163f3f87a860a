"""Following a target that moves: bands, schedules, and what they cost.

The target walks on the venue's own noise and moves no price.  So the money is what the closed forms
say: costs of what is traded, and half the risk aversion times the variance of what is missed: the
squared difference to a hedge that follows at every bar for nothing.  Each hedge is run twice on the
same paths, and the short run is taken from the long one: opening, settling and closing drop out.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from hedgelab import closed_forms
from hedgelab.book import Book
from hedgelab.hedges import Band, Hedge, Once, PartialAdjustment, Schedule, rule
from hedgelab.simulation import simulate
from hedgelab.truth.check import Check, Floats, known
from hedgelab.truth.setting import BOOK, BP, HOURS_PER_YEAR, gbm, venue, walking

FEE, HALF_SPREAD = 5e-4, 1e-4
SD = 2e-3  # of the target's step in a bar [1]
VOLATILITY, RISK_AVERSION = 0.4, 500.0
BAR_HOURS = 1.0 / 60.0
BARS = {"bar_hours": BAR_HOURS, "half_spread": HALF_SPREAD}
VARIANCE = VOLATILITY**2 * BAR_HOURS / HOURS_PER_YEAR  # of the price in a bar
CHASE = closed_forms.Chase(  # the unit of time is a bar
    cost=FEE + HALF_SPREAD, sd=SD, aversion=0.5 * RISK_AVERSION * VARIANCE, look=1.0
)
INTERVAL = round(CHASE.best_interval)  # [bars]
SHORT, LONG = 5 * INTERVAL, 15 * INTERVAL  # [bars]
LOOKBACK = 600  # of the band that finds its own width [bars]
EVERY_BAR = Schedule(BAR_HOURS, BAR_HOURS, True, 1)


class Parted(NamedTuple):
    """What a hedge traded and missed in the long run less the short one, over the holding."""

    trading: Floats
    penalty: Floats
    orders: Floats


@lru_cache(maxsize=16)
def pursued(
    n_paths: int, seed: int, when: Any, spread_multiplier: float = 1.0, warm_up: int = 0
) -> Parted:
    """Follow the walking target by a timing rule."""
    target = rule(walking, sd=SD)
    hedges = [Hedge(target, EVERY_BAR, "follower"), Hedge(target, when, "hedge")]
    venues = [venue(), venue(taker_fee=FEE, spread_multiplier=spread_multiplier)]
    book, parts = Book(capital=1.0, risk_aversion=RISK_AVERSION), []
    for n_bars in (SHORT, LONG):
        market = gbm(n_paths, seed, n_bars, VOLATILITY, warm_up=warm_up, **BARS)
        ledger = simulate(market, hedges, venue=venues, book=book)
        missed = ledger["hedge_pnl"][:, 1] - ledger["hedge_pnl"][:, 0]
        parts.append((ledger.friction[:, 1], missed, ledger["orders"][:, 1]))
    paid, missed, orders = (after - before for before, after in zip(*parts, strict=True))
    return Parted(paid, 0.5 * RISK_AVERSION * missed**2, orders)


def total(n_paths: int, seed: int, *, when: Any, **settings: Any) -> Floats:
    """Trading and penalty."""
    parted = pursued(n_paths, seed, when, **settings)
    return BP * (parted.trading + parted.penalty)


def two_to_one(n_paths: int, seed: int, *, when: Any) -> Floats:
    """Trading less twice the penalty."""
    parted = pursued(n_paths, seed, when)
    return (parted.trading - 2.0 * parted.penalty) / float(parted.trading.mean())


def orders(n_paths: int, seed: int, *, when: Any) -> Floats:
    """Number of trades."""
    return pursued(n_paths, seed, when).orders


def _cost(
    name: str, cost: closed_forms.Pursuit, when: Any, wrong: dict[str, Any], **settings: Any
) -> Check:
    theory = BP * (LONG - SHORT) * float(cost.total)
    return known(f"following: {name}", theory, total, wrong, when=when, **settings)


# A band that is looked at once a bar acts as one that is a little wider.
MISSED = closed_forms.MISSED_BETWEEN_LOOKS * SD
BAND, CENTRE = CHASE.best_band - MISSED, CHASE.best_centre - MISSED
CLOCK = INTERVAL * BAR_HOURS
ALWAYS = CHASE._replace(look=0.0)
TRADES = (LONG - SHORT) * float(ALWAYS.trades_to_centre(CHASE.best_centre))
WALKING = (
    _cost(
        "the band that finds its width",
        ALWAYS.band(CHASE.best_band),
        Band("optimal", lookback=LOOKBACK * BAR_HOURS),
        {"spread_multiplier": 2.0},
        warm_up=3 * LOOKBACK,
    ),
    _cost(
        "best trade to the centre",
        ALWAYS.centre(CHASE.best_centre),
        Band(CENTRE, "centre"),
        {"when": Band(BAND, "centre")},
    ),
    _cost(
        "best schedule",
        CHASE.schedule(INTERVAL),
        Schedule(CLOCK, CLOCK, True, 1),
        {"when": Schedule(2.0 * CLOCK, 2.0 * CLOCK, True, 1)},
    ),
    _cost(
        "a band half as wide",
        CHASE.band(0.5 * BAND),
        Band(0.5 * BAND),
        {"when": Band(0.25 * BAND)},
    ),
    _cost(
        "a share of the gap every bar",
        CHASE.partial(0.02),
        PartialAdjustment(0.02),
        {"when": PartialAdjustment(0.01)},
    ),
    known(
        "following: two to one at the best band",
        0.0,
        two_to_one,
        {"when": Band(1.25 * BAND)},
        when=Band(BAND),
    ),
    known(
        "following: trades to the centre",
        TRADES,
        orders,
        {"when": Band(CENTRE)},
        when=Band(CENTRE, "centre"),
    ),
)

# -- a target that keeps coming back -------------------------------------------------------------
WANDER = closed_forms.Wander(sd=0.2, reversion=0.5, hold=1.0, looks=24.0)  # per day
KEPT = math.exp(-WANDER.reversion / 24.0)
DAYS = 20


def renewed(
    n_paths: int, seed: int, *, what: str, every: float = 24.0, netting: bool = True
) -> Floats:
    """Renew a hedge on the clock while its target wanders: its mean square gap, or its turnover."""
    market = gbm(n_paths, seed, 24 * DAYS, 0.1, warm_up=24 * DAYS)
    target = rule(walking, sd=WANDER.sd * math.sqrt(1.0 - KEPT**2), kept=KEPT)
    hedges = [
        Hedge(target, Schedule(1.0, 1.0, True, 1), "follower"),
        Hedge(target, Once(), "static"),
        Hedge(target, Schedule(every, every, netting, 1), "renewed"),
    ]
    ledger = simulate(market, hedges, venue=venue(), book=BOOK)
    if what == "turnover":
        return BP * FEE * (ledger["turnover"][:, 2] - ledger["turnover"][:, 1]) / (DAYS - 1.0)
    missed = ledger["hedge_pnl"][:, 2] - ledger["hedge_pnl"][:, 0]
    return np.asarray(missed**2 / (market.law.sigma**2 * market.n_bars))


GAP, TRADE = WANDER.mean_square_gap, BP * WANDER.netting(FEE)
CHECKS = (
    *WALKING,
    known("renewal: gap of a target that comes back", GAP, renewed, {"every": 48.0}, what="gap"),
    known(
        "renewal: trading the difference only", TRADE, renewed, {"netting": False}, what="turnover"
    ),
)
