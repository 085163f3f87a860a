"""Streams: the published generators, composed as decision record 0004 says, one for every path."""

import math

import numpy as np
import pytest

from hedgelab import scenarios
from hedgelab.kernels.streams import GOLDEN, MARKET, PILOT, VENUE, mixed, seed_stream

MASK = 2**64 - 1


# -- an independent generator in Python's integers -----------------------------------------------
def splitmix64(state):
    """Yield the words of splitmix64 (Steele, Lea and Flood 2014)."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def rotated(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


def xoshiro(s):
    """Yield the words of xoshiro256++ (Blackman and Vigna 2019)."""
    s = list(s)
    while True:
        yield (rotated((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)


def documented_state(seed, path, stream, attempt):
    """Four words: splitmix of seed, then path, then stream and attempt; its next four outputs."""
    state = next(splitmix64(seed))
    state = next(splitmix64(state ^ path))
    words = splitmix64(next(splitmix64(state ^ ((stream << 32) + attempt))))
    return [next(words) for _ in range(4)]


def seeded(seed, path, stream, attempt):
    """Return the four words that the package writes."""
    words = np.zeros(4, np.uint64)
    with np.errstate(over="ignore"):
        seed_stream(seed, path, stream, attempt, words, 0, 1)
    return [int(word) for word in words]


def test_independent_generators_give_the_published_words():
    # so that the tests below compare with the real thing
    words = splitmix64(1234567)
    assert [next(words) for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    words = xoshiro([1, 2, 3, 4])
    assert [next(words) for _ in range(4)] == [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
    ]


def test_mixing_function_gives_the_published_words_of_splitmix64():
    state, found = np.uint64(1234567), []
    with np.errstate(over="ignore"):
        for _ in range(5):
            state = state + GOLDEN
            found.append(int(mixed(state)))
    assert found == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@pytest.mark.parametrize(
    "key",
    [(0, 0, 0, 0), (7, 17, MARKET, 0), (7, 17, VENUE, 0), (2**63 - 1, 10**9, PILOT, 99_999)],
)
def test_stream_starts_where_the_decision_record_says(key):
    assert seeded(*key) == documented_state(*key)


def test_streams_of_other_seed_path_kind_or_attempt_differ():
    keys = [
        (seed, path, stream, attempt)
        for seed in (0, 1, 7)
        for path in (0, 1, 2, 1000)
        for stream in range(4)
        for attempt in (0, 1, 2)
    ]
    states = {tuple(seeded(*key)) for key in keys}
    assert len(states) == len(keys)
    assert len({word for state in states for word in state}) == 4 * len(keys)


def test_stream_is_written_into_its_own_lane_only():
    words = np.zeros(4 * 8, np.uint64)
    with np.errstate(over="ignore"):
        seed_stream(7, 3, MARKET, 0, words, 5, 8)
    lanes = words.reshape(4, 8)
    assert lanes[:, 5].tolist() == documented_state(7, 3, MARKET, 0)
    assert np.all(np.delete(lanes, 5, axis=1) == 0)


def normal_pair(word_1, word_2):
    """Box and Muller's transform, order and signs from the three lowest bits of a word."""
    radius = math.sqrt(-2.0 * math.log(1.0 - (word_1 >> 12) * 2.0**-52))
    angle = (0.5 - (word_2 >> 12) * 2.0**-52) * (math.pi / 2.0)
    sine, cosine = math.sin(angle), math.cos(angle)
    first, second = (cosine, sine) if word_2 & 1 else (sine, cosine)
    return math.copysign(1, 0.5 - (word_2 >> 1 & 1)) * radius * first, (
        math.copysign(1, 0.5 - (word_2 >> 2 & 1)) * radius * second
    )


def test_path_can_be_replayed_from_its_documented_streams():
    # four words a bar: sigma z - sigma^2 / 2 with z from the first two; the venue has its own four
    seed, path, sigma = 12, 21, 0.6 / math.sqrt(8760)
    market = scenarios.gbm(n_bars=5, n_paths=32, seed=seed)
    bars = market.bars()
    words = xoshiro(documented_state(seed, path, 0, 0))
    noise = xoshiro(documented_state(seed, path, 1, 0))
    for bar in range(6):
        w = [next(words) for _ in range(4)]
        v = [next(noise) for _ in range(4)]
        log_return = sigma * normal_pair(w[0], w[1])[0] - sigma * sigma / 2.0
        assert bars["index_return"][path, bar] == pytest.approx(log_return, abs=1e-10)
        assert bars["delay_noise"][path, bar] == pytest.approx(normal_pair(v[0], v[1])[0], abs=1e-8)
        assert bars["outage_starts"][path, bar] == 1.0 - (v[2] >> 12) * 2.0**-52
        assert bars["outage_stays"][path, bar] == 1.0 - (v[3] >> 12) * 2.0**-52


def test_path_is_the_same_alone_and_among_many():
    market = scenarios.gbm(n_bars=40, n_paths=40, seed=3)
    every, alone = market.bars(), market.bars(21, 1)
    for name, values in alone.items():
        np.testing.assert_array_equal(values[0], every[name][21], err_msg=name)
