"""The words a rule is written in, and what they mean on plain Python values.

Beside these a rule may use ``+ - * /``, comparisons, ``& |`` and ``abs``.  It then runs unchanged
on plain Python numbers, compiled for one path, and compiled over *lanes* (one value per path, many
paths at once); `kernels.lanes` teaches the compiler the same words.

=============  =====================  ==========================
plain Python   compiled, one path     compiled, `width` paths
=============  =====================  ==========================
float          float64                ``Numbers(width)``
bool           boolean                ``Conditions(width)``
np.uint64      uint64                 ``Words(width)``
=============  =====================  ==========================

No fast-math flag is ever set, so every operation is the IEEE one and the three columns agree to the
last bit.
"""

import math
from fractions import Fraction

import numpy as np


def select(condition, yes, no):
    """`yes` where `condition` holds, else `no`; both are always evaluated."""
    return yes if condition else no


def negate(condition):
    """True where `condition` does not hold."""
    return not condition


def any_of(condition):
    """Does it hold on at least one lane?  For the engine only: a rule must not branch."""
    return bool(condition)


def sqrt(x):
    """Square root, correctly rounded."""
    return np.sqrt(x)


def multiply_add(x, y, z):
    """``x * y + z`` rounded once, by name, so that every machine rounds alike."""
    try:
        if hasattr(math, "fma"):  # Python 3.13
            return np.float64(math.fma(x, y, z))
        exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
        if exact:
            return np.float64(float(exact))
    except (OverflowError, ValueError):  # infinite, NaN, or beyond the largest number
        if np.isinf(z) and np.isfinite(x) and np.isfinite(y):
            return np.float64(z)
    return np.float64(x) * np.float64(y) + np.float64(z)


def as_words(x):
    """The 64 bits of a number."""
    return np.float64(x).view(np.uint64)


def as_number(bits):
    """The number whose 64 bits these are."""
    return np.uint64(bits).view(np.float64)


def memory_of(array):
    """The memory of a contiguous array."""
    return array.reshape(-1)


def call(function, *arguments):
    """Call a pass: by its address when compiled, as the function it is in plain Python."""
    function(*arguments)


def larger(x, y):
    """The larger of two numbers."""
    return select(x > y, x, y)


def smaller(x, y):
    """The smaller of two numbers."""
    return select(x < y, x, y)


def clamp(x, low, high):
    """`x` kept between `low` and `high`."""
    return smaller(larger(x, low), high)


def merged(function):
    """Mark a large function that has one caller: it is compiled once, as part of it."""
    function.is_merged = True
    return function


PRIMITIVES = frozenset(
    {select, negate, any_of, sqrt, multiply_add, as_words, as_number, larger, smaller, clamp}
    | {memory_of, call, merged}
)
