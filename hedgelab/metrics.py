"""Risk in one number (variance, expected shortfall, hedge effectiveness); where a curve arrives.

The *scores* of a measure are one value per path whose mean is the measure, so that whoever knows
the error of a mean knows the error of a variance or of an expected shortfall, paired or not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hedgelab.errors import ParameterError

Values = NDArray[np.float64] | Sequence[float]


def expected_shortfall(values: Values, level: float = 0.975) -> float:
    """Mean loss beyond the level, positive for a loss; same unit as the values.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        Profit and loss per path, gain positive.
    level : float
        Confidence, not tail share: 0.975 averages the worst 2.5 % of the paths. [1]

    Notes
    -----
    The path on the edge of the tail counts with the fraction of it that lies inside.

    Examples
    --------
    Losses 1 to 10; the worst 2.5 of them are 10, 9 and half of 8, so 23 / 2.5:

    >>> expected_shortfall([-float(i) for i in range(1, 11)], level=0.75)
    9.2
    """
    losses = np.sort(-_finite(values))[::-1]
    if not 0.0 < level < 1.0:
        what = f"level {level:g} is not a confidence"
        raise ParameterError(what, remedy="use a value in (0, 1), such as 0.975")
    # Rounding keeps 0.2 x 10 at exactly two paths instead of two and a crumb.
    count = round((1.0 - level) * losses.size, 9)
    whole = int(count)
    if whole == losses.size or count < 1.0:
        return float(losses[: max(whole, 1)].mean())
    return float((losses[:whole].sum() + (count - whole) * losses[whole]) / count)


def variance_scores(values: Values) -> NDArray[np.float64]:
    """Squared distances from the mean, scaled so that their mean is the unbiased variance.

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        One outcome per path, at least two.

    Examples
    --------
    By hand: squares 1, 0 and 1, times 3/2; their mean is the variance, 1.

    >>> variance_scores([1.0, 2.0, 3.0]).tolist()
    [1.5, 0.0, 1.5]
    """
    array = _finite(values)
    if array.size < 2:
        raise ParameterError("one value has no variance", remedy="use more paths")
    return np.asarray((array - array.mean()) ** 2 * (array.size / (array.size - 1)))


def shortfall_scores(values: Values, level: float = 0.975) -> NDArray[np.float64]:
    """What each path adds to the expected shortfall; their mean is `expected_shortfall`.

    Parameters
    ----------
    values, level
        As in `expected_shortfall`.

    Returns
    -------
    scores : ndarray of shape (n_paths,)
        The loss at the edge of the tail, plus what a path loses beyond it over the tail's share.

    References
    ----------
    Rockafellar and Uryasev (2000), Optimization of Conditional Value-at-Risk,
    doi:10.21314/JOR.2000.038.

    Examples
    --------
    Losses 1 to 4, worst half: the edge is 2, and 3 and 4 lie 1 and 2 beyond it, over one half.

    >>> shortfall_scores([-1.0, -2.0, -3.0, -4.0], level=0.5).tolist()
    [2.0, 2.0, 4.0, 6.0]
    """
    losses = -_finite(values)
    expected_shortfall(values, level)  # refuses what is no level
    count = max(round((1.0 - level) * losses.size, 9), 1.0)
    edge = np.sort(losses)[::-1][min(int(count), losses.size - 1)]
    return np.asarray(edge + np.maximum(losses - edge, 0.0) * (losses.size / count))


def hedge_effectiveness(hedged: Values, unhedged: Values) -> float:
    """Share of the variance that the hedge removes, 1 - Var(hedged)/Var(unhedged). [1]

    Parameters
    ----------
    hedged, unhedged : array_like of shape (n_paths,)
        Outcomes on the same paths, over the same horizon, in the same unit.

    References
    ----------
    Ederington (1979), doi:10.1111/j.1540-6261.1979.tb02077.x.

    Examples
    --------
    A hedge that halves every move removes three quarters of the variance:

    >>> hedge_effectiveness([-1.0, 1.0], [-2.0, 2.0])
    0.75
    """
    variance = float(_finite(unhedged).var())
    if variance == 0.0:
        what = "the unhedged outcome does not vary"
        raise ParameterError(what, remedy="use a market without a fixed terminal return")
    return 1.0 - float(_finite(hedged).var()) / variance


def crossing(position: Values, values: Values, level: float) -> float:
    """Position at which a rising curve reaches a level, straight between points in logarithms.

    Parameters
    ----------
    position, values : array_like of shape (n_points,)
        Points of the curve, positions rising and above 0.
    level : float
        Above 0, in the unit of the values.

    Notes
    -----
    Beyond the outermost points the line through the nearest two goes on; infinite where it does
    not rise. Values too small for a logarithm count as 1e-9.

    Examples
    --------
    A square reaches 16 at 4, between two points or beyond them:

    >>> [round(crossing([1.0, 2.0, end], [1.0, 4.0, end**2], 16.0), 9) for end in (8.0, 3.0)]
    [4.0, 4.0]
    """
    x, y = np.log(_finite(position)), np.log(np.maximum(_finite(values), 1e-9))
    at = max(int(np.append(np.flatnonzero(y >= np.log(level)), y.size - 1)[0]), 1)
    rise = y[at] - y[at - 1]
    if rise <= 0.0:
        return float("inf")
    return float(np.exp(x[at - 1] + (np.log(level) - y[at - 1]) * (x[at] - x[at - 1]) / rise))


def _finite(values: Values) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    if array.size == 0 or not np.isfinite(array).all():
        raise ParameterError("values are empty or not finite", remedy="look at the ledger")
    return array
