"""What was given, checked once, so that what stands above need not check."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hedgelab.errors import ParameterError

__all__ = ["ANY", "NOT_NEGATIVE", "POSITIVE", "SHARE", "Within", "ask", "check", "numbers"]

Within = tuple[float, float]
ANY: Within = (-math.inf, math.inf)
NOT_NEGATIVE: Within = (0.0, math.inf)
POSITIVE: Within = (math.ulp(0.0), math.inf)
SHARE: Within = (0.0, 1.0)
KINDS: Final[dict[type, tuple[Any, str]]] = {  # by the kind of the limits
    str: ((), ""),
    bool: ((bool, np.bool_), ", not True or False"),
    int: ((int, np.integer), ", not a whole number"),
    float: ((int, float, np.integer, np.floating), ", not a number"),
}


def check(
    where: str,
    limits: Mapping[str, tuple[Any, ...]],
    given: Mapping[str, Any],
    **hints: str,
) -> None:
    """Refuse what is not a number within its limits, nor a word that may be said instead.

    Parameters
    ----------
    where : str
        Record or function that asks, for the error line.
    limits : mapping of str to tuple
        By name: least and largest value, of the kind that is asked for (whole, bool or any
        number), and then words; or words alone. None among them: it may be left out.
    given : mapping
        Values by name; it may hold others too.
    **hints : str
        By name, what the line says after the limits.

    Raises
    ------
    ParameterError
        For the first that does not fit; NaN never does.

    Examples
    --------
    >>> limits = {"width": (0.0, 10.0, "optimal"), "paths": (1, math.inf), "at": ("open", None)}
    >>> check("example", limits, {"width": "optimal", "paths": 3, "at": None})
    >>> check("example", limits, {"width": 2, "paths": 1e4})
    Traceback (most recent call last):
    hedgelab.errors.ParameterError: paths is 10000.0, not a whole number, example; use 1 or more
    """
    for name, limit in limits.items():
        value = given[name]
        if isinstance(value, str | None) and value in limit:
            continue
        kinds, asked = KINDS[type(limit[0])]
        is_bool = isinstance(value, bool | np.bool_)  # True is no 1
        fits = isinstance(value, kinds) and is_bool == isinstance(limit[0], bool)
        if fits and limit[0] <= value <= limit[1]:
            continue
        ways = [str(each) for each in limit if isinstance(each, str)]
        if asked:
            ways.insert(0, _span(*limit[:2]))
        told = _told(value) if fits else reprlib.repr(value) + asked
        hint = f"; {hints[name]}" if name in hints else ""
        raise ParameterError(
            f"{name} is {told}", where=where, remedy=f"use {' or '.join(ways)}{hint}"
        )


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


def _span(low: Any, high: Any) -> str:
    """Limits in words."""
    if isinstance(low, bool):
        return "True or False"
    if low == -math.inf:
        return "a number"
    return f"{_told(low)} or more" if high == math.inf else f"{_told(low)} to {_told(high)}"


def ask(where: str, kind: type, *given: object, hint: str = "") -> None:
    """Refuse what is not a record of a kind.

    Raises
    ------
    ParameterError
        For the first that is not.

    Examples
    --------
    >>> ask("example", dict, {}, "x", hint=", of names and values")
    Traceback (most recent call last):
    hedgelab.errors.ParameterError: str is not a dict, example; give a dict, of names and values
    """
    for each in given:
        if not isinstance(each, kind):
            what, remedy = (
                f"{type(each).__name__} is not a {kind.__name__}",
                f"give a {kind.__name__}",
            )
            raise ParameterError(what, where=where, remedy=remedy + hint)


def numbers(where: str, **stated: tuple[ArrayLike, Within]) -> list[NDArray[np.float64]]:
    """Values as float arrays of their common shape, each finite and within its limits.

    Parameters
    ----------
    where : str
        Function that asks, for the error line.
    **stated : tuple of array_like and (low, high)
        What each is called, its values, and the limits they may not leave.

    Returns
    -------
    arrays : list of ndarray
        Read-only where a value was repeated, in the order given.

    Raises
    ------
    ParameterError
        For what is no number, not finite, outside its limits, or of a shape that does not fit.

    Examples
    --------
    >>> price, share = numbers("example", price=([100.0, 200.0], POSITIVE), share=(0.5, SHARE))
    >>> (price * share).tolist()
    [50.0, 100.0]
    """
    arrays = []
    for name, (values, (low, high)) in stated.items():
        try:
            array = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise ParameterError(f"{name} is not made of numbers", where=where) from None
        wrong = array[~(np.isfinite(array) & (array >= low) & (array <= high))]
        if wrong.size:
            limits = {ANY: "a finite number", NOT_NEGATIVE: "0 or more", POSITIVE: "more than 0"}
            remedy = f"use {limits.get((low, high), f'{low:g} to {high:g}')}"
            raise ParameterError(f"{name} is {wrong[0]:g}", where=where, remedy=remedy)
        arrays.append(array)
    try:
        return list(np.broadcast_arrays(*arrays))
    except ValueError:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in zip(stated, arrays, strict=True))
        what = f"shapes do not fit: {shapes}"
        raise ParameterError(what, where=where, remedy="give one of each, or one for all") from None
