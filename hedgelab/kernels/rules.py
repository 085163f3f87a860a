"""Hedging rules: how much (targets) and when (timings).  One plain function each; no branches.

A target takes ``(bar, state, rule)`` and returns ``(ratio, state)``: coins short per coin held. A
timing takes ``(bar, position, wanted, state, rule)`` and returns ``(decision, state)``; `wanted` is
the quantity that the target asks for [base], negative for a short.

`rule` holds the parameters and `state` what the rule remembers from bar to bar: a record each,
named by the annotation, whose defaults are the usual parameters and the memory a path starts with.
Rules are asked before t0 too (``bar.time < 0``) so that memories fill; nothing is traded then.
"""

from typing import NamedTuple

from hedgelab.kernels.records import Decision, NoState
from hedgelab.kernels.words import clamp, negate, select, smaller

HOURS_PER_YEAR = 8760.0
MOMENT = 1e-6  # clock times are sums of rounded hours; a moment forgives the rounding [h]


# -- how much ------------------------------------------------------------------------------------
class Constant(NamedTuple):
    """Always the same hedge ratio."""

    ratio: float = 1.0  # coins short per coin held [1]


def constant(bar, state: NoState, rule: Constant):
    """Always the same hedge ratio."""
    return rule.ratio, state


class MinimumVariance(NamedTuple):
    """The ratio that would have left the least variance lately."""

    lookback: float = 72.0  # span of the moving averages [h]; the rule reads it in bars
    cap: float = 1.5  # largest ratio [1]


class Moments(NamedTuple):
    """Moving averages of products of returns."""

    product: float = 0.0
    square: float = 0.0


def minimum_variance(bar, state: Moments, rule: MinimumVariance):
    """Covariance of holding and hedge over variance of the hedge, both exponentially weighted."""
    weight = 2.0 / (rule.lookback + 1.0)
    product = state.product + weight * (
        bar.holding.index_return * bar.hedge.mark_return - state.product
    )
    square = state.square + weight * (bar.hedge.mark_return * bar.hedge.mark_return - state.square)
    ratio = select(square > 0.0, product / square, 0.0)
    return clamp(ratio, 0.0, rule.cap), Moments(product, square)


# -- when ----------------------------------------------------------------------------------------
class Never(NamedTuple):
    """Leave the holding alone."""

    unused: float = 0.0


def never(bar, position, wanted, state: NoState, rule: Never):
    """No hedge at all."""
    return Decision(False, 0.0, 0.0), state


class Once(NamedTuple):
    """Hedge at one moment and leave it alone."""

    at: float = 0.0  # after t0, a whole number of bars [h]


def once(bar, position, wanted, state: NoState, rule: Once):
    """Hedge at one moment and leave it alone."""
    return Decision(bar.time == rule.at, wanted, 0.0), state


class Schedule(NamedTuple):
    """Act on the clock."""

    every: float = 4.0  # between fires [h]
    hold: float = 24.0  # life of a hedge; it expires at the first fire at which it is that old [h]
    netting: bool = False  # at expiry trade only the difference, rather than close and open anew
    tranches: float = (
        1.0  # equal hedges, opened one a fire; hold = tranches x every when more than one
    )


class ScheduleState(NamedTuple):
    """When to act next, since when the hedge is open, and how many fires there were."""

    next_fire: float = 0.0  # [h]
    opened_at: float = 0.0  # [h]
    fires: float = 0.0


def schedule(bar, position, wanted, state: ScheduleState, rule: Schedule):
    """Open when flat, renew what has expired, otherwise follow the target."""
    fires = bar.time >= state.next_fire - MOMENT
    count = state.fires + select(fires, 1.0, 0.0)
    laddered = rule.tranches > 1.0
    old = bar.time - state.opened_at >= rule.hold - MOMENT
    expired = select(laddered, count > rule.tranches, position.is_open & old)
    renewed = select(expired & negate(rule.netting), 1.0 / rule.tranches, 0.0)
    quantity = wanted * (smaller(count, rule.tranches) / rule.tranches)
    opens = fires & (expired | negate(position.is_open))
    state = ScheduleState(
        next_fire=select(fires, state.next_fire + rule.every, state.next_fire),
        opened_at=select(opens, bar.time, state.opened_at),
        fires=count,
    )
    return Decision(fires, quantity, renewed), state


class VolatilityTrigger(NamedTuple):
    """Act on volatility."""

    enter: float = 0.60  # volatility that switches the hedge on [1/year]
    exit: float = 0.45  # and the lower one that switches it off [1/year]
    lookback: float = 24.0  # span of the moving average [h]; the rule reads it in bars
    min_hold: float = 72.0  # [h]
    rebalance: float = 0.10  # drift from the target that is corrected, as a share of the target [1]


class TriggerState(NamedTuple):
    """Volatility now, and whether it switched the hedge on."""

    variance: float = 0.0  # of one bar
    active: bool = False
    since: float = 0.0  # [h]


def volatility_trigger(bar, position, wanted, state: TriggerState, rule: VolatilityTrigger):
    """Hedge while volatility is high: on above `enter`, off below `exit` after `min_hold`.

    A trigger that is on at t0 opens then, and is held from then.
    """
    weight = 2.0 / (rule.lookback + 1.0)
    squared = bar.hedge.index_return * bar.hedge.index_return
    variance = state.variance + weight * (squared - state.variance)
    per_year = variance * (HOURS_PER_YEAR / bar.hours)
    switch_on = negate(state.active) & (per_year > rule.enter * rule.enter)
    rested = bar.time - state.since >= rule.min_hold - MOMENT
    switch_off = state.active & rested & (per_year < rule.exit * rule.exit)
    active = (state.active | switch_on) & negate(switch_off)
    since = select(switch_on | (bar.time == 0.0), bar.time, state.since)
    stray = active & (abs(wanted - position.quantity) > rule.rebalance * abs(wanted))
    fires = switch_on | switch_off | stray
    return Decision(fires, select(active, wanted, 0.0), 0.0), TriggerState(variance, active, since)
