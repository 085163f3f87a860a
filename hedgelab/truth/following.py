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

from hedgelab import closed_forms, scenarios
from hedgelab.book import Book
from hedgelab.hedges import Band, Hedge, Once, PartialAdjustment, Schedule, rule
from hedgelab.simulation import simulate
from hedgelab.truth.check import Check, Floats
from hedgelab.truth.setting import BOOK, BP, HOURS_PER_YEAR, venue, walking

FEE, HALF_SPREAD = 5e-4, 1e-4
SD = 2e-3  # of the target's step in a bar [1]
VOLATILITY, RISK_AVERSION = 0.4, 500.0
BAR_HOURS = 1.0 / 60.0
VARIANCE = VOLATILITY**2 * BAR_HOURS / HOURS_PER_YEAR  # of the price in a bar
CHASE = closed_forms.Chase(  # the unit of time is a bar
    cost=FEE + HALF_SPREAD, sd=SD, aversion=0.5 * RISK_AVERSION * VARIANCE, look=1.0
)
INTERVAL = round(CHASE.best_interval)  # [bars]
SHORT, LONG = 5 * INTERVAL, 15 * INTERVAL  # [bars]
LOOKBACK = 600  # of the band that finds its own width [bars]
UNIVERSAL = "reflected and renewed Brownian motion; Rogers 2004, Whalley and Wilmott 1997"
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
    parts = []
    for n_bars in (SHORT, LONG):
        market = scenarios.gbm(
            volatility=VOLATILITY,
            n_bars=n_bars,
            bar_hours=BAR_HOURS,
            n_paths=n_paths,
            seed=seed,
            warm_up=warm_up,
            half_spread=HALF_SPREAD,
        )
        ledger = simulate(
            market, hedges, venue=venues, book=Book(capital=1.0, risk_aversion=RISK_AVERSION)
        )
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
    name: str,
    question: str,
    cost: closed_forms.Pursuit,
    when: Any,
    bug: str,
    wrong: dict[str, Any],
    **settings: Any,
) -> Check:
    return Check(
        name=f"following: {name}",
        question=question,
        theory=BP * (LONG - SHORT) * float(cost.total),
        unit="bp of the holding",
        source=UNIVERSAL,
        sample=total,
        setting={"when": when, **settings},
        n_paths=6_000,
        bug=bug,
        wrong=wrong,
    )


# A band that is looked at once a bar acts as one that is a little wider.
MISSED = closed_forms.MISSED_BETWEEN_LOOKS * SD
BAND, CENTRE = CHASE.best_band - MISSED, CHASE.best_centre - MISSED
CLOCK = INTERVAL * BAR_HOURS
ALWAYS = CHASE._replace(look=0.0)
WALKING = (
    _cost(
        "the band that finds its width",
        "does the optimal band cost 0.825482 units?",
        ALWAYS.band(CHASE.best_band),
        Band("optimal", lookback=LOOKBACK * BAR_HOURS),
        "the whole spread is paid, not half of it",
        {"spread_multiplier": 2.0},
        warm_up=3 * LOOKBACK,
    ),
    _cost(
        "best trade to the centre",
        "does it cost 1.040042 units, a quarter more than the band?",
        ALWAYS.centre(CHASE.best_centre),
        Band(CENTRE, "centre"),
        "its half-width is the best to the edge",
        {"when": Band(BAND, "centre")},
    ),
    _cost(
        "best schedule",
        "does it cost 1.290381 units, half as much again as the band?",
        CHASE.schedule(INTERVAL),
        Schedule(CLOCK, CLOCK, True, 1),
        "every second look is missed",
        {"when": Schedule(2.0 * CLOCK, 2.0 * CLOCK, True, 1)},
    ),
    _cost(
        "a band half as wide",
        "is the cost of a band known away from its best width?",
        CHASE.band(0.5 * BAND),
        Band(0.5 * BAND),
        "the width is the whole band's, not half of it",
        {"when": Band(0.25 * BAND)},
    ),
    _cost(
        "a share of the gap every bar",
        "what does partial adjustment cost?",
        CHASE.partial(0.02),
        PartialAdjustment(0.02),
        "it trades half of that share",
        {"when": PartialAdjustment(0.01)},
    ),
    Check(
        name="following: two to one at the best band",
        question="is the trading cost of the best band twice the penalty of its gaps?",
        theory=0.0,
        unit="of mean friction",
        source=UNIVERSAL,
        sample=two_to_one,
        setting={"when": Band(BAND)},
        n_paths=27_000,
        bug="the band is a quarter too wide",
        wrong={"when": Band(1.25 * BAND)},
    ),
    Check(
        name="following: trades to the centre",
        question="how often does the best band to the centre trade?",
        theory=(LONG - SHORT) * float(ALWAYS.trades_to_centre(CHASE.best_centre)),
        unit="trades",
        source=UNIVERSAL,
        sample=orders,
        setting={"when": Band(CENTRE, "centre")},
        n_paths=6_000,
        bug="it trades to the edge",
        wrong={"when": Band(CENTRE)},
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
    market = scenarios.gbm(
        volatility=0.1, n_bars=24 * DAYS, n_paths=n_paths, seed=seed, warm_up=24 * DAYS
    )
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


WANDERING = "Ornstein and Uhlenbeck's process between renewals"
CHECKS = (
    *WALKING,
    Check(
        name="renewal: gap of a target that comes back",
        question="how far does a hedge renewed daily stray from a target that keeps coming back?",
        theory=WANDER.mean_square_gap,
        unit="mean square of the ratio",
        source=WANDERING,
        sample=renewed,
        setting={"what": "gap"},
        n_paths=25_000,
        bug="every second renewal is lost",
        wrong={"every": 48.0},
    ),
    Check(
        name="renewal: trading the difference only",
        question="what does a daily renewal cost that trades the difference only?",
        theory=BP * WANDER.netting(FEE),
        unit="bp of the holding a day",
        source=WANDERING,
        sample=renewed,
        setting={"what": "turnover"},
        n_paths=4_000,
        bug="the hedge is closed and opened anew",
        wrong={"netting": False},
    ),
)
