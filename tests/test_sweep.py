"""A sweep is the same table on every executor, and no case is ever missing from it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
import pytest

import hedgelab as hl
from hedgelab.errors import ParameterError
from hedgelab.kernels import driver, engine, passes
from hedgelab.sweeps import CaseFailed

PAGE = hl.project.ROOT / "docs" / "on-a-cluster.md"
SPAWN = get_context("spawn")  # fork copies the threads of other tests, and warns of it


def week(ratio: float, seed: int) -> dict[str, float]:
    """Two figures of a hedge that cost money and hide no bit: a mean and one path."""
    market = hl.scenarios.simulate("btc-2025", weeks=1, n_paths=32, seed=seed)
    ledger = hl.simulate(market, hl.presets.one_day(ratio), venue="binance", threads=1)
    return {"friction": float(ledger.friction.mean()), "first": float(ledger["funding"][0, 0])}


def square(number: int, folder: str = "", fatal: int = -1) -> dict[str, int]:
    """A square; the first to meet the fatal number kills its own process, as often as it may."""
    if number == fatal:
        for attempt in range(2 if "twice" in folder else 1):
            marker = Path(folder) / str(attempt)
            if "always" in folder or not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
    return {"square": number * number}


def compile_and_ask(process: int) -> dict[str, float]:
    """A pass and a driver, compiled or found in the cache."""
    engine.machine_code(passes.noise_pass, (1,), 8, 8)
    odds = np.zeros(1)
    engine.runner(driver.acceptances, "lanes")(np.array([1.0]), 1.0, 1.0, odds)
    return {"odds": float(odds[0])}


def root(number: int, seed: int) -> dict[str, float]:
    if number < 0:
        raise ValueError("no root\nof a negative number")
    return {"root": number**0.5}


CASES = [{"ratio": ratio, "seed": seed} for ratio in (0.25, 1.0) for seed in (1, 2)]


@pytest.fixture(scope="module")
def cluster():
    from dask.distributed import Client, LocalCluster

    bound = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(2, threads_per_worker=1, **bound) as local, Client(local) as client:
        yield client


def test_a_cluster_of_the_loopback_address_is_not_reached_from_outside(cluster) -> None:
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    sockets = [each for process in family for each in process.net_connections("inet")]
    hosts = {each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN}
    assert hosts == {"127.0.0.1"}


@pytest.fixture(params=["threads", "processes", "cluster"])
def executor(request):
    if request.param == "cluster":
        yield request.getfixturevalue("cluster").get_executor()
        return
    with (
        ThreadPoolExecutor(2)
        if request.param == "threads"
        else ProcessPoolExecutor(2, mp_context=SPAWN)
    ) as pool:
        yield pool


def test_every_executor_gives_the_table_of_no_executor(executor: Executor) -> None:
    here = hl.sweep(week, CASES)
    assert list(here) == ["ratio", "seed", "friction", "first"]
    assert here[["ratio", "seed"]].to_dict("records") == CASES
    assert here["friction"].is_unique
    assert hl.sweep(week, CASES, executor).equals(here)


@pytest.mark.parametrize("times", ["once", "twice"])
def test_a_process_that_dies_costs_nothing_but_time(tmp_path: Path, times: str) -> None:
    folder = tmp_path / times
    folder.mkdir()
    cases = [{"number": k, "folder": str(folder), "fatal": 3} for k in range(8)]
    with ProcessPoolExecutor(2, mp_context=SPAWN) as pool:
        table = hl.sweep(square, cases, pool)
    assert (folder / "0").exists()
    assert table["square"].tolist() == [0, 1, 4, 9, 16, 25, 36, 49]


def test_a_worker_of_a_cluster_that_dies_costs_nothing_but_time(cluster, tmp_path: Path) -> None:
    cases = [{"number": k, "folder": str(tmp_path), "fatal": 3} for k in range(8)]
    table = hl.sweep(square, cases, cluster.get_executor())
    assert (tmp_path / "0").exists()
    assert table["square"].tolist() == [0, 1, 4, 9, 16, 25, 36, 49]


def test_a_case_that_always_kills_its_process_is_the_one_that_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "always"
    folder.mkdir()
    cases = [{"number": k, "folder": str(folder), "fatal": 3} for k in range(5)]
    with (
        ProcessPoolExecutor(2, mp_context=SPAWN) as pool,
        pytest.raises(CaseFailed, match=r"^case 4 of 5 failed: .* died, three times, number=3,"),
    ):
        hl.sweep(square, cases, pool)


def test_a_failed_case_is_named_with_its_parameters_and_seed(executor: Executor) -> None:
    cases = [{"number": number, "seed": 40 + number} for number in (4, -1, 9)]
    for where in (None, executor):
        with pytest.raises(CaseFailed) as caught:
            hl.sweep(root, cases, where)
        assert str(caught.value) == (
            "case 2 of 3 failed: ValueError: no root, number=-1, seed=39; "
            "call the task with these to see where"
        )
        assert isinstance(caught.value.__cause__, ValueError)


def test_cases_that_wait_are_not_begun_after_a_failure() -> None:
    begun, may_go_on = [], threading.Event()

    def fails_second(number: int) -> dict[str, int]:
        begun.append(number)
        if number == 1:
            raise ValueError
        if number > 1:
            may_go_on.wait()  # until the sweep has stopped
        return {"same": number}

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(CaseFailed, match="case 2 of 9"):
            hl.sweep(fails_second, [{"number": k} for k in range(9)], pool)
        may_go_on.set()
    assert begun in ([0, 1], [0, 1, 2])  # the third may have begun before the second was heard of


@pytest.mark.parametrize(
    ("task", "cases"),
    [
        (root, []),
        (root, [{"number": 1, "seed": 1}, {"number": 1}]),
        (lambda number: number, [{"number": 1}]),
        (lambda number: {"number": 2}, [{"number": 1}]),
        (lambda number: {str(number): 2}, [{"number": 1}, {"number": 2}]),
    ],
    ids=["no case", "other parameters", "no mapping", "a parameter's name", "other figures"],
)
def test_a_table_with_holes_is_refused(task, cases) -> None:
    with pytest.raises(ParameterError, match=r"sweep; (give|return) "):
        hl.sweep(task, cases)


def test_the_bar_shows_on_a_terminal_only() -> None:
    code = (
        "import pty, os, sys\n"
        "if 'terminal' in sys.argv: os.dup2(os.open(os.ttyname(pty.openpty()[1]), os.O_RDWR), 2)\n"
        "import tqdm, hedgelab as hl\n"
        "shown, usual = [], tqdm.tqdm.display\n"
        "tqdm.tqdm.display = lambda self, *_, **__: shown.append(self.n)\n"
        "hl.sweep(lambda k: {'one': 1}, [{'k': k} for k in range(3)])\n"
        "print(len(shown) > 0)\n"
    )
    asked = (("terminal", "", "True"), ("file", "", "False"), ("terminal", "1", "False"))
    for target, quiet, shown in asked:
        known = {name: value for name, value in os.environ.items() if name != "CI"}
        done = subprocess.run(
            [sys.executable, "-c", code, target],
            capture_output=True,
            text=True,
            env=known | {"HEDGELAB_QUIET": quiet},
            cwd=hl.project.ROOT,
        )
        assert done.stdout.strip() == shown, (target, quiet, done.stderr)


def test_processes_that_compile_at_once_agree_and_leave_one_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEDGELAB_CACHE", str(tmp_path))
    cases = [{"process": k} for k in range(4)]
    for _ in range(2):  # with an empty cache, and with what the four left in it
        with ProcessPoolExecutor(4, mp_context=SPAWN) as pool:
            odds = hl.sweep(compile_and_ask, cases, pool)["odds"]
        assert odds.tolist() == [1.0] * 4  # a path at the floor of variances is always kept
        assert {path.suffix for path in tmp_path.iterdir() if path.is_file()} == {".py"}
        kept = [len(list(tmp_path.rglob(f"*.{ending}"))) for ending in ("py", "nbi", "nbc")]
        assert kept == [2, 2, 2]  # a pass and a driver


# -- the page ------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_page_runs_the_same_study_on_laptop_and_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    study, here, cores, cluster = blocks
    (tmp_path / "study.py").write_text(study, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    scope: dict[str, object] = {"__name__": "page"}
    for block in (here, cores, cluster):
        exec(compile(block, PAGE.name, "exec", dont_inherit=True), scope)
    table = scope["here"]
    assert len(table) == len(scope["cases"]) == 6
    # half hedged, half of the fills are paid; unhedged, none
    friction = table.groupby("ratio")["friction"].mean()
    assert friction[0.0] == 0.0
    assert 0.0 < friction[0.5] < friction[1.0]
