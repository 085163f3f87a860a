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
from hedgelab.ledger import Ledger
from hedgelab.market import Market
from hedgelab.simulation import simulate
from hedgelab.truth.check import Check, Floats
from hedgelab.truth.setting import BOOK, BP, HOURS_PER_YEAR, TRADING_YEAR, Walk, Where, venue

IDENTITY = "expectation of a martingale price"
TRADING_DAYS = "a year has 252 days"


def _run(market: Market, hedge: Hedge, **settings: Any) -> Ledger:
    return simulate(market, hedge, venue=venue(**settings), book=BOOK)


# -- funding -------------------------------------------------------------------------------------
STAMPED_HOURS = 168


def constant_funding(n_paths: int, seed: int, *, name: str, basis: float, **rule: Any) -> Floats:
    """Funding of a static hedge in a market of one basis, per eight hours."""
    market = scenarios.gbm(
        volatility=0.6, n_bars=STAMPED_HOURS, n_paths=n_paths, seed=seed, basis=basis
    )
    ledger = simulate(market, presets.static(1.0), venue=venues.load(name, **rule), book=BOOK)
    return BP * ledger["funding"][:, 0] * 8.0 / STAMPED_HOURS


def _funding(name: str, basis_bp: float, what: str, bug: str, wrong: dict[str, float]) -> Check:
    basis = basis_bp / BP
    law = venues.load(name).funding
    rate = closed_forms.expected_funding(basis, 1e-12, law.interest, law.dead_zone, law.cap)
    return Check(
        name=f"funding: {what}",
        question=f"what does a short receive at {name} while the basis stands at {basis_bp:g} bp?",
        theory=BP * rate * (1.0 + basis),
        unit="bp per 8 h",
        source="F = clamp(P + clamp(I - P)): the venue's own formula, data/venues.toml",
        sample=constant_funding,
        setting={"name": name, "basis": basis},
        n_paths=2_000,
        bug=bug,
        wrong=wrong,
    )


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


BINANCE = venues.load("binance").funding


# -- costs ---------------------------------------------------------------------------------------
def reopened(n_paths: int, seed: int, *, netting: bool = False) -> Floats:
    """Fees of a hedge closed and opened anew every day for thirty, prices rising 10 % a year."""
    market = scenarios.gbm(
        volatility=0.8, drift=0.1, n_bars=180, bar_hours=4.0, n_paths=n_paths, seed=seed
    )
    hedge = Hedge(Constant(1.0), Schedule(4.0, 24.0, netting, 1), "one-day")
    return BP * _run(market, hedge, taker_fee=5e-4)["fee"][:, 0]


IMPACT = {"volatility": 0.6, "days": 30, "volume": 100.0}


def impact(n_paths: int, seed: int, *, depth_share: float = 1.0) -> Floats:
    """Impact of opening a hedge and of closing it thirty days later."""
    market = scenarios.gbm(
        volatility=IMPACT["volatility"],
        n_bars=int(IMPACT["days"]),
        bar_hours=24.0,
        volume=IMPACT["volume"],
        n_paths=n_paths,
        seed=seed,
    )
    ledger = _run(market, presets.static(1.0), impact_coefficient=1.0, depth_share=depth_share)
    return BP * ledger["impact_cost"][:, 0]


DELAY = {"seconds": 2.0, "adverse": 0.3, "volatility": 0.6}


def delay(n_paths: int, seed: int, *, seconds: float = DELAY["seconds"]) -> Floats:
    """Price moves from decision to fill, of an opening and a closing."""
    market = scenarios.gbm(volatility=DELAY["volatility"], n_bars=1, n_paths=n_paths, seed=seed)
    ledger = _run(
        market, presets.static(1.0), delay_seconds=seconds, adverse_share=DELAY["adverse"]
    )
    return BP * ledger["delay_cost"][:, 0]


def dollars(bar: Bar, state: Where, rule: Walk) -> tuple[float, Where]:
    """Ratio that keeps the hedge worth what it was worth at the first bar."""
    worth = 1.0 / bar.hedge.index
    return worth, state


def constant_notional(n_paths: int, seed: int, *, volatility: float = 0.8) -> Floats:
    """Turnover of thirteen daily rebalances, per rebalance and over the notional."""
    market = scenarios.gbm(
        volatility=volatility, n_bars=14, bar_hours=24.0, price=1.0, n_paths=n_paths, seed=seed
    )
    hedge = Hedge(rule(dollars), Schedule(24.0, 24.0, True, 1), "constant notional")
    ledger = _run(market, hedge)
    notional = 1.0 / ledger["first_index"][:, 0]
    return (ledger["turnover"][:, 0] / notional - 2.0) / 13.0  # less opening and closing


# -- accounts ------------------------------------------------------------------------------------
LEVERAGE, STEPS, STEP_SD = 0.25, 180, 0.8 * math.sqrt(4.0 / HOURS_PER_YEAR)


def kept_leverage(n_paths: int, seed: int, *, volatility: float = 0.8) -> Floats:
    """Log growth of an account at a constant leverage, less that many times the log return."""
    market = scenarios.gbm(
        volatility=volatility, n_bars=STEPS, bar_hours=4.0, n_paths=n_paths, seed=seed
    )
    hedge = Hedge(KeepLeverage(LEVERAGE), Schedule(4.0, 4.0, True, 1), "kept")
    book = Book(capital=1.0, hedge_collateral=1.0)
    ledger = simulate(market, hedge, venue=venue(), book=book)
    growth = np.log1p(ledger["equity_change"][:, 0] / 2.0)
    return BP * (
        growth - LEVERAGE * np.log(ledger["last_index"][:, 0] / ledger["first_index"][:, 0])
    )


QUIET = 0.005  # so little volatility that relative and log falls are the same


def drawdown(n_paths: int, seed: int, *, volatility: float = QUIET) -> Floats:
    """Largest fall from the peak of a holding without a hedge, six weeks."""
    market = scenarios.gbm(volatility=volatility, n_bars=1008, n_paths=n_paths, seed=seed)
    book = Book(capital=1.0, hedge_collateral=0.0)
    ledger = simulate(market, presets.unhedged(), venue=venue(), book=book)
    return BP * ledger["max_drawdown"][:, 0]


OUTAGES = {"outage_odds_per_day": 0.5, "outage_hours": 4.0}


def outages(n_paths: int, seed: int, **settings: float) -> Floats:
    """Share of a year that a venue is down."""
    market = scenarios.gbm(n_bars=8760, n_paths=n_paths, seed=seed)
    ledger = _run(market, presets.unhedged(), **{**OUTAGES, **settings})
    return ledger["bars_in_outage"][:, 0] / market.n_bars


LEVEL, LOOKBACK = 0.4, 168.0


def volatility_target(n_paths: int, seed: int, *, volatility: float = 0.8) -> Floats:
    """Mean ratio of a hedge that leaves a level of volatility."""
    market = scenarios.gbm(
        volatility=volatility, n_bars=168, n_paths=n_paths, seed=seed, warm_up=1008
    )
    hedge = Hedge(VolatilityTarget(LEVEL, LOOKBACK), Schedule(1.0, 1.0, True, 1), "target")
    return _run(market, hedge)["mean_hedge_ratio"][:, 0]


FORGOTTEN = "the dead zone is forgotten"
CHECKS = (
    _funding("binance", 3.0, "inside the dead zone", FORGOTTEN, {"dead_zone": 0.0}),
    _funding("binance", 10.0, "above the dead zone", FORGOTTEN, {"dead_zone": 0.0}),
    _funding("binance", -10.0, "below the dead zone", FORGOTTEN, {"dead_zone": 0.0}),
    _funding("binance", 60.0, "at the cap", "the cap is forgotten", {"cap": 1.0}),
    _funding("hyperliquid", 3.0, "paid every hour", "interest is forgotten", {"interest": 0.0}),
    Check(
        name="funding: a basis that wanders",
        question="what does a short receive when the premium often leaves the dead zone?",
        theory=BP
        * closed_forms.expected_funding(
            OU["mean"],
            closed_forms.premium_sd(OU["sd"], OU["reversion"]),
            BINANCE.interest,
            BINANCE.dead_zone,
            BINANCE.cap,
        ),
        unit="bp per 8 h",
        source="a normal premium, mean of eight bases weighted 1 to 8: Ornstein-Uhlenbeck",
        sample=wandering_basis,
        setting={"n_bars": 168, "what": "funding"},
        n_paths=4_000,
        bug="the last basis stands in for the mean of eight",
        wrong={"premium_hours": 1},
    ),
    Check(
        name="basis: a day of a basis that wanders",
        question="how much does the basis move a hedge held for a day?",
        theory=(BP * closed_forms.basis_change_sd(OU["sd"], OU["reversion"], 24.0)) ** 2,
        unit="bp^2",
        source="variance of a change of an Ornstein-Uhlenbeck process",
        sample=wandering_basis,
        setting={"n_bars": 24, "what": "basis"},
        n_paths=25_000,
        bug="the basis keeps in an hour what it should keep in a day",
        wrong={"reversion": OU["reversion"] / 24.0},
    ),
    Check(
        name="fee: closed and reopened daily",
        question="what do thirty days of closing and reopening cost while prices rise 10 % a year?",
        theory=BP * 5e-4 * closed_forms.reopened_notional(30, 1.0 / 365.0, 0.1),
        unit="bp of the holding",
        source="sum of expected prices of geometric Brownian motion",
        sample=reopened,
        n_paths=20_000,
        bug="an expired hedge is netted",
        wrong={"netting": True},
    ),
    Check(
        name="impact: square root",
        question="what does the square-root law charge for an opening and a closing?",
        theory=BP
        * (IMPACT["volatility"] / math.sqrt(365.0) / math.sqrt(IMPACT["volume"]))
        * (1.0 + math.exp(0.375 * IMPACT["volatility"] ** 2 * IMPACT["days"] / 365.0)),
        unit="bp of the holding",
        source="mean of the price to the power 3/2",
        sample=impact,
        n_paths=4_000,
        bug="a day's volatility with an hour's volume",
        wrong={"depth_share": 1.0 / 24.0},
    ),
    Check(
        name="delay: adverse selection",
        question="what does a delay of two seconds cost when 30 % of the move is against us?",
        theory=BP
        * 2.0
        * DELAY["adverse"]
        * closed_forms.ABSOLUTE_NORMAL
        * DELAY["volatility"]
        * math.sqrt(DELAY["seconds"] / (3600.0 * HOURS_PER_YEAR)),
        unit="bp of the holding",
        source="mean of |z|: the rest of the move is as often for us as against us",
        sample=delay,
        n_paths=100_000,
        bug="seconds are taken for minutes",
        wrong={"seconds": 60.0 * DELAY["seconds"]},
    ),
    Check(
        name="turnover: constant notional",
        question="how much does a daily rebalance to a constant notional trade?",
        theory=closed_forms.rebalance_turnover(0.8 / math.sqrt(365.0)),
        unit="of notional a day",
        source="4 N(v/2) - 2: mean of |return| of a lognormal martingale",
        sample=constant_notional,
        n_paths=10_000,
        bug=TRADING_DAYS,
        wrong={"volatility": 0.8 * TRADING_YEAR},
    ),
    Check(
        name="leverage: kept constant",
        question="what does keeping a leverage of one quarter gain on a quarter of the return?",
        theory=BP * STEPS * closed_forms.leverage_drag(LEVERAGE, STEP_SD),
        unit="bp of equity",
        source="Avellaneda and Zhang 2010, doi:10.1137/090760805",
        sample=kept_leverage,
        n_paths=10_000,
        bug=TRADING_DAYS,
        wrong={"volatility": 0.8 * TRADING_YEAR},
    ),
    Check(
        name="drawdown: six weeks",
        question="how far does a holding fall from its peak on average?",
        theory=BP
        * closed_forms.expected_drawdown(
            QUIET * math.sqrt(1008.0 / HOURS_PER_YEAR), QUIET / math.sqrt(HOURS_PER_YEAR)
        ),
        unit="bp of capital",
        source="Magdon-Ismail and others 2004, doi:10.1239/jap/1077134674; looks as above",
        sample=drawdown,
        n_paths=4_000,
        bug=TRADING_DAYS,
        wrong={"volatility": QUIET * TRADING_YEAR},
    ),
    Check(
        name="outages: share of the time",
        question="how much of a year is a venue down that fails every other day for four hours?",
        theory=closed_forms.outage_share(0.5 / 24.0, 4.0),
        unit="share of bars",
        source="stationary law of a two-state Markov chain",
        sample=outages,
        n_paths=500,
        bug="an outage lasts a bar longer",
        wrong={"outage_hours": 5.0},
    ),
    Check(
        name="target: a level of volatility",
        question="what ratio leaves 40 % of 80 % volatility?",
        theory=1.0 - LEVEL / 0.8 * closed_forms.mean_inverse_deviation(2.0 / (LOOKBACK + 1.0)),
        unit="mean ratio",
        source="1 - level / volatility, and the error of an average with weight 2/(lookback + 1)",
        sample=volatility_target,
        n_paths=2_000,
        bug=TRADING_DAYS,
        wrong={"volatility": 0.8 * TRADING_YEAR},
    ),
)
