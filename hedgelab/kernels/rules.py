"""Hedging rules: how much (targets) and when (timings).  One plain function each; no branches.

A target takes ``(bar, state, rule)`` and returns ``(ratio, state)``: coins short per coin held. A
target of the account takes ``(bar, position, state, rule)`` and returns ``(quantity, state)``. A
timing takes ``(bar, position, wanted, state, rule)`` and returns ``(decision, state)``; `wanted` is
the quantity that the target asks for [base], negative for a short.

`rule` holds the parameters and `state` what the rule remembers from bar to bar: a record each,
named by the annotation, whose defaults are the usual parameters and the memory a path starts with.
Rules are asked before t0 too (``bar.time < 0``), as if one coin were held, so that memories fill;
nothing is traded then.
"""

from typing import NamedTuple

from hedgelab.kernels.elementary import exp, log
from hedgelab.kernels.records import Decision, NoState
from hedgelab.kernels.words import clamp, larger, negate, select, smaller, sqrt

HOURS_PER_YEAR = 8760.0
LEAST_CUBE = 1e-300
ROUNDING = 1e-9  # of a ratio: a smaller change is none, and trades nothing at the edge of a band
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


class VolatilityTarget(NamedTuple):
    """Hedge away the volatility above a level."""

    level: float = 0.40  # volatility that is left unhedged [1/year]
    lookback: float = 72.0  # span of the moving average [h]; the rule reads it in bars


class Variance(NamedTuple):
    """Moving average of squared returns."""

    per_bar: float = 0.0


def volatility_target(bar, state: Variance, rule: VolatilityTarget):
    """The ratio that leaves `level` of the volatility lately, between none and all."""
    weight = 2.0 / (rule.lookback + 1.0)
    squared = bar.hedge.index_return * bar.hedge.index_return
    variance = state.per_bar + weight * (squared - state.per_bar)
    volatility = sqrt(variance * (HOURS_PER_YEAR / bar.hours))
    ratio = select(volatility > 0.0, 1.0 - rule.level / volatility, 0.0)
    return clamp(ratio, 0.0, 1.0), Variance(variance)


# -- how much, given the account -----------------------------------------------------------------
class KeepLeverage(NamedTuple):
    """Holding and hedge together at a constant multiple of equity."""

    leverage: float = 1.0  # [1]


def keep_leverage(bar, position, state: NoState, rule: KeepLeverage):
    """The hedge that makes holding plus hedge notional `leverage` times equity."""
    wanted = rule.leverage * position.equity - position.holding_value
    return wanted / bar.hedge.mark, state


class MarginAware(NamedTuple):
    """Hedge more the nearer the holding is to its liquidation."""

    base: float = 0.25  # ratio while it is far [1]
    calm: float = 0.20  # relative distance from which on it is far [1]
    danger: float = 0.05  # relative distance at which all is hedged [1]


def margin_aware(bar, position, state: NoState, rule: MarginAware):
    """A ratio that rises from `base` to 1 as the distance falls from `calm` to `danger`."""
    nearness = clamp((rule.calm - position.distance) / (rule.calm - rule.danger), 0.0, 1.0)
    ratio = rule.base + (1.0 - rule.base) * nearness
    return -(ratio * (bar.relative * position.holding)), state


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


class Band(NamedTuple):
    """Act when the hedge strays too far from its target."""

    half_width: float = 0.10  # [1] of the holding
    to_centre: bool = False  # trade to the target, not only to the edge of the band


def into_band(bar, position, wanted, half_width, to_centre):
    """Trade nothing inside the band; outside it to its edge, or to its centre."""
    unit = abs(bar.relative * position.holding)
    reach = half_width * unit
    gap = wanted - position.quantity
    edge = wanted - select(gap > 0.0, reach, -reach)
    strays = abs(gap) > (half_width + ROUNDING) * unit
    quantity = select(strays, select(to_centre, wanted, edge), position.quantity)
    return Decision(strays, quantity, 0.0)


def band(bar, position, wanted, state: NoState, rule: Band):
    """Keep the hedge within a band around its target."""
    return into_band(bar, position, wanted, rule.half_width, rule.to_centre), state


class OptimalBand(NamedTuple):
    """The band that costs least, trading and straying together."""

    to_centre: bool = False
    lookback: float = 168.0  # span of the moving average [h]; the rule reads it in bars
    fee: float = 5e-4  # of the venue, makers and takers mixed [1]
    taken: float = 1.0  # share of the quoted half-spread that is paid [1]
    risk_aversion: float = 1.0  # relative, per holding notional [1]


class RatioState(NamedTuple):
    """Last ratio, and how much it moves."""

    ratio: float = 0.0
    variance: float = 0.0  # of its change over a bar
    started: bool = False


def optimal_band(bar, position, wanted, state: RatioState, rule: OptimalBand):
    """The half-width (3 c s2 / 4 k)^(1/3) of a reflecting band, (3 c s2 / k)^(1/3) to the centre.

    c is the cost of one unit of ratio, s2 the variance of the ratio's change over a bar, and k half
    the risk aversion times the variance of the bar.  Whalley and Wilmott 1997; decision record
    0012.
    """
    weight = 2.0 / (rule.lookback + 1.0)
    coins = bar.relative * position.holding
    ratio = select(coins != 0.0, -wanted / coins, 0.0)
    moved = ratio - state.ratio
    change = select(state.started & (abs(moved) > ROUNDING), moved, 0.0)
    variance = state.variance + weight * (change * change - state.variance)
    cost = rule.fee + rule.taken * bar.hedge.half_spread
    penalty = 0.5 * rule.risk_aversion * (bar.hedge.sigma * bar.hedge.sigma)
    shape = select(rule.to_centre, 3.0, 0.75)
    cubed = select(penalty > 0.0, shape * cost * variance / penalty, 0.0)
    half_width = select(cubed > 0.0, exp(log(larger(cubed, LEAST_CUBE)) / 3.0), 0.0)
    decision = into_band(bar, position, wanted, half_width, rule.to_centre)
    return decision, RatioState(ratio, variance, True)


class PartialAdjustment(NamedTuple):
    """Go part of the way to the target in every bar."""

    rate: float = 0.05  # share of the gap that is traded in a bar [1]


def partial_adjustment(bar, position, wanted, state: NoState, rule: PartialAdjustment):
    """Go part of the way to the target in every bar."""
    gap = wanted - position.quantity
    return Decision(gap != 0.0, position.quantity + rule.rate * gap, 0.0), state


class StopLoss(NamedTuple):
    """Hedge after a loss, for a while."""

    drawdown: float = 0.10  # fall of equity from its peak that switches the hedge on [1]
    cooldown: float = 72.0  # how long it stays on [h]


class StopState(NamedTuple):
    """Whether the stop is on, since when, and the peak it watches."""

    active: bool = False
    since: float = 0.0  # [h]
    peak: float = 0.0  # of equity since the hedge was last lifted [quote]


def stop_loss(bar, position, wanted, state: StopState, rule: StopLoss):
    """Hedge below the drawdown; lift after the cooldown and watch a new peak from there."""
    begins = bar.time <= 0.0
    rested = bar.time - state.since >= rule.cooldown - MOMENT
    lifts = state.active & rested
    peak = select(begins | lifts, position.equity, larger(state.peak, position.equity))
    deep = position.equity < (1.0 - rule.drawdown) * peak
    falls = (negate(state.active) & negate(begins)) & deep
    active = (state.active | falls) & negate(lifts)
    since = select(falls, bar.time, state.since)
    quantity = select(active, wanted, 0.0)
    return Decision(falls | lifts, quantity, 0.0), StopState(active, since, peak)
