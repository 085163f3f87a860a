"""From records to results: compile what is missing, lay numbers out, run chunks on threads."""

import functools
import os
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, get_type_hints

import numpy as np

from hedgelab.errors import ParameterError
from hedgelab.kernels import bootstrap, driver, laws, passes, rules, steering, textbook
from hedgelab.kernels.layout import (
    INSTRUMENT_FIELDS,
    VENUE_FIELDS,
    flatten,
    kinds_of,
    market_fields,
    n_delayed,
    n_slots,
    tile_fields,
)
from hedgelab.kernels.records import Account, Bar, Clock, Decision, Instrument, Position

LINE_OF = r'{}"?,? (?:line )?\(?(\d+)'  # in what numba says
SPEEDS = ("lanes", "path", "plain")
NOTHING = np.empty((0, 0, 0))
TILE_BARS = 32  # of one coin: longer tiles spare the starts of passes, until they leave the cache
CHUNK = 256  # paths of a thread's piece of work
N_PILOT, PILOT_QUANTILE, LEAST_ODDS = 4096, 0.001, 1e-3
KEPT_FIELDS = ("index", "mark", "half_spread", "sigma", "volume")  # in the order of an instrument
LAWS = {  # law record: function, memory, random words a bar, coins
    textbook.Gbm: (textbook.gbm, textbook.GbmState, textbook.GBM_WORDS, 1),
    textbook.GbmPair: (textbook.gbm_pair, textbook.GbmPairState, textbook.GBM_PAIR_WORDS, 2),
    textbook.Merton: (textbook.merton, textbook.GbmState, textbook.MERTON_WORDS, 1),
    textbook.Regime: (textbook.regime, textbook.RegimeState, textbook.REGIME_WORDS, 1),
    laws.Hourly: (laws.hourly, laws.HourlyState, laws.HOURLY_WORDS, 1),
    laws.HourlyPair: (laws.hourly_pair, laws.HourlyPairState, laws.HOURLY_PAIR_WORDS, 2),
}


class Recipe(NamedTuple):
    """A market as the engine takes it."""

    law: object  # parameters of a law, or None for recorded bars
    profile: np.ndarray  # 168 hour-of-week factors of volatility, of one coin or of each
    recorded: np.ndarray  # (n_rows, n_market_fields), empty for a law
    window_rows: np.ndarray  # row of bar 0 of each window
    clock: Clock
    first_bar: int
    seed: int
    end: float | None  # log return since t0 that every path must have


class Rule(NamedTuple):
    """A plain function and its parameters."""

    function: object
    parameters: tuple


class Run(NamedTuple):
    """One hedge as the engine takes it."""

    target: Rule
    timing: Rule
    venue: tuple
    book: tuple
    account: Account  # before t0
    tiers: np.ndarray  # (2, n_tiers, 4): of the hedge, of the holding


def records_of(function):
    """The parameter and state records of a rule, read from its annotations."""
    hints = get_type_hints(function)
    return hints["rule"], hints["state"]


@functools.cache
def lane_width():
    """Paths of a block: as wide as the processor's registers make worth while."""
    import llvmlite.binding

    features = llvmlite.binding.get_host_cpu_features()
    return int(os.environ.get("HEDGELAB_LANES", 16 if features.get("avx512f") else 8))


def widths(speed, lanes):
    """Width of market and ledger passes, and paths of a block."""
    if speed == "plain":
        return 0, 0, 1
    stride = lanes or lane_width()
    if speed == "path":
        return 0, 0, stride
    return (
        stride,
        min(stride, 8),
        stride,
    )  # many values live at once in a ledger: narrower is faster


# -- compiling what a run needs ------------------------------------------------------------------
def in_plain_python(run):
    """A pass over one path as the driver calls it."""

    def entry(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars):
        run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, 0)

    return entry


@functools.cache
def machine_code(build, arguments, width, stride):
    """Compile a pass; the result holds its address and must stay alive."""
    from hedgelab.kernels.compiling import compile_pass

    return compile_pass(build(*arguments, width, stride), width, stride)


def prepared(build, arguments, width, stride, speed):
    """A pass as the driver takes it: a function, or the address of its machine code."""
    if speed == "plain":
        return in_plain_python(build(*arguments, 0, 1))
    return machine_code(build, arguments, width, stride).address


@functools.cache
def say_falls_back(name):
    """Tell once that a rule runs one path at a time."""
    warnings.warn(
        f"rule {name} branches, so it runs one path at a time; select and & | make it fast",
        stacklevel=2,
    )


def refusal(function, error):
    """One line for what numba says of a rule, with the line of the file that holds it."""
    lines = str(error).splitlines()
    reason = next((line for line in lines if line.strip()), "no reason given")
    parts = getattr(function, "parts", (function,))
    named = {part: LINE_OF.format(re.escape(part.__code__.co_filename)) for part in parts}
    found = {part: re.findall(named[part], str(error)) for part in parts}
    own = [part for part in parts if part.__module__ != rules.__name__] or parts
    part = next((part for part in own if found[part]), own[0])
    code = part.__code__
    at = found[part][-1] if found[part] else code.co_firstlineno
    return ParameterError(
        f"rule {part.__name__} cannot be compiled: {reason}",
        where=f"line {at} of {code.co_filename}",
        remedy="run it with speed='plain' for an ordinary traceback",
    )


@functools.cache
def pass_width(build, function, coins, width, stride, speed):
    """The width of a rule's pass: over lanes where it can, 0 where it branches; or refuse it."""
    if speed == "plain":
        return 0
    for at in dict.fromkeys((width, 0)):
        try:
            machine_code(build, (function, *records_of(function), coins), at, stride)
        except Exception as error:  # of many kinds, some of them numba's own accidents
            refused = refusal(function, error)
        else:
            if at != width:
                say_falls_back(function.__name__)
            return at
    raise refused


def prepared_rule(build, function, coins, width, stride, speed):
    """A rule's pass over lanes where it can, per path where it branches."""
    width = pass_width(build, function, coins, width, stride, speed)
    return prepared(build, (function, *records_of(function), coins), width, stride, speed)


# -- laying the numbers out ----------------------------------------------------------------------
def padded(rows):
    """Rows of unequal length as one array, zeros behind."""
    table = np.zeros((len(rows), max((len(row) for row in rows), default=1)))
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table


NO_TARGET = Rule(rules.constant, rules.Constant(0.0))


def together(run):
    """The run with a target of the account, which no other hedge can share, in its timing."""
    if is_target(run.target):
        return run
    decide = steering.steered(run.target.function, run.timing.function)
    parameters = records_of(decide)[0](run.target.parameters, run.timing.parameters)
    states = [records_of(each.function)[1] for each in (run.target, run.timing)]
    if all(n_delayed(state) for state in states):
        raise ParameterError(
            f"{decide.__name__} has delayed fields in both",
            where="rule",
            remedy="keep them in one of the two",
        )
    return run._replace(target=NO_TARGET, timing=Rule(decide, parameters))


def lookback_of(rule):
    """The lookback of a rule with delayed fields. [bars]"""
    parts = (rule.parameters, *(part for part in rule.parameters if hasattr(part, "_fields")))
    return max(int(getattr(part, "lookback", 0)) for part in parts)


def tiers_in_memory(run, n_tiers):
    """The tiers of both legs; the last is repeated where another venue has more."""
    more = ((0, 0), (0, n_tiers - run.tiers.shape[1]), (0, 0))
    return np.pad(run.tiers, more, mode="edge").ravel().tolist()


def dry_run(rule):
    """Ask a rule once in plain Python, where a slip shows as Python tells it."""
    one = np.float64(1.0)
    coin = Instrument(*(one for _ in INSTRUMENT_FIELDS))
    bar = Bar(0.0, 1.0, coin, coin, 1.0, one, one, one)
    position = Position(-one, one, True, one, one, one, one, one)
    state = records_of(rule.function)[1]
    asked = (bar, position, -one)[: rule.function.__code__.co_argcount - 2]
    with np.errstate(all="ignore"):
        answer, after = rule.function(*asked, state(), rule.parameters)
    if not isinstance(after, state):
        raise TypeError(f"it returns {type(after).__name__} as its state, not {state.__name__}")
    if len(asked) == 3 and not isinstance(answer, Decision):
        raise TypeError(f"it returns {type(answer).__name__}, not a Decision")
    answers = answer if len(asked) == 3 else (answer,)
    for each in (*answers, *(part for part in after if not hasattr(part, "_fields"))):
        if not isinstance(each, int | float | np.floating | np.integer | np.bool_):
            raise TypeError(f"it returns {type(each).__name__}, not a number")
    return answer


def is_target(rule):
    """Is it a rule of how much that looks at the market alone?"""
    return rule.function.__code__.co_argcount == 3


def memory_of_rule(rule):
    """Numbers of delayed memory that a rule needs a path."""
    past = n_delayed(records_of(rule.function)[1])
    return past * lookback_of(rule)


def margin_tests(runs, coins, width, stride, speed):
    """The margin test as ledger passes call it: over lanes, and for those that run per path."""
    if speed == "plain":
        return np.array([prepared(passes.margin_pass, (coins,), 0, 1, speed)] * 2, object)
    found = [0.0, 0.0]
    for run in runs:
        at = pass_width(passes.ledger_pass, run.timing.function, coins, width, stride, speed)
        found[at == 0] = prepared(passes.margin_pass, (coins,), at, stride, speed)
    return np.array(found, float)


def noise_for(runs):
    """The venue's noise, or none where no venue of the run has a use for it, and no rule."""
    functions = [each.function for run in runs for each in (run.target, run.timing)]
    unread = steering.read_by(functions).isdisjoint(VENUE_FIELDS)
    if runs and unread and all(r.venue.delay == r.venue.outage_starts == 0.0 for r in runs):
        return passes.silent_pass
    return passes.noise_pass


def addresses(found, speed):
    """Passes as the driver takes them."""
    return tuple(found) if speed == "plain" else np.array(found, np.int64)


def n_columns(law, recorded):
    """How many fields a market says of a bar: those of one instrument, or of two."""
    if isinstance(law, bootstrap.Bootstrap):
        return len(INSTRUMENT_FIELDS)
    return recorded.shape[1] if law is None else len(market_fields(LAWS[type(law)][-1]))


def plan(recipe, runs=(), *, kept=None, speed="lanes", lanes=None, tile_bars=None):
    """Compile what is missing and lay the numbers out: everything `drive` needs."""
    made = laid_out(recipe, runs, speed, lanes, tile_bars)
    if kept is not None:
        made = made._replace(kept_slots=np.array(kept))
    if made.is_bridged:
        made = made._replace(smallest_variance=smallest_variance(recipe))
    return made


def laid_out(recipe, runs, speed, lanes, tile_bars):
    """A plan, but for what a bridge learns from its pilot paths."""
    wide, narrow, stride = widths(speed, lanes)
    clock = flatten(recipe.clock)
    runs = [together(run) for run in runs]
    coins = n_columns(recipe.law, recipe.recorded) // len(INSTRUMENT_FIELDS)
    targets = list(dict.fromkeys(run.target for run in runs))
    n_tiers = max((run.tiers.shape[1] for run in runs), default=0)
    if recipe.law is None:
        market = prepared(replay_build, (coins,), stride, stride, speed)
        parameters, start, law_memory = recipe.recorded.ravel(), [0.0], 0
        sweep = market
    elif isinstance(recipe.law, bootstrap.Bootstrap):
        market = prepared(bootstrap.bootstrap_pass, (), 0, stride, speed)
        parameters = bootstrap.parameters_of(recipe.law, recipe.clock, recipe.recorded)
        start, law_memory = flatten(blank(bootstrap.BootstrapState)), 0
        sweep = market
    else:
        function, state, n_words, _ = LAWS[type(recipe.law)]
        shape = (function, type(recipe.law), state, n_words, coins)
        market = prepared(passes.law_pass, (*shape, True), wide, stride, speed)
        is_bridged = recipe.end is not None
        sweep = (
            prepared(passes.law_pass, (*shape, False), wide, stride, speed)
            if is_bridged
            else market
        )
        profiles = np.broadcast_to(recipe.profile, (coins, passes.HOURS_PER_WEEK))
        parameters = np.array(flatten(recipe.law) + clock + list(profiles.ravel()))
        start = flatten(blank(state))
        law_memory = n_delayed(state) * int(getattr(recipe.law, "lookback", 0))
    return driver.Plan(
        seed=recipe.seed,
        first_bar=recipe.first_bar,
        last_bar=int(recipe.clock.last_bar),
        stride=stride,
        n_fields=len(tile_fields(coins)),
        tile_bars=tile_bars or TILE_BARS // coins,
        market=market,
        market_parameters=parameters,
        market_start=np.array(start),
        market_memory=law_memory,
        window_rows=recipe.window_rows.astype(np.float64),
        sweep=sweep,
        is_bridged=recipe.end is not None,
        end=0.0 if recipe.end is None else recipe.end,
        smallest_variance=0.0,
        noise=prepared(noise_for(runs), (coins,), wide, stride, speed),
        targets=addresses(
            [
                prepared_rule(passes.target_pass, t.function, coins, wide, stride, speed)
                for t in targets
            ],
            speed,
        ),
        target_parameters=padded([flatten(t.parameters) + clock for t in targets]),
        target_starts=padded([flatten(blank(records_of(t.function)[1])) for t in targets]),
        target_memory=max((memory_of_rule(t) for t in targets), default=0),
        timings=addresses(
            [
                prepared_rule(passes.ledger_pass, r.timing.function, coins, narrow, stride, speed)
                for r in runs
            ],
            speed,
        ),
        timing_target=np.array([targets.index(run.target) for run in runs], np.int64),
        timing_parameters=padded(
            [
                flatten(r.venue)
                + flatten(r.book)
                + clock
                + tiers_in_memory(r, n_tiers)
                + flatten(r.timing.parameters)
                for r in runs
            ]
        ),
        timing_starts=padded(
            [flatten(r.account) + flatten(blank(records_of(r.timing.function)[1])) for r in runs]
        ),
        timing_memory=max((memory_of_rule(run.timing) for run in runs), default=0),
        others=margin_tests(runs, coins, narrow, stride, speed),
        n_tiers=n_tiers,
        kept_slots=np.arange(n_slots(Account) if runs else 0),
        kept_fields=np.flatnonzero(
            [name.removeprefix("hedge_") in KEPT_FIELDS for name in market_fields(coins)]
        ),
    )


def replay_build(coins, width, stride):
    """Recorded bars: one pass copies the whole block, whatever the width."""
    return passes.replay_pass(coins, stride)


def blank(record):
    """A state record with its defaults, nested ones too."""
    return record(
        *(
            blank(kind) if hasattr(kind, "_fields") else record._field_defaults[name]
            for name, kind in kinds_of(record).items()
        )
    )


def smallest_variance(recipe):
    """Variance below which a bridge under-weights paths: a low quantile over pilot paths."""
    made = laid_out(recipe, (), "lanes", None, None)
    variances = np.empty(N_PILOT)
    runner(driver.pilot_variances, "lanes")(made, variances)
    smallest, end = np.quantile(variances, PILOT_QUANTILE), np.float64(made.end)
    odds = np.empty(N_PILOT)
    runner(driver.acceptances, "lanes")(variances, end, smallest, odds)
    if odds.mean() < LEAST_ODDS:
        raise ParameterError(
            f"fewer than one path in {1 / LEAST_ODDS:.0f} could end at a log return of "
            f"{made.end:.3f}",
            remedy="choose a terminal return nearer to zero or a longer horizon",
        )
    return float(smallest)


# -- running -------------------------------------------------------------------------------------
def runner(function, speed):
    """The driver, compiled or as it stands."""
    if speed == "plain":
        return function
    from hedgelab.kernels.compiling import compile_driver

    return compile_driver(function)


def driven(made, first_path, last_path, speed, results, ends, trace=NOTHING, rows=NOTHING):
    """Drive some paths; refuse a market whose end no path could meet."""
    drive = runner(driver.drive, speed)
    with np.errstate(all="ignore"):  # plain Python speaks of the divisions that `select` discards
        if not drive(made, first_path, last_path, results, ends, trace, rows):
            raise ParameterError(
                "a path could not be conditioned on its end",
                remedy="choose a terminal return nearer to zero",
            )


def kept(made, n_paths):
    """Empty arrays for what a run keeps of accounts and of the market's ends."""
    results = np.empty((n_paths, made.timing_starts.shape[0], made.kept_slots.size))
    return results, np.empty((n_paths, 2, made.kept_fields.size))


def run(made, n_paths, *, speed="lanes", threads=1, chunk=CHUNK, first_path=0):
    """Kept account slots (n_paths, n_hedges, n_kept) and kept ends (n_paths, 2, n_kept_fields)."""
    results, ends = kept(made, n_paths)

    def work(first):
        last = min(first + chunk, n_paths)
        piece, piece_ends = results[first:last], ends[first:last]
        driven(made, first_path + first, first_path + last, speed, piece, piece_ends)

    runner(driver.drive, speed)  # compiled once, before the threads ask for it
    starts = range(0, n_paths, chunk)
    if threads == 1 or speed == "plain":
        for first in starts:
            work(first)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, starts))
    return results, ends


def bars(made, n_paths, *, speed="lanes", first_path=0):
    """All bars of some paths, shape (n_paths, n_bars, n_fields), warm-up included."""
    rows = np.empty((n_paths, made.last_bar - made.first_bar + 1, made.n_fields))
    driven(made, first_path, first_path + n_paths, speed, *kept(made, n_paths), rows=rows)
    return rows


def life(made, path, *, speed="lanes"):
    """Account slots of a path at every bar (n_bars, n_hedges, n_slots), for tiles of one bar."""
    n_hedges = made.timing_starts.shape[0]
    trace = np.empty((made.last_bar - made.first_bar + 1, n_hedges, n_slots(Account)))
    driven(made, path, path + 1, speed, *kept(made, 1), trace=trace)
    return trace
