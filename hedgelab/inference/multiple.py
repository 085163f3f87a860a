"""Several comparisons at once: among enough of them, one looks good by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hedgelab.errors import ParameterError
from hedgelab.inference.intervals import BLOCKS_PER_OVERLAP, REPETITIONS, SEED, p_value

if TYPE_CHECKING:
    import pandas as pd


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values that hold for all comparisons together, by Holm's step-down. [1]

    Parameters
    ----------
    p_values : mapping of str to float
        One per comparison. [1]

    Returns
    -------
    adjusted : dict of str to float
        In the same order. Calling every comparison below 5 % a difference is wrong about any of
        them in at most 5 % of experiments, however they depend on each other. [1]

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6, 65-70.

    Examples
    --------
    By hand: 4 x 0.01; 3 x 0.02; 2 x 0.03 = 0.06; 0.04 is not below the one before it.

    >>> adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.02})
    >>> {name: round(value, 3) for name, value in adjusted.items()}
    {'a': 0.04, 'b': 0.06, 'c': 0.06, 'd': 0.06}
    """
    if not all(0.0 <= value <= 1.0 for value in p_values.values()):
        raise ParameterError("a p-value is outside 0 to 1", where="holm", remedy="give shares")
    adjusted, floor = dict(p_values), 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        floor = min(1.0, max(floor, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = floor
    return adjusted


@dataclass(frozen=True)
class Best:
    """The hedge with the highest mean difference, and the p-value of none being ahead. [1]"""

    name: str
    p_value: float


def best_of(differences: pd.DataFrame, windows_overlap: int = 1) -> Best:
    """Whether the best of many beats its reference, or is only the luckiest.

    Parameters
    ----------
    differences : DataFrame of shape (n_paths, n_hedges)
        As `paired` returns it, gains positive, any unit.
    windows_overlap : int
        As `overlap` returns it. [windows]

    Notes
    -----
    Hansen's test of superior predictive ability, consistent p-value, by a stationary bootstrap of
    the studentised differences. A column that never varies tells nothing and is left out. The
    p-value is never below the one-sided one of the best alone: blocks of a few independent windows
    repeat each other.

    References
    ----------
    Hansen (2005), A Test for Superior Predictive Ability, doi:10.1198/073500105000000063.

    Examples
    --------
    Of two hedges one is ahead by one and a half times its spread, on forty paths:

    >>> import pandas as pd
    >>> swing = np.tile([1.0, -1.0], 20)
    >>> best = best_of(pd.DataFrame({"ahead": 1.5 + swing, "level": -swing}))
    >>> best.name, round(best.p_value, 3)
    ('ahead', 0.0)
    """
    from arch.bootstrap import SPA

    varying = differences.loc[:, differences.std() > 0.0]
    if varying.empty:
        raise ParameterError("no difference varies", where="best_of", remedy="compare other books")
    size = min(BLOCKS_PER_OVERLAP * windows_overlap, len(varying)) if windows_overlap > 1 else 1
    losses = -varying.to_numpy(np.float64)
    test = SPA(np.zeros(len(varying)), losses, block_size=size, reps=REPETITIONS, seed=SEED)
    test.compute()
    name = varying.mean().idxmax()
    alone = p_value(varying[name].to_numpy(np.float64), windows_overlap)
    if varying[name].mean() < 0.0:
        alone = 2.0 - alone
    return Best(str(name), max(float(test.pvalues["consistent"]), 0.5 * alone))
