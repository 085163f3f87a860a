"""The same work in NumPy, all paths at once: the yardstick that a reader would write.

The engine's plain-Python plan is run as it stands, passes and all, on arrays with a value a path;
the words that rules are written in get their NumPy meaning: `select` is `np.where`, `exp` is
`np.exp`, normals come from a NumPy generator.  So both sides do the same work by construction, rare
work is skipped where no path needs it, and nothing but NumPy is timed.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from hedgelab.kernels import compiling, driver, elementary, words

Function = Callable[..., Any]


def numpy_words(n_paths: int, seed: int) -> dict[Any, Function]:
    """What each word means on arrays of `n_paths` values."""
    rng = np.random.Generator(np.random.SFC64(seed))

    def as_it_is(x: Any) -> Any:
        return x

    return {
        words.select: np.where,
        words.negate: np.logical_not,
        words.any_of: np.any,
        words.sqrt: np.sqrt,
        words.larger: np.maximum,
        words.smaller: np.minimum,
        words.clamp: np.clip,
        words.as_words: as_it_is,
        words.as_number: as_it_is,
        "number": as_it_is,  # a field that is settled to a number, or to a condition, is one
        "condition": as_it_is,
        elementary.exp: np.exp,
        elementary.log: np.log,
        elementary.log1p_small: np.log1p,
        elementary.next_word: lambda *state: (0.0, *state),
        elementary.uniform: lambda word: 1.0 - rng.random(n_paths),
        elementary.normal_pair: lambda *words: rng.standard_normal((2, n_paths)),
    }


def in_numpy(function: Any, meaning: dict[Any, Function], made: dict[Any, Any]) -> Any:
    """A plain function with NumPy's words in place of ours, all the way down."""
    if function in meaning:
        return meaning[function]
    if function not in made:
        found = compiling.references(function)
        swapped = {
            name: meaning[name]
            if name in meaning
            else in_numpy(thing, meaning, made)
            if isinstance(thing, types.FunctionType)
            else thing
            for name, thing in found.items()
        }
        cells = tuple(types.CellType(swapped[name]) for name in function.__code__.co_freevars)
        scope = dict(function.__globals__) | swapped
        made[function] = types.FunctionType(
            function.__code__, scope, function.__name__, function.__defaults__, cells
        )
    return made[function]


def run(plan: driver.Plan, n_paths: int, seed: int) -> list[np.ndarray]:
    """Run a plan made for speed ``"plain"``; return the slots of every hedge at the last bar.

    Each result is of shape (n_slots, n_paths).
    """
    meaning: dict[Any, Function] = numpy_words(n_paths, seed)
    made: dict[Any, Any] = {}
    market, noise = (in_numpy(each, meaning, made) for each in (plan.market, plan.noise))
    targets, timings, others = (
        [in_numpy(each, meaning, made) for each in found]
        for found in (plan.targets, plan.timings, plan.others)
    )

    def start(values: np.ndarray) -> np.ndarray:
        return np.repeat(np.asarray(values)[:, None], n_paths, axis=1)

    def memory(size: int) -> np.ndarray:
        return np.zeros((size, n_paths))

    stream = np.zeros(4)
    law, law_memory = start(plan.market_start), memory(plan.market_memory)
    aims = [start(values) for values in plan.target_starts]
    aim_memories = [memory(plan.target_memory) for _ in aims]
    ratios = [memory(plan.tile_bars) for _ in aims]
    accounts = [start(values) for values in plan.timing_starts]
    account_memories = [memory(plan.timing_memory) for _ in accounts]
    tile = memory((plan.tile_bars + 1) * plan.n_fields)
    for bar in range(plan.first_bar, plan.last_bar + 1, plan.tile_bars):
        n = min(plan.tile_bars, plan.last_bar + 1 - bar)
        now = (tile, plan.n_tiers, bar, n)
        market(plan.market_parameters, others, law, law_memory, stream, *now)
        noise(plan.market_parameters, others, law, law_memory, stream, *now)
        for k, aim in enumerate(targets):
            aim(plan.target_parameters[k], others, aims[k], aim_memories[k], ratios[k], *now)
        for k, timing in enumerate(timings):
            ratio = ratios[plan.timing_target[k]]
            timing(plan.timing_parameters[k], others, accounts[k], account_memories[k], ratio, *now)
        tile[: plan.n_fields] = tile[n * plan.n_fields : (n + 1) * plan.n_fields]
    return accounts
