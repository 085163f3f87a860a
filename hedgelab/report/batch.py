"""A batch: many notebooks, one process each; good results move into place, bad ones never."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from hedgelab import project
from hedgelab.errors import HedgelabError, WriteFailed
from hedgelab.report import files
from hedgelab.report.notebooks import Notebook
from hedgelab.report.parameters import Value
from hedgelab.report.process import Runs

Results = dict[str, HedgelabError | None]
Progress = Callable[[], object]


def render(
    chosen: Sequence[Notebook],
    known: Sequence[Notebook],
    values: Mapping[str, Mapping[str, Value]],
    out: Path,
    *,
    jobs: int = 1,
    cell_done: Progress = lambda: None,
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
    cell_done : callable
        Called after every executed cell.

    Returns
    -------
    results : dict
        None, or the error, by notebook.
    """
    from hedgelab.report import index

    def publish(notebook: Notebook, made: Path, failure: HedgelabError | None) -> None:
        good = [f"{notebook.name}.ipynb", f"{notebook.name}.html"]
        for name in good if failure is None else [f"{notebook.name}.failed.html"]:
            if (made / name).exists():
                files.move(made / name, out / name)
        if failure is None:
            (out / f"{notebook.name}.failed.html").unlink(missing_ok=True)

    with files.workplace(out) as place:
        results = _run(
            chosen, values, place, publish, commit=_commit(), jobs=jobs, cell_done=cell_done
        )
        with files.unhurried():
            index.write(known, out, place)
    return results


def record(
    chosen: Sequence[Notebook], *, jobs: int = 1, cell_done: Progress = lambda: None
) -> Results:
    """Run notebooks with their own parameters and store their outputs: the same bytes each time."""

    def publish(notebook: Notebook, made: Path, failure: HedgelabError | None) -> None:
        fresh = made / notebook.path.name
        if failure is None and fresh.read_bytes() != notebook.path.read_bytes():
            files.move(fresh, notebook.path)

    with files.workplace(chosen[0].path.parent) as place:
        return _run(chosen, {}, place, publish, commit=None, jobs=jobs, cell_done=cell_done)


def _run(
    chosen: Sequence[Notebook],
    values: Mapping[str, Mapping[str, Value]],
    place: Path,
    publish: Callable[[Notebook, Path, HedgelabError | None], None],
    *,
    commit: str | None,
    jobs: int,
    cell_done: Progress,
) -> Results:
    runs, results = Runs(), Results()
    pool = ThreadPoolExecutor(jobs)
    try:
        waiting: dict[Future[HedgelabError | None], tuple[Notebook, Path]] = {}
        for notebook in chosen:
            made = place / notebook.name
            made.mkdir()
            task = {
                "name": notebook.name,
                "path": str(notebook.path.absolute()),
                "folder": str(made.absolute()),
                "parameters": dict(values.get(notebook.name, {})),
                "commit": commit,
                "html": commit is not None,
            }
            waiting[pool.submit(runs.run, task, cell_done)] = notebook, made
        for future in as_completed(waiting):
            notebook, made = waiting[future]
            failure = future.result()
            try:
                with files.unhurried():
                    publish(notebook, made, failure)
            except OSError as error:
                failure = files.full(error)
            results[notebook.name] = failure
            if isinstance(failure, WriteFailed):
                raise failure  # the disk is full for the others too
    finally:
        with files.unhurried():
            runs.end()
            pool.shutdown(cancel_futures=True)
    return {notebook.name: results[notebook.name] for notebook in chosen}


def _commit() -> str:
    """Return the short name of the project's commit, marked if files differ; empty without git."""
    git = ["git", "-C", str(project.ROOT)]
    try:
        name = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, timeout=5
        )
        changed = subprocess.run(
            [*git, "status", "--porcelain"], capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (
        name.stdout.strip() + (" with changes" if changed.stdout.strip() else "")
        if not name.returncode
        else ""
    )
