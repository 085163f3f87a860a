"""How many weeks, or how many traders, it takes to see something of a given size."""

from __future__ import annotations

import math

from hedgelab.errors import ParameterError
from hedgelab.inference.intervals import Z_LEVEL

Z_POWER = 0.8416212335729143  # normal quantile of a power of 80 %


def weeks_needed(difference: float, sd: float, window_weeks: float) -> float:
    r"""Weeks of paired results needed before a difference can be told from chance. [weeks]

    Parameters
    ----------
    difference : float
        Difference per window to be seen, in any unit.
    sd : float
        Standard deviation of the paired difference of one window, same unit.
    window_weeks : float
        Length of a window. [weeks]

    Notes
    -----
    .. math:: n = w \, \left( (z_{97.5 \%} + z_{80 \%}) \, s / d \right)^2

    A two-sided level of 5 % and a power of 80 % make the constant 1.960 + 0.842 = 2.80. Infinite
    when there is no difference to see; zero when the difference never varies.

    Examples
    --------
    6.2 points, when one window's difference has a standard deviation of 13.5 points:

    >>> round(weeks_needed(6.2, 13.5, 6.0))
    223
    """
    if not (sd >= 0.0 and window_weeks > 0.0 and math.isfinite(difference)):
        what = f"difference {difference:g}, sd {sd:g}, window {window_weeks:g} weeks"
        raise ParameterError(what, remedy="give a finite difference, sd >= 0 and a window > 0")
    if difference == 0.0:
        return math.inf
    return window_weeks * ((Z_LEVEL + Z_POWER) * sd / abs(difference)) ** 2


def traders_needed(share: float, reference: float = 0.5) -> float:
    r"""Traders needed before a share can be told from a reference. [traders]

    Parameters
    ----------
    share : float
        Share to be seen, for example of traders who end up behind. [1]
    reference : float
        Share that it is held against; half for a coin that decides. [1]

    Notes
    -----
    With the reference :math:`q` and the same level and power as `weeks_needed`,

    .. math::
        n = \left( \frac{z_{97.5 \%} \sqrt{q (1 - q)} + z_{80 \%} \sqrt{p (1 - p)}}{p - q} \right)^2

    for traders who are independent of each other; traders of one market are not, since they share
    its weeks. Infinite when the two are equal.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions,
    doi:10.1002/0471445428.

    Examples
    --------
    By hand, 60 % against a half: (1.960 x 0.5 + 0.842 x 0.490)^2 / 0.1^2; and the 87 % of an
    article:

    >>> round(traders_needed(0.6)), math.ceil(traders_needed(0.87))
    (194, 12)
    """
    for value, name in ((share, "share"), (reference, "reference")):
        if not 0.0 <= value <= 1.0:
            raise ParameterError(f"{name} is {value:g}", remedy="use a fraction of 0 to 1")
    if share == reference:
        return math.inf
    spread = Z_LEVEL * math.sqrt(reference * (1.0 - reference))
    spread += Z_POWER * math.sqrt(share * (1.0 - share))
    return (spread / (share - reference)) ** 2
