"""A stationary block bootstrap of recorded bars, as a pass over a tile: a gather with a memory.

Behind the law and the clock lie three tables: where the rows of each slot of the week begin, those
rows, and the recorded bars.  A path draws two words a bar: does a new block begin, and in which of
the rows of the bar's slot of the week.
"""

from typing import NamedTuple

import numpy as np

from hedgelab.kernels.elementary import exp, next_word, uniform
from hedgelab.kernels.layout import INSTRUMENT_FIELDS, VENUE_FIELDS, codec, flatten, n_slots
from hedgelab.kernels.passes import stream_access
from hedgelab.kernels.records import Clock, Instrument
from hedgelab.kernels.words import larger, smaller


class Recorded(NamedTuple):
    """A recorded bar, its prices relative so that they can be chained."""

    index_return: float  # [1]
    basis: float  # [1]
    log_basis: float  # log(1 + basis) [1]
    mark_open: float  # over the mark's close before [1]
    mark_high: float
    mark_low: float
    premium: float
    funding: float
    half_spread: float
    sigma: float
    volume: float
    is_last: bool  # before a missing bar or the end of the file
    slot: float  # of the week, if a block may begin here, else -1


class Bootstrap(NamedTuple):
    """Blocks of recorded bars."""

    begins: float = 1.0 / 336.0  # odds that a bar begins a new block [1]
    price: float = 100.0  # index before the first bar [quote/base]
    slots: float = 168.0  # bars of a week


class BootstrapState(NamedTuple):
    """Where a path is."""

    index: float = 0.0
    mark: float = 0.0
    log_basis: float = 0.0
    row: float = 0.0
    is_last: bool = True  # so that the first bar begins a block


def parameters_of(law, clock, recorded):
    """Law, clock and the three tables as one array."""
    slots = recorded[:, Recorded._fields.index("slot")].astype(np.int64)
    rows = np.argsort(slots, kind="stable")[np.count_nonzero(slots < 0) :]
    first = np.searchsorted(slots[rows], np.arange(int(law.slots) + 1))
    return np.concatenate([flatten(law), flatten(clock), first, rows, recorded.ravel()])


def bootstrap_pass(width, stride):
    """Bars of other times, in blocks: the same pass, one path at a time, for every width."""
    load_law, load_clock = codec(Bootstrap, 0, 1).load, codec(Clock, 0, 1).load
    load_recorded = codec(Recorded, 0, 1).load
    load_state, store_state, _, _, _ = codec(BootstrapState, 0, stride)
    store_instrument = codec(Instrument, 0, stride).store
    load_stream, store_stream = stream_access(0, stride)
    clock_at = n_slots(Bootstrap)
    first_at = clock_at + n_slots(Clock)
    n_columns = n_slots(Recorded)
    tile_row = len(INSTRUMENT_FIELDS + VENUE_FIELDS) * stride

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        law, clock = load_law(parameters, 0), load_clock(parameters, clock_at)
        slots_of_week = int(law.slots)
        rows_at = first_at + slots_of_week + 1
        recorded_at = rows_at + int(parameters[rows_at - 1])
        state = load_state(slots, lane)
        a, b, c, d = load_stream(wanted, lane)
        slot = (int(clock.start_minute) // int(clock.bar_minutes) + first_bar) % slots_of_week
        for step in range(n_bars):
            word_1, a, b, c, d = next_word(a, b, c, d)
            word_2, a, b, c, d = next_word(a, b, c, d)
            row = state.row + 1.0
            if state.is_last | (uniform(word_1) <= law.begins):
                first, end = parameters[first_at + slot], parameters[first_at + slot + 1]
                row = parameters[rows_at + int(first + (1.0 - uniform(word_2)) * (end - first))]
            recorded = load_recorded(parameters, recorded_at + int(row) * n_columns)
            index_before, mark_before, log_basis = state.index, state.mark, state.log_basis
            if index_before == 0.0:  # the first bar of the path
                index_before, log_basis = law.price, recorded.log_basis
                mark_before = law.price * (1.0 + recorded.basis)
            instrument = chained(recorded, index_before, mark_before, log_basis)
            store_instrument(tile, (step + 1) * tile_row + lane, instrument)
            state = BootstrapState(
                instrument.index, instrument.mark, recorded.log_basis, row, recorded.is_last
            )
            slot = slot + 1 if slot + 1 < slots_of_week else 0
        store_state(slots, lane, state)
        store_stream(wanted, lane, a, b, c, d)

    return run


def chained(recorded, index_before, mark_before, log_basis):
    """A recorded bar after other prices.

    Where two blocks meet the basis jumps, so the close may lie beyond the bar's recorded extremes:
    these are widened to hold it.
    """
    index = index_before * exp(recorded.index_return)
    mark = index * (1.0 + recorded.basis)
    mark_open = mark_before * recorded.mark_open
    return Instrument(
        index=index,
        index_return=recorded.index_return,
        mark=mark,
        mark_return=recorded.index_return + (recorded.log_basis - log_basis),
        mark_open=mark_open,
        mark_high=larger(mark_before * recorded.mark_high, larger(mark, mark_open)),
        mark_low=smaller(mark_before * recorded.mark_low, smaller(mark, mark_open)),
        basis=recorded.basis,
        premium=recorded.premium,
        funding=recorded.funding,
        half_spread=recorded.half_spread,
        sigma=recorded.sigma,
        volume=recorded.volume,
    )
