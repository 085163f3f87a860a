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
from hedgelab.truth.check import Check, Floats
from hedgelab.truth.setting import BOOK, BP, HOURS_PER_YEAR, TRADING_YEAR, venue

# -- two coins -----------------------------------------------------------------------------------
COINS = {"holding_volatility": 0.8, "hedge_volatility": 0.6, "correlation": 0.85}
BEST = closed_forms.minimum_variance(**COINS)
EDERINGTON = "Ederington 1979, doi:10.1111/j.1540-6261.1979.tb02077.x"
HOURS = 6


def _pair(n_paths: int, seed: int, **settings: Any) -> Market:
    return scenarios.gbm_pair(
        volatility=COINS["holding_volatility"],
        hedge_volatility=COINS["hedge_volatility"],
        correlation=COINS["correlation"],
        n_paths=n_paths,
        seed=seed,
        **settings,
    )


def left_by_ratio(n_paths: int, seed: int, *, ratio: float = BEST.ratio) -> Floats:
    """Square of what a holding and its hedge in another coin change by, a year."""
    market = _pair(n_paths, seed, n_bars=HOURS)
    ledger = simulate(market, presets.static(ratio), venue=venue(), book=BOOK)
    return ledger["equity_change"][:, 0] ** 2 * HOURS_PER_YEAR / HOURS


def ratio_found(n_paths: int, seed: int, *, cap: float = 10.0) -> Floats:
    """Mean ratio of the rule that looks for the least variance."""
    market = _pair(n_paths, seed, n_bars=24, warm_up=216)
    hedge = Hedge(MinimumVariance(72.0, cap), Schedule(1.0, 1.0, True, 1), "found")
    return simulate(market, hedge, venue=venue(), book=BOOK)["mean_hedge_ratio"][:, 0]


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
    market = scenarios.regime(
        volatility=CALM,
        wild_volatility=WILD,
        wild_hours=wild_hours,
        calm_hours=wild_hours * (1.0 - WILD_SHARE) / WILD_SHARE,
        n_bars=24,
        n_paths=n_paths,
        seed=seed,
    )
    hedge = Hedge(Constant(1.0), rule(while_wild), "trigger")
    ledger = simulate(market, hedge, venue=venue(), book=BOOK)
    variance = (WILD_SHARE * WILD**2 + (1.0 - WILD_SHARE) * CALM**2) * 24.0 / HOURS_PER_YEAR
    return 1.0 - ledger["equity_change"][:, 0] ** 2 / variance


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
    d = GAP["jump_sd"]
    if gap:
        market = scenarios.merton(
            volatility=0.0,
            jump_rate=HOURS_PER_YEAR,
            jump_mean=-0.5 * d**2,
            jump_sd=d,
            n_bars=1,
            n_paths=n_paths,
            seed=seed,
        )
    else:
        market = scenarios.gbm(
            volatility=d * math.sqrt(HOURS_PER_YEAR), n_bars=1, n_paths=n_paths, seed=seed
        )
    book = Book(capital=1.0, hedge_collateral=1.0 / GAP["leverage"])
    ledger = simulate(market, presets.static(1.0), venue=venue(), book=book)
    return BP * ledger["bankruptcy_relief"][:, 0]


# -- blocks of a history -------------------------------------------------------------------------
BLOCK_HOURS, LAG, WEEK = 48.0, 12, 168
PATHS_AT_A_TIME = 500


def kept_in_blocks(n_paths: int, seed: int, *, block_hours: float = BLOCK_HOURS) -> Floats:
    """Covariance of the basis with that twelve hours later, over that of the file.

    The first rows of the file, less than a block after its beginning, are drawn less often than the
    others: a bias of less than a hundredth here.
    """
    recorded = history.load(DATA / "sample" / "btc-simulated-1h.csv.gz")
    market = scenarios.bootstrap(
        recorded,
        weeks=(WEEK + LAG) / WEEK,
        n_paths=n_paths,
        seed=seed,
        block_hours=block_hours,
        warm_up=0,
    )
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


CHECKS = (
    Check(
        name="blocks: what they keep",
        question="what do blocks of two days keep of a covariance over twelve hours?",
        theory=closed_forms.kept_by_blocks(BLOCK_HOURS, LAG),
        unit="of the file's covariance",
        source="Politis and Romano 1994, doi:10.1080/01621459.1994.10476870",
        sample=kept_in_blocks,
        n_paths=26_000,
        bug="blocks are a day long",
        wrong={"block_hours": 24.0},
    ),
    Check(
        name="two coins: what the best ratio leaves",
        question="what variance does the ratio of least variance leave?",
        theory=BEST.residual**2,
        unit="1/year",
        source=EDERINGTON,
        sample=left_by_ratio,
        n_paths=60_000,
        bug="correlation is taken for one",
        wrong={"ratio": BEST.ratio / COINS["correlation"]},
    ),
    Check(
        name="two coins: the ratio that the rule finds",
        question="does the rule of least variance find its ratio?",
        theory=BEST.ratio,
        unit="mean ratio",
        source=EDERINGTON,
        sample=ratio_found,
        n_paths=2_000,
        bug="the ratio is capped at one",
        wrong={"cap": 1.0},
    ),
    Check(
        name="regimes: a trigger that sees the state",
        question="what share of the variance is gone when only wild hours are hedged?",
        theory=closed_forms.trigger_share(WILD_SHARE, WILD, CALM),
        unit="share of variance",
        source="variance of a mixture of two",
        sample=removed_by_trigger,
        n_paths=60_000,
        bug="the state turns faster than it is seen",
        wrong={"wild_hours": 6.0},
    ),
    Check(
        name="jumps: variance",
        question="what is the variance of a day with jumps?",
        theory=1.0,
        unit="of Merton's variance",
        source="Merton 1976, doi:10.1016/0304-405X(76)90022-2",
        sample=merton_return,
        setting={"power": 2},
        n_paths=100_000,
        bug="a year has 252 days",
        wrong={"jump_rate": 100.0 * TRADING_YEAR**2},
    ),
    Check(
        name="jumps: kurtosis",
        question="how fat are the tails of a day with jumps?",
        theory=3.0 + MOMENTS.excess_kurtosis,
        unit="fourth moment over squared variance",
        source="Merton 1976, doi:10.1016/0304-405X(76)90022-2",
        sample=merton_return,
        setting={"power": 4},
        n_paths=500_000,
        bug="a year has 252 days",
        wrong={"jump_rate": 100.0 * TRADING_YEAR**2},
    ),
    Check(
        name="jumps: relief",
        question="what does the venue absorb when the price jumps through the margin of a short?",
        theory=BP * closed_forms.expected_relief(**GAP),
        unit="bp of notional",
        source="a call struck at the price at which the margin is gone",
        sample=relief,
        n_paths=50_000,
        bug="the price gets there without a gap",
        wrong={"gap": False},
    ),
)
