"""Margin: what a venue wants behind a position, and the price at which it closes one.

Tiers belong to a coin and are chosen by the **notional**, never by the collateral.  What venues do
differently is a number or a switch here, not another formula:

==================================  ==============================================================
Binance, Bybit (risk limits)        tiers with amounts
OKX, Gate                           ``closing_fee``: the taker fee of the closing is required too
Hyperliquid, dYdX                   a tier's rate is half (.6 of) the initial margin's
Bybit (simple formula)              ``maintenance_at_entry``: required of the entry notional
cross margin                        ``others_maintenance`` and ``others_pnl``
coin-margined contracts             `inverse_liquidation_price`
==================================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import pairwise
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hedgelab.arrays import ANY, NOT_NEGATIVE, POSITIVE, check, numbers
from hedgelab.errors import ParameterError
from hedgelab.kernels import margin as kernel

__all__ = [
    "MarginTier",
    "bankruptcy_price",
    "check_tiers",
    "complete_amounts",
    "flat",
    "initial_margin",
    "inverse_liquidation_price",
    "largest_notional",
    "liquidation_price",
    "maintenance_margin",
]

ROUNDING = 1e-12  # a price so far below the entry is the 0 of one who borrowed nothing
SAME = 1e-6  # relative difference of requirements at a cap that is rounding, not a jump

LIMITS = {
    "cap": (1e-9, np.inf),
    "rate": (0.0, 0.9999),
    "amount": (0.0, 1e18),
    "max_leverage": (1.0, 1000.0),
}


@dataclass(frozen=True)
class MarginTier:
    """What a venue requires of positions up to a notional.

    Parameters
    ----------
    cap : float
        Largest notional of the tier, itself included; may be infinite. [quote]
    rate : float
        Maintenance margin rate, from 0 to below 1. [1]
    amount : float
        Maintenance amount, subtracted from rate x notional so that the requirement does not jump
        where a tier begins; venues also call it cum or deduction. [quote]
    max_leverage : float
        Largest notional over initial margin; 1, nothing borrowed, if not stated. [1]

    Raises
    ------
    ParameterError
        For a value that no tier has, for instance a leverage at which what opens is liquidated.

    Examples
    --------
    >>> MarginTier(800_000.0, 0.005, 300.0, 100.0).rate
    0.005
    """

    cap: float
    rate: float
    amount: float = 0.0
    max_leverage: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that no tier has."""
        check("a margin tier", LIMITS, vars(self))
        if self.max_leverage * self.rate > 1.0:
            remedy = "use at most 1 / rate: else what opens is liquidated at once"
            _refuse(f"max_leverage is {self.max_leverage:g}", remedy, "a margin tier")


Tiers = float | MarginTier | Sequence[MarginTier]


def complete_amounts(tiers: Sequence[MarginTier]) -> tuple[MarginTier, ...]:
    r"""Tiers with the amounts that make the requirement continuous, whatever amounts they had.

    Parameters
    ----------
    tiers : sequence of MarginTier, of length n_tiers
        By rising cap.

    Returns
    -------
    tiers : tuple of MarginTier, of length n_tiers
        The same caps, rates and leverages; the first amount is 0. Empty gives empty.

    Notes
    -----
    With caps :math:`C_k`, rates :math:`m_k` and amounts :math:`a_k`:

    .. math:: a_1 = 0, \quad a_k = a_{k-1} + C_{k-1} (m_k - m_{k-1})

    References
    ----------
    The "maintenance margin deduction" of Bybit's margin parameters, and Binance's maintenance
    amount, which it computes likewise.

    Examples
    --------
    300 000 x (0.5 % - 0.4 %) = 300:

    >>> [t.amount for t in complete_amounts([MarginTier(3e5, 0.004), MarginTier(8e5, 0.005)])]
    [0.0, 300.0]
    """
    done: list[MarginTier] = []
    for tier in tiers:
        before = done[-1] if done else replace(tier, cap=1.0, amount=0.0)
        amount = before.amount + before.cap * (tier.rate - before.rate)
        done.append(replace(tier, amount=amount))
    return tuple(done)


def check_tiers(tiers: Sequence[MarginTier], where: str = "margin tiers") -> None:
    """Refuse a table whose requirement is not one rising, continuous line from 0.

    Parameters
    ----------
    tiers : sequence of MarginTier
        A coin's table.
    where : str
        Whose it is, for the error line.

    Raises
    ------
    ParameterError
        If there is no tier, a cap or rate does not rise, a leverage rises, or an amount is not
        the one of `complete_amounts` (to 1e-6 of the requirement where its tier begins).

    Examples
    --------
    >>> check_tiers([MarginTier(3e5, 0.004), MarginTier(8e5, 0.005, 250.0)], "example")
    Traceback (most recent call last):
    hedgelab.errors.ParameterError: amount of tier 2 is 250, but the requirement jumps, example;
    use 300
    """
    if not isinstance(tiers, Sequence) or {type(tier) for tier in tiers} != {MarginTier}:
        _refuse("the tiers are not one or more MarginTier records", "give a list of them", where)
    for number, (before, tier) in enumerate(pairwise(tiers), start=2):
        for name, rises in (("cap", True), ("rate", True), ("max_leverage", False)):
            old, new = getattr(before, name), getattr(tier, name)
            if not (new > old if rises else new <= old):
                remedy = "let it rise" if rises else "let it fall"
                _refuse(f"{name} of tier {number} is {new:g} after {old:g}", remedy, where)
    begins, needed = 0.0, complete_amounts(tiers)
    for number, (tier, right) in enumerate(zip(tiers, needed, strict=True), start=1):
        if not abs(tier.amount - right.amount) <= SAME * (tier.rate * begins - right.amount):
            what = f"amount of tier {number} is {tier.amount:.9g}, but the requirement jumps"
            _refuse(what, f"use {right.amount:.9g}", where)
        begins = tier.cap


def flat(tiers: Tiers) -> NDArray[np.float64]:
    """Numbers of a table as the compiled ledger reads them.

    Parameters
    ----------
    tiers : sequence of MarginTier, MarginTier or float
        As for `liquidation_price`.

    Returns
    -------
    numbers : ndarray of shape (4 n_tiers,)
        Cap [quote], rate [1], amount [quote], largest leverage [1], one tier behind the other.

    Raises
    ------
    ParameterError
        For a table that `check_tiers` refuses.

    Examples
    --------
    >>> flat(MarginTier(300_000.0, 0.004, 0.0, 150.0)).tolist()
    [300000.0, 0.004, 0.0, 150.0]
    """
    return np.array([astuple(tier) for tier in _table(tiers)], dtype=np.float64).ravel()


def maintenance_margin(notional: ArrayLike, tiers: Tiers) -> NDArray[np.float64]:
    r"""Least balance with which a venue keeps a position open.

    Parameters
    ----------
    notional : array_like of any shape
        Size of the position, long or short, from 0. [quote]
    tiers : sequence of MarginTier, MarginTier or float
        As for `liquidation_price`.

    Returns
    -------
    margin : ndarray of the shape of `notional`
        Positive, 0 for no position. Beyond the last cap the last tier goes on. [quote]

    Raises
    ------
    ParameterError
        For a notional that is negative or not finite, or a table that `check_tiers` refuses.

    Notes
    -----
    The largest over tiers is the binding one's, because the requirement is continuous and the
    rates rise:

    .. math:: M(N) = \max\bigl(0, \max_k (m_k N - a_k)\bigr)

    References
    ----------
    Binance, "Leverage and margin of USDⓈ-M futures"; Bybit, "Maintenance margin (USDT contract)".

    Examples
    --------
    200 000 x 0.4 % = 800; 400 000 x 0.5 % - 300 = 1700:

    >>> table = [MarginTier(3e5, 0.004, 0.0, 150.0), MarginTier(8e5, 0.005, 300.0, 100.0)]
    >>> maintenance_margin([0.0, 200_000.0, 300_000.0, 400_000.0], table).round(9)
    array([   0.,  800., 1200., 1700.])
    """
    (sizes,) = numbers("maintenance_margin", notional=(notional, NOT_NEGATIVE))
    return _required(flat(tiers), sizes)


def initial_margin(
    notional: ArrayLike, tiers: MarginTier | Sequence[MarginTier]
) -> NDArray[np.float64]:
    r"""Least margin with which a venue lets a position be opened.

    Parameters
    ----------
    notional : array_like of any shape
        Size of the position, long or short, from 0 to the last cap. [quote]
    tiers : sequence of MarginTier or MarginTier
        As for `liquidation_price`.

    Returns
    -------
    margin : ndarray of the shape of `notional`
        Notional over the largest leverage of the tier it falls in (a cap belongs to the tier it
        ends). It jumps where a tier begins. [quote]

    Raises
    ------
    ParameterError
        For a notional that is negative, not finite or above the last cap, a rate alone (it states
        no leverage), or a table that `check_tiers` refuses.

    References
    ----------
    Binance, "Leverage and margin of USDⓈ-M futures"; Bybit, "Initial margin (USDT contract)".

    Examples
    --------
    300 000 / 150 = 2000; a dollar more falls in the next tier, 300 001 / 100:

    >>> table = [MarginTier(3e5, 0.004, 0.0, 150.0), MarginTier(8e5, 0.005, 300.0, 100.0)]
    >>> initial_margin([300_000.0, 300_001.0], table)
    array([2000.  , 3000.01])
    """
    table = _with_leverage(tiers, "initial_margin")
    limits = (0.0, float(table[-kernel.TIER + kernel.CAP]))
    (sizes,) = numbers("initial_margin", notional=(notional, limits))
    return np.asarray(sizes / _each(kernel.leverage_of, table, sizes))


def largest_notional(
    margin: ArrayLike, tiers: MarginTier | Sequence[MarginTier]
) -> NDArray[np.float64]:
    r"""Largest position that a margin may open.

    Parameters
    ----------
    margin : array_like of any shape
        Balance that is there for it, from 0. [quote]
    tiers : sequence of MarginTier or MarginTier
        As for `liquidation_price`.

    Returns
    -------
    notional : ndarray of the shape of `margin`
        The largest whose `initial_margin` is at most `margin`. [quote]

    Raises
    ------
    ParameterError
        For a margin that is negative or not finite, a rate alone (it states no leverage), or a
        table that `check_tiers` refuses.

    Notes
    -----
    With caps :math:`C_k` and largest leverages :math:`L_k`:

    .. math:: N = \max_k \min(C_k, L_k \cdot \text{margin})

    References
    ----------
    The inverse of `initial_margin`.

    Examples
    --------
    2500 x 150 would be above the first cap, 2500 x 100 below it; 5000 x 100 is allowed:

    >>> table = [MarginTier(3e5, 0.004, 0.0, 150.0), MarginTier(8e5, 0.005, 300.0, 100.0)]
    >>> largest_notional([1000.0, 2500.0, 5000.0], table)
    array([150000., 300000., 500000.])
    """
    (margins,) = numbers("largest_notional", margin=(margin, NOT_NEGATIVE))
    return _each(kernel.largest_notional, _with_leverage(tiers, "largest_notional"), margins)


def liquidation_price(
    quantity: ArrayLike,
    entry_price: ArrayLike,
    margin: ArrayLike,
    tiers: Tiers,
    *,
    others_maintenance: ArrayLike = 0.0,
    others_pnl: ArrayLike = 0.0,
    closing_fee: float = 0.0,
    maintenance_at_entry: bool = False,
) -> NDArray[np.float64]:
    r"""Mark price at which a venue closes a linear (quote-margined) position.

    Parameters
    ----------
    quantity : array_like
        Position, long positive, short negative, not 0. [base]
    entry_price : array_like
        Price at which it was opened, or a later mark, `margin` being the equity there.
        [quote/base]
    margin : array_like
        Isolated: the position's margin. Cross: the wallet balance. [quote]
    tiers : sequence of MarginTier, MarginTier or float
        The coin's table; or the one tier that a published example quotes, whose amount is taken
        as it stands; or a maintenance rate for any notional. [1 where a float]
    others_maintenance : array_like, optional
        Cross: maintenance margin of all other positions. [quote]
    others_pnl : array_like, optional
        Cross: unrealised profit of all other positions, gain positive. [quote]
    closing_fee : float, optional
        Added to every rate where the venue requires the fee of the closing as well. [1]
    maintenance_at_entry : bool, optional
        The requirement is that of the entry notional, not of the notional at the price sought.

    Returns
    -------
    price : ndarray of the arguments' common shape
        Below the entry for a long, above it for a short; on the other side where the requirement
        is not met even at the entry. 0 for a long that no price can liquidate. A short always has
        a price, which is 0 if it is liquidated at any. Empty gives empty. [quote/base]

    Raises
    ------
    ParameterError
        For a quantity of 0, a price that is not positive, a value that is not finite, shapes that
        do not fit, or a table that `check_tiers` refuses.

    Notes
    -----
    With signed quantity :math:`q`, entry price :math:`E`, margin :math:`W`, requirement
    :math:`M` of `maintenance_margin` and the others' :math:`M_o`, :math:`U_o`, the price
    :math:`p` solves

    .. math:: W - M_o + U_o + q (p - E) = M(|q| p)

    In the tier that binds at :math:`p` (side :math:`s = \pm 1`, rate :math:`m`, amount :math:`a`):

    .. math:: p = \frac{W - M_o + U_o + a - s |q| E}{|q| m - s |q|}

    The tier is the one of the notional at :math:`p`. No search is needed: a long is closed at the
    highest of all tiers' prices, a short at the lowest.

    References
    ----------
    Binance, "How to calculate liquidation price of USDⓈ-M futures contracts" (the formula above);
    OKX and Gate, the same with the taker fee added to m and no a; Bybit, "Liquidation price (USDT
    contract)", E (1 - s / L + s m), the requirement at entry; Hyperliquid, "Liquidations",
    E - s available / |q| / (1 - s m) with m half the initial margin rate at the largest leverage,
    which is the first formula rearranged.

    Examples
    --------
    A published example: long 109.488 at 32 481.98, wallet 1 535 443.01, rate 2.5 %, amount 16 300;
    isolated, and cross beside another position:

    >>> tier = MarginTier(5e6, 0.025, 16_300.0, 20.0)
    >>> print(liquidation_price(109.488, 32_481.98, 1_535_443.01, tier).round(2))
    18778.73
    >>> others = {"others_maintenance": 356_512.508, "others_pnl": -448_192.885}
    >>> print(liquidation_price(109.488, 32_481.98, 1_535_443.01, tier, **others).round(2))
    26316.89

    5x at 10 with 1 %: (10 - 2) / (1 - .01), (10 + 2) / (1 + .01); a long without borrowing: never:

    >>> liquidation_price([1.0, -1.0, 1.0], 10.0, [2.0, 2.0, 10.0], 0.01).round(4)
    array([ 8.0808, 11.8812,  0.    ])

    The same 5x where the requirement is that of the entry: 10 (1 - 1/5 + .01), 10 (1 + 1/5 - .01):

    >>> liquidation_price([1.0, -1.0], 10.0, 2.0, 0.01, maintenance_at_entry=True)
    array([ 8.1, 11.9])
    """
    arguments = {
        "quantity": (quantity, ANY),
        "entry_price": (entry_price, POSITIVE),
        "margin": (margin, ANY),
        "others_maintenance": (others_maintenance, NOT_NEGATIVE),
        "others_pnl": (others_pnl, ANY),
    }
    held, entry, money, *others = numbers("liquidation_price", **arguments)
    if not held.all():
        _refuse("quantity is 0", "give a position, long positive", "liquidation_price")
    table = flat(tiers)
    table[kernel.RATE :: kernel.TIER] += _fee(closing_fee, table)
    cash = money - others[0] + others[1] - held * entry
    if maintenance_at_entry:
        price = (_required(table, abs(held) * entry) - cash) / held
    else:
        price = _each(kernel.liquidation_price, table, held, cash)
    return np.where(price > ROUNDING * entry, price, 0.0)


def inverse_liquidation_price(
    quantity: ArrayLike,
    entry_price: ArrayLike,
    margin: ArrayLike,
    tiers: Tiers,
    *,
    closing_fee: float = 0.0,
    maintenance_at_entry: bool = False,
) -> NDArray[np.float64]:
    r"""Mark price at which a venue closes an inverse (coin-margined) position.

    Parameters
    ----------
    quantity : array_like
        Position, long positive, short negative, not 0; contracts times their face value. [quote]
    entry_price : array_like
        Price at which it was opened. [quote/base]
    margin : array_like
        The position's margin; with leverage L it is abs(quantity) / entry_price / L. [base]
    tiers : sequence of MarginTier, MarginTier or float
        As for `liquidation_price`, with caps and amounts in coins.
    closing_fee : float, optional
        As for `liquidation_price`. [1]
    maintenance_at_entry : bool, optional
        As for `liquidation_price`.

    Returns
    -------
    price : ndarray of the arguments' common shape
        Below the entry for a long, above it for a short. Infinite for a short that no price can
        liquidate: one whose margin is worth its size. A long always has a price, which is infinite
        if it is liquidated at any. Empty gives empty. [quote/base]

    Raises
    ------
    ParameterError
        As `liquidation_price`.

    Notes
    -----
    The contract is linear in :math:`1/p`: it earns :math:`Q (1/E - 1/p)` coins, so that its
    price is one over the linear price of :math:`-Q` at :math:`1/E`. With position value
    :math:`V = |Q| / E`, initial and maintenance margin :math:`I`, :math:`M`, the latter at entry:

    .. math:: p = \frac{|Q|}{V + s (I - M)}

    References
    ----------
    Bybit, "Liquidation price calculation under isolated mode (unified trading account)", inverse
    contracts: `maintenance_at_entry`. Binance, "How to calculate liquidation price of COIN-M
    futures contracts": the requirement at the price sought.

    Examples
    --------
    60 000 dollars at 50 000 are 1.2 coins; 10x, 0.5 %: 60 000 / (1.2 + 0.12 - 0.006) for the long,
    60 000 / (1.2 - 0.12 + 0.006) for the short:

    >>> inverse_liquidation_price(
    ...     [60_000.0, -60_000.0], 50_000.0, 0.12, 0.005, maintenance_at_entry=True
    ... ).round(2)
    array([45662.1 , 55248.62])
    """
    arguments = {
        "quantity": (quantity, ANY),
        "entry_price": (entry_price, POSITIVE),
        "margin": (margin, ANY),
    }
    held, entry, money = numbers("inverse_liquidation_price", **arguments)
    coins = liquidation_price(
        -held,
        1.0 / entry,
        money,
        tiers,
        closing_fee=closing_fee,
        maintenance_at_entry=maintenance_at_entry,
    )
    return np.divide(1.0, coins, out=np.full_like(coins, np.inf), where=coins > 0.0)


def bankruptcy_price(
    quantity: ArrayLike, entry_price: ArrayLike, margin: ArrayLike
) -> NDArray[np.float64]:
    r"""Price at which a linear position has lost its margin, requirement and fees left aside.

    Parameters
    ----------
    quantity : array_like
        Position, long positive, short negative, not 0. [base]
    entry_price : array_like
        Price at which it was opened. [quote/base]
    margin : array_like
        What stands behind it. [quote]

    Returns
    -------
    price : ndarray of the arguments' common shape
        Beyond it the venue, not the trader, loses: `bankruptcy_relief` in the ledger. 0 for a long
        that cannot lose more than its margin. Empty gives empty. [quote/base]

    Raises
    ------
    ParameterError
        For a quantity of 0, a price that is not positive, a value that is not finite, or shapes
        that do not fit.

    Notes
    -----
    .. math:: p = \max(0, E - W / q)

    References
    ----------
    Bybit, "Bankruptcy price (USDT contract)": E (1 - s / L).

    Examples
    --------
    5x at 10: 10 - 2 for a long, 10 + 2 for a short:

    >>> bankruptcy_price([1.0, -1.0], 10.0, 2.0)
    array([ 8., 12.])
    """
    return liquidation_price(quantity, entry_price, margin, 0.0)


def _table(tiers: Tiers) -> tuple[MarginTier, ...]:
    """Tiers as a checked table; one tier alone stands for any notional, as it is quoted."""
    if isinstance(tiers, int | float):
        return (MarginTier(np.inf, tiers),)
    if isinstance(tiers, MarginTier):
        return (tiers,)
    check_tiers(tiers)
    return tuple(tiers)


def _with_leverage(tiers: Tiers, where: str) -> NDArray[np.float64]:
    """Numbers of tiers; a rate alone says nothing about what may be opened."""
    if isinstance(tiers, int | float):
        _refuse("a maintenance rate states no leverage", "give MarginTier records", where)
    return flat(tiers)


def _fee(closing_fee: float, table: NDArray[np.float64]) -> float:
    """Return the fee if the highest rate and it leave a price to solve for."""
    if not 0.0 <= closing_fee < 1.0 - table[kernel.RATE :: kernel.TIER].max():
        what = f"closing_fee is {closing_fee:g}"
        _refuse(what, "use 0 or more, and less than 1 with the rate", "liquidation_price")
    return closing_fee


def _required(table: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    return _each(lambda *size_and_tiers: kernel.requirement(*size_and_tiers)[0], table, sizes)


def _each(
    function: Callable[..., float], table: NDArray[np.float64], *arrays: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Apply a kernel, which takes plain numbers, to every element."""
    tiers, values = table.tolist(), zip(*(array.ravel().tolist() for array in arrays), strict=True)
    results = [function(*each, tiers, 0, table.size) for each in values]
    return np.array(results, dtype=np.float64).reshape(arrays[0].shape)


def _refuse(what: str, remedy: str, where: str) -> NoReturn:
    raise ParameterError(what, where=where, remedy=remedy)
