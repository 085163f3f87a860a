"""A hedge: how much x when, and a name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from hedgelab.errors import ParameterError
from hedgelab.kernels import rules
from hedgelab.kernels.engine import Rule, dry_run, records_of
from hedgelab.kernels.layout import leaves, n_delayed
from hedgelab.kernels.rules import (
    Constant,
    MinimumVariance,
    Never,
    Once,
    Schedule,
    VolatilityTrigger,
)

__all__ = [
    "Constant",
    "Hedge",
    "MinimumVariance",
    "Never",
    "Once",
    "Schedule",
    "VolatilityTrigger",
    "rule",
]

BUILT_IN: dict[type, Callable[..., Any]] = {
    Constant: rules.constant,
    MinimumVariance: rules.minimum_variance,
    Never: rules.never,
    Once: rules.once,
    Schedule: rules.schedule,
    VolatilityTrigger: rules.volatility_trigger,
}
LIMITS: dict[type, dict[str, tuple[float, float]]] = {
    Constant: {"ratio": (-10.0, 10.0)},
    MinimumVariance: {"lookback": (1e-9, 1e6), "cap": (0.0, 10.0)},
    Never: {},
    Once: {"at": (0.0, 1e6)},
    Schedule: {"every": (1e-9, 1e6), "hold": (1e-9, 1e9), "netting": (0, 1), "tranches": (1, 1000)},
    VolatilityTrigger: {
        "enter": (0.0, 100.0),
        "exit": (0.0, 100.0),
        "lookback": (1e-9, 1e6),
        "min_hold": (0.0, 1e9),
        "rebalance": (0.0, 10.0),
    },
}
TARGET_ARGUMENTS = ("bar", "state", "rule")
TIMING_ARGUMENTS = ("bar", "position", "wanted", "state", "rule")


def rule(function: Callable[..., Any], **parameters: float) -> Rule:
    """Return a rule of your own with its parameters, ready for a `Hedge`.

    Parameters
    ----------
    function : callable
        A target ``(bar, state, rule) -> (ratio, state)`` or a timing
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
    if isinstance(function, type) or not callable(function):
        raise ParameterError(
            f"{function!r} is not a function", where="rule", remedy="give the function that decides"
        )
    name = getattr(function, "__name__", "rule")
    arguments = tuple(inspect.signature(function).parameters)
    if arguments not in (TARGET_ARGUMENTS, TIMING_ARGUMENTS):
        raise ParameterError(
            f"it takes ({', '.join(arguments)})",
            where=f"rule {name}",
            remedy=f"use ({', '.join(TARGET_ARGUMENTS)}) or ({', '.join(TIMING_ARGUMENTS)})",
        )
    try:
        hints = get_type_hints(function)
    except NameError as error:
        raise ParameterError(
            f"an annotation cannot be found: {error}",
            where=f"rule {name}",
            remedy="define its records at the top level of the module or cell",
        ) from None
    for argument in ("state", "rule"):
        _check_record(hints.get(argument), argument, name)
    record = records_of(function)[0]
    unknown = set(parameters) - set(record._fields)
    if unknown:
        raise ParameterError(
            f"no parameter {', '.join(sorted(unknown))}",
            where=f"rule {name}",
            remedy=f"it has {', '.join(record._fields)}",
        )
    made = Rule(function, record(**parameters))
    try:
        dry_run(made)
    except Exception as error:  # whatever a rule of one's own may raise
        raise ParameterError(
            f"it fails when asked: {type(error).__name__}: {error}",
            where=f"rule {name}",
            remedy="call it by hand with a bar to see where",
        ) from error
    return made


def _check_record(record: Any, argument: str, name: str) -> None:
    """Refuse an annotation that is not a NamedTuple of numbers with defaults."""
    fields = getattr(record, "_fields", None)
    if not fields or isinstance(record, str):
        raise ParameterError(
            f"argument {argument} is not annotated with a NamedTuple of at least one field",
            where=f"rule {name}",
            remedy=f"write {argument}: YourRecord",
        )
    missing = [field for field in fields if field not in record._field_defaults]
    kinds = [field for field, kind in leaves(record) if not issubclass(kind, float | bool | int)]
    if missing or kinds:
        raise ParameterError(
            f"{record.__name__}.{(missing + kinds)[0]} has no default or is not a float or bool",
            where=f"rule {name}",
            remedy="give every field a type and a default",
        )


def _as_rule(given: Any, arguments: tuple[str, ...]) -> Rule:
    """Return a rule from a built-in record, a function, or what `rule` made."""
    if type(given) in BUILT_IN:
        _check_limits(given)
        made = Rule(BUILT_IN[type(given)], given)
    else:
        made = given if isinstance(given, Rule) else rule(given)
    if tuple(inspect.signature(made.function).parameters) != arguments:  # type: ignore[arg-type]
        wanted = (
            "how_much takes a target"
            if arguments == TARGET_ARGUMENTS
            else "when takes a timing rule"
        )
        raise ParameterError(f"{made.function.__name__} does not fit: {wanted}", where="Hedge")  # type: ignore[attr-defined]
    return made


def _check_limits(given: NamedTuple) -> None:
    """Refuse parameters of a built-in rule that make no sense."""
    name = type(given).__name__
    for key, (low, high) in LIMITS[type(given)].items():
        value = getattr(given, key)
        if not isinstance(value, int | float | np.number):
            raise ParameterError(f"{key} is {value!r}, not a number", where=name, remedy="give one")
        if not low <= value <= high:  # also refuses NaN
            remedy = f"use {low:g} to {high:g}"
            remedy += "; 0.75 is three quarters of a coin short per coin" if key == "ratio" else ""
            raise ParameterError(f"{key} is {value:g}", where=name, remedy=remedy)
    if isinstance(given, Schedule) and given.tranches > 1:
        if given.tranches != round(given.tranches):
            raise ParameterError(
                f"tranches is {given.tranches:g}", where=name, remedy="use a whole number"
            )
        if not math.isclose(given.hold, given.tranches * given.every):
            raise ParameterError(
                f"{given.tranches:g} tranches every {given.every:g} h are held {given.hold:g} h",
                where=name,
                remedy=f"hold each for tranches x every = {given.tranches * given.every:g} h",
            )
    if isinstance(given, VolatilityTrigger) and given.exit > given.enter:
        raise ParameterError(
            f"exit {given.exit:g} is above enter {given.enter:g}", where=name, remedy="swap them"
        )


@dataclass(frozen=True)
class Hedge:
    """A hedge: how much x when, and a name.

    Parameters
    ----------
    how_much : record, function or Rule
        The target: `Constant`, `MinimumVariance`, or a function of your own (see `rule`).
    when : record, function or Rule
        The timing: `Never`, `Once`, `Schedule`, `VolatilityTrigger`, or your own.
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
        if not self.name.strip():
            raise ParameterError("a hedge has no name", where="Hedge", remedy="give it one")
        self.rules()

    def rules(self) -> tuple[Rule, Rule]:
        """Return target and timing as the engine takes them, lookbacks in hours."""
        return _as_rule(self.how_much, TARGET_ARGUMENTS), _as_rule(self.when, TIMING_ARGUMENTS)

    def rules_in_bars(self, bar_hours: float) -> tuple[Rule, Rule]:
        """Return target and timing with lookbacks in bars, for bars of `bar_hours` hours."""
        target, timing = self.rules()
        if isinstance(timing.parameters, Schedule):
            steps = timing.parameters.every / bar_hours
            if not math.isclose(steps, round(steps)):
                raise ParameterError(
                    f"every is {timing.parameters.every:g} h",
                    where=f"hedge {self.name}",
                    remedy=f"use a multiple of the bar, {bar_hours:g} h",
                )
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
