"""What risk is worth: certainty equivalent, break-even risk aversion, over-trading.

Mean and variance over one horizon, for a person of constant risk aversion: exact for exponential
utility of a normal outcome, and to second order for any other. All values are over capital, cost
and variance over the same horizon.
"""

from __future__ import annotations

import math

import numpy as np

from hedgelab.errors import ParameterError
from hedgelab.metrics import Values, variance_scores


def certainty_equivalent(values: Values, risk_aversion: float = 1.0) -> float:
    r"""The sure return that is as good as the distribution. [1]

    Parameters
    ----------
    values : array_like of shape (n_paths,)
        Returns over capital, one per path. [1]
    risk_aversion : float
        Relative risk aversion; zero asks for the mean alone. [1]

    Notes
    -----
    .. math:: \bar x - \tfrac{\lambda}{2} \operatorname{Var} x

    References
    ----------
    Pratt (1964), Risk Aversion in the Small and in the Large, doi:10.2307/1913738.

    Examples
    --------
    By hand: mean 0, variance 0.02, half of three times it.

    >>> round(certainty_equivalent([-0.1, 0.1], risk_aversion=3.0), 3)
    -0.03
    """
    _check_aversion(risk_aversion)
    return float(np.mean(values) - 0.5 * risk_aversion * variance_scores(values).mean())


def break_even_risk_aversion(cost: float, variance_removed: float) -> float:
    r"""Risk aversion above which a cost is worth the variance that it removes. [1]

    Parameters
    ----------
    cost : float
        What the hedge gives up of the mean, over capital. [1]
    variance_removed : float
        Variance without the hedge less variance with it, over the same horizon. [1]

    Notes
    -----
    .. math:: \lambda^* = 2 \, \text{cost} / \text{variance removed}

    Infinite for a cost that removes nothing; zero for a hedge that removes variance and costs
    nothing. Volatilities do not subtract: what a point of volatility is worth depends on how much
    there is.

    Examples
    --------
    A cost of 2 % a year for a fall of volatility by 1.5 points, from 60, from 30 and from 10 %:

    >>> pairs = [(0.60, 0.585), (0.30, 0.285), (0.10, 0.085)]
    >>> [round(break_even_risk_aversion(0.02, a**2 - b**2), 2) for a, b in pairs]
    [2.25, 4.56, 14.41]
    """
    if variance_removed <= 0.0:
        return math.inf
    return max(0.0, 2.0 * cost / variance_removed)


def over_trading(friction: float, tracking_variance: float, risk_aversion: float = 1.0) -> float:
    r"""Friction over what the best band or schedule of these costs would pay; one is best. [1]

    Parameters
    ----------
    friction : float
        Cost of following the target, over capital; opening and closing the hedge left out. [1]
    tracking_variance : float
        Variance of the result that the hedge has against a free one that is always on its target,
        over the same horizon. [1]
    risk_aversion : float
        Relative risk aversion. [1]

    Notes
    -----
    Under proportional cost, friction falls with the width :math:`b` of a band as :math:`1/b` and
    the penalty :math:`\tfrac{\lambda}{2} v` of straying grows as :math:`b^2`; with the interval
    :math:`h` of a schedule they go as :math:`h^{-1/2}` and :math:`h`. At the least sum of both,
    friction is twice the penalty, in either case:

    .. math:: \text{friction} / (2 \cdot \tfrac{\lambda}{2} v)

    Above one the rule trades too often, below one too seldom. It says nothing about a target that
    is itself wrong, nor about a rule that closes and reopens what it could keep.

    References
    ----------
    Whalley and Wilmott (1997), doi:10.1111/1467-9965.00034; Rogers (2004), Why is the effect of
    proportional transaction costs O(delta^(2/3))?, doi:10.1090/conm/351/06411.

    Examples
    --------
    Steps of 0.05 a day cost 0.001 a unit, straying 2 x^2. In a band of 0.0097872 [the best,
    (3 c s^2 / 4 kappa)^(1/3)] the trade is s^2/2b and the mean square b^2/3:

    >>> round(over_trading(0.001 * 0.05**2 / (2 * 0.0097872), 0.0097872**2 / 3, 2 * 2.0), 4)
    1.0

    Twice as wide it pays half, and strays four times as much:

    >>> round(over_trading(0.001 * 0.05**2 / (4 * 0.0097872), 4 * 0.0097872**2 / 3, 2 * 2.0), 4)
    0.125
    """
    _check_aversion(risk_aversion)
    penalty = risk_aversion * tracking_variance
    if not (friction >= 0.0 and penalty > 0.0):
        what = f"friction {friction:g}, penalty {penalty:g}"
        raise ParameterError(what, where="over_trading", remedy="use a hedge that strays")
    return friction / penalty


def _check_aversion(risk_aversion: float) -> None:
    if not 0.0 <= risk_aversion < math.inf:
        raise ParameterError(f"risk_aversion is {risk_aversion:g}", remedy="use 0 or more")
