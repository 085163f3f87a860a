"""Closed forms as curves, and simulated points that must lie on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hedgelab import closed_forms
from hedgelab.errors import ParameterError
from hedgelab.hedges import Band, Schedule
from hedgelab.truth import following, liquidation
from hedgelab.truth.check import SEED, Floats
from hedgelab.truth.setting import BP

if TYPE_CHECKING:
    import pandas as pd

CHASE = following.CHASE
KINDS = ("to the edge", "to the centre", "on a schedule")
BEST = {  # half-width or bars at the least cost, as a rule states it
    "to the edge": following.BAND,
    "to the centre": following.CENTRE,
    "on a schedule": float(following.INTERVAL),
}


def passage(
    leverages: Sequence[float],
    side: str,
    *,
    volatility: float,
    days: int,
    n_paths: int,
    seed: int = SEED,
    liquidation_test: str = "intrabar",
) -> pd.DataFrame:
    """Share of legs that are liquidated, by leverage, each with paths of its own.

    Returns
    -------
    table : DataFrame
        One row a leverage, columns theory, simulated, standard_error (the theory's) and z. [1]

    Examples
    --------
    >>> case = {"volatility": 0.8, "days": 7, "n_paths": 4_000}
    >>> passage([10.0], "long", **case)["theory"].round(6).tolist()
    [0.378719]
    """
    theory = closed_forms.first_passage(leverages, volatility, days, side)
    case: dict[str, Any] = {
        "side": side,
        "volatility": volatility,
        "days": days,
        "liquidation": liquidation_test,
    }
    simulated = [
        liquidation.first_passage(n_paths, seed + k, leverage=leverage, **case).mean()
        for k, leverage in enumerate(leverages)
    ]
    error = np.sqrt(theory * (1.0 - theory) / n_paths)
    return _table(leverages, theory, np.array(simulated), error)


def cost(kind: str, sizes: Sequence[float] | Floats) -> Floats:
    """Cost of following a walking target, in universal units: see `closed_forms.Chase`.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    sizes : sequence of float
        Half-widths of the band, of the holding [1], or bars between trades of the schedule [1].

    Examples
    --------
    The least of each, 0.825482, 1.040042 and 1.290381 but for looking once a bar:

    >>> [round(float(cost(kind, [BEST[kind]])[0]), 2) for kind in KINDS]
    [0.83, 1.04, 1.29]
    """
    if kind not in KINDS:
        raise ParameterError(f"no kind {kind!r}", where="truth", remedy=f"use {', '.join(KINDS)}")
    asked = dict(zip(KINDS, (CHASE.band, CHASE.centre, CHASE.schedule), strict=True))
    return np.asarray(asked[kind](np.asarray(sizes, dtype=np.float64)).total / CHASE.unit)


def pursuit(
    kind: str, sizes: Sequence[float] | Floats, *, n_paths: int, seed: int = SEED
) -> pd.DataFrame:
    """Simulated costs of following a walking target, each with paths of its own.

    Returns
    -------
    table : DataFrame
        One row a size, columns theory, simulated, standard_error and z, in universal units. [1]
    """
    theory, scale = cost(kind, sizes), CHASE.unit * (following.LONG - following.SHORT)
    runs = [
        following.total(n_paths, seed + k, when=_when(kind, float(size))) / (BP * scale)
        for k, size in enumerate(sizes)
    ]
    simulated = np.array([run.mean() for run in runs])
    error = np.array([run.std(ddof=1) for run in runs]) / np.sqrt(n_paths)
    return _table(sizes, theory, simulated, error)


def _when(kind: str, size: float) -> Band | Schedule:
    hours = size * following.BAR_HOURS
    if kind == "on a schedule":
        return Schedule(hours, hours, True, 1)
    return Band(size, "edge" if kind == "to the edge" else "centre")


def _table(
    sizes: Sequence[float] | Floats, theory: Floats, simulated: Floats, error: Floats
) -> pd.DataFrame:
    import pandas as pd

    columns = {"theory": theory, "simulated": simulated, "standard_error": error}
    table = pd.DataFrame(columns, index=np.asarray(sizes))
    gap = table["simulated"] - table["theory"]
    return table.assign(z=(gap / table["standard_error"]).where(gap != 0.0, 0.0))
