"""The notebooks: which there are, what they ask, and what they may be told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from hedgelab.errors import MissingInput, NotebookFailed, ParameterError
from hedgelab.report import scenario
from hedgelab.report.parameters import Parameter, Value, schema


@dataclass(frozen=True)
class Notebook:
    """A notebook file, read without starting anything."""

    path: Path

    @property
    def name(self) -> str:
        """The file name without its ending."""
        return self.path.stem

    @cached_property
    def cells(self) -> list[dict[str, Any]]:
        """Its cells, sources joined to one text each."""
        try:
            cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
            return [{**cell, "source": "".join(cell["source"])} for cell in cells]
        except OSError:
            raise MissingInput(f"{self.path} cannot be read") from None
        except (ValueError, KeyError, TypeError):
            what = f"{self.path} is not a notebook"
            raise NotebookFailed(what, remedy="restore the file") from None

    @property
    def question(self) -> str:
        """The first level-one heading."""
        return question(self.cells) or self.name

    @property
    def gathers(self) -> bool:
        """Whether it reads what the other notebooks found, and so runs after them."""
        code = (cell["source"] for cell in self.cells if cell["cell_type"] == "code")
        return any("report.collected(" in source for source in code)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """What its parameters cell declares."""
        tagged = [c for c in self.cells if "parameters" in c.get("metadata", {}).get("tags", [])]
        return schema(tagged[0]["source"], where=self.path.name) if tagged else {}


def question(cells: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the first level-one heading; empty if there is none."""
    for cell in cells:
        if cell["cell_type"] == "markdown" and (
            found := re.search(r"^#\s+(.+)$", cell["source"], re.MULTILINE)
        ):
            return found[1].strip().strip("#").strip()
    return ""


def discover(folder: Path) -> list[Notebook]:
    """Return every notebook of the folder, in the order of their numbers."""
    found = [Notebook(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]
    if not found:
        raise MissingInput(f"no notebooks in {folder}", remedy="run from a clone of the project")
    return found


def select(names: Sequence[str], known: Sequence[Notebook], *, where: str = "") -> list[Notebook]:
    """Return the notebooks of these names (or beginnings such as 01); all if none is given."""
    chosen = []
    for name in names:
        word = name.removesuffix(".ipynb")
        matches = [n for n in known if n.name == word or n.name.startswith(f"{word}_")]
        if not matches:
            remedy = _suggestion(word, [n.name for n in known])
            raise ParameterError(f"no notebook {name!r}", where=where, remedy=remedy)
        chosen += matches
    return sorted(set(chosen), key=lambda n: n.name) if names else list(known)


def settings(
    chosen: Sequence[Notebook],
    known: Sequence[Notebook],
    pairs: Sequence[str],
    scenario_file: Path | None,
) -> dict[str, dict[str, Value]]:
    """Return the checked parameter values of each notebook.

    Parameters
    ----------
    chosen, known : sequence of Notebook
        Those to run, and all there are.
    pairs : sequence of str
        ``name=value`` from the command line; they win over the scenario.
    scenario_file : Path or None
        A YAML file; its paths are relative to itself.
    """
    values: dict[str, dict[str, Value]] = {notebook.name: {} for notebook in known}

    def put(
        notebooks: Sequence[Notebook], name: str, text: str, where: str, folder: str = ""
    ) -> None:
        takers = [notebook for notebook in notebooks if name in notebook.parameters]
        if not takers:
            remedy = _suggestion(name, {p for notebook in notebooks for p in notebook.parameters})
            raise ParameterError(f"no parameter {name[:60]!r}", where=where, remedy=remedy)
        for notebook in takers:
            value = notebook.parameters[name].value_of(text, where=where, folder=folder)
            values[notebook.name][name] = value

    if scenario_file:
        # A notebook's own section is more particular than all, wherever it stands in the file.
        for entry in sorted(scenario.read(scenario_file), key=lambda e: e.section != "all"):
            names = [] if entry.section == "all" else [entry.section]
            section = select(names, known, where=entry.where)
            put(section, entry.name, entry.text, entry.where, str(scenario_file.parent))
    given = [pair.partition("=") for pair in pairs]
    for name, equals, text in given:
        if not equals or [name for name, _, _ in given].count(name) > 1:
            what = f"-p {name[:60]!r} has no value, or two"
            raise ParameterError(what, remedy="write -p name=value once")
        put(chosen, name, text, "-p")
    return values


def _suggestion(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]}?" if close else f"choose from {', '.join(sorted(known))}"
