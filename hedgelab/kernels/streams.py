"""Random streams: one per (seed, path, stream, attempt), so that any path can be replayed alone.

A stream is xoshiro256++ (Blackman and Vigna 2019), seeded by splitmix64 (Steele, Lea, Flood 2014).
"""

import numpy as np

MARKET, VENUE, PILOT, ACCEPTANCE = 0, 1, 2, 3
U = np.uint64
GOLDEN, MIX_1, MIX_2 = U(0x9E3779B97F4A7C15), U(0xBF58476D1CE4E5B9), U(0x94D049BB133111EB)
U27, U30, U31, U32 = U(27), U(30), U(31), U(32)


def mixed(state):
    """The output function of splitmix64."""
    z = state
    z = (z ^ (z >> U30)) * MIX_1
    z = (z ^ (z >> U27)) * MIX_2
    return z ^ (z >> U31)


def stream_state(seed, path, stream, attempt):
    """Where the splitmix64 sequence that seeds a stream begins."""
    state = mixed(U(seed) + GOLDEN)
    state = mixed((state ^ U(path)) + GOLDEN)
    return mixed((state ^ ((U(stream) << U32) + U(attempt))) + GOLDEN)


def seed_stream(seed, path, stream, attempt, words, lane, stride):
    """Write the four words of a fresh stream into one lane."""
    state = stream_state(seed, path, stream, attempt)
    for k in range(4):
        state = state + GOLDEN
        words[k * stride + lane] = mixed(state)
