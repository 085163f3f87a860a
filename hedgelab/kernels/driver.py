"""The one loop over blocks of paths and tiles of bars.  It knows nothing of what passes do.

The same source runs compiled, calling passes by address, and as plain Python, calling them as
functions.
"""

from typing import NamedTuple

import numpy as np

from hedgelab.kernels.elementary import uniform
from hedgelab.kernels.laws import acceptance
from hedgelab.kernels.layout import N_FIELDS
from hedgelab.kernels.streams import (
    ACCEPTANCE,
    MARKET,
    PILOT,
    VENUE,
    mixed,
    seed_stream,
    stream_state,
)
from hedgelab.kernels.words import call, memory_of

U = np.uint64
DELTA, VARIANCE, TOTAL = 0, 1, 2  # where a law's state keeps its `Bridge`
MOST_ATTEMPTS = 100_000
PILOT_SEED = 4096


class Plan(NamedTuple):
    """Everything a run needs, as numbers and arrays; rows of hedges lie one behind the other."""

    seed: int
    first_bar: int  # 0, or negative where memories warm up
    last_bar: int
    stride: int  # paths of a block
    tile_bars: int
    market: object  # pass that fills the tile
    market_parameters: np.ndarray
    market_start: np.ndarray
    market_memory: int  # numbers of delayed memory a path
    window_rows: np.ndarray  # row of bar 0 of each window; empty for a law
    sweep: object  # the market again, without a tile: for paths that must end somewhere
    is_bridged: bool
    end: float  # log return since t0 that a bridged path must have [1]
    smallest_variance: float
    noise: object  # pass that adds the venue's own draws
    targets: object  # one pass a distinct target
    target_parameters: np.ndarray
    target_starts: np.ndarray
    target_memory: int
    timings: object  # one pass a hedge
    timing_target: np.ndarray  # which target a hedge follows
    timing_parameters: np.ndarray
    timing_starts: np.ndarray
    timing_memory: int
    tiers: np.ndarray
    n_tiers: int
    kept_slots: np.ndarray  # slots of an account that are kept
    kept_fields: np.ndarray  # tile fields that are kept at t0 and at the last bar


def spread_values(values, slots, stride):
    """Write the same starting values into every lane."""
    for k in range(values.size):
        for lane in range(stride):
            slots[k * stride + lane] = values[k]


def run_market(plan, market_pass, market, memory, words, tile, first_bar, n):
    """One tile of the market."""
    call(
        market_pass,
        memory_of(plan.market_parameters, 0),
        memory_of(plan.tiers, 0),
        memory_of(market, 0),
        memory_of(memory, 0),
        memory_of(words, 0),
        memory_of(tile, 0),
        plan.n_tiers,
        first_bar,
        n,
    )


def find_bridge(plan, block, market, memory, words, bits, tile, accepted):
    """Draw paths until each may end where it must; then set its pull and rewind its stream.

    The first sweep of a path tells its variance and return; given these the density of the end is
    known, so the path is accepted with that density over its maximum.  The accepted attempt is then
    replayed with the pull.
    """
    stride = plan.stride
    pull = np.zeros(stride)
    for lane in range(stride):
        accepted[lane] = -1
    attempt, waiting = 0, stride
    while waiting > 0:
        if attempt == MOST_ATTEMPTS:
            return False
        spread_values(plan.market_start, market, stride)
        memory[:] = 0.0
        for lane in range(stride):
            seed_stream(plan.seed, block + lane, MARKET, attempt, bits, lane, stride)
        for first_bar in range(plan.first_bar, plan.last_bar + 1, plan.tile_bars):
            n = min(plan.tile_bars, plan.last_bar + 1 - first_bar)
            run_market(plan, plan.sweep, market, memory, words, tile, first_bar, n)
        for lane in range(stride):
            if accepted[lane] < 0:
                variance = market[VARIANCE * stride + lane]
                odds = acceptance(variance, plan.end, plan.smallest_variance)
                chance = uniform(mixed(stream_state(plan.seed, block + lane, ACCEPTANCE, attempt)))
                if chance <= odds:
                    accepted[lane] = attempt
                    pull[lane] = (plan.end - market[TOTAL * stride + lane]) / variance
                    waiting -= 1
        attempt += 1
    spread_values(plan.market_start, market, stride)
    for lane in range(stride):
        market[DELTA * stride + lane] = pull[lane]
    return True


def pilot_variances(plan, variances):
    """Conditional variances of pilot paths, from a fixed stream of their own."""
    stride = plan.stride
    bits = np.empty(4 * stride, np.uint64)
    words = bits.view(np.float64)
    market = np.zeros(plan.market_start.size * stride)
    memory = np.zeros(max(plan.market_memory, 1) * stride)
    tile = np.zeros(1)
    for block in range(0, variances.size, stride):
        spread_values(plan.market_start, market, stride)
        memory[:] = 0.0
        for lane in range(stride):
            seed_stream(PILOT_SEED, block + lane, PILOT, 0, bits, lane, stride)
        for first_bar in range(plan.first_bar, plan.last_bar + 1, plan.tile_bars):
            n = min(plan.tile_bars, plan.last_bar + 1 - first_bar)
            run_market(plan, plan.sweep, market, memory, words, tile, first_bar, n)
        for lane in range(min(stride, variances.size - block)):
            variances[block + lane] = market[VARIANCE * stride + lane]


def drive(plan, first_path, last_path, results, ends, trace, rows):
    """Run paths [first_path, last_path) through every hedge; false where no bridge was found.

    `results[path, hedge, slot]` holds the kept slots at the last bar, `ends[path, end, field]` the
    kept tile fields at t0 and at the last bar.  `trace[bar, hedge, slot]`, when not empty, holds
    the whole life of the first path, for tiles of one bar; `rows[path, bar, field]`, when not
    empty, all the bars of every path.
    """
    stride, n_fields, tile_bars = plan.stride, N_FIELDS, plan.tile_bars
    n_targets, n_hedges = plan.target_starts.shape[0], plan.timing_starts.shape[0]
    bits, venue_bits = np.empty(4 * stride, np.uint64), np.empty(4 * stride, np.uint64)
    words, venue_words = bits.view(np.float64), venue_bits.view(np.float64)
    accepted = np.zeros(stride, np.int64)
    market = np.zeros(plan.market_start.size * stride)
    tile = np.zeros((tile_bars + 1) * n_fields * stride)
    ratios = np.zeros(max(n_targets, 1) * tile_bars * stride)
    target_slots = np.zeros(max(plan.target_starts.size, 1) * stride)
    timing_slots = np.zeros(max(plan.timing_starts.size, 1) * stride)
    market_memory = np.zeros(max(plan.market_memory, 1) * stride)
    target_memory = np.zeros(max(n_targets * plan.target_memory, 1) * stride)
    timing_memory = np.zeros(max(n_hedges * plan.timing_memory, 1) * stride)
    target_size, timing_size = (
        plan.target_starts.shape[1] * stride,
        plan.timing_starts.shape[1] * stride,
    )
    for block in range(first_path, last_path, stride):
        n_live = min(stride, last_path - block)
        if plan.is_bridged:
            found = find_bridge(plan, block, market, market_memory, words, bits, tile, accepted)
            if not found:
                return False
        else:
            spread_values(plan.market_start, market, stride)
        for lane in range(stride):
            seed_stream(plan.seed, block + lane, MARKET, accepted[lane], bits, lane, stride)
            seed_stream(plan.seed, block + lane, VENUE, 0, venue_bits, lane, stride)
            if plan.window_rows.size > 0:
                market[lane] = plan.window_rows[min(block + lane, plan.window_rows.size - 1)]
        spread_values(plan.target_starts.ravel(), target_slots, stride)
        spread_values(plan.timing_starts.ravel(), timing_slots, stride)
        market_memory[:] = 0.0
        target_memory[:] = 0.0
        timing_memory[:] = 0.0
        tile[: n_fields * stride] = 0.0
        for first_bar in range(plan.first_bar, plan.last_bar + 1, tile_bars):
            n = min(tile_bars, plan.last_bar + 1 - first_bar)
            run_market(plan, plan.market, market, market_memory, words, tile, first_bar, n)
            call(
                plan.noise,
                memory_of(plan.market_parameters, 0),
                memory_of(plan.tiers, 0),
                memory_of(market, 0),
                memory_of(market_memory, 0),
                memory_of(venue_words, 0),
                memory_of(tile, 0),
                plan.n_tiers,
                first_bar,
                n,
            )
            for i in range(n_targets):
                call(
                    plan.targets[i],
                    memory_of(plan.target_parameters, i * plan.target_parameters.shape[1]),
                    memory_of(plan.tiers, 0),
                    memory_of(target_slots, i * target_size),
                    memory_of(target_memory, i * plan.target_memory * stride),
                    memory_of(ratios, i * tile_bars * stride),
                    memory_of(tile, 0),
                    plan.n_tiers,
                    first_bar,
                    n,
                )
            for j in range(n_hedges):
                call(
                    plan.timings[j],
                    memory_of(plan.timing_parameters, j * plan.timing_parameters.shape[1]),
                    memory_of(plan.tiers, 0),
                    memory_of(timing_slots, j * timing_size),
                    memory_of(timing_memory, j * plan.timing_memory * stride),
                    memory_of(ratios, plan.timing_target[j] * tile_bars * stride),
                    memory_of(tile, 0),
                    plan.n_tiers,
                    first_bar,
                    n,
                )
            keep_tile(plan, tile, first_bar, n, block - first_path, n_live, ends, rows)
            if trace.size > 0:
                for j in range(n_hedges):
                    for k in range(trace.shape[2]):
                        trace[first_bar - plan.first_bar, j, k] = timing_slots[
                            j * timing_size + k * stride
                        ]
            tile[: n_fields * stride] = tile[n * n_fields * stride : (n + 1) * n_fields * stride]
        for lane in range(n_live):
            for j in range(n_hedges):
                for k in range(plan.kept_slots.size):
                    slot = plan.kept_slots[k]
                    results[block + lane - first_path, j, k] = timing_slots[
                        j * timing_size + slot * stride + lane
                    ]
    return True


def keep_tile(plan, tile, first_bar, n, at, n_live, ends, rows):
    """Copy what is kept of a tile: the ends of the path, and all its bars when asked."""
    stride, n_fields = plan.stride, N_FIELDS
    for step in range(n):
        number = first_bar + step
        if (number == 0) | (number == plan.last_bar):
            end = 0 if number == 0 else 1
            for lane in range(n_live):
                for k in range(plan.kept_fields.size):
                    field = plan.kept_fields[k]
                    ends[at + lane, end, k] = tile[((step + 1) * n_fields + field) * stride + lane]
        if rows.size > 0:
            for lane in range(n_live):
                for field in range(n_fields):
                    value = tile[((step + 1) * n_fields + field) * stride + lane]
                    rows[at + lane, number - plan.first_bar, field] = value
