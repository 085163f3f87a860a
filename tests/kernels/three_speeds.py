"""One small function run as plain Python, compiled path by path, and compiled over lanes."""

import ctypes

import numpy as np

from hedgelab.kernels.compiling import compile_pass
from hedgelab.kernels.layout import codec, n_slots

STRIDE = 8  # paths of a block, and lanes of a register
UNUSED = np.zeros(1)
ENTRY = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6, *[ctypes.c_int64] * 3)


def runner(run, width, stride=STRIDE):
    """Return a compiled pass as a function of six arrays, the first bar and the number of bars."""
    code = compile_pass(run, width, stride)
    entry = ENTRY(code.address)

    def call(arrays, first_bar=0, n_bars=1):
        entry(*(array.ctypes.data for array in arrays), 0, first_bar, n_bars)

    call.code = code  # the machine code lives as long as this object
    return call


def plain_runner(run, stride=STRIDE):
    """Return the same pass as ordinary Python, path by path."""

    def call(arrays, first_bar=0, n_bars=1):
        with np.errstate(all="ignore"):
            for lane in range(stride):
                run(*arrays, 0, first_bar, n_bars, lane)

    return call


def pass_of(function, given, answer, width):
    """Return a pass that reads a record, calls the function and writes the record it answers."""
    load, store = codec(given, width, STRIDE).load, codec(answer, width, STRIDE).store
    if function.__code__.co_argcount == 2:

        def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
            store(tile, lane, function(load(slots, lane), parameters))

        return run

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        store(tile, lane, function(load(slots, lane)))

    return run


def three_ways(function, given, answer, columns, speeds=("plain", "path", "lanes"), parameters=0.0):
    """Results of `function(given) -> answer` on columns of values, one array a speed.

    `columns` has one row per field of `given`; each result has one row per field of `answer`.  A
    function of two arguments is given the memory of `parameters` too.
    """
    columns = np.atleast_2d(np.array(columns, float))
    memory = np.atleast_1d(np.array(parameters, float))
    return [
        results_of(runner_at(speed, function, given, answer), n_slots(answer), columns, memory)
        for speed in speeds
    ]


def runner_at(speed, function, given, answer):
    """Return the pass of a function at one speed."""
    if speed == "plain":
        return plain_runner(pass_of(function, given, answer, 0))
    width = STRIDE if speed == "lanes" else 0
    return runner(pass_of(function, given, answer, width), width)


def results_of(call, n_rows, columns, parameters=UNUSED):
    """Run a pass over all columns, a block at a time; the last column fills the last block."""
    n_values, unused, blocks = columns.shape[1], UNUSED, []
    for first in range(0, n_values, STRIDE):
        at = np.minimum(np.arange(first, first + STRIDE), n_values - 1)
        tile = np.full(n_rows * STRIDE, -1.25)
        call((parameters, unused, columns[:, at].ravel(), unused, unused, tile))
        blocks.append(tile.reshape(n_rows, STRIDE))
    return np.concatenate(blocks, axis=1)[:, :n_values]


def same_bytes(one, other):
    """Equal to the last bit, signed zeros included; any NaN equals any other."""
    both_nan = np.isnan(one) & np.isnan(other)
    return bool(np.all(both_nan | (one.view(np.uint64) == other.view(np.uint64))))
