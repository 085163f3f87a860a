"""Bugs put into the engine's own functions, one at a time: a check sees each of them.

The engine runs in plain Python here, so that an exchanged function is used as it is; few paths are
enough, since these bugs are not small.
"""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

import hedgelab as hl
from hedgelab import simulation, truth
from hedgelab.kernels import execution, friction, ledger, textbook
from hedgelab.kernels import liquidation as kernel
from hedgelab.kernels.records import Costs, NoState
from hedgelab.kernels.words import clamp, larger, select
from hedgelab.truth import fairness, liquidation, markets, money
from hedgelab.truth.setting import BOOK, venue

PLAIN = partial(simulation.simulate, speed="plain", threads=1)


@pytest.fixture(autouse=True)
def _plain_python(monkeypatch):
    for module in (fairness, liquidation, markets, money):
        monkeypatch.setattr(module, "simulate", PLAIN)


def z_of(values, theory):
    error = values.std(ddof=1) / math.sqrt(values.size)
    gap = values.mean() - theory
    return gap / error if error else math.copysign(math.inf, gap)


def z_of_check(name, n_paths, **changes):
    check = truth.check(name)
    return z_of(check.sample(n_paths, 5, **{**check.setting, **changes}), check.theory)


# name of the check, paths, module, function, and what is put in its place
def at_the_other_extreme(leg, marks):
    return select(leg.quantity < 0.0, marks.low, marks.high)


def high_at_the_close(move, twice_variance, log_uniform):
    return larger(move, 0.0)


def never_beyond_the_level(instrument):
    return kernel.Marks(0.0, instrument.mark_high, instrument.mark_low)


def without_dead_zone(premium, basis, rule):
    return clamp(premium, -rule.cap, rule.cap) * (rule.interval / 480.0)


def linear_impact(taken, instrument, venue):
    return venue.impact * instrument.sigma * (taken / (venue.depth * instrument.volume)) * taken


def delay_without_root(bought, instrument, delay_noise, venue):
    against = venue.adverse * abs(delay_noise) * abs(bought)
    return instrument.sigma * venue.delay * (against + (1.0 - venue.adverse) * delay_noise * bought)


def only_what_is_bought(quantity, instrument, delay_noise, maker_share, venue):
    costs = friction.trade_costs(quantity, instrument, delay_noise, maker_share, venue)
    return Costs(*(select(quantity > 0.0, cost, 0.0) for cost in costs))


SHORT = "liquidation: short, 50x, 1 d"
BUGS = [
    (SHORT, 300, kernel, "worst_of", at_the_other_extreme),
    (SHORT, 300, textbook, "high_of", high_at_the_close),
    ("jumps: relief", 100, kernel, "within_bar", never_beyond_the_level),
    ("funding: above the dead zone", 4, ledger, "funding_rate", without_dead_zone),
    ("impact: square root", 8, friction, "impact_cost", linear_impact),
    ("delay: adverse selection", 400, friction, "delay_cost", delay_without_root),
    ("fee: closed and reopened daily", 4, execution, "trade_costs", only_what_is_bought),
]


@pytest.mark.parametrize(
    ("name", "n_paths", "module", "function", "bug"), BUGS, ids=[bug[-1].__name__ for bug in BUGS]
)
def test_a_check_rejects_the_bug_and_not_the_engine(
    name, n_paths, module, function, bug, monkeypatch
):
    assert abs(z_of_check(name, n_paths)) < 5.0
    monkeypatch.setattr(module, function, bug)
    assert abs(z_of_check(name, n_paths)) > 5.0


def test_a_price_whose_variance_is_not_compensated_is_seen(monkeypatch):
    def uncompensated(time, shock, jump, low, high, sigma, state, law):
        law = law._replace(drift=law.drift + 0.5 * sigma * sigma)
        return brownian(time, shock, jump, low, high, sigma, state, law)

    def earned():
        market = hl.scenarios.gbm(volatility=60.0, n_bars=1, n_paths=500, seed=5)
        return PLAIN(market, hl.presets.static(1.0), venue=venue(), book=BOOK)["hedge_pnl"][:, 0]

    brownian = textbook.brownian
    assert abs(z_of(earned(), 0.0)) < 5.0
    monkeypatch.setattr(textbook, "brownian", uncompensated)
    assert z_of(earned(), 0.0) < -5.0


class Faith(NamedTuple):
    """Hedged after a fall."""

    below: float = 0.0


def after_a_fall(bar, state: NoState, rule: Faith):
    return select(bar.hedge.index_return < rule.below, 1.0, 0.0), state


@pytest.mark.parametrize("bars_early", [0, 1])
def test_returns_labelled_a_bar_early_are_seen(bars_early):
    # the bug of a feature that is shifted: a rule that sees the next return earns on a martingale
    drawn = hl.scenarios.gbm(n_bars=30, n_paths=60, seed=5).bars()
    rows = np.stack([drawn[name] for name in hl.market.INSTRUMENT_FIELDS], axis=-1)
    column = hl.market.INSTRUMENT_FIELDS.index("index_return")
    rows[:, :, column] = np.roll(rows[:, :, column], -bars_early, axis=1)
    market = hl.market.Market(
        name="recorded",
        kind="history",
        n_paths=60,
        n_bars=28,
        recorded=rows.reshape(-1, rows.shape[-1]),
        starts=31 * np.arange(60),
    )
    hedge = hl.Hedge(hl.rule(after_a_fall), hl.Schedule(1, 1, True, 1), "follows the last bar")
    earned = PLAIN(market, hedge, venue=venue(), book=BOOK)["hedge_pnl"][:, 0]
    assert (abs(z_of(earned, 0.0)) > 5.0) == (bars_early == 1)
