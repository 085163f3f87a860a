"""Tiny notebooks and the command line, for every test of the pipeline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

from hedgelab import cli, project
from hedgelab.report import files

PARAMETERS = """\
n_paths: int = 4000  # simulated paths [1] (100 to 2000000)
fee: float = 0.0005  # fee on traded notional [1] (-0.0002 to 0.01)
venue: str = "binance"  # venue of the hedge (one of: binance, bybit)
netting: bool = False  # trade only the difference
label: str = "plain"  # any words
history: str = ""  # price file, empty for simulated [path]
"""
CHECK = "from hedgelab import report\nreport.check('adds-up', True, 'residual 0')"
FINDING = (
    "from IPython.display import Markdown, display\ndisplay(Markdown('- It paid **$1,310**.'))"
)


@dataclass
class Folder:
    """A folder of notebooks and one for reports, both empty at first."""

    path: Path
    notebooks: Path = field(init=False)
    out: Path = field(init=False)

    def __post_init__(self) -> None:
        self.notebooks, self.out = self.path / "notebooks", self.path / "out"
        self.notebooks.mkdir()
        self.out.mkdir()

    def add(
        self, name: str, *middle: str, stamp: bool = True, parameters: str = PARAMETERS
    ) -> Path:
        """Write a notebook whose middle cells are the ones given."""
        tagged = [("parameters", parameters), ("", CHECK), ("findings", FINDING)]
        tagged += [("", source) for source in middle]
        tagged += [("nbval-ignore-output", "report.stamp()")] if stamp else []
        cells = [nbformat.v4.new_markdown_cell(f"# What does {name[3:]} do?", id="title")]
        for number, (tag, source) in enumerate(tagged):
            metadata = {"tags": [tag]} if tag else {}
            cells.append(nbformat.v4.new_code_cell(source, metadata=metadata, id=f"c{number}"))
        path = self.notebooks / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    def arguments(self, *words: str) -> list[str]:
        """Return the command line for these folders."""
        command, *rest = words
        out = ["--out", str(self.out)] if command == "render" and "--out" not in rest else []
        return [command, *rest, "--notebooks", str(self.notebooks), *out]

    def start(self, *words: str, **options: object) -> subprocess.Popen[str]:
        """Start the real program."""
        environment = os.environ | {
            "PYTHONPATH": str(project.ROOT),
            "CANARY_VARIABLE": "canary-7713",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "hedgelab", *self.arguments(*words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            **options,  # type: ignore[call-overload]
        )

    def run(self, *words: str, **options: object) -> tuple[int, str]:
        """Run the real program to its end; return its exit code and what it said."""
        process = self.start(*words, **options)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def left_over(self) -> list[str]:
        """Return what a run should have removed."""
        return [p.name for folder in (self.out, self.notebooks) for p in folder.glob(".hedgelab*")]


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """The program takes over signals and ends with its process; a test goes on."""
    before = {number: signal.getsignal(number) for number in files.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def refused(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run a command that must end with `code` before a process starts or a file is written."""
    folder.add("01_first")

    def no_process(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    def run(code: int, *words: str) -> str:
        before = sorted(folder.path.rglob("*"))
        monkeypatch.setattr(subprocess, "Popen", no_process)
        with pytest.raises(SystemExit) as ended:
            cli.main(folder.arguments(*words))
        assert ended.value.code == code, capsys.readouterr().err
        assert sorted(folder.path.rglob("*")) == before
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        return said

    return run
