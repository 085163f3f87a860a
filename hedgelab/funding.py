"""Funding: what the premium of a perpetual makes longs pay shorts, and what a position receives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hedgelab.arrays import check
from hedgelab.errors import ParameterError
from hedgelab.kernels import funding as kernel
from hedgelab.kernels import records

__all__ = ["FundingRule", "funding_payment", "funding_rate", "premium_index"]

HOURS_AVERAGED = 8.0
LIMITS = {
    "interest": (-0.01, 0.01),
    "dead_zone": (0.0, 0.01),
    "cap": (0.0, 1.0),
    "first_hour": (0.0, 23.0),
    "reference_is_index": (False, True),
    "realised": (False, True),
}


@dataclass(frozen=True)
class FundingRule:
    """How one venue turns a premium into a payment.

    Parameters
    ----------
    interval_hours : float
        Time between stamps: 1, 2, 4, 8 or 24. [h]
    first_hour : float
        UTC hour of the first stamp of a day, below `interval_hours`. [h]
    interest : float
        Rate at which the premium costs nothing extra. [1 per 8 h]
    dead_zone : float
        Half-width of the premiums around `interest` that all give that rate; 0 pays the premium
        itself. [1 per 8 h]
    cap : float
        Largest rate either way. [1 per 8 h]
    premium_hours : int
        8: weighted mean of the last eight hours; 1: the last close alone. [h]
    reference_is_index : bool
        Paid on the index (oracle) price rather than on the mark.
    realised : bool
        Pay the rate that a history recorded instead of the formula's.

    Raises
    ------
    ParameterError
        For a value that no venue has.

    References
    ----------
    Each venue's own document: `data/venues.toml`, section funding.

    Examples
    --------
    By default three stamps a day and at most 30 bp at each:

    >>> rule = FundingRule()
    >>> 24.0 / rule.interval_hours, rule.cap
    (3.0, 0.003)
    """

    interval_hours: float = 8.0
    interest: float = 1e-4
    dead_zone: float = 5e-4
    cap: float = 30e-4
    premium_hours: int = 8
    reference_is_index: bool = False
    realised: bool = False
    first_hour: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a rule no venue could have."""
        if self.interval_hours not in (1, 2, 4, 8, 24):
            _refuse("interval_hours", self.interval_hours, "use 1, 2, 4, 8 or 24 hours")
        if self.premium_hours not in (1, 8):
            _refuse("premium_hours", self.premium_hours, "use 8 (weighted mean) or 1 (last)")
        check("funding", LIMITS, vars(self))
        if not 0.0 <= self.first_hour < self.interval_hours:
            _refuse("first_hour", self.first_hour, "use an hour from 0 to below interval_hours")

    def record(self) -> records.FundingRule:
        """Return the rule as the numbers the compiled ledger reads (interval in minutes)."""
        return records.FundingRule(
            interval=60.0 * self.interval_hours,
            first=60.0 * self.first_hour,
            interest=self.interest,
            dead_zone=self.dead_zone,
            cap=self.cap,
            last_premium=self.premium_hours == 1,
            on_index=self.reference_is_index,
            realised=self.realised,
        )


def funding_rate(premium: ArrayLike, rule: FundingRule) -> NDArray[np.float64]:
    r"""Rate of one interval, positive when longs pay shorts.

    Parameters
    ----------
    premium : array_like of any shape
        Premium at the stamp: for a rule with ``premium_hours=8`` what `premium_index` returns, for
        one with 1 the last relative basis. [1]
    rule : FundingRule
        The venue's rule; a `realised` one is treated as its formula here.

    Returns
    -------
    rate : ndarray of the premium's shape
        Not annualised. An empty premium gives an empty rate. [1/interval]

    Raises
    ------
    ParameterError
        If a premium is not finite.

    Notes
    -----
    With premium :math:`P`, interest :math:`I`, dead zone :math:`z`, cap :math:`c`, interval
    :math:`h` hours:

    .. math:: F = \operatorname{clamp}(P + \operatorname{clamp}(I - P, \pm z), \pm c)\, h / 8

    The dead zone is why a perpetual can trade 4 bp below spot for months: any premium from -4 to
    +6 bp costs the same 1 bp. Without one the premium is paid as it is. Some venues state the same
    formula as max(z, P) + min(-z, P): that is interest 0.

    References
    ----------
    Binance, "Introduction to Binance futures funding rates" (support 360033525031); the max and
    min form: Deribit, support 31424939178397; no dead zone: OKX, help 360053909272.

    Examples
    --------
    1 bp of interest and a dead zone of 5 bp, in basis points per 8 hours:

    >>> rule = FundingRule(interest=1e-4, dead_zone=5e-4, cap=30e-4)
    >>> (funding_rate([2e-4, 6e-4, 10e-4, -4e-4, -10e-4, 90e-4], rule) * 1e4).round(6)
    array([ 1.,  1.,  5.,  1., -5., 30.])

    Paid every hour, an eighth each time:

    >>> (funding_rate([2e-4], FundingRule(interval_hours=1.0, premium_hours=1)) * 1e4).round(6)
    array([0.125])
    """
    values = _finite("premium", premium)
    record = rule.record()
    rates = [kernel.funding_rate(value, value, record) for value in values.ravel().tolist()]
    return np.array(rates, dtype=np.float64).reshape(values.shape)


def funding_payment(
    quantity: ArrayLike, reference_price: ArrayLike, funding_rate: ArrayLike
) -> NDArray[np.float64]:
    r"""Cash received (+) or paid (-) by a position at each funding stamp.

    Parameters
    ----------
    quantity : array_like of shape (n_stamps,)
        Signed position held *into* the stamp, long positive. [base]
    reference_price : array_like of shape (n_stamps,)
        Price the venue multiplies by: the mark on most venues, the index (oracle) price on
        some. [quote/base]
    funding_rate : array_like of shape (n_stamps,)
        Rate of the interval that ends at the stamp, positive when longs pay shorts. [1/interval]

    Returns
    -------
    payment : ndarray of shape (n_stamps,)
        Cash flow to the holder; its sum is the funding line of the ledger. Empty gives empty.
        [quote]

    Raises
    ------
    ParameterError
        If the shapes differ or a value is not finite.

    Notes
    -----
    .. math:: c_k = -\,q_k \, P_k \, f_k

    A position opened exactly at a stamp is not charged there: only one held into it is.
    Between two counterparties the payments sum to zero; funding is a transfer, never a fee.

    References
    ----------
    As for `funding_rate`; paid on the index (oracle) price: Hyperliquid, "Funding".

    Examples
    --------
    Short two coins at a mark of 50 000 while longs pay 1 bp:

    >>> funding_payment([-2.0], [50_000.0], [0.0001])
    array([10.])
    """
    stated = {"quantity": quantity, "price": reference_price, "rate": funding_rate}
    arrays = [_finite(name, values) for name, values in stated.items()]
    if len({array.shape for array in arrays}) > 1:
        shapes = [array.shape for array in arrays]
        _refuse("the shapes of quantity, price and rate", shapes, "give one of each per stamp")
    payment: NDArray[np.float64] = kernel.funding_payment(*arrays)
    return payment


def premium_index(basis: ArrayLike, bar_hours: float = 1.0) -> NDArray[np.float64]:
    r"""Weighted mean of the relative basis over the last eight hours, heaviest on the latest close.

    Parameters
    ----------
    basis : array_like of shape (n_bars,)
        Relative basis mark / index - 1 at each bar's close; NaN where there is none. [1]
    bar_hours : float
        Length of a bar. [h]

    Returns
    -------
    premium : ndarray of shape (n_bars,)
        One per bar, that bar included. The first bars and those after a gap use what there is, at
        the same weights, positive when the perpetual is dearer; NaN only where there is nothing.
        Empty gives empty. [1]

    Raises
    ------
    ParameterError
        If a bar has no length.

    Notes
    -----
    With :math:`n` bars in eight hours (eight hourly ones; one, if a bar is longer than that):

    .. math:: P_t = \sum_{i=1}^{n} i\, b_{t-n+i} \Big/ \sum_{i=1}^{n} i

    Venues average their own premium, taken from the order book every few seconds; the basis of the
    closes stands in for it.

    References
    ----------
    Bybit, "What is the funding rate": linear weights over the minutes of eight hours.

    Examples
    --------
    Eight hourly closes at 0, then one at 36 bp, which weighs 8/36 when new and 7/36 an hour later:

    >>> (premium_index([0, 0, 0, 0, 0, 0, 0, 0, 36e-4, 0]) * 1e4).round(6)
    array([0., 0., 0., 0., 0., 0., 0., 0., 8., 7.])
    """
    values = np.asarray(basis, dtype=np.float64)
    if not bar_hours > 0.0:
        _refuse("bar_hours", bar_hours, "use a positive number of hours")
    bars = max(1, round(HOURS_AVERAGED / bar_hours))
    there = np.isfinite(values)
    known = np.where(there, (values, there), 0.0)
    summed = np.zeros((2, values.size))  # basis times weight, and weight
    for age in range(min(bars, values.size)):
        upto = values.size - age
        summed[:, age:] += (bars - age) * known[:, :upto]
    weighted, weights = summed
    return np.divide(weighted, weights, out=np.full_like(values, np.nan), where=weights > 0.0)


def _finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    array = np.ascontiguousarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        _refuse(name, "NaN or infinity", "give finite numbers")
    return array


def _refuse(name: str, value: object, remedy: str, where: str = "funding") -> None:
    raise ParameterError(f"{name} is {value}", where=where, remedy=remedy)
