"""The command line: list, render, record."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from hedgelab import project
from hedgelab.errors import HedgelabError, ParameterError
from hedgelab.kernels.cache import say_once_if_cold
from hedgelab.report import batch, tree
from hedgelab.report.files import SIGNALS
from hedgelab.report.notebooks import Notebook, discover, select, settings


class Interrupted(BaseException):
    """A signal asked us to stop."""

    def __init__(self, number: int) -> None:
        self.number = number


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="Print errors as JSON.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def program(as_json: bool, debug: bool) -> None:
    """Ask what a hedge really cost, and whether it was worth it."""


notebook_folder = click.option(
    "--notebooks",
    "folder",
    type=click.Path(path_type=Path),
    default=project.NOTEBOOKS,
    help="Folder of the notebooks. They are programs: use only those you trust.",
)
job_count = click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, help="Notebooks at the same time."
)


@program.command("list")
@click.argument("names", nargs=-1)
@notebook_folder
def list_notebooks(names: tuple[str, ...], folder: Path) -> None:
    """Notebooks, their questions, and what they may be told."""
    for notebook in select(names, discover(folder)):
        click.echo(f"{notebook.name}\n    {notebook.question}")
        rows = [
            (f"{p.name}: {p.type.__name__} = {p.default!r}", p.help)
            for p in notebook.parameters.values()
        ]
        width = max((len(left) for left, _ in rows), default=0)
        for left, right in rows:
            click.echo(f"    {left:<{width}}  {right}".rstrip())
        click.echo()


@program.command()
@click.argument("names", nargs=-1)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    help="YAML file with sections all: and 01:, 02:, ...",
)
@click.option(
    "-p",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="One parameter; wins over the scenario.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=project.REPORTS, help="Folder of the reports."
)
@job_count
@notebook_folder
def render(
    names: tuple[str, ...],
    scenario: Path | None,
    pairs: tuple[str, ...],
    out: Path,
    jobs: int,
    folder: Path,
) -> None:
    """Run notebooks (all by default) and write their reports."""
    known = discover(folder)
    chosen = select(names, known)
    values = settings(chosen, known, pairs, scenario, Path.cwd())
    out = out.absolute()
    if scenario:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", scenario.stem):  # it names a folder in --out
            raise ParameterError(
                f"scenario name {scenario.stem!r}", remedy="use letters, digits, -"
            )
        _make(out)
        out /= scenario.stem
    say_once_if_cold()
    with _progress(chosen) as cell_done:
        results = batch.render(chosen, known, values, out, jobs=jobs, cell_done=cell_done)
    _report(results, f"{out / 'index.html'}")


@program.command()
@click.argument("names", nargs=-1)
@job_count
@notebook_folder
def record(names: tuple[str, ...], jobs: int, folder: Path) -> None:
    """Run notebooks with their defaults and store the outputs in them, the same bytes each time."""
    chosen = select(names, discover(folder))
    say_once_if_cold()
    with _progress(chosen) as cell_done:
        results = batch.record(chosen, jobs=jobs, cell_done=cell_done)
    _report(results, f"{len(chosen)} notebooks recorded in {folder}")


def _make(folder: Path) -> None:
    from hedgelab.report import files

    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise files.full(error) from None


@contextmanager
def _progress(chosen: Sequence[Notebook]) -> Iterator[Callable[[], object]]:
    """Show a bar over all cells, on a terminal only."""
    from tqdm import tqdm

    cells = sum(
        c["cell_type"] == "code" and bool(c["source"].strip()) for n in chosen for c in n.cells
    )
    silent = not sys.stderr.isatty() or bool(os.environ.get("CI"))
    with tqdm(total=cells, unit="cell", disable=silent, leave=False, dynamic_ncols=True) as bar:
        yield bar.update


def _report(results: batch.Results, success: str) -> None:
    """Print how it went; raise the failure that sets the exit code."""
    failures = {name: error for name, error in results.items() if error}
    if not failures:
        click.echo(success)
        return
    if len(results) > 1:
        width = max(len(name) for name in results)
        for name, error in results.items():
            click.echo(f"{name:<{width}}  {f'failed: {error}' if error else 'good'}", err=True)
    raise BatchFailed(list(failures.values()), len(results))


class BatchFailed(HedgelabError):
    """Some notebooks of a batch failed: their common exit code, or 1."""

    kind = "NOTEBOOK"

    def __init__(self, failures: Sequence[HedgelabError], total: int) -> None:
        first = failures[0]
        if total == 1:
            super().__init__(first.what, where=first.where, remedy=first.remedy)
        else:
            remedy = "the good ones are in place; the earlier reports of the others were kept"
            super().__init__(f"{len(failures)} of {total} notebooks failed", remedy=remedy)
        codes = {(failure.exit_code, failure.kind) for failure in failures}
        self.code, self.label = codes.pop() if len(codes) == 1 else (1, "NOTEBOOK")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    tree.start_quickly()
    signal_handlers = {number: signal.signal(number, _stop) for number in SIGNALS}
    try:
        program.main(given, prog_name="hedgelab", standalone_mode=False)
        sys.stdout.flush()
        code = 0
    except HedgelabError as error:
        code = getattr(error, "code", error.exit_code)
        _say(given, getattr(error, "label", error.kind), str(error), code)
    except click.UsageError as error:
        code = 2
        _say(given, "USAGE", f"{error.format_message()} See hedgelab --help", code)
    except (Interrupted, KeyboardInterrupt, click.Abort) as error:
        code = 128 + getattr(error, "number", signal.SIGINT)
        code = 143 if code == 128 + signal.SIGHUP else code
        _say(given, "STOPPED", "stopped; earlier reports are as they were", code)
    except BrokenPipeError:  # the reader of our output went away, as in hedgelab list | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        code = 70
        _say(given, "INTERNAL", " ".join(f"{type(error).__name__}: {error}".split()), code)
    for number, handler in signal_handlers.items():
        signal.signal(number, handler)
    sys.exit(code)


def _stop(number: int, _: Any) -> NoReturn:
    for other in SIGNALS:  # the first signal is enough: cleaning up takes its short time
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)


def _say(given: Sequence[str], kind: str, line: str, code: int) -> None:
    if "--debug" in given:
        traceback.print_exc()
    if "--json" in given:
        line = json.dumps({"error": kind, "code": code, "message": line})
    else:
        line = f"hedgelab: error[{kind}] {line}"
    click.echo(line, err=True)
