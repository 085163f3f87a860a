"""Targets that read the account: they run with their timing, for each hedge on its own."""

import functools
from typing import NamedTuple, get_type_hints

STEERED = ("aim", "act")  # fields of the records of such a pair


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
        return decision, state_type(aim, act)

    decide.__name__ = f"{timing.__name__} of {target.__name__}"
    decide.__annotations__ = {"state": state_type, "rule": rule_type}
    return decide
