"""Against vectorbt 1.2 on work that it can do: given prices, rebalance on the clock, pay a fee.

Six weeks of hourly prices of two coins, a path a column.  Every fourth bar the short is set to 1.04
of the holding's value, at the last bar to nothing; 7 bp of fee, no slippage.  vectorbt is given the
targets as a matrix made beforehand, or computes them in a callback; the engine decides for itself
and keeps its whole ledger.  Times are from the call to the array of results, one thread each.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # this environment has vectorbt, not hedgelab

import numpy as np
import vectorbt
from measure import Fact, Row, interleaved, main, ratio
from numba import njit
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import NoOrder, SizeType

import hedgelab as hl
from hedgelab.funding import FundingRule
from hedgelab.market import Market
from hedgelab.simulation import simulate
from hedgelab.venues import Venue

BARS, EVERY, RATIO, FEE, MONEY = 1008, 4, 1.04, 7e-4, 1e6
PATHS = {1: 1000, 8: 500}  # by number of hedges
JUDGED = {  # must and aim, with one hedge and per hedge with eight
    "from_orders (numba)": {1: (12.0, 30.0), 8: (40.0, 80.0)},
    "from_orders (Rust)": {1: (6.0, 15.0), 8: (20.0, 40.0)},
    "from_order_func": {1: (40.0, 100.0), 8: (120.0, 250.0)},
}
FREE = Venue(
    "fee only",
    "all",
    maker_fee=FEE,
    taker_fee=FEE,
    maker_share=0.0,
    spot_maker_fee=0.0,
    spot_taker_fee=0.0,
    spread_multiplier=0.0,
    spot_half_spread=0.0,
    impact_coefficient=0.0,
    depth_share=1.0,
    liquidation_fee=0.0,
    funding=FundingRule(interval_hours=24.0, realised=True),  # none is recorded
)


def prices(n_paths: int) -> tuple[np.ndarray, np.ndarray]:
    """Prices of the hedge and of the holding, each of shape (n_bars, n_paths)."""
    rng = np.random.default_rng(1)
    hedge = 50_000.0 * np.exp(rng.normal(0.0, 0.006, (BARS, n_paths)).cumsum(axis=0))
    return hedge, 100.0 * np.exp(rng.normal(0.0, 0.007, (BARS, n_paths)).cumsum(axis=0))


def recorded(price: np.ndarray) -> np.ndarray:
    """Bars as the engine reads them: paths one behind the other, a perpetual on its index."""
    before = np.vstack([price[:1], price[:-1]])
    fields = dict.fromkeys(hl.market.INSTRUMENT_FIELDS, np.zeros_like(price))
    fields |= dict.fromkeys(("index", "mark"), price)
    fields |= dict.fromkeys(("index_return", "mark_return"), np.log(price / before))
    fields |= {"mark_open": before, "volume": np.full_like(price, 1e12)}
    fields |= {"mark_high": np.maximum(price, before), "mark_low": np.minimum(price, before)}
    return np.column_stack([each.T.ravel() for each in fields.values()])


def of_engine(n_paths: int, n_hedges: int) -> Callable[[], np.ndarray]:
    """The engine's work: equity change of every path and hedge, the holding's taken off."""
    hedge, holding = prices(n_paths)
    market = Market(
        name="given prices",
        kind="history",
        n_paths=n_paths,
        n_bars=BARS - 1,
        recorded=np.hstack([recorded(holding), recorded(hedge)]),
        starts=BARS * np.arange(n_paths),
        coin="ETH",
        hedge_coin="BTC",
    )
    on_the_clock = hl.Schedule(float(EVERY), 1e9, netting=True)
    hedges = [
        hl.Hedge(hl.Constant(ratio), on_the_clock, f"{ratio}") for ratio in ratios_of(n_hedges)
    ]
    book = hl.Book(capital=MONEY, hedge_collateral=10.0 * MONEY)  # no margin call

    def work() -> np.ndarray:
        ledger = simulate(market, hedges, venue=FREE, book=book, threads=1)
        return np.asarray(ledger["equity_change"])

    work.run = partial(simulate, market, hedges, venue=FREE, book=book)  # type: ignore[attr-defined]
    return work


def ratios_of(n_hedges: int) -> list[float]:
    """Hedge ratios of so many hedges."""
    return [RATIO - 0.01 * k for k in range(n_hedges)]


@njit
def on_the_clock(context, wanted):
    """A callback that asks for the target, every fourth bar and at the last."""
    if context.i % EVERY == 0 or context.i == BARS - 1:
        size = wanted[context.i, context.col]
        price = context.close[context.i, context.col]
        return nb.order_nb(size=size, price=price, size_type=SizeType.TargetAmount, fees=FEE)
    return NoOrder


def of_vectorbt(n_paths: int, n_hedges: int) -> dict[str, Callable[[], np.ndarray]]:
    """The same work in vectorbt, three ways: final equity less money, shape (n_columns,)."""
    hedge, holding = (np.repeat(price, n_hedges, axis=1) for price in prices(n_paths))
    quantity = MONEY / holding[0] * np.tile(ratios_of(n_hedges), n_paths)
    targets = -quantity * holding / hedge
    targets[-1] = 0.0
    rarely = np.full_like(targets, np.nan)
    rarely[::EVERY], rarely[-1] = targets[::EVERY], 0.0
    cash = 10.0 * MONEY  # a short needs none, vectorbt checks

    def orders(engine: str) -> np.ndarray:
        made = vectorbt.Portfolio.from_orders(
            hedge,
            size=rarely,
            size_type="targetamount",
            fees=FEE,
            init_cash=cash,
            freq="1h",
            engine=engine,
        )
        return np.asarray(made.final_value()) - cash

    def callback() -> np.ndarray:
        made = vectorbt.Portfolio.from_order_func(
            hedge, on_the_clock, targets, init_cash=cash, freq="1h"
        )
        return np.asarray(made.final_value()) - cash

    return {
        "from_orders (numba)": partial(orders, "numba"),
        "from_orders (Rust)": partial(orders, "rust"),
        "from_order_func": callback,
    }


def check_equal(n_paths: int, n_hedges: int) -> float:
    """Largest difference of final equity, over traded notional; more than 1e-9 ends the run."""
    ledger = of_engine(n_paths, n_hedges).run()  # type: ignore[attr-defined]
    ours = (ledger["equity_change"] - ledger["holding_pnl"]).ravel()
    worst = max(
        float((np.abs(work() - ours) / ledger["turnover"].ravel()).max())
        for work in of_vectorbt(n_paths, n_hedges).values()
    )
    if not worst < 1e-9:
        raise SystemExit(f"final equities differ by {worst:g} of traded notional")
    return worst


def workload(repetitions: int) -> list[Row | Fact]:
    """Measure the engine and vectorbt's three ways interleaved, with one hedge and with eight."""
    rows: list[Row | Fact] = []
    for n_hedges, n_paths in PATHS.items():
        worst = check_equal(n_paths, n_hedges)
        engine = of_engine(n_paths, n_hedges)
        times = interleaved(
            {"engine": engine, **of_vectorbt(n_paths, n_hedges)}, max(repetitions // 2, 3)
        )
        of = f"{n_hedges} hedge{'s' * (n_hedges > 1)}"
        rows += [
            Row(
                f"vectorbt {way}, {of}",
                *judged[n_hedges],
                ratio(times[way], times["engine"]),
                "higher",
                "equal equity",
            )
            for way, judged in JUDGED.items()
        ]
        unit = 1e9 / (n_paths * n_hedges * BARS)
        rows += [
            Fact(f"{of}, {way}", f"{unit * statistics.median(spent):.1f} ns per bar and hedge")
            for way, spent in times.items()
        ]
        rows.append(Fact(f"{of}: largest difference of final equity", f"{worst:.0e} of turnover"))
    return rows


if __name__ == "__main__":
    os.environ["HEDGELAB_QUIET"] = "1"
    main(workload)
