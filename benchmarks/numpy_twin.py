"""The same work in NumPy, vectorised across paths: the yardstick that a reader would write.

The law, the rules, the frictions and the ledger are the package's own plain functions, with the
words of a rule given their NumPy meaning: `select` is `np.where`, `exp` is `np.exp`, normals come
from a NumPy generator.  So both sides do the same work by construction, and the yardstick is as
fast as NumPy makes it: one array per quantity, all paths at once, rare work skipped where no path
needs it.
"""

from __future__ import annotations

import types

import numpy as np

from hedgelab.kernels import compiling, elementary, engine, laws, ledger, words
from hedgelab.kernels.records import Bar

NUMPY_WORDS = {
    words.select: np.where,
    words.negate: np.logical_not,
    words.any_of: np.any,
    words.sqrt: np.sqrt,
    words.larger: np.maximum,
    words.smaller: np.minimum,
    words.clamp: np.clip,
    elementary.exp: np.exp,
    elementary.log: np.log,
    elementary.log1p_small: np.log1p,
    elementary.uniform: lambda draw: draw,
    elementary.normal_pair: lambda first, second: (first, second),
}


def in_numpy(function, made=None):
    """A plain function with NumPy's words in place of ours, all the way down."""
    made = {} if made is None else made
    if function in NUMPY_WORDS:
        return NUMPY_WORDS[function]
    if function not in made:
        found = compiling.references(function)
        swapped = {
            name: in_numpy(thing, made) if isinstance(thing, types.FunctionType) else thing
            for name, thing in found.items()
        }
        cells = tuple(types.CellType(swapped[name]) for name in function.__code__.co_freevars)
        scope = dict(function.__globals__) | swapped
        made[function] = types.FunctionType(
            function.__code__, scope, function.__name__, function.__defaults__, cells
        )
    return made[function]


def run(recipe, runs, n_paths, seed):
    """Accounts of every hedge at the last bar, each field an array over paths."""
    rng = np.random.Generator(np.random.SFC64(seed))
    law, state_type, n_words, _ = engine.LAWS[type(recipe.law)]
    law, made = in_numpy(law), {}
    state = engine.blank(state_type)
    targets = list(dict.fromkeys(each.target for each in runs))
    aims = [in_numpy(target.function, made) for target in targets]
    aim_states = [engine.records_of(target.function)[1]() for target in targets]
    steps = [in_numpy(ledger.make_step(each.timing.function), made) for each in runs]
    memories = [engine.records_of(each.timing.function)[1]() for each in runs]
    accounts = [each.account for each in runs]
    last, minutes = int(recipe.clock.last_bar), int(recipe.clock.bar_minutes)
    hours = minutes / 60.0
    bases = np.zeros((int(recipe.law.lookback), n_paths))  # the delayed field of the law
    before = None
    for number in range(recipe.first_bar, last + 1):
        draws = (*rng.standard_normal((10, n_paths)), *(1.0 - rng.random((n_words - 10, n_paths))))
        now = number % bases.shape[0]
        season = recipe.profile[(int(recipe.clock.start_minute) // 60 + number - 1) % 168]
        coin, state = law(
            number * hours, season, state._replace(basis_then=bases[now]), draws, recipe.law
        )
        bases[now] = coin.basis
        noise = rng.standard_normal(n_paths), rng.random(n_paths), rng.random(n_paths)
        bar = Bar(number * hours, hours, coin, coin, 1.0, *noise)
        before = bar if before is None else before
        ratios = []
        for k, target in enumerate(targets):
            ratio, aim_states[k] = aims[k](bar, aim_states[k], target.parameters)
            ratios.append(ratio)
        minute = int(recipe.clock.start_minute) + number * minutes
        for k, each in enumerate(runs):
            at_stamp = minute % int(each.venue.funding.interval) == 0
            accounts[k], memories[k] = steps[k](
                before,
                bar,
                number,
                last,
                at_stamp,
                ratios[targets.index(each.target)],
                accounts[k],
                memories[k],
                each.timing.parameters,
                each.venue,
                each.book,
            )
        before = bar
    return accounts


__all__ = ["in_numpy", "laws", "run"]
