"""Lines of the ledger whose mean is known: funding, basis, costs, turnover, drawdown."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from hedgelab import closed_forms, presets, scenarios, venues
from hedgelab.book import Book
from hedgelab.hedges import Constant, Hedge, KeepLeverage, Schedule, VolatilityTarget, rule
from hedgelab.kernels.records import Bar
from hedgelab.market import Market
from hedgelab.simulation import simulate
from hedgelab.truth.check import Check, Floats, known
from hedgelab.truth.setting import BOOK, BP, HOURS_PER_YEAR, TRADING_YEAR, Walk, Where, gbm, venue

TRADING_DAYS = {"volatility": 0.8 * TRADING_YEAR}


def _run(market: Market, hedge: Hedge, column: str, book: Book = BOOK, **charged: Any) -> Floats:
    return simulate(market, hedge, venue=venue(**charged), book=book)[column][:, 0]


# -- funding -------------------------------------------------------------------------------------
STAMPED_HOURS = 168


def constant_funding(n_paths: int, seed: int, *, at: str, basis_bp: float, **rule: Any) -> Floats:
    """Funding of a static hedge in a market of one basis, per eight hours."""
    market = gbm(n_paths, seed, STAMPED_HOURS, basis=basis_bp / BP)
    ledger = simulate(market, presets.static(1.0), venue=venues.load(at, **rule), book=BOOK)
    return BP * ledger["funding"][:, 0] * 8.0 / STAMPED_HOURS


def _funding(what: str, at: str, basis_bp: float, wrong: dict[str, float]) -> Check:
    basis, law = basis_bp / BP, venues.load(at).funding
    rate = closed_forms.expected_funding(basis, 1e-12, law.interest, law.dead_zone, law.cap)
    theory, case = BP * rate * (1.0 + basis), {"at": at, "basis_bp": basis_bp}
    return known(f"funding: {what}", theory, constant_funding, wrong, **case)


OU = {"mean": 6e-4, "sd": 6e-4, "reversion": 0.25}  # of the basis; reversion per hour


def wandering_basis(
    n_paths: int, seed: int, *, n_bars: int, what: str, reversion: float = 0.25, **rule: Any
) -> Floats:
    """A static hedge in the hourly law with everything still but the basis."""
    market = scenarios.simulate("btc-2023", weeks=n_bars / 168.0, n_paths=n_paths, seed=seed)
    centre = -20.0  # so far above its floor that the basis is a normal factor
    still = market.law._replace(
        sigma=1e-9,
        jump_rate=0.0,
        basis_floor=OU["mean"] + centre * OU["sd"],
        basis_scale=OU["sd"],
        basis_centre=centre,
        basis_bend=0.0,
        basis_slow_keep=math.exp(-reversion),
        basis_return_share=0.0,
        basis_fast_sd=0.0,
        basis_noise=0.0,
    )
    free = venues.load("binance", **rule).frictionless()
    ledger = simulate(replace(market, law=still), presets.static(1.0), venue=free, book=BOOK)
    if what == "funding":
        return BP * ledger["funding"][:, 0] * 8.0 / n_bars
    return (BP * ledger["basis_pnl"][:, 0]) ** 2


# -- costs ---------------------------------------------------------------------------------------
def reopened(n_paths: int, seed: int, *, netting: bool = False) -> Floats:
    """Fees of a hedge closed and opened anew every day for thirty, prices rising 10 % a year."""
    market = gbm(n_paths, seed, 180, 0.8, drift=0.1, bar_hours=4.0)
    hedge = Hedge(Constant(1.0), Schedule(4.0, 24.0, netting, 1), "one-day")
    return BP * _run(market, hedge, "fee", taker_fee=5e-4)


IMPACT = {"volatility": 0.6, "days": 30, "volume": 100.0}


def impact(n_paths: int, seed: int, *, depth_share: float = 1.0) -> Floats:
    """Impact of opening a hedge and of closing it thirty days later."""
    volatility, days, volume = IMPACT.values()
    market = gbm(n_paths, seed, int(days), volatility, bar_hours=24.0, volume=volume)
    charged: dict[str, Any] = {"impact_coefficient": 1.0, "depth_share": depth_share}
    return BP * _run(market, presets.static(1.0), "impact_cost", **charged)


DELAY = {"seconds": 2.0, "adverse": 0.3, "volatility": 0.6}


def delay(n_paths: int, seed: int, *, seconds: float = DELAY["seconds"]) -> Floats:
    """Price moves from decision to fill, of an opening and a closing."""
    market = gbm(n_paths, seed, 1, DELAY["volatility"])
    charged: dict[str, Any] = {"delay_seconds": seconds, "adverse_share": DELAY["adverse"]}
    return BP * _run(market, presets.static(1.0), "delay_cost", **charged)


def dollars(bar: Bar, state: Where, rule: Walk) -> tuple[float, Where]:
    """Ratio that keeps the hedge worth what it was worth at the first bar."""
    worth = 1.0 / bar.hedge.index
    return worth, state


def constant_notional(n_paths: int, seed: int, *, volatility: float = 0.8) -> Floats:
    """Turnover of thirteen daily rebalances, per rebalance and over the notional."""
    market = gbm(n_paths, seed, 14, volatility, bar_hours=24.0, price=1.0)
    hedge = Hedge(rule(dollars), Schedule(24.0, 24.0, True, 1), "constant notional")
    ledger = simulate(market, hedge, venue=venue(), book=BOOK)
    notional = 1.0 / ledger["first_index"][:, 0]
    return (ledger["turnover"][:, 0] / notional - 2.0) / 13.0  # less opening and closing


# -- accounts ------------------------------------------------------------------------------------
LEVERAGE, STEPS, STEP_SD = 0.25, 180, 0.8 * math.sqrt(4.0 / HOURS_PER_YEAR)


def kept_leverage(n_paths: int, seed: int, *, volatility: float = 0.8) -> Floats:
    """Log growth of an account at a constant leverage, less that many times the log return."""
    market = gbm(n_paths, seed, STEPS, volatility, bar_hours=4.0)
    hedge = Hedge(KeepLeverage(LEVERAGE), Schedule(4.0, 4.0, True, 1), "kept")
    book = Book(capital=1.0, hedge_collateral=1.0)
    ledger = simulate(market, hedge, venue=venue(), book=book)
    growth = np.log1p(ledger["equity_change"][:, 0] / 2.0)
    returned = np.log(ledger["last_index"][:, 0] / ledger["first_index"][:, 0])
    return BP * (growth - LEVERAGE * returned)


QUIET = 0.005  # so little volatility that relative and log falls are the same


def drawdown(n_paths: int, seed: int, *, volatility: float = QUIET) -> Floats:
    """Largest fall from the peak of a holding without a hedge, six weeks."""
    market = gbm(n_paths, seed, 1008, volatility)
    book = Book(capital=1.0, hedge_collateral=0.0)
    return BP * _run(market, presets.unhedged(), "max_drawdown", book)


OUTAGES = {"outage_odds_per_day": 0.5, "outage_hours": 4.0}


def outages(n_paths: int, seed: int, **settings: float) -> Floats:
    """Share of a year that a venue is down."""
    market = gbm(n_paths, seed, 8760)
    charged: dict[str, Any] = {**OUTAGES, **settings}
    return _run(market, presets.unhedged(), "bars_in_outage", **charged) / market.n_bars


LEVEL, LOOKBACK = 0.4, 168.0


def volatility_target(n_paths: int, seed: int, *, volatility: float = 0.8) -> Floats:
    """Mean ratio of a hedge that leaves a level of volatility."""
    market = gbm(n_paths, seed, 168, volatility, warm_up=1008)
    hedge = Hedge(VolatilityTarget(LEVEL, LOOKBACK), Schedule(1.0, 1.0, True, 1), "target")
    return _run(market, hedge, "mean_hedge_ratio")


# -- what theory says ----------------------------------------------------------------------------
BINANCE = venues.load("binance").funding
BINANCE_RULE = (BINANCE.interest, BINANCE.dead_zone, BINANCE.cap)
PREMIUM = OU["mean"], closed_forms.premium_sd(OU["sd"], OU["reversion"])
DAY = closed_forms.basis_change_sd(OU["sd"], OU["reversion"], 24.0)
AT_OPENING = IMPACT["volatility"] / math.sqrt(365.0) / math.sqrt(IMPACT["volume"])
GROWN = math.exp(0.375 * IMPACT["volatility"] ** 2 * IMPACT["days"] / 365.0)  # by the closing
ADVERSE = BP * 2.0 * DELAY["adverse"] * closed_forms.ABSOLUTE_NORMAL * DELAY["volatility"]
HOUR_SD = QUIET / math.sqrt(HOURS_PER_YEAR)
FALL = closed_forms.expected_drawdown(QUIET * math.sqrt(1008.0 / HOURS_PER_YEAR), HOUR_SD)
LEFT = LEVEL / 0.8 * closed_forms.mean_inverse_deviation(2.0 / (LOOKBACK + 1.0))
CHECKS = (
    _funding("inside the dead zone", "binance", 3.0, {"dead_zone": 0.0}),
    _funding("above the dead zone", "binance", 10.0, {"dead_zone": 0.0}),
    _funding("below the dead zone", "binance", -10.0, {"dead_zone": 0.0}),
    _funding("at the cap", "binance", 60.0, {"cap": 1.0}),
    _funding("paid every hour", "hyperliquid", 3.0, {"interest": 0.0}),
    known(
        "funding: a basis that wanders",
        BP * closed_forms.expected_funding(*PREMIUM, *BINANCE_RULE),
        wandering_basis,
        {"premium_hours": 1},
        **{"n_bars": 168, "what": "funding"},
    ),
    known(
        "basis: a day of a basis that wanders",
        (BP * DAY) ** 2,
        wandering_basis,
        {"reversion": OU["reversion"] / 24.0},
        **{"n_bars": 24, "what": "basis"},
    ),
    known(
        "fee: closed and reopened daily",
        BP * 5e-4 * closed_forms.reopened_notional(30, 1.0 / 365.0, 0.1),
        reopened,
        {"netting": True},
    ),
    known(
        "impact: square root",
        BP * AT_OPENING * (1.0 + GROWN),
        impact,
        {"depth_share": 1.0 / 24.0},
    ),
    known(
        "delay: adverse selection",
        ADVERSE * math.sqrt(DELAY["seconds"] / (3600.0 * HOURS_PER_YEAR)),
        delay,
        {"seconds": 60.0 * DELAY["seconds"]},
    ),
    known(
        "turnover: constant notional",
        closed_forms.rebalance_turnover(0.8 / math.sqrt(365.0)),
        constant_notional,
        TRADING_DAYS,
    ),
    known(
        "leverage: kept constant",
        BP * STEPS * closed_forms.leverage_drag(LEVERAGE, STEP_SD),
        kept_leverage,
        TRADING_DAYS,
    ),
    known("drawdown: six weeks", BP * FALL, drawdown, {"volatility": QUIET * TRADING_YEAR}),
    known(
        "outages: share of the time",
        closed_forms.outage_share(0.5 / 24.0, 4.0),
        outages,
        {"outage_hours": 5.0},
    ),
    known("target: a level of volatility", 1.0 - LEFT, volatility_target, TRADING_DAYS),
)
