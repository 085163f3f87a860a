"""The exhibits of `data/museum.toml`, and what becomes of a test when one of them is let in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from hedgelab.project import DATA, ROOT

COPIED = ("hedgelab", "tests", "data", "pyproject.toml")
SECONDS = 300.0  # after which a test counts as hung, on the slowest machine
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
FAILS = ("assert", "AssertionError", "Failed: DID NOT RAISE")


@dataclass(frozen=True)
class Exhibit:
    """A bug: what it does, the text that makes it, and the test that it dies of."""

    name: str
    kind: str
    wrong: str
    file: str
    old: str
    new: str
    killed_by: str
    seen: str = ""

    @property
    def test(self) -> tuple[Path, str]:
        """File and name of the killing test."""
        file, name = self.killed_by.split("::")
        return ROOT / file, name

    def let_into(self, text: str) -> str:
        """Return the text of its file with the bug."""
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Verdict:
    """What a run of pytest said: its exit code, how many passed, and why the first failed."""

    code: int
    passed: int
    reason: str
    output: str

    @property
    def is_a_kill(self) -> bool:
        """Did a test fail by what it asserts, and not by an accident?"""
        return self.code == 1 and self.reason.startswith(FAILS)


def load() -> list[Exhibit]:
    """Return every exhibit."""
    entries = tomllib.loads((DATA / "museum.toml").read_text(encoding="utf-8"))["exhibit"]
    return [Exhibit(**entry) for entry in entries]


def copy_project(folder: Path) -> None:
    """Copy what tests need of the project."""
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)


def ask(folder: Path, *tests: str) -> Verdict:
    """Run tests of a copy in a fresh interpreter that imports the copy, without plugins."""
    report = folder / "report.xml"
    done = subprocess.run(
        [*PYTEST, f"--junitxml={report}", *tests],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    suite = ElementTree.parse(report).getroot()[0] if report.exists() else ElementTree.Element("")
    failure = suite.find("./testcase/failure")
    return Verdict(
        done.returncode,
        len(suite.findall("testcase")) - (failure is not None),
        "" if failure is None else failure.get("message", ""),
        done.stdout + done.stderr,
    )


def verdict(copy: Path, exhibit: Exhibit) -> Verdict:
    """Let one exhibit into a copy of the copy, and run its test; all of it is thrown away."""
    with TemporaryDirectory(dir=copy.parent) as room:
        folder = Path(room)
        for name in COPIED[:-1]:
            shutil.copytree(copy / name, folder / name, copy_function=os.link)
        shutil.copy2(copy / COPIED[-1], folder)
        spoilt = folder / exhibit.file
        text = exhibit.let_into(spoilt.read_text(encoding="utf-8"))
        spoilt.unlink()  # a link to the copy's own file, which stays as it is
        spoilt.write_text(text, encoding="utf-8")
        return ask(folder, exhibit.killed_by)
