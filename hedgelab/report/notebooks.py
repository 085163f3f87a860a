"""The notebooks: which there are, what they ask, and what they may be told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from hedgelab.errors import MissingInput, NotebookFailed, ParameterError
from hedgelab.report import scenario
from hedgelab.report.parameters import Parameter, Value, checked_name, schema


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
            raise NotebookFailed(
                f"{self.path} is not a notebook", remedy="restore the file"
            ) from None

    @property
    def question(self) -> str:
        """The first level-one heading."""
        return question(self.cells) or self.name

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
    """Return the notebooks of these names (or number prefixes such as 01); all if none is given."""
    chosen = []
    for name in names:
        word = name.removesuffix(".ipynb")
        matches = [
            n for n in known if n.name == word or (word.isdigit() and n.name.startswith(f"{word}_"))
        ]
        if not matches:
            close = get_close_matches(word, [n.name for n in known], n=1, cutoff=0.4)
            remedy = f"did you mean {close[0]}?" if close else "see hedgelab list"
            raise ParameterError(f"no notebook {name!r}", where=where, remedy=remedy)
        chosen += matches
    return sorted(set(chosen), key=lambda n: n.name) if names else list(known)


def settings(
    chosen: Sequence[Notebook],
    known: Sequence[Notebook],
    pairs: Sequence[str],
    scenario_file: Path | None,
    folder: Path,
) -> dict[str, dict[str, Value]]:
    """Return the checked parameter values of each chosen notebook.

    Parameters
    ----------
    chosen, known : sequence of Notebook
        Those to run, and all there are.
    pairs : sequence of str
        ``name=value`` from the command line; they win over the scenario.
    scenario_file : Path or None
        A YAML file; its paths are relative to itself.
    folder : Path
        What relative paths of `pairs` are relative to.
    """
    values: dict[str, dict[str, Value]] = {notebook.name: {} for notebook in known}
    entries = scenario.read(scenario_file) if scenario_file else []
    # A notebook's own section is more particular than all, wherever it stands in the file.
    for entry in sorted(entries, key=lambda e: e.section != "all"):
        section = (
            known if entry.section == "all" else select([entry.section], known, where=entry.where)
        )
        for notebook in _takers(section, entry.name, entry.where):
            parameter = notebook.parameters[entry.name]
            if entry.quoted and parameter.type is not str:
                raise parameter.wrong(
                    entry.text, f"{parameter.type.__name__} without quotes", entry.where
                )
            assert scenario_file is not None
            values[notebook.name][entry.name] = parameter.value_of(
                entry.text, where=entry.where, folder=scenario_file.absolute().parent
            )
    seen: set[str] = set()
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ParameterError(f"-p {name[:60]!r} has no value", remedy="write -p name=value")
        takers = _takers(chosen, name, "-p")
        if name in seen:
            raise ParameterError(f"-p {name} is given twice", remedy="keep one")
        seen.add(name)
        for notebook in takers:
            values[notebook.name][name] = notebook.parameters[name].value_of(
                text, where="-p", folder=folder
            )
    return {notebook.name: values[notebook.name] for notebook in chosen}


def _takers(notebooks: Sequence[Notebook], name: str, where: str) -> list[Notebook]:
    known = sorted({parameter for notebook in notebooks for parameter in notebook.parameters})
    checked_name(name, known, where=where)
    return [notebook for notebook in notebooks if name in notebook.parameters]
