"""A batch: many notebooks, one process each; good results move into place, bad ones never."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Final, cast

from hedgelab import project
from hedgelab.errors import (
    HedgelabError,
    KernelDied,
    NotebookFailed,
    ParameterError,
    WriteFailed,
)
from hedgelab.report import files, scoreboard
from hedgelab.report.notebooks import Notebook
from hedgelab.report.parameters import Value

Results = dict[str, HedgelabError | None]

KEPT: Final = (  # beginnings of the variables a kernel sees; others could leak into a report
    *("PATH", "HOME", "USER", "LANG", "LC_", "NUMBA_", "HEDGELAB_CACHE", "XDG_CACHE_HOME"),
    *("PYTHONPATH", "PYTHONWARNINGS", "LD_LIBRARY_PATH", "CONDA_PREFIX", "MPLCONFIGDIR"),
)
FIXED: Final = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "HEDGELAB_QUIET": "1",  # a report holds results, not what the machine was doing
}


def render(
    chosen: Sequence[Notebook],
    known: Sequence[Notebook],
    values: Mapping[str, Mapping[str, Value]],
    out: Path,
    *,
    jobs: int = 1,
) -> Results:
    """Render notebooks into `out` and write its index; return what went wrong with each.

    Parameters
    ----------
    chosen, known : sequence of Notebook
        Those to render, and all that the index may show.
    values : mapping of str to mapping
        Checked parameter values by notebook.
    out : Path
        Folder of the reports; its parent must exist.
    jobs : int
        Notebooks at the same time.

    Returns
    -------
    results : dict
        None, or the error, by notebook; under "claims" an error if every notebook of claims has a
        report, and a claim has no verdict all the same.
    """
    from hedgelab.report import index

    if out.resolve() in {notebook.path.parent.resolve() for notebook in known}:
        raise ParameterError(
            "reports would overwrite the notebooks", where=str(out), remedy="choose another --out"
        )
    results, unjudged = Results(), list[int]()
    with files.workplace(out) as place:
        try:
            _run(chosen, values, place, out, results, html=True, jobs=jobs)
        finally:
            # Stopped half-way, the index tells what stands there, if anything is new.
            if None in results.values() or (len(results) == len(chosen) and not _full(results)):
                with files.unhurried():
                    unjudged = index.write(known, out, place)
    ordered = {notebook.name: results[notebook.name] for notebook in chosen}
    if unjudged:
        what = f"no verdict on {', '.join(map(str, unjudged))}"
        remedy = "each needs an entry in data/claims/ and a notebook that emits it"
        ordered["claims"] = NotebookFailed(what, where="index.html", remedy=remedy)
    return ordered


def record(chosen: Sequence[Notebook], *, jobs: int = 1) -> Results:
    """Run notebooks with their own parameters and store their outputs: the same bytes each time."""
    folder = chosen[0].path.parent
    results = Results()
    with files.workplace(folder) as place:
        _run(chosen, {}, place, folder, results, html=False, jobs=jobs)
    return results


def _full(results: Results) -> bool:
    """Did a disk that was full end the batch?"""
    return any(isinstance(outcome, WriteFailed) for outcome in results.values())


def _run(
    chosen: Sequence[Notebook],
    values: Mapping[str, Mapping[str, Value]],
    place: Path,
    target: Path,
    results: Results,
    *,
    html: bool,
    jobs: int,
) -> None:
    from tqdm import tqdm

    # the longest first, so that none is left running alone; those that gather others' results last
    waiting = sorted(chosen, key=lambda notebook: (notebook.gathers, -len(notebook.cells)))
    running: dict[Connection, tuple[Notebook, Path, subprocess.Popen[bytes]]] = {}
    cells = sum(
        c["cell_type"] == "code" and bool(c["source"].strip()) for n in chosen for c in n.cells
    )
    silent = True if os.environ.get("CI") else None  # None: silent unless on a terminal
    try:
        with tqdm(total=cells, unit="cell", disable=silent, leave=False, dynamic_ncols=True) as bar:
            while waiting or running:
                while waiting and len(running) < (1 if waiting[0].gathers else jobs):
                    notebook = waiting.pop(0)
                    made = (place / notebook.name).absolute()
                    channel, process = _start(made, target)
                    running[channel] = notebook, made, process
                    task = notebook.path.absolute(), made, values.get(notebook.name, {}), html
                    channel.send(task)
                for channel in cast(list[Connection], wait(list(running))):
                    notebook, made, process = running[channel]
                    try:
                        outcome = channel.recv()
                    except (EOFError, ConnectionError):
                        outcome = KernelDied("the run ended without a word", where=notebook.name)
                    if outcome == "cell":
                        bar.update()
                        continue
                    with files.unhurried():
                        del running[channel]
                        _end(channel, process)
                        _publish(notebook.name, made, target, failed=outcome is not None)
                    results[notebook.name] = outcome
                    if isinstance(outcome, WriteFailed):
                        raise outcome  # the disk is full for the others too
    finally:
        with files.unhurried():
            for channel in running:
                channel.close()  # all hear it at once
            for channel, (_, _, process) in running.items():
                _end(channel, process)


def _start(made: Path, target: Path) -> tuple[Connection, subprocess.Popen[bytes]]:
    """Start a process that waits for its task in the new folder `made`."""
    for folder in (made, made / "work", made / "ipython", made / "temporary"):
        folder.mkdir()
    path = filter(None, [str(project.ROOT), os.environ.get("PYTHONPATH")])
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    kept |= FIXED | {
        "PYTHONPATH": os.pathsep.join(path),
        "IPYTHONDIR": str(made / "ipython"),  # no start-up files of the user's,
        "JUPYTER_DATA_DIR": str(made / "ipython"),  # no kernels either
        scoreboard.VARIABLE: str(target.absolute()),  # where the finished ones stand
        "TMPDIR": str(made / "temporary"),  # the connection file too: gone with the folder
    }
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hedgelab.report.run", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=kept,
            start_new_session=True,  # Ctrl-C is for us; we end it ourselves
        )
    return ours, process


def _end(channel: Connection, process: subprocess.Popen[bytes]) -> None:
    """Hang up: the process ends all it started, then itself."""
    channel.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=2)
    process.kill()


def _publish(name: str, made: Path, target: Path, *, failed: bool) -> None:
    for path in made.glob(f"{name}.failed.html" if failed else f"{name}.*"):
        os.replace(path, target / path.name)
    if not failed:
        (target / f"{name}.failed.html").unlink(missing_ok=True)
