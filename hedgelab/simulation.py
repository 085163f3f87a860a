"""Hedges over a market: the run, and the book that simply held less."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hedgelab import ledger as books
from hedgelab import margin, memory, presets, venues
from hedgelab.arrays import ask, check
from hedgelab.book import Book
from hedgelab.errors import ParameterError, known
from hedgelab.hedges import Hedge
from hedgelab.kernels import engine, records
from hedgelab.kernels.layout import leaves
from hedgelab.kernels.liquidation import FAR
from hedgelab.kernels.rules import OptimalBand
from hedgelab.ledger import COSTS, GAINS, LINES, Ledger
from hedgelab.market import Market
from hedgelab.project import cores
from hedgelab.venues import Venue

__all__ = ["hold_less", "simulate"]

Floats = npt.NDArray[np.float64]

SLOTS = tuple(name for name, _ in leaves(records.Account))
COLUMNS = {  # column of the ledger: slot of the account
    "holding_pnl": "gains.holding_pnl",
    "hedge_pnl": "gains.hedge_pnl",
    "basis_pnl": "gains.basis_pnl",
    "funding": "gains.funding",
    "financing": "gains.financing",
    "bankruptcy_relief": "liquidations.relief",
    "fee": "costs.fee",
    "half_spread_cost": "costs.half_spread",
    "impact_cost": "costs.impact",
    "delay_cost": "costs.delay",
    "liquidation_fee": "liquidations.fee",
    "liquidations_of_hedge": "liquidations.of_hedge",
    "liquidations_of_holding": "liquidations.of_holding",
    "cut": "allowance.cut",
    "bars_in_outage": "outage.bars_down",
    "missed": "outage.missed",
    "signals": "orders.signals",
    "orders": "orders.orders",
    "round_trips": "orders.round_trips",
    "turnover": "orders.turnover",
    "max_drawdown": "exposure.max_drawdown",
}
FIRST, LAST = 0, 1
KEPT = {  # slots of the account, by what the caller wants to keep
    "lines": (*(COLUMNS[name] for name in LINES), COLUMNS["turnover"], "exposure.equity"),
    "all": (
        *COLUMNS.values(),
        "liquidations.smallest_distance",
        "exposure.equity",
        "exposure.bars_hedged",
        "exposure.bars_without",
        "exposure.hedged",
    ),
}
SETTINGS = {"threads": (1, math.inf, None), "speed": engine.SPEEDS, "keep": tuple(KEPT)}
SHORT_LIVED = 3  # arrays of one number a path and hedge, beside those kept: checks and sums
LONGEST_DELAY = 0.1  # of a bar: beyond it the price at the fill is another bar's
UNLEVERED = 0.5  # a long of which no venue can ever close anything
END = {name: k for k, name in enumerate(engine.KEPT_FIELDS)}


def simulate(
    market: Market,
    hedges: Hedge | Sequence[Hedge],
    *,
    venue: Venue | str | Sequence[Venue | str],
    book: Book | None = None,
    threads: int | None = None,
    speed: str = "lanes",
    keep: str = "all",
) -> Ledger:
    """Run hedges over a market and return the ledger.

    Parameters
    ----------
    market : Market
        Simulated or recorded.
    hedges : Hedge or sequence of Hedge
        Names must differ.
    venue : Venue, str or sequence of them
        One for all hedges, or one a hedge; a name is one of `data/venues.toml`.
    book : Book, optional
        What is protected; $100,000 of the coin by default.
    threads : int, optional
        All cores by default; the result does not depend on it.
    speed : str
        ``"lanes"`` (many paths at once), ``"path"`` (compiled, one by one) or ``"plain"`` (ordinary
        Python, slow, for a debugger): the same bytes.
    keep : str
        ``"all"`` columns, or ``"lines"``: profit and loss with its lines, turnover, and the ends of
        the market, in half the memory.  Paths are never stored.

    Returns
    -------
    ledger : Ledger

    Raises
    ------
    ParameterError
        For hedges that do not fit the market, or a ledger that does not fit into memory.
    MoneyDoesNotAddUpError
        When cash and lines differ.

    Examples
    --------
    A hedge of one half on an 8.3 % rise gives half the rise away, and pays for two fills:

    >>> from hedgelab import Constant, Hedge, Once, scenarios, venues
    >>> market = scenarios.bridge(scenarios.gbm(n_bars=24, n_paths=16), terminal_return=0.083)
    >>> half = Hedge(Constant(0.5), Once(), "half")
    >>> ledger = simulate(market, [half], venue=venues.load("binance"))
    >>> ledger["hedge_pnl"].mean().round(2).item(), ledger["orders"].mean().item()
    (-4150.0, 2.0)
    """
    book = Book() if book is None else book
    hedges = tuple(hedges) if isinstance(hedges, Iterable) else (hedges,)
    is_one = isinstance(venue, str) or not isinstance(venue, Iterable)
    given: Any = [venue] * len(hedges) if is_one else venue
    chosen = tuple(venues.load(each) if isinstance(each, str) else each for each in given)
    check("simulate", SETTINGS, locals())
    _check(market, hedges, chosen, book)
    memory.require(
        n_bytes(market, len(hedges), keep),
        where=f"simulate with keep={keep!r}",
        smaller="keep='lines' takes half of it, " * (keep == "all") + "use at most {most} paths",
        count=market.n_paths,
    )
    runs = [_run(market, hedge, each, book) for hedge, each in zip(hedges, chosen, strict=True)]
    kept = [SLOTS.index(name) for name in KEPT[keep]]
    plan = engine.plan(market.recipe(), runs, kept=kept, speed=speed)
    threads = cores() if threads is None else threads
    slots, ends = engine.run(plan, market.n_paths, speed=speed, threads=threads)
    columns = _columns(market, book, slots, ends, keep)
    _check_finite(hedges, columns)
    return Ledger(market, hedges, chosen, book, columns, keep)


def n_bytes(market: Market, n_hedges: int, keep: str = "all") -> float:
    """Return what the ledger of a run takes at its peak. [bytes]

    Examples
    --------
    A hundred paths of two hedges: 13 columns kept, the residual, three short-lived, and ten numbers
    of the market, eight bytes each:

    >>> from hedgelab import scenarios
    >>> n_bytes(scenarios.gbm(n_paths=100), 2, "lines") == 100 * 8 * (2 * (13 + 1 + 3) + 10)
    True
    """
    columns = len(KEPT[keep]) + 1 + SHORT_LIVED
    ends = 2 * len(engine.KEPT_FIELDS) * market.n_coins
    return 8.0 * market.n_paths * (n_hedges * columns + ends)


def venue_noise(market: Market) -> Floats:
    """Return the venue's standard normals, shape (n_paths, warm_up + 1 + n_bars). [1]"""
    return market.bars()["delay_noise"]


def _check(
    market: Market,
    hedges: tuple[Hedge, ...],
    chosen: tuple[Venue, ...],
    book: Book,
) -> None:
    made = ", of history.windows or scenarios"
    ask("simulate", Market, market, hint=made)
    ask("simulate", Book, book)
    ask("simulate", Hedge, *hedges)
    ask("simulate", Venue, *chosen, hint=", or the name of one")
    names = [hedge.name for hedge in hedges]
    if not hedges or len(set(names)) < len(names):
        what = f"hedges {', '.join(names)}" if names else "there are no hedges"
        remedy = "give names that differ" if names else "give one or more"
        raise ParameterError(what, where="simulate", remedy=remedy)
    if len(chosen) != len(hedges):
        raise ParameterError(
            f"{len(chosen)} venues for {len(hedges)} hedges",
            where="simulate",
            remedy="give one or one each",
        )
    for hedge in hedges:
        needed = hedge.warm_up_bars(market.bar_hours)
        if needed > market.warm_up:
            raise ParameterError(
                f"its memory needs {needed} bars before t0 and the market has {market.warm_up}",
                where=f"hedge {hedge.name}",
                remedy="make the market with a longer warm_up",
            )
    for venue in chosen:
        interval = venue.funding.interval_hours
        minute = market.start_minute - 60.0 * venue.funding.first_hour
        bar_minutes = 60.0 * market.bar_hours
        if (60.0 * interval) % bar_minutes or minute % bar_minutes:
            raise ParameterError(
                f"bars of {market.bar_hours:g} h never close at some of its stamps, every "
                f"{interval:g} h from {venue.funding.first_hour:g}:00",
                where=f"venue {venue.name}",
                remedy="use bars that divide the interval and begin on the hour",
            )
        if book.is_perpetual:
            _check_holding(market, venue, book)
        if venue.delay_seconds > LONGEST_DELAY * 3600.0 * market.bar_hours:
            raise ParameterError(
                f"a delay of {venue.delay_seconds:g} s",
                where=f"venue {venue.name}",
                remedy=f"use at most a tenth of a bar, {360.0 * market.bar_hours:g} s",
            )


def _check_finite(hedges: tuple[Hedge, ...], columns: dict[str, Floats]) -> None:
    """Refuse money that is none; orders for what is no number have made it so."""
    odd = ~np.isfinite(columns["equity_change"]) | np.isnan(columns.get("missed", 0.0))
    for path, hedge in np.argwhere(odd)[:1].tolist():
        raise ParameterError(
            "a hedge was asked for that is not a finite number",
            where=f"hedge {hedges[hedge].name}, path {path}",
            remedy="let its rules answer finite numbers",
        )


def _check_holding(market: Market, venue: Venue, book: Book) -> None:
    """Refuse a holding that the venue would not let the capital open."""
    money = book.capital + (book.hedge_money if book.is_cross else 0.0)
    most = float(margin.largest_notional(money, venue.tiers_of(market.coin)))
    if book.notional > most:
        raise ParameterError(
            f"a holding of {book.notional:,.0f} is more than {money:,.0f} may open, {most:,.0f}",
            where=f"venue {venue.name}",
            remedy=f"use a leverage of at most {most / book.capital:g}",
        )


def _run(market: Market, hedge: Hedge, venue: Venue, book: Book) -> engine.Run:
    """Return one hedge as the engine takes it."""
    target, timing = hedge.rules_in_bars(market.bar_hours)
    if isinstance(timing.parameters, OptimalBand):
        timing = timing._replace(
            parameters=timing.parameters._replace(
                fee=_mixed_fee(venue, sum(venue.maker_shares) / 2.0),
                taken=(1.0 - sum(venue.maker_shares) / 2.0) * venue.spread_multiplier,
                risk_aversion=book.risk_aversion,
            )
        )
    kernel_book = book.record()
    return engine.Run(
        target,
        timing,
        venue.record(market.bar_hours),
        kernel_book,
        records.opening_account(kernel_book),
        _tiers(venue.tiers_of(market.hedge_coin), venue.tiers_of(market.coin)),
    )


def _mixed_fee(venue: Venue, maker_share: float) -> float:
    """Return the fee rate of makers and takers mixed. [1]"""
    return maker_share * venue.maker_fee + (1.0 - maker_share) * venue.taker_fee


@functools.cache  # the same for every hedge of every run
def _tiers(*legs: tuple[margin.MarginTier, ...]) -> Floats:
    """Return the margin tiers of hedge and holding, shape (2, n_tiers, 4)."""
    tables = [margin.flat(tiers).reshape(-1, 4) for tiers in legs]
    most = max(len(table) for table in tables)
    return np.stack([np.pad(t, ((0, most - len(t)), (0, 0)), mode="edge") for t in tables])


def _columns(
    market: Market, book: Book, slots: Floats, ends: Floats, keep: str
) -> dict[str, Floats]:
    """Return the columns of the ledger from account slots, most of them in their place."""
    slot = {name: slots[:, :, k] for k, name in enumerate(KEPT[keep])}
    columns = {name: slot[source] for name, source in COLUMNS.items() if source in slot}
    columns["equity_change"] = slot["exposure.equity"]
    columns["equity_change"] -= book.capital + book.hedge_money
    if keep == "all":
        columns["hours_hedged"] = slot["exposure.bars_hedged"]
        columns["hours_hedged"] *= market.bar_hours
        columns["mean_hedge_ratio"] = slot["exposure.hedged"]
        hours = market.n_bars - slot["exposure.bars_without"]
        columns["mean_hedge_ratio"] /= _holding_quantity(book, ends)[:, None] * hours
        columns["smallest_distance"] = slot["liquidations.smallest_distance"]
        columns["smallest_distance"][columns["smallest_distance"] >= FAR] = np.inf
    return _completed(columns, ends)


def _completed(columns: dict[str, Floats], ends: Floats) -> dict[str, Floats]:
    """Return the columns with the residual and what is kept of the market."""
    shape = columns["equity_change"].shape
    for end, prefix in ((FIRST, "first"), (LAST, "last")):
        for field in engine.KEPT_FIELDS:
            columns[f"{prefix}_{field}"] = np.broadcast_to(ends[:, end, END[field], None], shape)
    columns["residual"] = books.residual(columns)
    return columns


def _holding_quantity(book: Book, ends: Floats) -> Floats:
    """Return the coins held, shape (n_paths,). [base]"""
    price = ends[:, FIRST, END["mark" if book.is_perpetual else "index"]]
    return np.asarray(book.notional / price)


def hold_less(ledger: Ledger, ratios: Mapping[str, float] | None = None) -> Ledger:
    """Return the books that simply held less: what every hedge must beat.

    For each hedge, h of the holding is sold at t0 and bought back at the last bar, h being that
    hedge's mean ratio over all paths and bars: one constant, which nobody knew at t0.

    Parameters
    ----------
    ledger : Ledger
        A run.
    ratios : mapping of hedge name to float, optional
        Other values of h. [1]

    Returns
    -------
    ledger : Ledger
        The same hedges' names; its `max_drawdown`, `signals` and `hours_hedged` are not measured
        and left out.

    Notes
    -----
    A spot holding is traded at the venue's spot taker fee and half-spread, with the square-root
    impact of the bar; a perpetual at its perpetual costs, keeping (1 - h) of the holding's funding
    and basis.  Margin is not tested: with leverage it says what the coins did, not what a venue
    would have left of them.  Since h depends on all paths this is a statement about the ensemble.
    """
    ask("hold_less", Ledger, ledger)
    book, market = ledger.book, ledger.market
    for name in ratios or {}:
        known(name, ledger.names, "no hedge", where="hold_less")
        check("hold_less", {name: (-10.0, 10.0)}, ratios or {})
    found = dict(zip(ledger.names, ledger["mean_hedge_ratio"].mean(axis=0).tolist(), strict=True))
    h = np.array([{**found, **(ratios or {})}[name] for name in ledger.names])
    end = {name: ledger[name][:, 0] for name in ledger if name.startswith(("first_", "last_"))}
    price = "mark" if book.is_perpetual else "index"
    quantity = (book.notional / end[f"first_{price}"])[:, None] * np.ones_like(h)
    sold = h * quantity
    columns = {name: np.zeros_like(sold) for name in (*GAINS, *COSTS, "turnover")}
    index_move = (end["last_index"] - end["first_index"])[:, None]
    columns["holding_pnl"] = quantity * index_move
    columns["hedge_pnl"] = -sold * index_move
    cash = np.zeros_like(sold)
    if book.is_perpetual or book.collateral_yield != 0.0:
        alone = _alone(ledger)
        columns["financing"] = alone["financing"]
        columns["basis_pnl"] = (1.0 - h) * alone["basis_pnl"]
        columns["funding"] = (1.0 - h) * alone["funding"]
        cash += columns["funding"] + columns["financing"]
    for prefix, sign in (("first", 1.0), ("last", -1.0)):
        notional = np.abs(sold) * end[f"{prefix}_{price}"][:, None]
        paid = _holding_costs(ledger, end, prefix, notional)
        for name, cost in paid.items():
            columns[name] = columns[name] + cost
        columns["turnover"] = columns["turnover"] + notional
        cash += sign * sold * end[f"{prefix}_{price}"][:, None] - np.sum(
            list(paid.values()), axis=0
        )
    price_move = (end[f"last_{price}"] - end[f"first_{price}"])[:, None]
    columns["equity_change"] = cash + quantity * price_move
    columns["orders"] = np.broadcast_to(np.where(h == 0.0, 0.0, 2.0), sold.shape)
    columns["round_trips"] = 0.5 * columns["orders"]
    columns["mean_hedge_ratio"] = np.broadcast_to(h, sold.shape)
    for name in end:
        columns[name] = ledger[name]
    columns["residual"] = books.residual(columns)
    return Ledger(market, ledger.hedges, ledger.venues, book, columns)


def _alone(ledger: Ledger) -> dict[str, Floats]:
    """Return what the holding alone earns, once at the venue of every hedge, without margin."""
    nothing, book = presets.unhedged(), ledger.book
    same = [replace(nothing, name=name) for name in ledger.names]
    safe = replace(book, hedge_collateral=book.hedge_money, leverage=min(book.leverage, UNLEVERED))
    run = simulate(ledger.market, same, venue=ledger.venues, book=safe)
    scale = book.leverage / safe.leverage
    lines = {name: scale * run[name] for name in ("basis_pnl", "funding")}
    return {**lines, "financing": run["financing"]}


def _holding_costs(
    ledger: Ledger, end: dict[str, Floats], prefix: str, notional: Floats
) -> dict[str, Floats]:
    """Return costs of trading part of the holding, shape (n_paths, n_hedges). [quote]"""
    sigma, volume = end[f"{prefix}_sigma"], end[f"{prefix}_volume"]
    costs: dict[str, list[Floats]] = {"fee": [], "half_spread_cost": [], "impact_cost": []}
    for k, venue in enumerate(ledger.venues):
        traded = notional[:, k]
        if ledger.book.is_perpetual:
            share = venue.maker_shares[prefix == "first"]  # sold at t0, bought back at the end
            taken, fee = (1.0 - share) * traded, _mixed_fee(venue, share)
            half_spread = venue.spread_multiplier * end[f"{prefix}_half_spread"]
        else:
            taken, fee = traded, venue.spot_taker_fee
            half_spread = np.full_like(traded, venue.spot_half_spread)
        share_of_volume = taken / (venue.depth_share * volume)
        costs["fee"].append(fee * traded)
        costs["half_spread_cost"].append(half_spread * taken)
        costs["impact_cost"].append(
            venue.impact_coefficient * sigma * np.sqrt(share_of_volume) * taken
        )
    return {name: np.column_stack(values) for name, values in costs.items()}
