"""Records in memory: what is stored comes back, lane by lane, and from `lookback` bars ago."""

from typing import NamedTuple

import numpy as np
import pytest

from hedgelab.kernels import layout
from hedgelab.kernels.layout import codec, flatten, leaves, n_delayed, n_slots
from hedgelab.kernels.records import (
    Account,
    Book,
    Decision,
    Instrument,
    Venue,
    delayed,
    opening_account,
)
from tests.kernels.three_speeds import STRIDE, plain_runner, runner, same_bytes


class Inner(NamedTuple):
    """A record inside another."""

    number: float = 1.0
    flag: bool = True


class Outer(NamedTuple):
    """Numbers, conditions, a nested record, and two fields read from the past."""

    first: float = 2.0
    inner: Inner = Inner()
    old: delayed = 0.0
    last: bool = False
    older: delayed = 0.0


EXAMPLE = Outer(3.5, Inner(-4.0, True), 7.0, False, 8.0)


# -- the order of slots --------------------------------------------------------------------------
def test_leaves_name_nested_fields_in_the_order_of_the_record():
    assert [name for name, _ in leaves(Outer)] == [
        "first",
        "inner.number",
        "inner.flag",
        "old",
        "last",
        "older",
    ]


def test_flat_values_stand_where_the_leaves_say():
    assert flatten(EXAMPLE) == [3.5, -4.0, 1.0, 7.0, 0.0, 8.0]


def test_slots_and_delayed_fields_are_counted():
    assert (n_slots(Outer), n_slots(Inner)) == (6, 2)
    assert (n_delayed(Outer), n_delayed(Inner)) == (2, 0)


def test_tile_holds_the_instruments_and_then_the_noise_of_the_venue():
    noise = ("delay_noise", "outage_starts", "outage_stays")
    assert layout.tile_fields(1) == (*Instrument._fields, *noise)
    of_hedge = tuple(f"hedge_{name}" for name in Instrument._fields)
    assert layout.tile_fields(2) == (*Instrument._fields, *of_hedge, *noise)
    assert [len(layout.tile_fields(coins)) for coins in (1, 2)] == [16, 29]


# -- there and back ------------------------------------------------------------------------------
def test_plain_record_comes_back_as_it_was_stored():
    made = codec(Outer, 0, 1)
    memory = np.full(10, np.nan)
    made.store(memory, 2, EXAMPLE)
    assert memory[2:8].tolist() == flatten(EXAMPLE)
    assert np.isnan(memory[[0, 1, 8, 9]]).all()  # nothing else was touched
    assert made.load(memory, 2) == EXAMPLE


def test_conditions_come_back_as_conditions():
    made = codec(Outer, 0, 1)
    memory = np.zeros(6)
    made.store(memory, 0, EXAMPLE)
    loaded = made.load(memory, 0)
    assert (bool(loaded.inner.flag), bool(loaded.last)) == (True, False)
    assert isinstance(loaded.last, bool | np.bool_)


def test_records_of_several_lanes_lie_one_beside_the_other():
    # field k of lane i stands at k x stride + i
    made = codec(Inner, 0, 4)
    memory = np.zeros(8)
    for lane in range(4):
        made.store(memory, lane, Inner(10.0 + lane, lane % 2 == 1))
    assert memory.tolist() == [10.0, 11.0, 12.0, 13.0, 0.0, 1.0, 0.0, 1.0]
    assert made.load(memory, 2) == Inner(12.0, False)


@pytest.mark.parametrize("record", [Account, Book, Decision, Instrument, Venue, Outer])
def test_every_record_comes_back_whatever_the_stride(record):
    for stride in (1, 5):
        made = codec(record, 0, stride)
        values = 1.0 + np.arange(n_slots(record))
        for k, (_, kind) in enumerate(leaves(record)):
            values[k] = k % 2 if kind is bool else values[k]
        memory = np.zeros(n_slots(record) * stride)
        memory[::stride] = values
        loaded = made.load(memory, 0)
        assert flatten(loaded) == values.tolist()
        again = np.zeros_like(memory)
        made.store(again, 0, loaded)
        np.testing.assert_array_equal(again, memory)


def test_settled_record_keeps_its_values():
    assert codec(Outer, 0, 1).settle(EXAMPLE) == EXAMPLE


def test_opening_account_is_the_money_and_nothing_bought():
    account = opening_account(Book(capital=1000.0, collateral=500.0))
    assert (account.holding.cash, account.hedge.cash) == (1000.0, 500.0)
    assert (account.exposure.equity, account.exposure.peak) == (1500.0, 1500.0)
    far = account.liquidations.smallest_distance
    assert far == 1e9
    assert sum(map(abs, flatten(account))) - far == 1000.0 + 500.0 + 1500.0 + 1500.0


# -- delayed fields ------------------------------------------------------------------------------
def test_only_delayed_fields_are_recalled_and_remembered():
    made = codec(Outer, 0, 1)
    ring = 3
    memory = np.arange(10.0, 16.0)  # two fields of three places each
    recalled = made.recall(EXAMPLE, memory, 1, ring)
    assert recalled == EXAMPLE._replace(old=11.0, older=14.0)
    made.remember(EXAMPLE, memory, 1, ring)
    assert memory.tolist() == [10.0, 7.0, 12.0, 13.0, 8.0, 15.0]


class Sums(NamedTuple):
    """A rolling sum, and the value that leaves it."""

    total: float = 0.0
    leaving: delayed = 0.0


def rolling_pass(width, lookback):
    """Return a pass that keeps the sum of the last `lookback` inputs of each path."""
    load_state, store_state, settle, recall, remember = codec(Sums, width, STRIDE)
    load, store, _, _ = layout.memory_access(width)

    def run(parameters, tiers, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        state = load_state(slots, lane)
        now = first_bar % lookback
        for step in range(n_bars):
            value = load(wanted, step * STRIDE + lane)
            past = now * STRIDE + lane
            state = recall(state, memory, past, lookback * STRIDE)
            state = Sums(state.total + value - state.leaving, value)
            remember(state, memory, past, lookback * STRIDE)
            state = settle(state)
            store(tile, step * STRIDE + lane, state.total)
            now = now + 1 if now + 1 < lookback else 0
        store_state(slots, lane, state)

    return run


def rolling_sums(call, values, tile_bars):
    """Run the rolling sum in tiles of `tile_bars` bars, from bar -5 on."""
    slots, memory, unused = np.zeros(2 * STRIDE), np.zeros(3 * STRIDE), np.zeros(1)
    tiles = []
    for first in range(0, len(values), tile_bars):
        wanted = values[first : first + tile_bars].ravel()
        tile = np.zeros(wanted.size)
        call((unused, unused, slots, memory, wanted, tile), first - 5, wanted.size // STRIDE)
        tiles.append(tile)
    return np.concatenate(tiles).reshape(-1, STRIDE)


def test_delayed_field_is_the_value_of_lookback_bars_ago_at_every_speed_and_tiling():
    values = (
        np.random.default_rng(7).integers(-50, 50, (20, STRIDE)).astype(float)
    )  # whole: sums are exact
    expected = np.array([values[max(0, k - 2) : k + 1].sum(axis=0) for k in range(20)])
    for call in (
        plain_runner(rolling_pass(0, 3)),
        runner(rolling_pass(0, 3), 0),
        runner(rolling_pass(STRIDE, 3), STRIDE),
    ):
        for tile_bars in (1, 7, 20):
            np.testing.assert_array_equal(rolling_sums(call, values, tile_bars), expected)


# -- over lanes ----------------------------------------------------------------------------------
def copy_pass(width):
    """Return a pass that loads a nested record, settles it and stores it again."""
    load, store, settle, _, _ = codec(Outer, width, STRIDE)

    def run(parameters, tiers, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        store(tile, lane, settle(load(slots, lane)))

    return run


def constant_pass(width):
    """Return a pass whose record holds one scalar for all lanes until it is settled."""
    _, store, settle, _, _ = codec(Inner, width, STRIDE)

    def run(parameters, tiers, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        store(tile, lane, settle(Inner(2.5, True)))

    return run


@pytest.mark.parametrize("width", [0, STRIDE])
def test_compiled_codec_moves_nested_records_and_conditions(width):
    slots = np.random.default_rng(8).standard_normal(6 * STRIDE)
    for k in (2, 4):  # conditions
        slots[k * STRIDE : (k + 1) * STRIDE] = np.arange(STRIDE) % 3 == 0
    tile, unused = np.zeros(6 * STRIDE), np.zeros(1)
    runner(copy_pass(width), width)((unused, unused, slots, unused, unused, tile))
    assert same_bytes(tile, slots)


@pytest.mark.parametrize("width", [0, STRIDE])
def test_scalars_are_spread_over_all_lanes(width):
    tile, unused = np.zeros(2 * STRIDE), np.zeros(1)
    runner(constant_pass(width), width)((unused, unused, unused, unused, unused, tile))
    assert tile.tolist() == [2.5] * STRIDE + [1.0] * STRIDE
