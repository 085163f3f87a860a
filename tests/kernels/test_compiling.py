"""Machine code is kept between runs, notices every edit below it, and lies in a private folder."""

import os
import subprocess
import sys
import textwrap
import types
from pathlib import Path

import pytest

from hedgelab.kernels import cache, compiling
from hedgelab.kernels.cache import NOTICE
from hedgelab.kernels.compiling import fingerprint

PROJECT = Path(compiling.__file__).parents[2]

# -- fingerprints --------------------------------------------------------------------------------
RULE = """
    from enum import IntEnum
    from types import ModuleType
    from typing import NamedTuple

    import numba
    import numpy

    constants = ModuleType("constants")
    constants.LEVEL = 11.0
    constants.inner = ModuleType("inner")
    constants.inner.DEPTH = 13.0
    SCALE = 2.0

    class Side(IntEnum):
        SHORT = 4

    class Holder:
        WEIGHT = 6.0
    ORDER = (1, 2)

    class Memory(NamedTuple):
        total: float = 0.0
        active: bool = False

    def deepest(x):
        return x + 1.0

    def helper(x, extra=0.5):
        return deepest(x) * SCALE + extra

    def make(factor):
        def inner(x):
            return x * factor
        return inner

    scaled = make(3.0)

    TABLE = numpy.arange(2000.0)
    twin, other = make(3.0), make(5.0)

    @numba.njit
    def jitted(x):
        return x + 2.0

    def value(x, state: Memory):
        again = lambda y: y - 7.0
        total = helper(x) + scaled(x) + again(x) + ORDER[0] + TABLE[7] + twin(x) + other(x)
        total += constants.inner.DEPTH + Side.SHORT + Holder.WEIGHT
        return Memory(total + jitted(x) + constants.LEVEL, state.active)

    def unrelated(x):
        return x / 3.0
"""


def value_of(text):
    """Return the function `value` of a module of this text."""
    module = types.ModuleType("rule_under_test")
    exec(textwrap.dedent(text), module.__dict__)
    return module.value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("helper(x) + scaled(x)", "helper(x) - scaled(x)"),
        ("constants.inner.DEPTH = 13.0", "constants.inner.DEPTH = 14.0"),
        ("SHORT = 4", "SHORT = 5"),
        ("WEIGHT = 6.0", "WEIGHT = 7.0"),
        ("deepest(x) * SCALE", "deepest(x) / SCALE"),
        ("return x + 1.0", "return x + 1.5"),
        ("SCALE = 2.0", "SCALE = 2.5"),
        ("ORDER = (1, 2)", "ORDER = (2, 2)"),
        ("extra=0.5", "extra=0.25"),
        ("make(3.0)", "make(4.0)"),
        ("y - 7.0", "y - 8.0"),
        ("arange(2000.0)", "arange(2000.0) + (numpy.arange(2000.0) == 1000.0) * 1e-9"),
        ("twin, other = make(3.0), make(5.0)", "other, twin = make(3.0), make(5.0)"),
        ("x + 2.0", "x + 3.0"),
        ("LEVEL = 11.0", "LEVEL = 12.0"),
        ("total: float", "sum_of_all: float"),
        ("total: float", "total: bool"),
        ("active: bool = False", "active: bool = False\n        since: float = 0.0"),
    ],
    ids=[
        "own code",
        "constant of a module within a module",
        "member of an enumeration",
        "number held by a class",
        "callee",
        "callee of a callee",
        "constant of the module",
        "constant tuple",
        "default argument",
        "closure value",
        "inner function",
        "one late digit of a long array",
        "two functions of one name, swapped",
        "function that numba compiles already",
        "constant read through a module",
        "name of a field",
        "kind of a field",
        "number of fields",
    ],
)
def test_edit_changes_the_fingerprint(old, new):
    assert old in RULE
    assert fingerprint(value_of(RULE)) != fingerprint(value_of(RULE.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x / 3.0", "x / 4.0"),
        ("SCALE = 2.0", "SCALE = 2.0  # why"),
        ("total: float = 0.0", "total: float = 9.0"),
    ],
    ids=["function that is not called", "comment", "start of a memory, which is data and not code"],
)
def test_edit_of_something_else_leaves_the_fingerprint(old, new):
    assert old in RULE
    assert fingerprint(value_of(RULE)) == fingerprint(value_of(RULE.replace(old, new, 1)))


def test_function_that_calls_itself_has_a_fingerprint():
    text = "def value(x):\n    return value(x - 1.0) if x > 0.0 else {}"
    assert fingerprint(value_of(text.format(0.0))) != fingerprint(value_of(text.format(1.0)))


FINGERPRINTS = """
    from hedgelab.kernels import driver, laws, passes, rules
    from hedgelab.kernels.compiling import engine_stamp, fingerprint

    shape = laws.hourly, laws.Hourly, laws.HourlyState, laws.HOURLY_WORDS, 1
    law = passes.law_pass(*shape, True, 8, 8)
    rule = passes.ledger_pass(rules.schedule, rules.Schedule, rules.ScheduleState, 1, 8, 8)
    print(fingerprint(law), fingerprint(rule), fingerprint(driver.drive), engine_stamp())
"""


def run_python(text, folder=None, arguments=(), **environment):
    """Run a script in a process of its own."""
    settings = {"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}
    settings |= {} if folder is None else {"HEDGELAB_CACHE": str(folder)}
    inherited = {name: x for name, x in os.environ.items() if not name.startswith("HEDGELAB_")}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)],
        env=inherited | settings | environment,
        capture_output=True,
        text=True,
        check=True,
    )


def test_fingerprints_are_the_same_in_another_process_with_another_hash_seed():
    one, other = (
        run_python(FINGERPRINTS, PYTHONHASHSEED=seed).stdout.split() for seed in ("1", "2")
    )
    assert len(set(one)) == 4
    assert one == other


# -- the cache between processes -----------------------------------------------------------------
USER_RULE = """
    from typing import NamedTuple
    from helpers import level

    class Parameters(NamedTuple):
        ratio: float = 0.5

    class Memory(NamedTuple):
        nothing: float = 0.0

    def target(bar, state: Memory, rule: Parameters):
        return rule.ratio * level(bar.hedge.index), state
"""
RUN_RULE = """
    import ctypes, sys
    import numpy as np
    sys.path.insert(0, sys.argv[1])
    import user_rule
    from hedgelab.kernels import passes
    from hedgelab.kernels.compiling import compile_pass

    tile, ratios = np.full(2 * 16 * 8, 100.0), np.zeros(8)  # two bars of 16 fields over 8 lanes
    parameters, unused = np.array([0.5, 60.0, 0.0, 10.0]), np.zeros(8)
    for width in (0, 8):
        records = user_rule.Parameters, user_rule.Memory
        run = passes.target_pass(user_rule.target, *records, 1, width, 8)
        code = compile_pass(run, width, 8)
        arrays = [parameters, unused, unused, unused, ratios, tile]
        kinds = [ctypes.c_void_p] * 6 + [ctypes.c_int64] * 3
        ctypes.CFUNCTYPE(None, *kinds)(code.address)(*(a.ctypes.data for a in arrays), 0, 0, 1)
        print(ratios[0], code.cache_hits)
"""


@pytest.fixture(scope="module")
def four_runs(tmp_path_factory):
    """Run a rule twice, then with a helper edited in another file, then quietly from nothing."""
    home = tmp_path_factory.mktemp("rules")
    cache = home / "cache"
    (home / "user_rule.py").write_text(textwrap.dedent(USER_RULE))
    (home / "helpers.py").write_text("def level(index):\n    return index / 100.0\n")
    runs = [run_python(RUN_RULE, cache, [home]) for _ in range(2)]
    (home / "helpers.py").write_text("def level(index):\n    return index / 50.0\n")
    runs.append(run_python(RUN_RULE, cache, [home]))
    runs.append(run_python(RUN_RULE, home / "other", [home], HEDGELAB_QUIET="1"))
    return runs


def test_second_process_takes_machine_code_from_the_cache(four_runs):
    first, second, _, _ = four_runs
    assert first.stdout.split() == [
        "0.5",
        "0",
        "0.5",
        "0",
    ]  # result and cache hits, per path and lanes
    assert second.stdout.split() == ["0.5", "1", "0.5", "1"]


def test_edited_helper_in_another_file_changes_the_result_despite_a_warm_cache(four_runs):
    # 0.5 x 100 / 50
    assert four_runs[2].stdout.split() == ["1.0", "0", "1.0", "0"]


def test_first_compilation_says_so_in_one_line_and_the_second_run_says_nothing(four_runs):
    assert four_runs[0].stderr == NOTICE + "\n"
    assert four_runs[1].stderr == ""


def test_quiet_runs_say_nothing(four_runs):
    assert four_runs[3].stderr == ""
    assert four_runs[3].stdout == four_runs[2].stdout


# -- whose folder it is --------------------------------------------------------------------------
@pytest.fixture
def found_folder(monkeypatch):
    """Return a function that looks for the cache folder anew."""

    def look(path):
        monkeypatch.setenv("HEDGELAB_CACHE", str(path))
        return cache.cache_folder.__wrapped__()

    return look


def test_missing_folder_is_made_for_its_owner_alone(tmp_path, found_folder):
    folder = found_folder(tmp_path / "deep" / "cache")
    assert folder == tmp_path / "deep" / "cache"
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o702, 0o720, 0o1777])
def test_folder_that_others_can_write_is_not_used_and_says_so(tmp_path, found_folder, mode):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.warns(
        UserWarning, match=r"not kept.*shared is not writable by you alone.*HEDGELAB_CACHE"
    ):
        assert found_folder(folder) is None


def test_folder_of_somebody_else_is_not_used(tmp_path, found_folder, monkeypatch):
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(compiling.os, "getuid", lambda: owner + 1)
    with pytest.warns(UserWarning, match="not kept between runs"):
        assert found_folder(tmp_path) is None


def test_file_in_place_of_the_folder_is_not_used(tmp_path, found_folder):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="not kept between runs"):
        assert found_folder(tmp_path / "file") is None


def test_folder_is_the_users_cache_folder_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("HEDGELAB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder.__wrapped__() == tmp_path / "hedgelab"


def test_run_with_a_shared_folder_is_right_and_leaves_nothing_in_it(tmp_path):
    (tmp_path / "user_rule.py").write_text(textwrap.dedent(USER_RULE))
    (tmp_path / "helpers.py").write_text("def level(index):\n    return index / 100.0\n")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    planted = shared / "planted.py"
    planted.write_text("raise SystemExit('somebody else was here')")
    found = run_python(RUN_RULE, shared, [tmp_path])
    assert found.stdout.split() == ["0.5", "0", "0.5", "0"]
    assert "machine code is not kept between runs" in found.stderr
    assert list(shared.iterdir()) == [planted]
