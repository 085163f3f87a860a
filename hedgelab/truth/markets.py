"""Two coins, jumps, regimes, blocks: what a hedge leaves, and what gaps cost the venue."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from hedgelab import closed_forms, history, presets, scenarios
from hedgelab.book import Book
from hedgelab.hedges import Constant, Hedge, MinimumVariance, Schedule, rule
from hedgelab.kernels.records import Bar, Decision, NoState, Position
from hedgelab.kernels.words import select
from hedgelab.market import Market
from hedgelab.project import DATA
from hedgelab.simulation import simulate
from hedgelab.truth.check import Floats, known
from hedgelab.truth.setting import BOOK, BP, HOURS_PER_YEAR, TRADING_YEAR, venue

# -- two coins -----------------------------------------------------------------------------------
COINS = {"holding_volatility": 0.8, "hedge_volatility": 0.6, "correlation": 0.85}
BEST = closed_forms.minimum_variance(**COINS)
HOURS = 6


def _run(market: Market, hedge: Hedge, column: str, book: Book = BOOK) -> Floats:
    return simulate(market, hedge, venue=venue(), book=book)[column][:, 0]


def _pair(n_paths: int, seed: int, **settings: Any) -> Market:
    law = {"hedge_volatility": COINS["hedge_volatility"], "correlation": COINS["correlation"]}
    recipe = {"volatility": COINS["holding_volatility"], "n_paths": n_paths, "seed": seed}
    return scenarios.gbm_pair(**law, **recipe, **settings)


def left_by_ratio(n_paths: int, seed: int, *, ratio: float = BEST.ratio) -> Floats:
    """Square of what a holding and its hedge in another coin change by, a year."""
    market = _pair(n_paths, seed, n_bars=HOURS)
    return _run(market, presets.static(ratio), "equity_change") ** 2 * HOURS_PER_YEAR / HOURS


def ratio_found(n_paths: int, seed: int, *, cap: float = 10.0) -> Floats:
    """Mean ratio of the rule that looks for the least variance."""
    market = _pair(n_paths, seed, n_bars=24, warm_up=216)
    hedge = Hedge(MinimumVariance(72.0, cap), Schedule(1.0, 1.0, True, 1), "found")
    return _run(market, hedge, "mean_hedge_ratio")


# -- regimes -------------------------------------------------------------------------------------
CALM, WILD = 0.45, 1.2
WILD_SHARE = 0.2


class Level(NamedTuple):
    """Volatility of a bar above which it is wild."""

    sigma: float = 0.8 / math.sqrt(HOURS_PER_YEAR)


def while_wild(
    bar: Bar, position: Position, wanted: float, state: NoState, rule: Level
) -> tuple[Decision, NoState]:
    """Hedge while the market is in its wild state, which is seen without error."""
    quantity = select(bar.hedge.sigma > rule.sigma, wanted, 0.0)
    return Decision(quantity != position.quantity, quantity, 0.0), state


def removed_by_trigger(n_paths: int, seed: int, *, wild_hours: float = 2400.0) -> Floats:
    """Share of the variance of a day that the hedge removes."""
    calm_hours = wild_hours * (1.0 - WILD_SHARE) / WILD_SHARE
    law = {"wild_volatility": WILD, "wild_hours": wild_hours, "calm_hours": calm_hours}
    market = scenarios.regime(volatility=CALM, **law, n_bars=24, n_paths=n_paths, seed=seed)
    hedge = Hedge(Constant(1.0), rule(while_wild), "trigger")
    variance = (WILD_SHARE * WILD**2 + (1.0 - WILD_SHARE) * CALM**2) * 24.0 / HOURS_PER_YEAR
    return 1.0 - _run(market, hedge, "equity_change") ** 2 / variance


# -- jumps ---------------------------------------------------------------------------------------
JUMPS = {"volatility": 0.6, "jump_rate": 100.0, "jump_mean": -0.015, "jump_sd": 0.04}
MOMENTS = closed_forms.merton(**JUMPS, days=1.0)


def merton_return(n_paths: int, seed: int, *, power: int, **changes: float) -> Floats:
    """Power of a day's log return about its mean, over that of its variance."""
    settings = {**JUMPS, **changes}
    market = scenarios.merton(**settings, n_bars=48, bar_hours=0.5, n_paths=n_paths, seed=seed)
    ledger = simulate(market, presets.unhedged(), venue=venue(), book=BOOK)
    returned = np.log(ledger["last_index"][:, 0] / ledger["first_index"][:, 0])
    moved = returned - returned.mean()
    return np.asarray(moved**power / MOMENTS.variance ** (0.5 * power))


GAP = {"leverage": 20.0, "jump_sd": 0.1}


def relief(n_paths: int, seed: int, *, gap: bool = True) -> Floats:
    """What the venue absorbs when the price jumps through the margin of a short."""
    sd, paths = GAP["jump_sd"], {"n_bars": 1, "n_paths": n_paths, "seed": seed}
    jump = {"jump_rate": HOURS_PER_YEAR, "jump_mean": -0.5 * sd**2, "jump_sd": sd}
    if gap:
        market = scenarios.merton(volatility=0.0, **jump, **paths)
    else:
        market = scenarios.gbm(volatility=sd * math.sqrt(HOURS_PER_YEAR), **paths)
    book = Book(capital=1.0, hedge_collateral=1.0 / GAP["leverage"])
    return BP * _run(market, presets.static(1.0), "bankruptcy_relief", book)


# -- blocks of a history -------------------------------------------------------------------------
BLOCK_HOURS, LAG, WEEK = 48.0, 12, 168
PATHS_AT_A_TIME = 500


def kept_in_blocks(n_paths: int, seed: int, *, block_hours: float = BLOCK_HOURS) -> Floats:
    """Covariance of the basis with that twelve hours later, over that of the file.

    The first rows of the file, less than a block after its beginning, are drawn less often than the
    others: a bias of less than a hundredth here.
    """
    recorded = history.load(DATA / "sample" / "btc-simulated-1h.csv.gz")
    paths = {"n_paths": n_paths, "seed": seed, "warm_up": 0}
    weeks = (WEEK + LAG) / WEEK
    market = scenarios.bootstrap(recorded, weeks=weeks, block_hours=block_hours, **paths)
    basis = recorded.bars["basis"].to_numpy()
    slots = np.arange(basis.size) % WEEK  # the file begins on a Monday, its first row at 01:00
    usual = np.array([basis[slots == slot].mean() for slot in range(WEEK)])
    strayed = basis - usual[slots]
    in_file = float(np.mean(strayed[:-LAG] * strayed[LAG:]))
    found = []
    for first in range(0, n_paths, PATHS_AT_A_TIME):
        drawn = market.bars(first, min(PATHS_AT_A_TIME, n_paths - first))["basis"]
        at = (np.arange(drawn.shape[1]) - 1) % WEEK  # bar 0 closes at 00:00
        drawn = drawn - usual[at]
        found.append((drawn[:, :-LAG] * drawn[:, LAG:]).mean(axis=1) / in_file)
    return np.concatenate(found)


YEAR = {"jump_rate": 100.0 * TRADING_YEAR**2}  # of trading days
KEPT, TAILS = closed_forms.kept_by_blocks(BLOCK_HOURS, LAG), 3.0 + MOMENTS.excess_kurtosis
REMOVED = closed_forms.trigger_share(WILD_SHARE, WILD, CALM)
CHECKS = (
    known("blocks: what they keep", KEPT, kept_in_blocks, {"block_hours": 24.0}),
    known(
        "two coins: what the best ratio leaves",
        BEST.residual**2,
        left_by_ratio,
        {"ratio": BEST.ratio / COINS["correlation"]},
    ),
    known("two coins: the ratio that the rule finds", BEST.ratio, ratio_found, {"cap": 1.0}),
    known(
        "regimes: a trigger that sees the state", REMOVED, removed_by_trigger, {"wild_hours": 6.0}
    ),
    known("jumps: variance", 1.0, merton_return, YEAR, power=2),
    known("jumps: kurtosis", TAILS, merton_return, YEAR, power=4),
    known("jumps: relief", BP * closed_forms.expected_relief(**GAP), relief, {"gap": False}),
)
