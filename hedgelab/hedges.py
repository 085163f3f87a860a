"""A hedge: how much x when, and a name."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

from hedgelab.arrays import ANY, ask, check
from hedgelab.errors import ParameterError
from hedgelab.kernels import rules
from hedgelab.kernels.engine import Rule, dry_run, records_of
from hedgelab.kernels.layout import leaves, n_delayed
from hedgelab.kernels.rules import (
    Constant,
    KeepLeverage,
    MarginAware,
    MinimumVariance,
    Never,
    Once,
    PartialAdjustment,
    Schedule,
    StopLoss,
    VolatilityTarget,
    VolatilityTrigger,
)

__all__ = [
    "Band",
    "Constant",
    "Hedge",
    "KeepLeverage",
    "MarginAware",
    "MinimumVariance",
    "Never",
    "Once",
    "PartialAdjustment",
    "Schedule",
    "StopLoss",
    "VolatilityTarget",
    "VolatilityTrigger",
    "rule",
]

BUILT_IN: dict[type, Callable[..., Any]] = {
    Constant: rules.constant,
    KeepLeverage: rules.keep_leverage,
    MarginAware: rules.margin_aware,
    MinimumVariance: rules.minimum_variance,
    Never: rules.never,
    Once: rules.once,
    PartialAdjustment: rules.partial_adjustment,
    Schedule: rules.schedule,
    StopLoss: rules.stop_loss,
    VolatilityTarget: rules.volatility_target,
    VolatilityTrigger: rules.volatility_trigger,
}
BAND = {"half_width": (0.0, 10.0, "optimal"), "to": ("edge", "centre"), "lookback": (1e-9, 1e6)}
LIMITS: dict[type, dict[str, tuple[float, float]]] = {
    Constant: {"ratio": (-10.0, 10.0)},
    KeepLeverage: {"leverage": (-125.0, 125.0)},
    MarginAware: {"base": (0.0, 1.0), "calm": (0.0, 1e3), "danger": (0.0, 1e3)},
    MinimumVariance: {"lookback": (1e-9, 1e6), "cap": (0.0, 10.0)},
    Never: {},
    Once: {"at": (0.0, 1e6)},
    PartialAdjustment: {"rate": (1e-9, 1.0)},
    Schedule: {
        "every": (1e-9, 1e6),
        "hold": (1e-9, 1e9),
        "netting": (False, True),
        "tranches": (1.0, 1e3),
    },
    StopLoss: {"drawdown": (1e-9, 1.0), "cooldown": (0.0, 1e9)},
    VolatilityTarget: {"level": (0.0, 100.0), "lookback": (1e-9, 1e6)},
    VolatilityTrigger: {
        "enter": (0.0, 100.0),
        "exit": (0.0, 100.0),
        "lookback": (1e-9, 1e6),
        "min_hold": (0.0, 1e9),
        "rebalance": (0.0, 10.0),
    },
}
TARGET_ARGUMENTS = ("bar", "state", "rule")
ACCOUNT_TARGET_ARGUMENTS = ("bar", "position", "state", "rule")
TIMING_ARGUMENTS = ("bar", "position", "wanted", "state", "rule")


def rule(function: Callable[..., Any], **parameters: float) -> Rule:
    """Return a rule of your own with its parameters, ready for a `Hedge`.

    Parameters
    ----------
    function : callable
        A target ``(bar, state, rule) -> (ratio, state)``, a target that reads the account
        ``(bar, position, state, rule) -> (quantity, state)``, or a timing
        ``(bar, position, wanted, state, rule) -> (Decision, state)``.  The annotations of `state`
        and `rule` name two NamedTuples of floats and bools: a path's memory, and the parameters.
    **parameters : float
        Parameters that differ from the defaults of the `rule` record.

    Raises
    ------
    ParameterError
        If the function or its records do not have that form.

    Notes
    -----
    A parameter called `lookback` is given in hours and read by the rule in bars.  A state field
    annotated `delayed` is read as it was `lookback` bars ago.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> from hedgelab import Decision
    >>> class Weekly(NamedTuple):
    ...     hour: float = 9.0
    >>> class Nothing(NamedTuple):
    ...     unused: float = 0.0
    >>> def weekly(bar, position, wanted, state: Nothing, rule: Weekly):
    ...     return Decision(bar.time == rule.hour, wanted, 0.0), state
    >>> rule(weekly, hour=10.0).parameters
    Weekly(hour=10.0)
    """
    if not inspect.isfunction(function):
        what = f"{function!r} is not a function"
        raise ParameterError(what, where="rule", remedy="give a plain function that decides")
    name = function.__name__
    arguments = _arguments(function)
    forms = (TARGET_ARGUMENTS, ACCOUNT_TARGET_ARGUMENTS, TIMING_ARGUMENTS)
    if arguments not in forms:
        what = f"it takes ({', '.join(arguments)})"
        remedy = "use " + " or ".join(f"({', '.join(form)})" for form in forms)
        raise ParameterError(what, where=f"rule {name}", remedy=remedy)
    try:
        hints = get_type_hints(function)
    except NameError as error:
        what = f"an annotation cannot be found: {error}"
        remedy = "define its records at the top level of the module or cell"
        raise ParameterError(what, where=f"rule {name}", remedy=remedy) from None
    for argument in ("state", "rule"):
        _check_record(hints.get(argument), argument, name)
    record = records_of(function)[0]
    unknown = set(parameters) - set(record._fields)
    if unknown:
        what = f"no parameter {', '.join(sorted(unknown))}"
        remedy = f"it has {', '.join(record._fields)}"
        raise ParameterError(what, where=f"rule {name}", remedy=remedy)
    made = Rule(function, record(**parameters))
    kinds = {key: (False, True) if kind is bool else ANY for key, kind in leaves(record)}
    if len(kinds) == len(record._fields):  # records in records are of one's own making
        check(f"rule {name}", kinds, dict(zip(record._fields, made.parameters, strict=True)))
    try:
        dry_run(made)
    except Exception as error:  # whatever a rule of one's own may raise
        what = f"it fails when asked: {type(error).__name__}: {error}"
        remedy = "call it by hand with a bar to see where"
        raise ParameterError(what, where=f"rule {name}", remedy=remedy) from error
    return made


def _check_record(record: Any, argument: str, name: str) -> None:
    """Refuse an annotation that is not a NamedTuple of numbers with defaults."""
    fields = getattr(record, "_fields", None)
    if not fields or isinstance(record, str):
        what = f"argument {argument} is not annotated with a NamedTuple of at least one field"
        raise ParameterError(what, where=f"rule {name}", remedy=f"write {argument}: YourRecord")
    missing = [field for field in fields if field not in record._field_defaults]
    kinds = [field for field, kind in leaves(record) if not issubclass(kind, float | bool | int)]
    if missing or kinds:
        what = f"{record.__name__}.{(missing + kinds)[0]} has no default or is not a float or bool"
        remedy = "give every field a type and a default"
        raise ParameterError(what, where=f"rule {name}", remedy=remedy)


@dataclass(frozen=True)
class Band:
    """Act when the hedge strays from its target by more than a half-width.

    Parameters
    ----------
    half_width : float or "optimal"
        In units of the hedge ratio; ``"optimal"`` is the one that makes trading and straying
        together cost least at the venue's fees and the book's risk aversion. [1]
    to : {"edge", "centre"}
        Trade to the edge of the band, or all the way to the target.
    lookback : float
        Span over which an optimal band measures how much the target moves. [h]

    Notes
    -----
    With cost c of one unit of ratio, variance s2 of the target's change in a bar and k half the
    risk aversion times the variance of the bar's return, an optimal half-width is
    (3 c s2 / 4 k)^(1/3) to the edge and (3 c s2 / k)^(1/3) to the centre [1]_.

    References
    ----------
    .. [1] Whalley and Wilmott (1997), doi:10.1111/1467-9965.00034.

    Examples
    --------
    >>> Band(0.05).to
    'edge'
    """

    half_width: float | str = 0.10
    to: str = "edge"
    lookback: float = 168.0

    def __post_init__(self) -> None:
        """Refuse what is no band."""
        check("Band", BAND, vars(self))

    def rule(self) -> Rule:
        """Return the rule that the engine runs."""
        to_centre = self.to == "centre"
        if isinstance(self.half_width, str):
            return Rule(rules.optimal_band, rules.OptimalBand(to_centre, self.lookback))
        return Rule(rules.band, rules.Band(float(self.half_width), to_centre))


@functools.cache  # asked for every hedge of every run
def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's arguments."""
    return tuple(inspect.signature(function).parameters)


def _as_rule(given: Any, what: str, forms: tuple[tuple[str, ...], ...]) -> Rule:
    """Return a rule from a built-in record, a function, or what `rule` made."""
    if isinstance(given, Band):
        made = given.rule()
    elif type(given) in BUILT_IN:
        _check_limits(given)
        made = Rule(BUILT_IN[type(given)], given)
    else:
        made = given if isinstance(given, Rule) else rule(given)
    if _arguments(made.function) not in forms:
        raise ParameterError(f"{made.function.__name__} does not fit: {what}", where="Hedge")  # type: ignore[attr-defined]
    return made


def _check_limits(given: NamedTuple) -> None:
    """Refuse parameters of a built-in rule that make no sense."""
    name = type(given).__name__
    hint = "0.75 is three quarters of a coin short per coin"
    check(name, LIMITS[type(given)], given._asdict(), ratio=hint)
    if isinstance(given, Schedule) and given.tranches > 1:
        if given.tranches != round(given.tranches):
            what = f"tranches is {given.tranches:g}"
            raise ParameterError(what, where=name, remedy="use a whole number")
        if not math.isclose(given.hold, given.tranches * given.every):
            what = f"{given.tranches:g} tranches every {given.every:g} h are held {given.hold:g} h"
            remedy = f"hold each for tranches x every = {given.tranches * given.every:g} h"
            raise ParameterError(what, where=name, remedy=remedy)
    if isinstance(given, MarginAware) and not given.danger < given.calm:
        what = f"danger {given.danger:g} is not below calm {given.calm:g}"
        raise ParameterError(what, where=name, remedy="danger is the nearer distance")
    if isinstance(given, VolatilityTrigger) and given.exit > given.enter:
        what = f"exit {given.exit:g} is above enter {given.enter:g}"
        raise ParameterError(what, where=name, remedy="swap them")


@dataclass(frozen=True)
class Hedge:
    """A hedge: how much x when, and a name.

    Parameters
    ----------
    how_much : record, function or Rule
        The target: `Constant`, `MinimumVariance`, `VolatilityTarget`, `KeepLeverage`,
        `MarginAware`, or a function of your own (see `rule`).
    when : record, function or Rule
        The timing: `Never`, `Once`, `Schedule`, `VolatilityTrigger`, `Band`, `PartialAdjustment`,
        `StopLoss`, or your own.
    name : str
        What tables and figures call it.

    Examples
    --------
    >>> Hedge(Constant(0.5), Schedule(every=4, hold=24), name="one-day").name
    'one-day'
    """

    how_much: Any
    when: Any
    name: str = "hedge"

    def __post_init__(self) -> None:
        """Refuse rules that cannot be run."""
        ask("Hedge", str, self.name, hint=" as its name")
        if not self.name.strip():
            raise ParameterError("a hedge has no name", where="Hedge", remedy="give it one")
        self.rules()

    def rules(self) -> tuple[Rule, Rule]:
        """Return target and timing as the engine takes them, lookbacks in hours."""
        targets = (TARGET_ARGUMENTS, ACCOUNT_TARGET_ARGUMENTS)
        return (
            _as_rule(self.how_much, "how_much takes a target", targets),
            _as_rule(self.when, "when takes a timing rule", (TIMING_ARGUMENTS,)),
        )

    def rules_in_bars(self, bar_hours: float) -> tuple[Rule, Rule]:
        """Return target and timing with lookbacks in bars, for bars of `bar_hours` hours."""
        target, timing = self.rules()
        if isinstance(timing.parameters, Schedule):
            steps = timing.parameters.every / bar_hours
            if not math.isclose(steps, round(steps)):
                what = f"every is {timing.parameters.every:g} h"
                remedy = f"use a multiple of the bar, {bar_hours:g} h"
                raise ParameterError(what, where=f"hedge {self.name}", remedy=remedy)
        return _in_bars(target, bar_hours), _in_bars(timing, bar_hours)

    def warm_up_bars(self, bar_hours: float) -> int:
        """Return how many bars before t0 the hedge's memory needs. [1]"""
        return max(_warm_up(each) for each in self.rules_in_bars(bar_hours))


def _in_bars(made: Rule, bar_hours: float) -> Rule:
    """Return the rule with its lookback in bars."""
    parameters: Any = made.parameters
    if not hasattr(parameters, "lookback"):
        return made
    lookback = parameters.lookback / bar_hours
    if not lookback >= 1.0:
        raise ParameterError(
            f"lookback is {parameters.lookback:g} h",
            where=f"rule {made.function.__name__}",  # type: ignore[attr-defined]
            remedy=f"use at least a bar, {bar_hours:g} h",
        )
    if n_delayed(records_of(made.function)[1]):
        lookback = float(max(round(lookback), 1))
    return made._replace(parameters=parameters._replace(lookback=lookback))


def _warm_up(made: Rule) -> int:
    """Return three spans of a moving average, or one window of an exact rolling sum. [bars]"""
    lookback = float(getattr(made.parameters, "lookback", 0.0))
    windows = 1.0 if n_delayed(records_of(made.function)[1]) else 3.0
    return math.ceil(windows * lookback)
