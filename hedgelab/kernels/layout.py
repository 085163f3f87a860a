"""Where records lie in memory: field after field, and in each field lane beside lane."""

import functools
from typing import NamedTuple, get_type_hints

from hedgelab.kernels.records import Bar, Coins, Instrument, delayed
from hedgelab.kernels.words import select

INSTRUMENT_FIELDS = Instrument._fields
VENUE_FIELDS = ("delay_noise", "outage_starts", "outage_stays")


def market_fields(coins):
    """Names of what a market says of a bar: the holding, and the hedge when it is another coin."""
    hedge = tuple(f"hedge_{name}" for name in INSTRUMENT_FIELDS)
    return INSTRUMENT_FIELDS + (hedge if coins == 2 else ())


def tile_fields(coins):
    """Names of the fields of a bar of the tile."""
    return market_fields(coins) + VENUE_FIELDS


@functools.cache
def kinds_of(record):
    """The kind of every field of a record, by name."""
    return get_type_hints(record)


def leaves(record, prefix=""):
    """Names and kinds of a record's fields, nested ones flattened to ``hedge.quantity``."""
    for name, kind in kinds_of(record).items():
        if hasattr(kind, "_fields"):
            yield from leaves(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, kind


def n_slots(record):
    """How many numbers a record is."""
    return sum(1 for _ in leaves(record))


def flatten(record):
    """The values of a record as a flat list of floats."""
    flat = []
    for value in record:
        flat += flatten(value) if hasattr(value, "_fields") else [float(value)]
    return flat


def n_delayed(record):
    """How many fields of a state are read from the past."""
    return sum(kind is delayed for _, kind in leaves(record))


class Codec(NamedTuple):
    """Functions that move one record between memory and registers."""

    load: object  # (memory, at)
    store: object  # (memory, at, record)
    settle: object  # (record) with every field as wide as the lanes
    recall: object  # (record, memory, at, ring): delayed fields as they were `lookback` bars ago
    remember: object  # (record, memory, at, ring): delayed fields written for later


def construct(record, leaf, counter=None, prefix=""):
    """Text that builds `record`, each leaf given by `leaf(position, path, kind)`."""
    counter = [0] if counter is None else counter
    parts = []
    for name, kind in kinds_of(record).items():
        path = f"{prefix}{name}"
        if hasattr(kind, "_fields"):
            parts.append(construct(kind, leaf, counter, path + "."))
        else:
            parts.append(leaf(counter[0], path, kind))
            counter[0] += 1
    return f"{called(record, prefix)}({', '.join(parts)})"


def called(record, prefix):
    """What the text calls a record: two nested ones may share a name."""
    return f"{record.__name__}_{prefix.replace('.', '_')}"


def records_in(record, prefix=""):
    """A record and all records nested in it, by what the text calls them."""
    yield called(record, prefix), record
    for name, kind in kinds_of(record).items():
        if hasattr(kind, "_fields"):
            yield from records_in(kind, f"{prefix}{name}.")


def memory_access(width):
    """`load`, `store`, and two functions that widen a scalar to lanes; width 0 is plain."""
    if width == 0:
        return load_plain, store_plain, lambda x: x * 1.0, lambda x: x
    from hedgelab.kernels import lanes  # only a compiled run needs numba

    load, store = lanes.access(lanes.Numbers, width)
    return load, store, lanes.widen(lanes.Numbers, width), lanes.widen(lanes.Conditions, width)


def load_plain(memory, at):
    """One number."""
    return memory[at]


def store_plain(memory, at, value):
    """Write one number."""
    memory[at] = value


@functools.cache
def codec(record, width, stride):
    """Write the five functions for `record`; `stride` is the distance between two slots.

    Records never exist in memory.  The text is short and built from the annotations, as namedtuple
    itself does.
    """
    load, store, number, condition = memory_access(width)
    scope = dict(records_in(record)) | {
        "__name__": __name__,
        "load": load,
        "store": store,
        "select": select,
        "number": number,
        "condition": condition,
    }
    past = [path for path, kind in leaves(record) if kind is delayed]

    def loaded(k, path, kind):
        return f"load(memory, at + {k * stride}){' != 0.0' if kind is bool else ''}"

    def settled(k, path, kind):
        return f"{'condition' if kind is bool else 'number'}(record.{path})"

    def recalled(k, path, kind):
        if kind is delayed:
            return f"load(memory, at + {past.index(path)} * ring)"
        return f"record.{path}"

    lines = [
        f"def load_record(memory, at):\n    return {construct(record, loaded)}",
        f"def settle(record):\n    return {construct(record, settled)}",
        f"def recall(record, memory, at, ring):\n    return {construct(record, recalled)}",
        "def store_record(memory, at, record):",
    ]
    for k, (path, kind) in enumerate(leaves(record)):
        value = f"select(record.{path}, 1.0, 0.0)" if kind is bool else f"record.{path}"
        lines.append(f"    store(memory, at + {k * stride}, {value})")
    lines.append("def remember(record, memory, at, ring):\n    pass")
    lines += [f"    store(memory, at + {k} * ring, record.{path})" for k, path in enumerate(past)]
    exec("\n".join(lines), scope)
    names = ("load_record", "store_record", "settle", "recall", "remember")
    return Codec(*(scope[name] for name in names))


def alone(coin):
    """Holding, hedge and their relative price where both are one coin."""
    return coin, coin, 1.0


def both(coins):
    """Holding, hedge and their relative price of two coins."""
    return coins.holding, coins.hedge, coins.holding.index / coins.hedge.index


@functools.cache
def bar_access(width, stride, coins):
    """`load_bar(tile, at, time, hours)` and `store_market(tile, at, coin or both coins)`.

    With one coin the holding and its hedge are the same instrument, stored once.
    """
    load, _, _, _ = memory_access(width)
    load_market, store_market, _, _, _ = codec(Coins if coins == 2 else Instrument, width, stride)
    legs = both if coins == 2 else alone
    first_noise = len(market_fields(coins)) * stride

    def load_bar(tile, at, time, hours):
        holding, hedge, relative = legs(load_market(tile, at))
        noise = at + first_noise
        return Bar(
            time,
            hours,
            holding,
            hedge,
            relative,
            load(tile, noise),
            load(tile, noise + stride),
            load(tile, noise + 2 * stride),
        )

    return load_bar, store_market
