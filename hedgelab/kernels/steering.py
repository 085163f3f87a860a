"""Targets that read the account run with their timing; what a rule reads, and what it tells."""

import functools
import types
from typing import NamedTuple, get_type_hints

from hedgelab.kernels.records import Decision
from hedgelab.kernels.words import select

STEERED = ("aim", "act")  # fields of the records of such a pair


def told(decision, wanted):
    """The decision; where it or what was wanted is not finite, an order that shows in the money."""
    odd = (wanted - wanted) + (decision.quantity - decision.quantity)
    odd = odd + (decision.reopen - decision.reopen)
    is_odd = odd != 0.0
    quantity = select(is_odd, odd, decision.quantity)
    return Decision(decision.fires | is_odd, quantity, decision.reopen)


@functools.cache
def steered(target, timing):
    """One timing rule of a target that reads the account and a timing; their records side by side.

    Such a target is not shared between hedges, since each has an account of its own.
    """
    aims, acts = get_type_hints(target), get_type_hints(timing)
    rule_type, state_type = (
        NamedTuple(name, [("aim", aims[argument]), ("act", acts[argument])])
        for name, argument in (("SteeredRule", "rule"), ("SteeredState", "state"))
    )

    def decide(bar, position, wanted, state, rule):
        quantity, aim = target(bar, position, state.aim, rule.aim)
        decision, act = timing(bar, position, quantity, state.act, rule.act)
        return told(decision, quantity), state_type(aim, act)

    decide.__name__ = f"{timing.__name__} of {target.__name__}"
    decide.parts = (target, timing)
    decide.__annotations__ = {"state": state_type, "rule": rule_type}
    return decide


def read_by(functions):
    """Names that plain functions read, and those that the plain functions below them read."""
    seen, waiting = set(), list(functions)
    while waiting:
        each = waiting.pop()
        seen.add(each)
        below = [cell.cell_contents for cell in each.__closure__ or ()]
        below += [each.__globals__.get(name) for name in each.__code__.co_names]
        waiting += [x for x in below if isinstance(x, types.FunctionType) and x not in seen]
    return {name for each in seen for name in each.__code__.co_names}
