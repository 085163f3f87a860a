"""The command line: list, render, record."""

from __future__ import annotations

import re
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from hedgelab import project
from hedgelab.errors import HedgelabError, NotebookFailed, ParameterError
from hedgelab.kernels.cache import say_once_if_cold
from hedgelab.report import batch, files
from hedgelab.report.notebooks import discover, select, settings
from hedgelab.report.processes import start_quickly


class Stopped(SystemExit):
    """A signal asked us to end."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def program(context: click.Context, debug: bool) -> None:
    """Ask what a hedge really cost, and whether it was worth it."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


notebook_folder = click.option(
    "--notebooks",
    "folder",
    type=click.Path(path_type=Path),
    default=project.NOTEBOOKS,
    help="Folder of the notebooks. They are programs: use only those you trust.",
)
job_count = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: min(project.cores(), 64),
    help="Notebooks at the same time; as many as there are cores unless told.",
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
    values = settings(chosen, known, pairs, scenario)
    if scenario:
        if not re.fullmatch(r"(?!parameters$)[A-Za-z0-9][\w-]*", scenario.stem):
            remedy = "its reports get a folder of that name: use letters, digits, - and _"
            raise ParameterError(f"scenario name {scenario.stem!r}", remedy=remedy)
        out.mkdir(exist_ok=True)
        out /= scenario.stem
    say_once_if_cold()
    results = batch.render(chosen, known, values, out, jobs=jobs)
    _report(results, f"{out.absolute() / 'index.html'}")


@program.command()
@click.argument("names", nargs=-1)
@job_count
@notebook_folder
def record(names: tuple[str, ...], jobs: int, folder: Path) -> None:
    """Run notebooks with their defaults and store the outputs in them, the same bytes each time."""
    chosen = select(names, discover(folder))
    say_once_if_cold()
    results = batch.record(chosen, jobs=jobs)
    _report(results, f"{len(chosen)} notebooks recorded in {folder}")


def _report(results: batch.Results, success: str) -> None:
    """Print how it went; raise the failure that sets the exit code."""
    failures = [error for error in results.values() if error]
    if not failures:
        click.echo(success)
        return
    if len(results) == 1:
        raise failures[0]
    width = max(len(name) for name in results)
    for name, error in results.items():
        click.echo(f"{name:<{width}}  {f'failed: {error}' if error else 'good'}", err=True)
    alike = len({type(error) for error in failures}) == 1
    raise (type(failures[0]) if alike else NotebookFailed)(
        f"{len(failures)} of {len(results)} notebooks failed",
        remedy="the good ones are in place; the earlier reports of the others were kept",
    )


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process with its exit code."""
    start_quickly()
    for number in files.SIGNALS:
        signal.signal(number, _stop)
    try:
        program.main(arguments, prog_name="hedgelab", standalone_mode=False)
    except HedgelabError as error:
        _fail(error.kind, str(error), error.exit_code)
    except click.UsageError as error:
        _fail("USAGE", f"{error.format_message()} See hedgelab --help", 2)
    except Stopped as stopped:
        _fail("STOPPED", "stopped; what was not finished is as it was", stopped.args[0])
    except OSError as error:
        unwritten = files.full(error)
        _fail(unwritten.kind, str(unwritten), unwritten.exit_code)
    except Exception as error:
        _fail("INTERNAL", " ".join(f"{type(error).__name__}: {error}".split()), 70)
    sys.exit(0)


def _stop(number: int, _: Any) -> NoReturn:
    for other in files.SIGNALS:  # the first is enough: cleaning up takes its short time
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(130 if number == signal.SIGINT else 143)


def _fail(kind: str, line: str, code: int) -> NoReturn:
    if "--debug" in sys.argv:
        traceback.print_exc()
    click.echo(f"hedgelab: error[{kind}] {line}", err=True)
    sys.exit(code)
