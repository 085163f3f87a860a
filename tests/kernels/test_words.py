"""The words of a rule mean the same in plain Python, compiled per path and compiled over lanes."""

import itertools
import math
import operator
from typing import NamedTuple

import numpy as np
import pytest

from hedgelab.kernels.words import (
    any_of,
    as_number,
    as_words,
    clamp,
    larger,
    multiply_add,
    negate,
    select,
    smaller,
    sqrt,
)
from tests.kernels.three_speeds import STRIDE, same_bytes, three_ways

INF, NAN = math.inf, math.nan
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.1, -3.7, 5e-324, 1e308, INF, -INF, NAN]


class Three(NamedTuple):
    """Three numbers."""

    x: float
    y: float
    z: float


class One(NamedTuple):
    """One number."""

    x: float


def special_and_random():
    """Three rows: all triples of special values, then 400 random ones of all magnitudes."""
    special = np.array(list(itertools.product(SPECIAL, repeat=3))).T
    rng = np.random.default_rng(1)
    random = rng.standard_normal((3, 400)) * 10.0 ** rng.integers(-12, 12, (3, 400))
    return np.concatenate([special, random], axis=1)


# -- what the words mean -------------------------------------------------------------------------
def test_select_takes_the_first_choice_where_the_condition_holds():
    assert select(True, 1.0, 2.0) == 1.0
    assert select(False, 1.0, 2.0) == 2.0


def test_select_ignores_a_nan_in_the_choice_it_does_not_take():
    assert select(True, 1.0, NAN) == 1.0


def test_negate_turns_a_condition_over():
    assert negate(True) is False
    assert negate(np.False_) is True


def test_larger_and_smaller_take_one_of_their_two_numbers():
    assert (larger(2.0, 3.0), larger(3.0, 2.0)) == (3.0, 3.0)
    assert (smaller(2.0, 3.0), smaller(3.0, 2.0)) == (2.0, 2.0)


def test_larger_and_smaller_take_the_second_number_when_one_is_nan():
    # every comparison with NaN is false
    assert larger(NAN, 1.0) == smaller(NAN, 1.0) == 1.0
    assert math.isnan(larger(1.0, NAN))
    assert math.isnan(smaller(1.0, NAN))


@pytest.mark.parametrize(("x", "kept"), [(-5.0, -1.0), (0.25, 0.25), (7.0, 2.0), (INF, 2.0)])
def test_clamp_keeps_a_number_between_its_limits(x, kept):
    assert clamp(x, -1.0, 2.0) == kept


def test_square_root_of_a_negative_number_is_nan():
    with np.errstate(invalid="ignore"):
        assert math.isnan(sqrt(-1.0))


def test_multiply_add_rounds_once():
    # (1 + 2^-30)(1 - 2^-30) = 1 - 2^-60; rounding the product first gives 1, hence 0
    tiny = 2.0**-30
    assert multiply_add(1.0 + tiny, 1.0 - tiny, -1.0) == -(2.0**-60)
    assert (1.0 + tiny) * (1.0 - tiny) - 1.0 == 0.0


def test_one_and_minus_two_have_their_ieee_bits():
    assert as_words(1.0) == 0x3FF0000000000000
    assert as_number(np.uint64(0xC000000000000000)) == -2.0


# -- the same words at three speeds --------------------------------------------------------------
class Arithmetic(NamedTuple):
    """Results of the operators on numbers."""

    added: float
    subtracted: float
    multiplied: float
    divided: float
    negative: float
    absolute: float
    root: float
    with_scalars: float


def arithmetic(given):
    x, y, z = given.x, given.y, given.z
    return Arithmetic(
        x + y, x - y, x * y, x / y, -x, abs(x), sqrt(x), (2.0 - x) + (y * 0.5 + 3) / z - (1 - z)
    )


class Compared(NamedTuple):
    """Results of the comparisons."""

    less: bool
    less_or_equal: bool
    greater: bool
    greater_or_equal: bool
    equal: bool
    unequal: bool
    to_a_scalar: bool


def comparisons(given):
    x, y = given.x, given.y
    return Compared(x < y, x <= y, x > y, x >= y, x == y, x != y, (x > 0.5) & operator.le(0, y))


class Logic(NamedTuple):
    """Results of the words on conditions."""

    both: bool
    either: bool
    neither: bool
    with_a_constant: bool


def logic(given):
    first, second = given.x > 0.0, given.y > 0.0
    return Logic(first & second, first | second, negate(first | second), (first & True) | False)


class Chosen(NamedTuple):
    """Results of the words that choose."""

    number: float
    with_a_scalar: float
    scalars: float
    condition: bool
    for_all: float
    larger: float
    smaller: float
    clamped: float
    clamped_by_scalars: float


def choices(given):
    x, y, z = given.x, given.y, given.z
    test = x < y
    return Chosen(
        select(test, x, z),
        select(test, 0.0, z),
        select(test, 1.0, -0.0),
        select(test, x > z, y > z),
        select(STRIDE > 4, x, y),
        larger(x, y),
        smaller(x, y),
        clamp(x, y, z),
        clamp(x, -1.5, 1.5),
    )


class Bits(NamedTuple):
    """Results of the operators on the bits of numbers."""

    added: float
    subtracted: float
    both: float
    either: float
    differing: float
    left: float
    right: float


U12, ONE_BITS = np.uint64(12), np.uint64(0x3FF0000000000000)


def bits(given):
    a, b = as_words(given.x), as_words(given.y)
    return Bits(
        as_number(((a + b) >> U12) | ONE_BITS),  # masked: never the bits of a NaN
        as_number(((a - b) >> U12) | ONE_BITS),
        as_number(((a & b) >> U12) | ONE_BITS),
        as_number(((a | b) >> U12) | ONE_BITS),
        as_number(((a ^ b) >> U12) | ONE_BITS),
        as_number(((a << U12) >> U12) | ONE_BITS),
        as_number((a >> U12) | ONE_BITS),
    )


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (arithmetic, Arithmetic),
        (comparisons, Compared),
        (logic, Logic),
        (choices, Chosen),
        (bits, Bits),
    ],
    ids=["arithmetic", "comparisons", "logic", "choices", "bits"],
)
def test_words_give_the_same_bytes_at_three_speeds(function, answer):
    plain, path, lanes = three_ways(function, Three, answer, special_and_random())
    for name, in_python, per_path, over_lanes in zip(
        answer._fields, plain, path, lanes, strict=True
    ):
        assert same_bytes(in_python, per_path), (
            f"{name}: compiled per path differs from plain Python"
        )
        assert same_bytes(per_path, over_lanes), f"{name}: over lanes differs from per path"


def fused(given):
    return One(multiply_add(given.x, given.y, given.z))


def test_multiply_add_gives_the_same_bytes_at_three_speeds():
    rng = np.random.default_rng(2)
    columns = rng.standard_normal((3, 800)) * 10.0 ** rng.integers(-9, 9, (3, 800))
    columns[2, :400] = -(columns[0, :400] * columns[1, :400])  # what is left is the rounding error
    plain, path, lanes = three_ways(fused, Three, One, columns)
    assert same_bytes(plain, path)
    assert same_bytes(path, lanes)


def test_multiply_add_of_special_values_gives_the_same_bytes_at_three_speeds():
    with np.errstate(all="ignore"):
        plain, path, lanes = three_ways(fused, Three, One, special_and_random())
    assert same_bytes(plain, path)
    assert same_bytes(path, lanes)


def any_below_zero(given):
    return One(select(any_of(given.x < 0.0), 1.0, 0.0))


@pytest.mark.parametrize("negative_lanes", [[], [0], [7], [2, 5], list(range(8))])
def test_any_of_holds_for_all_lanes_when_it_holds_on_one(negative_lanes):
    values = np.ones(STRIDE)
    values[negative_lanes] = -1.0
    _, per_path, over_lanes = three_ways(any_below_zero, One, One, values)
    np.testing.assert_array_equal(per_path[0], values < 0.0)  # one path is asked alone
    np.testing.assert_array_equal(over_lanes[0], float(len(negative_lanes) > 0))
