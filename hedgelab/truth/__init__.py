"""Does the simulator tell the truth?  Checks against what is known exactly.

Each check runs the public simulator with a fixed seed and compares the mean of one value a path
with a closed form, to five standard errors, which are at most 5 % of the value.  Each also carries
a bug that simulators have, as a setting, and sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hedgelab.errors import known
from hedgelab.truth import (
    curves,
    fairness,
    following,
    liquidation,
    markets,
    money,
    published,
)
from hedgelab.truth.check import SEED, Check, Outcome

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHECKS", "Check", "Outcome", "check", "curves", "published", "run"]

CHECKS = (*liquidation.CHECKS, *following.CHECKS, *money.CHECKS, *markets.CHECKS, *fairness.CHECKS)
_BY_NAME = {check.name: check for check in CHECKS}


def check(name: str) -> Check:
    """Return the check of that name."""
    return _BY_NAME[known(name, _BY_NAME, "no check", where="truth")]


def run(
    names: Sequence[str] | None = None,
    n_paths_scale: float = 1.0,
    *,
    wrong: bool = False,
    seed: int = SEED,
) -> pd.DataFrame:
    """Run checks and return the table of what they found.

    Parameters
    ----------
    names : sequence of str, optional
        Names of checks; all by default.
    n_paths_scale : float
        On the number of paths of each; with fewer a check may no longer see 5 %, and fails. [1]
    wrong : bool
        Run every check with its bug in: all should fail.
    seed : int
        Root of every random draw.

    Returns
    -------
    table : DataFrame
        One row a check, columns check, theory, simulated, standard_error, z, detectable_bias,
        passed, unit, source.  The detectable bias is five standard errors over the value, or over
        mean friction where the value is zero. [1]

    Examples
    --------
    >>> run(["impact: square root"])["passed"].tolist()
    [True]
    """
    import pandas as pd

    chosen = CHECKS if names is None else tuple(check(name) for name in names)
    found = [each.measure(n_paths_scale, wrong=wrong, seed=seed) for each in chosen]
    return pd.DataFrame(found, columns=Outcome._fields)
