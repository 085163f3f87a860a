"""Plain functions into machine code, and machine code into a cache that notices every edit.

numba caches functions that live in a file, but does not look at the functions they call.  So a
short stub is written whose *name* is a fingerprint of everything below it: an edit anywhere is
another file, and the next process finds this one.
"""

import dis
import enum
import functools
import hashlib
import os
import pathlib
import sys
import threading
import types as python_types

import numba
import numpy as np
from numba import njit
from numba.core.dispatcher import Dispatcher

from hedgelab.kernels import lanes
from hedgelab.kernels.cache import cache_folder, say_once
from hedgelab.kernels.layout import leaves
from hedgelab.kernels.words import PRIMITIVES, merged

OPTIONS = {"error_model": "numpy"}
INLINED = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
HERE = pathlib.Path(__file__).parent

PASS = """def entry(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars):
    align_stack()
    for lane in range(0, {stride}, {step}):
        body(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane)
"""
AT_LANE = """def entry(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, lane):
    align_stack()
    body(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, 1, lane)
"""


# -- what a function depends on ------------------------------------------------------------------
def names_used(code):
    """Global names that a code object reads, nested functions included, attributes not."""
    names = {
        i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    for constant in code.co_consts:
        if isinstance(constant, python_types.CodeType):
            names |= names_used(constant)
    return names


def references(function):
    """Globals and closure variables of a function, by name."""
    scope = function.__globals__
    found = {name: scope[name] for name in names_used(function.__code__) if name in scope}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        found[name] = cell.cell_contents
    return found


def is_plain(thing):
    """A Python function that is ours to compile."""
    return isinstance(thing, python_types.FunctionType) and thing not in PRIMITIVES


def read_from_modules(function):
    """What a function reads from modules by attribute, from modules in modules too, by name."""
    modules = [x for x in references(function).values() if isinstance(x, python_types.ModuleType)]
    names, found, seen = sorted(set(function.__code__.co_names)), [], set()
    while modules:
        module = modules.pop()
        if module in seen:
            continue
        seen.add(module)
        read = [(f"{module.__name__}.{n}", getattr(module, n)) for n in names if hasattr(module, n)]
        modules += [x for _, x in read if isinstance(x, python_types.ModuleType)]
        found += read
    return found


def fingerprint(thing, seen=None):
    """A hash of all that compiled code depends on: byte code, constants, records, callees."""
    seen = {} if seen is None else seen
    if isinstance(thing, Dispatcher):
        thing = thing.py_func
    if is_plain(thing):
        if thing in seen:
            return f"the function met as number {seen[thing]}"
        seen[thing] = len(seen)
        code = thing.__code__
        used = sorted(references(thing).items()) + read_from_modules(thing)
        parts = (
            *(code.co_code, code.co_varnames, code.co_names, thing.__defaults__),
            thing.__kwdefaults__,
            [fingerprint(constant, seen) for constant in code.co_consts],
            [(name, fingerprint(each, seen)) for name, each in used],
        )
    elif isinstance(thing, python_types.CodeType):
        parts = (thing.co_code, thing.co_names, [fingerprint(c, seen) for c in thing.co_consts])
    elif hasattr(thing, "_fields") and isinstance(thing, type):
        parts = (thing.__name__, [(name, kind.__name__) for name, kind in leaves(thing)])
    elif isinstance(thing, type):
        values = [(k, v) for k, v in sorted(vars(thing).items()) if isinstance(v, int | float)]
        members = [(m.name, m.value) for m in thing] if issubclass(thing, enum.Enum) else []
        parts = (thing.__qualname__, values, members)
    elif isinstance(thing, np.ndarray):
        parts = (thing.dtype.str, thing.shape, thing.tobytes())
    elif isinstance(thing, python_types.ModuleType):
        parts = (thing.__name__, str(getattr(thing, "__version__", "")))
    elif callable(thing):
        parts = getattr(thing, "__qualname__", type(thing).__name__)
    else:
        parts = thing
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


@functools.cache
def engine_stamp():
    """Versions, and the source of what byte code does not show."""
    sources = b"".join(
        (HERE / name).read_bytes() for name in ("lanes.py", "layout.py", "compiling.py")
    )
    processor = f"{numba.config.CPU_NAME} {numba.config.CPU_FEATURES}"
    versions = f"{numba.__version__} {sys.version_info[:2]} {processor}"
    return hashlib.sha256(sources + versions.encode()).hexdigest()[:12]


# -- compiling ------------------------------------------------------------------------------------
def stub(text, name, scope):
    """Run the stub `text` from a file named by what it depends on: numba caches beside it."""
    folder = cache_folder()
    path = (folder or HERE) / f"{name}.py"
    cached = folder is not None
    if not cached or not path.exists():
        say_once()
    if cached and not path.exists():
        partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        partial.write_text(text)
        os.replace(partial, path)
    scope = scope | {"__name__": __name__}
    exec(compile(text, str(path), "exec"), scope)
    return scope["entry"], cached


@functools.cache
def compiled(function):
    """The function and every plain function it calls, handed to numba, without decorators.

    Shared between passes, so that the second rule of a session compiles little more than itself.
    A function marked `merged` goes into its caller before either is compiled.
    """
    swapped = {name: compiled(x) if is_plain(x) else x for name, x in references(function).items()}
    cells = tuple(python_types.CellType(swapped[name]) for name in function.__code__.co_freevars)
    scope = swapped | {"__builtins__": __builtins__, "__name__": __name__}
    twin = python_types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, cells
    )
    how = {**INLINED, "inline": "always" if hasattr(function, "is_merged") else "never"}
    return njit(**how, **OPTIONS)(twin)


def compile_pass(run, width, stride):
    """A C function for `run` over blocks of `stride` paths, `width` at a time (0: one by one).

    One that others call for a lane is marked `at_lane`.
    """
    text = AT_LANE if hasattr(run, "at_lane") else PASS.format(stride=stride, step=width or 1)
    shape = f"{width or 'scalar'}_{stride}{'_at_lane' if hasattr(run, 'at_lane') else ''}"
    name = f"pass_{fingerprint(run)}_{engine_stamp()}_{shape}"
    scope = {"body": compiled(merged(run)), "align_stack": lanes.align_stack}
    entry, cached = stub(text, name, scope)
    return numba.cfunc(lanes.SIGNATURE, cache=cached, **OPTIONS)(entry)


@functools.cache
def compile_driver(function):
    """The driver: one function for every run, called from Python, free of the interpreter lock."""
    arguments = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
    text = f"def entry({arguments}):\n    return body({arguments})\n"
    name = f"driver_{fingerprint(function)}_{engine_stamp()}"
    entry, cached = stub(text, name, {"body": compiled(function)})
    return njit(nogil=True, cache=cached, **OPTIONS)(entry)
