"""exp, log, uniforms and normals: as accurate and as distributed as they should be."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from hedgelab.kernels.elementary import exp, log, log1p_small, next_word, normal_pair, uniform
from hedgelab.kernels.words import as_words
from tests.kernels.three_speeds import STRIDE, runner, same_bytes, three_ways

LARGEST_WORD = np.uint64(2**64 - 1)


@pytest.fixture(autouse=True)
def _words_wrap_around():
    """NumPy warns when a 64-bit word overflows in plain Python; here that is what words do."""
    with np.errstate(over="ignore"):
        yield


class One(NamedTuple):
    """One number."""

    x: float


class Pair(NamedTuple):
    """Two numbers."""

    first: float
    second: float


# -- exp and log ---------------------------------------------------------------------------------
def exponentials(given):
    return One(exp(given.x))


def logarithms(given):
    return One(log(given.x))


def test_exp_is_within_two_parts_in_a_million_million():
    x = np.concatenate([np.linspace(-700.0, 700.0, 4001), np.linspace(-0.4, 0.4, 4001)])
    (found,) = three_ways(exponentials, One, One, x, speeds=("lanes",))
    expected = np.array([math.exp(each) for each in x])
    np.testing.assert_allclose(found[0], expected, rtol=2.5e-12)  # "about 2e-12"


def test_exp_of_zero_is_exactly_one():
    assert exp(0.0) == exp(-0.0) == 1.0


def test_log_is_within_one_in_a_thousand_million():
    x = np.concatenate([np.exp(np.linspace(-700.0, 700.0, 4001)), np.linspace(0.5, 2.0, 4001)])
    (found,) = three_ways(logarithms, One, One, x, speeds=("lanes",))
    expected = np.array([math.log(each) for each in x])
    rounding = 2.0**-52 * np.abs(expected)  # the result's own last digit matters for huge arguments
    assert np.all(np.abs(found[0] - expected) < 1e-9 + rounding)


def test_log_of_one_is_exactly_zero():
    # a uniform of 1 gives a normal of 0, not the root of a tiny negative number
    assert log(1.0) == 0.0


def test_log_below_one_is_never_positive():
    below = 1.0 - np.concatenate([2.0**-53 * np.arange(1, 200), np.logspace(-12, -1, 400)])
    (found,) = three_ways(logarithms, One, One, below, speeds=("path",))
    assert found.max() < 0.0


@pytest.mark.parametrize("function", [exponentials, logarithms])
def test_exp_and_log_give_the_same_bytes_at_three_speeds(function):
    x = np.random.default_rng(3).lognormal(0.0, 1.5, 400)
    plain, path, lanes = three_ways(function, One, One, x)
    assert same_bytes(plain, path)
    assert same_bytes(path, lanes)


@pytest.mark.parametrize("x", [1e-4, 1e-3, 0.01, 0.03, -1e-4, -1e-3, -0.01, -0.03])
def test_log1p_small_leaves_out_the_fifth_power_and_what_follows(x):
    # the series goes on with x^5/5 - x^6/6 + ...: at most |x|^5/5 (1 + |x| + x^2 + ...)
    rest = abs(x) ** 5 / 5.0 / (1.0 - abs(x))
    assert abs(log1p_small(x) - math.log1p(x)) <= rest + 2.0**-52 * abs(x)


# -- uniforms and normals ------------------------------------------------------------------------
def test_uniform_reaches_one_and_never_zero():
    # 52 bits: the zero word gives 1, the largest one step above 0
    assert uniform(np.uint64(0)) == 1.0
    assert uniform(LARGEST_WORD) == 2.0**-52


def test_uniform_ignores_the_twelve_lowest_bits():
    # normal_pair takes its quadrant from them
    word = np.uint64(0x123456789ABCD000)
    assert uniform(word) == uniform(word | np.uint64(0xFFF))


def pair_from_math(word_1, word_2):
    """Box and Muller's transform with the library's functions: magnitudes of both numbers."""
    radius = math.sqrt(-2.0 * math.log(1.0 - (int(word_1) >> 12) * 2.0**-52))
    angle = ((1.0 - (int(word_2) >> 12) * 2.0**-52) - 0.5) * (math.pi / 2.0)
    return radius * math.sin(angle), radius * math.cos(angle)


def test_normal_pair_is_box_and_mullers_transform():
    words = np.random.default_rng(4).integers(0, 2**64, (400, 2), np.uint64)
    for word_1, word_2 in words:
        found = sorted(abs(x) for x in normal_pair(word_1, word_2))
        expected = sorted(abs(x) for x in pair_from_math(word_1, word_2))
        # log is off by 1e-9 and the radius by that over itself; sine and cosine by less than 1e-11
        allowed = 1e-9 / max(math.hypot(*expected), 1e-2) + 1e-10
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=allowed)


def test_low_bits_of_the_second_word_choose_order_and_signs():
    # bit 0 exchanges sine and cosine, bit 1 turns the first number over, bit 2 the second
    word_1, word_2 = np.uint64(0x6B8B4567327B23C6), np.uint64(0x643C986966334000)
    first, second = normal_pair(word_1, word_2)
    assert normal_pair(word_1, word_2 | np.uint64(1)) == (second, first)
    assert normal_pair(word_1, word_2 | np.uint64(2)) == (-first, second)
    assert normal_pair(word_1, word_2 | np.uint64(4)) == (first, -second)


def test_largest_possible_normal_is_eight_and_a_half():
    # sqrt(-2 ln 2^-52) = 8.4903: the tail ends there
    radius = math.hypot(*normal_pair(LARGEST_WORD, np.uint64(0)))
    assert radius == pytest.approx(math.sqrt(104.0 * math.log(2.0)), abs=1e-8)


def pairs(given):
    return Pair(*normal_pair(as_words(given.first), as_words(given.second)))


def test_normals_give_the_same_bytes_at_three_speeds():
    words = np.random.default_rng(5).integers(
        0, 2**62, (2, 400), np.uint64
    )  # never the bits of a NaN
    plain, path, lanes = three_ways(pairs, Pair, Pair, words.view(np.float64))
    assert same_bytes(plain, path)
    assert same_bytes(path, lanes)


@pytest.fixture(scope="module")
def million_pairs():
    """A million pairs of normals from one stream, shape (2, 1000000)."""
    n_bars = 1_000_000 // STRIDE
    run = sampling_pass()
    state = np.random.default_rng(6).integers(0, 2**64, 4 * STRIDE, np.uint64)
    tile, unused = np.empty(2 * n_bars * STRIDE), np.zeros(1)
    runner(run, STRIDE)(
        (unused, unused, unused, unused, state.view(np.float64), tile), n_bars=n_bars
    )
    return tile.reshape(n_bars, 2, STRIDE).transpose(1, 0, 2).reshape(2, -1)


def sampling_pass():
    """Return a pass that writes a pair of normals a bar."""
    from hedgelab.kernels.layout import memory_access
    from hedgelab.kernels.passes import draw, stream_access

    _, store, _, _ = memory_access(STRIDE)
    load_stream, store_stream = stream_access(STRIDE, STRIDE)
    drawn = draw(2)

    def run(parameters, tiers, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        a, b, c, d = load_stream(wanted, lane)
        for step in range(n_bars):
            (word_1, word_2), a, b, c, d = drawn(a, b, c, d)
            first, second = normal_pair(word_1, word_2)
            store(tile, 2 * step * STRIDE + lane, first)
            store(tile, (2 * step + 1) * STRIDE + lane, second)
        store_stream(wanted, lane, a, b, c, d)

    return run


@pytest.mark.parametrize(
    ("power", "mean", "variance"),
    [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10170.0)],
)
def test_normals_have_the_moments_of_a_normal(million_pairs, power, mean, variance):
    # E z^2k = (2k - 1)!!, so var z^k = E z^2k - (E z^k)^2: 1, 3 - 1, 15, 105 - 9, 10395 - 225
    for z in million_pairs:
        standard_error = math.sqrt(variance / z.size)
        np.testing.assert_allclose((z**power).mean(), mean, rtol=0.0, atol=5.0 * standard_error)


@pytest.mark.parametrize("level", [0.5, 1.0, 2.0, 3.0, 4.0])
def test_normals_exceed_a_level_as_often_as_they_should(million_pairs, level):
    odds = math.erfc(level / math.sqrt(2.0))
    standard_error = math.sqrt(odds * (1.0 - odds) / million_pairs.size)
    found = (np.abs(million_pairs) > level).mean()
    np.testing.assert_allclose(found, odds, rtol=0.0, atol=5.0 * standard_error)


def test_two_normals_of_a_pair_and_their_squares_are_uncorrelated(million_pairs):
    # var(xy) = 1; var((x^2 - 1)(y^2 - 1)) = 2 x 2
    x, y = million_pairs
    error = math.sqrt(1.0 / x.size)
    np.testing.assert_allclose((x * y).mean(), 0.0, rtol=0.0, atol=5.0 * error)
    np.testing.assert_allclose(
        ((x * x - 1.0) * (y * y - 1.0)).mean(), 0.0, rtol=0.0, atol=10.0 * error
    )


def test_successive_normals_of_a_stream_are_uncorrelated(million_pairs):
    x = million_pairs[0].reshape(-1, STRIDE)  # bars of eight streams
    error = math.sqrt(1.0 / x[1:].size)
    np.testing.assert_allclose((x[1:] * x[:-1]).mean(), 0.0, rtol=0.0, atol=5.0 * error)
    np.testing.assert_allclose((x[:, 1:] * x[:, :-1]).mean(), 0.0, rtol=0.0, atol=5.0 * error * 1.1)


# -- the generator -------------------------------------------------------------------------------
def test_generator_gives_the_published_words_of_xoshiro256_plus_plus():
    # state 1, 2, 3, 4: the vector of the rand_xoshiro and NumPy test suites
    published = [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
        9228616714210784205,
        9973669472204895162,
        14011001112246962877,
        12406186145184390807,
        15849039046786891736,
        10450023813501588000,
    ]
    state = tuple(np.uint64(k) for k in (1, 2, 3, 4))
    found = []
    for _ in published:
        word, *state = next_word(*state)
        found.append(int(word))
    assert found == published
