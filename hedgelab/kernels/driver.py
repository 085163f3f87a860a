"""The one loop over blocks of paths and tiles of bars.  It knows nothing of what passes do.

The same source runs compiled, calling passes by address, and as plain Python, calling them as
functions.
"""

from typing import NamedTuple

import numpy as np

from hedgelab.kernels.elementary import uniform
from hedgelab.kernels.laws import acceptance
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
    n_fields: int  # of a bar of the tile
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
    others: np.ndarray  # passes that a pass may call in the middle of a bar
    n_tiers: int
    kept_slots: np.ndarray  # slots of an account that are kept
    kept_fields: np.ndarray  # tile fields that are kept at t0 and at the last bar


def run_pass(plan, function, parameters, slots, memory, row, tile, first_bar, n):
    """One pass over one tile."""
    call(
        function,
        memory_of(parameters),
        memory_of(plan.others),
        memory_of(slots),
        memory_of(memory),
        memory_of(row),
        memory_of(tile),
        plan.n_tiers,
        first_bar,
        n,
    )


def start_paths(values, slots, memory):
    """Write the same starting values into every lane, and forget the past."""
    for k in range(values.size):
        slots[k, :] = values[k]
    memory[:] = 0.0


def sweep_block(plan, seed, block, stream, attempt, market, memory, bits, words, tile):
    """Run the market of a block alone, so that its state tells variance and return of a path."""
    start_paths(plan.market_start, market, memory)
    for lane in range(plan.stride):
        seed_stream(seed, block + lane, stream, attempt, bits, lane, plan.stride)
    for first_bar in range(plan.first_bar, plan.last_bar + 1, plan.tile_bars):
        n = min(plan.tile_bars, plan.last_bar + 1 - first_bar)
        parameters = plan.market_parameters
        run_pass(plan, plan.sweep, parameters, market, memory, words, tile, first_bar, n)


def find_bridge(plan, block, market, memory, bits, words, tile, accepted):
    """Draw paths until each may end where it must; then set its pull.

    The first sweep of a path tells its variance and return; given these the density of the end is
    known, so the path is accepted with that density over its maximum.  The accepted attempt is then
    replayed with the pull.
    """
    pull = np.zeros(plan.stride)
    accepted[:] = -1
    attempt, waiting = 0, plan.stride
    while waiting > 0:
        if attempt == MOST_ATTEMPTS:
            return False
        sweep_block(plan, plan.seed, block, MARKET, attempt, market, memory, bits, words, tile)
        for lane in range(plan.stride):
            if accepted[lane] < 0:
                variance = market[VARIANCE, lane]
                odds = acceptance(variance, plan.end, plan.smallest_variance)
                chance = uniform(mixed(stream_state(plan.seed, block + lane, ACCEPTANCE, attempt)))
                if chance <= odds:
                    accepted[lane] = attempt
                    pull[lane] = (plan.end - market[TOTAL, lane]) / variance
                    waiting -= 1
        attempt += 1
    start_paths(plan.market_start, market, memory)
    market[DELTA, :] = pull
    return True


def pilot_variances(plan, variances):
    """Conditional variances of pilot paths, from a fixed stream of their own."""
    stride = plan.stride
    bits = np.empty(4 * stride, np.uint64)
    market = np.zeros((plan.market_start.size, stride))
    memory = np.zeros((plan.market_memory, stride))
    tile, words = np.zeros(1), bits.view(np.float64)
    for block in range(0, variances.size, stride):
        sweep_block(plan, PILOT_SEED, block, PILOT, 0, market, memory, bits, words, tile)
        for lane in range(min(stride, variances.size - block)):
            variances[block + lane] = market[VARIANCE, lane]


def acceptances(variances, end, smallest_variance, odds):
    """Odds of being kept, path by path."""
    for k in range(variances.size):
        odds[k] = acceptance(variances[k], end, smallest_variance)


def drive(plan, first_path, last_path, results, ends, trace, rows):
    """Run paths [first_path, last_path) through every hedge; false where no bridge was found.

    `results[path, hedge, slot]` holds the kept slots at the last bar, `ends[path, end, field]` the
    kept tile fields at t0 and at the last bar.  `trace[bar, hedge, slot]`, when not empty, holds
    the whole life of the first path, for tiles of one bar; `rows[path, bar, field]`, when not
    empty, all the bars of every path.
    """
    stride, tile_bars = plan.stride, plan.tile_bars
    n_targets, n_target_slots = plan.target_starts.shape
    n_hedges, n_timing_slots = plan.timing_starts.shape
    bits, venue_bits = np.empty(4 * stride, np.uint64), np.empty(4 * stride, np.uint64)
    words, venue_words = bits.view(np.float64), venue_bits.view(np.float64)
    accepted = np.zeros(stride, np.int64)
    market = np.zeros((plan.market_start.size, stride))
    market_memory = np.zeros((plan.market_memory, stride))
    tile = np.zeros((tile_bars + 1, plan.n_fields, stride))
    ratios = np.zeros((n_targets, tile_bars, stride))
    target_slots = np.zeros((n_targets, n_target_slots, stride))
    target_memory = np.zeros((n_targets, plan.target_memory, stride))
    timing_slots = np.zeros((n_hedges, n_timing_slots, stride))
    timing_memory = np.zeros((n_hedges, plan.timing_memory, stride))
    for block in range(first_path, last_path, stride):
        at, n_live = block - first_path, min(stride, last_path - block)
        start_paths(plan.market_start, market, market_memory)
        if plan.is_bridged and not find_bridge(
            plan, block, market, market_memory, bits, words, tile, accepted
        ):
            return False
        for lane in range(stride):
            seed_stream(plan.seed, block + lane, MARKET, accepted[lane], bits, lane, stride)
            seed_stream(plan.seed, block + lane, VENUE, 0, venue_bits, lane, stride)
            if plan.window_rows.size > 0:
                market[0, lane] = plan.window_rows[min(block + lane, plan.window_rows.size - 1)]
        for i in range(n_targets):
            start_paths(plan.target_starts[i], target_slots[i], target_memory[i])
        for j in range(n_hedges):
            start_paths(plan.timing_starts[j], timing_slots[j], timing_memory[j])
        tile[0] = 0.0
        for bar in range(plan.first_bar, plan.last_bar + 1, tile_bars):
            n = min(tile_bars, plan.last_bar + 1 - bar)
            parameters = plan.market_parameters
            run_pass(plan, plan.market, parameters, market, market_memory, words, tile, bar, n)
            run_pass(plan, plan.noise, parameters, market, market_memory, venue_words, tile, bar, n)
            for i in range(n_targets):
                parameters, slots = plan.target_parameters[i], target_slots[i]
                memory = target_memory[i]
                run_pass(plan, plan.targets[i], parameters, slots, memory, ratios[i], tile, bar, n)
            for j in range(n_hedges):
                parameters, slots = plan.timing_parameters[j], timing_slots[j]
                memory, ratio = timing_memory[j], ratios[plan.timing_target[j]]
                run_pass(plan, plan.timings[j], parameters, slots, memory, ratio, tile, bar, n)
            keep_tile(plan, tile, bar, n, at, n_live, ends, rows)
            if trace.size > 0:
                trace[bar - plan.first_bar] = timing_slots[:, : trace.shape[2], 0]
            tile[0] = tile[n]
        for lane in range(n_live):
            for k in range(plan.kept_slots.size):
                results[at + lane, :, k] = timing_slots[:, plan.kept_slots[k], lane]
    return True


def keep_tile(plan, tile, first_bar, n, at, n_live, ends, rows):
    """Copy what is kept of a tile: the ends of the path, and all its bars when asked."""
    for end, number in enumerate((0, plan.last_bar)):
        step = number - first_bar
        if 0 <= step < n:
            for lane in range(n_live):
                for k in range(plan.kept_fields.size):
                    ends[at + lane, end, k] = tile[step + 1, plan.kept_fields[k], lane]
    if rows.size > 0:
        first = first_bar - plan.first_bar
        for step in range(n):
            for lane in range(n_live):
                rows[at + lane, first + step] = tile[step + 1, :, lane]
