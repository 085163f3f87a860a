"""Numbers as arrays of one shape, checked once, so that what stands above need not check."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hedgelab.errors import ParameterError

__all__ = ["ANY", "NOT_NEGATIVE", "POSITIVE", "SHARE", "Within", "numbers"]

Within = tuple[float, float]
ANY: Within = (-math.inf, math.inf)
NOT_NEGATIVE: Within = (0.0, math.inf)
POSITIVE: Within = (math.ulp(0.0), math.inf)
SHARE: Within = (0.0, 1.0)


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
