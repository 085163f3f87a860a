"""Strict nbval in a process of its own: every code cell runs again and must say what it said.

``strict.defects(paths)`` starts one pytest with ``--nbval --nbval-current-env`` and judges what it
did cell by cell. A cell that was skipped, expected to fail, or not collected at all is a defect:
pytest itself ends with 0 for these.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
import pytest

CELL_SECONDS = 120
Outcomes = dict[str, dict[str, list[str]]]  # notebook -> cell -> [outcome, message]


def defects(paths: Iterable[Path]) -> dict[Path, list[str]]:
    """Run the notebooks and list, for each, what differs from its stored outputs."""
    paths = [path.resolve() for path in paths]
    if not paths:
        raise ValueError("no notebook to compare; an empty list would pass")
    return judge(paths, run(paths))


def judge(paths: Iterable[Path], outcomes: Outcomes) -> dict[Path, list[str]]:
    """Compare what pytest did with the cells the notebooks hold."""
    return {path: list(judge_one(path, outcomes.get(str(path), {}))) for path in paths}


def judge_one(path: Path, cells: dict[str, list[str]]) -> Iterable[str]:
    """Yield the defects of one notebook, their code first."""
    held = sum(c.cell_type == "code" for c in nbformat.read(path, as_version=4).cells)
    if held != len(cells):
        yield f"not-collected: {held} code cells, {len(cells)} of them compared"
    for cell, (outcome, message) in cells.items():
        if outcome == "failed":
            differs = "Cell outputs differ" in message
            yield f"{'outputs-differ' if differs else 'cell-failed'}: {cell}\n{message}"
        elif outcome != "passed":
            yield f"not-compared: {cell} {outcome}"


def run(paths: list[Path]) -> Outcomes:
    """Run pytest with nbval, its settings spelled out here and nobody's configuration read."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "outcomes.json")
        # The kernel draws in the notebook, so no backend is imposed; no start-up file is read.
        environment = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "COLUMNS")}
        environment["IPYTHONDIR"] = folder
        environment["HEDGELAB_QUIET"] = "1"  # the notice of a first compilation is not an output
        done = subprocess.run(
            [sys.executable, __file__, str(report), *map(str, paths)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if not report.exists():
            raise RuntimeError(f"nbval did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        outcomes: Outcomes = json.loads(report.read_text(encoding="utf-8"))
        return outcomes


class Recorder:
    """A pytest plugin that writes down what became of each cell."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.outcomes: Outcomes = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the last word on a cell; a pass counts only if nothing excused it."""
        name, cell = report.nodeid.rsplit("::", 1)  # relative to the root folder
        cells = self.outcomes.setdefault(str(Path(self.root, name)), {})
        if report.when == "call" or report.outcome != "passed":
            excused = getattr(report, "wasxfail", None) is not None
            outcome = f"excused ({report.outcome})" if excused else report.outcome
            cells[cell] = [outcome, report.longreprtext[-3000:]]


def main(report: str, paths: list[str]) -> None:
    """Run inside the child process."""
    root = Path(paths[0]).anchor
    recorder = Recorder(root)
    settings = ["-c", os.devnull, "--noconftest", "-p", "no:cacheprovider", "--color=no", "-q"]
    nbval = ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}"]
    pytest.main([*settings, "--rootdir", root, *nbval, *paths], [recorder])
    Path(report).write_text(json.dumps(recorder.outcomes), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
