"""Friction: what a trade costs, line by line, and what an order cost against its paper twin.

The functions are those of the ledger (`kernels.friction`) over arrays; costs are positive.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hedgelab.arrays import ANY, NOT_NEGATIVE, POSITIVE, SHARE, numbers
from hedgelab.errors import ParameterError
from hedgelab.kernels import friction as kernel

__all__ = [
    "Shortfall",
    "delay_cost",
    "fee",
    "half_spread_cost",
    "impact",
    "impact_cost",
    "implementation_shortfall",
]

Floats = NDArray[np.float64]


def fee(
    notional: ArrayLike,
    maker_fee: ArrayLike,
    taker_fee: ArrayLike,
    maker_share: ArrayLike = 0.0,
) -> Floats:
    r"""Exchange fee of a trade.

    Parameters
    ----------
    notional : array_like
        Traded, bought or sold, from 0. [quote]
    maker_fee, taker_fee : array_like
        Fee over notional of what rests in the book and of what takes from it; a rebate is
        negative. [1]
    maker_share : array_like, optional
        Share of the notional that is filled by resting orders, 0 to 1. [1]

    Returns
    -------
    fee : ndarray of the arguments' common shape
        Cost positive, negative where the rebate is larger. Empty gives empty. [quote]

    Raises
    ------
    ParameterError
        For a value outside its limits or not finite, or shapes that do not fit.

    Notes
    -----
    .. math:: \text{fee} = \bigl(w f_m + (1 - w) f_t\bigr) N

    References
    ----------
    Fee schedules of the venues: `data/venues.toml`.

    Examples
    --------
    A quarter at 2 bp, the rest at 6 bp, is 5 bp of 10 000:

    >>> print(fee(10_000.0, 2e-4, 6e-4, maker_share=0.25))
    5.0
    """
    size, maker, taker, share = numbers(
        "fee",
        notional=(notional, NOT_NEGATIVE),
        maker_fee=(maker_fee, ANY),
        taker_fee=(taker_fee, ANY),
        maker_share=(maker_share, SHARE),
    )
    venue = SimpleNamespace(maker_fee=maker, taker_fee=taker)
    return np.asarray(kernel.fee(size, share, venue))


def half_spread_cost(
    notional: ArrayLike, half_spread: ArrayLike, spread_multiplier: ArrayLike = 1.0
) -> Floats:
    r"""Cost of crossing from mid to the quote.

    Parameters
    ----------
    notional : array_like
        That takes from the book, bought or sold, from 0. [quote]
    half_spread : array_like
        Half of ask less bid, over mid, from 0. [1]
    spread_multiplier : array_like, optional
        The venue's spread over that one, from 0. [1]

    Returns
    -------
    cost : ndarray of the arguments' common shape
        Positive. Empty gives empty. [quote]

    Raises
    ------
    ParameterError
        For a value that is negative or not finite, or shapes that do not fit.

    Notes
    -----
    .. math:: c = k\, \frac{\text{ask} - \text{bid}}{2\, \text{mid}}\, N

    References
    ----------
    The quoted half-spread; Demsetz (1968), "The cost of transacting", Quarterly Journal of
    Economics 82, 33-53.

    Examples
    --------
    2 bp of 10 000:

    >>> print(half_spread_cost(10_000.0, 2e-4))
    2.0
    """
    size, half, multiplier = numbers(
        "half_spread_cost",
        notional=(notional, NOT_NEGATIVE),
        half_spread=(half_spread, NOT_NEGATIVE),
        spread_multiplier=(spread_multiplier, NOT_NEGATIVE),
    )
    instrument = SimpleNamespace(half_spread=half)
    venue = SimpleNamespace(spread_multiplier=multiplier)
    return np.asarray(kernel.half_spread_cost(size, instrument, venue))


def impact_cost(
    notional: ArrayLike,
    volatility: ArrayLike,
    volume: ArrayLike,
    coefficient: ArrayLike = 1.0,
) -> Floats:
    r"""Cost of moving the price against oneself, by the square-root law.

    Parameters
    ----------
    notional : array_like
        Of the whole order that takes from the book, bought or sold, from 0. [quote]
    volatility : array_like
        Standard deviation of the return over one period, from 0. [1]
    volume : array_like
        Traded at the venue in a period of the same length, above 0. [quote]
    coefficient : array_like, optional
        Y of the law, from 0; of order 1. [1]

    Returns
    -------
    cost : ndarray of the arguments' common shape
        Positive; grows with the power 3/2 of the notional. Empty gives empty. [quote]

    Raises
    ------
    ParameterError
        For a value outside its limits or not finite, or shapes that do not fit.

    Notes
    -----
    .. math:: c = Y\, \sigma \sqrt{N / V}\; N

    The period cancels where variance and volume grow with time alike: a day and an hour agree.

    References
    ----------
    Donier and Bonart (2015), "A million metaorder analysis of market impact on the Bitcoin",
    Market Microstructure and Liquidity 1, arXiv 1412.4503.

    Examples
    --------
    3 % a day, 20 billion a day; a million costs 2.12 bp of itself:

    >>> print(impact_cost(1e6, 0.03, 2e10).round(2))
    212.13
    """
    size, sigma, traded, y = numbers(
        "impact_cost",
        notional=(notional, NOT_NEGATIVE),
        volatility=(volatility, NOT_NEGATIVE),
        volume=(volume, POSITIVE),
        coefficient=(coefficient, NOT_NEGATIVE),
    )
    instrument = SimpleNamespace(sigma=sigma, volume=traded)
    return np.asarray(kernel.impact_cost(size, instrument, SimpleNamespace(impact=y, depth=1.0)))


def impact(
    notional: ArrayLike,
    volatility: ArrayLike,
    volume: ArrayLike,
    coefficient: ArrayLike = 1.0,
) -> Floats:
    r"""Price move that an order makes against itself, over the price: the square-root law.

    Parameters
    ----------
    notional, volatility, volume, coefficient : array_like
        As for `impact_cost`. [quote], [1], [quote], [1]

    Returns
    -------
    rate : ndarray of the arguments' common shape
        `impact_cost` over notional, positive, 0 for no order. Empty gives empty. [1]

    Raises
    ------
    ParameterError
        For a value outside its limits or not finite, or shapes that do not fit.

    Notes
    -----
    .. math:: I = Y\, \sigma \sqrt{N / V}

    References
    ----------
    As for `impact_cost`.

    Examples
    --------
    In basis points, at 3 % and 20 billion a day:

    >>> (impact([0.0, 1e5, 1e6, 1e7], 0.03, 2e10) * 1e4).round(3)
    array([0.   , 0.671, 2.121, 6.708])
    """
    cost = impact_cost(notional, volatility, volume, coefficient)
    size = np.broadcast_to(np.asarray(notional, dtype=np.float64), cost.shape)
    return np.divide(cost, size, out=np.zeros_like(cost), where=size > 0.0)


def delay_cost(
    bought: ArrayLike,
    volatility: ArrayLike,
    delay: ArrayLike,
    noise: ArrayLike,
    adverse_share: ArrayLike = 0.0,
) -> Floats:
    r"""Cost of the price's move between a decision and its fill.

    Parameters
    ----------
    bought : array_like
        Signed notional of the trade, purchases positive. [quote]
    volatility : array_like
        Standard deviation of the return over one period, from 0. [1]
    delay : array_like
        From decision to fill in the same periods, from 0. [period]
    noise : array_like
        Standard normal draw, positive where the price rose meanwhile. [1]
    adverse_share : array_like, optional
        Share of the move that is against the trader whatever its sign, as for a resting order
        that is filled when the price comes through it; 0 to 1. [1]

    Returns
    -------
    cost : ndarray of the arguments' common shape
        Cost positive, negative where waiting helped. Empty gives empty. [quote]

    Raises
    ------
    ParameterError
        For a value outside its limits or not finite, or shapes that do not fit.

    Notes
    -----
    .. math:: c = \sigma \sqrt{d}\, \bigl(a |z| |B| + (1 - a) z B\bigr)

    References
    ----------
    Perold (1988), as for `implementation_shortfall`: the delay of an order that is filled whole;
    the adverse share is a plain form of adverse selection, Glosten and Milgrom (1985), Journal of
    Financial Economics 14, 71-100.

    Examples
    --------
    1 % a bar, a quarter of a bar late: moves of 0.5 % z. The price rises by two of them:

    >>> delay_cost([10_000.0, -10_000.0], 0.01, 0.25, 2.0)
    array([ 100., -100.])
    """
    signed, sigma, periods, z, share = numbers(
        "delay_cost",
        bought=(bought, ANY),
        volatility=(volatility, NOT_NEGATIVE),
        delay=(delay, NOT_NEGATIVE),
        noise=(noise, ANY),
        adverse_share=(adverse_share, SHARE),
    )
    instrument, venue = SimpleNamespace(sigma=sigma), SimpleNamespace(delay=periods, adverse=share)
    return np.asarray(kernel.delay_cost(signed, instrument, z, venue))


class Shortfall(NamedTuple):
    """Where an order's paper profit went; costs positive."""

    explicit: Floats  # commission, fees [quote]
    impact: Floats  # from arrival to fill, on what was filled [quote]
    delay: Floats  # from decision to arrival, on what was filled [quote]
    missed: Floats  # from decision to the end, on what was not filled [quote]
    total: Floats  # their sum: paper profit less real profit [quote]
    relative: Floats  # total over the order's notional at the decision [1]


def implementation_shortfall(
    ordered: ArrayLike,
    filled: ArrayLike,
    decision_price: ArrayLike,
    arrival_price: ArrayLike,
    fill_price: ArrayLike,
    final_price: ArrayLike,
    commission: ArrayLike = 0.0,
) -> Shortfall:
    r"""Profit of the order on paper less that of the real one, in four parts.

    Parameters
    ----------
    ordered : array_like
        Quantity wanted, purchases positive, not 0. [base]
    filled : array_like
        Quantity got, of the same sign and at most as large. [base]
    decision_price : array_like
        Price when it was decided: where the paper order fills, whole and free. [quote/base]
    arrival_price : array_like
        Price when the order reached the market. [quote/base]
    fill_price : array_like
        Mean price of the fills; not used where nothing was filled. [quote/base]
    final_price : array_like
        Price when the rest was given up; not used where nothing remained. [quote/base]
    commission : array_like, optional
        Fees paid, a rebate negative. [quote]

    Returns
    -------
    shortfall : Shortfall of ndarrays of the arguments' common shape
        Explicit, impact, delay, missed, their total, and the total over ordered notional; cost
        positive, negative where the market helped. Empty gives empty. [quote], the last [1]

    Raises
    ------
    ParameterError
        For an order of 0, a fill beyond the order or of the other sign, a price that is not
        positive, a value that is not finite, or shapes that do not fit.

    Notes
    -----
    With order :math:`X`, fill :math:`x` and the prices at decision :math:`D`, arrival :math:`A`,
    fill :math:`F` and end :math:`E`:

    .. math:: x (F - A) + x (A - D) + (X - x)(E - D) + \text{commission}

    References
    ----------
    Perold (1988), "The implementation shortfall: paper versus reality", Journal of Portfolio
    Management 14 (3), 4-9.

    Examples
    --------
    Buy 1000, decided at 40.00, in the market at 40.04; 700 filled at 40.05, the rest given up at
    40.08; commission 17. So 17, 700 x .01, 700 x .04, 300 x .08; 76 of 40 000:

    >>> cost = implementation_shortfall(1000, 700, 40.00, 40.04, 40.05, 40.08, commission=17)
    >>> print(*(part.round(6) for part in cost))
    17.0 7.0 28.0 24.0 76.0 0.0019
    """
    where = "implementation_shortfall"
    order, fill, decision, arrival, paid, final, explicit = numbers(
        where,
        ordered=(ordered, ANY),
        filled=(filled, ANY),
        decision_price=(decision_price, POSITIVE),
        arrival_price=(arrival_price, POSITIVE),
        fill_price=(fill_price, POSITIVE),
        final_price=(final_price, POSITIVE),
        commission=(commission, ANY),
    )
    if not order.all():
        raise ParameterError("ordered is 0", where=where, remedy="give what was wanted")
    if not ((fill / order >= 0.0) & (fill / order <= 1.0)).all():
        remedy = "use the sign of what was ordered, and no more than it"
        raise ParameterError("filled does not fit what was ordered", where=where, remedy=remedy)
    parts = (
        explicit,
        fill * (paid - arrival),
        fill * (arrival - decision),
        (order - fill) * (final - decision),
    )
    total = np.sum(parts, axis=0)
    return Shortfall(*map(np.asarray, (*parts, total, total / (abs(order) * decision))))
