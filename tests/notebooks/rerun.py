"""A notebook run again with other parameters, and what it then says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from hedgelab import project
from hedgelab.report import batch, executed, mime, notebooks

SAMPLE = project.DATA / "sample" / "btc-simulated-1h.csv.gz"


@dataclass(frozen=True)
class Rerun:
    """What a notebook said in one run.

    Attributes
    ----------
    headline : str
        The number it leads with, as it is printed; empty if there is none.
    parts : dict of str to float
        What that number is made of.
    findings : str
        Its findings.
    texts : tuple of str
        All it said, output by output.
    verdicts : dict of int to str
        By the number of the claim.
    """

    headline: str
    parts: dict[str, float]
    findings: str
    texts: tuple[str, ...]
    verdicts: dict[int, str]

    @property
    def said(self) -> str:
        """All it said, as one text."""
        return "\n".join(self.texts)


def rerun(name: str, folder: Path, **values: Any) -> Rerun:
    """Render a notebook into a folder, as the command line does, and return what it said."""
    known = notebooks.discover(project.NOTEBOOKS)
    chosen = notebooks.select([name], known)
    # written and read as on the command line: an unknown name is refused, and so is a wrong value
    pairs = [f"{key}={value}" for key, value in values.items()]
    settings = notebooks.settings(chosen, known, pairs, None)
    assert batch.render(chosen, known, settings, folder) == {name: None}
    nb = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    leading = executed.last(nb, mime.HEADLINE)
    return Rerun(
        headline=leading.get("value", ""),
        parts=dict(leading.get("parts", ())),
        findings="".join(output.data["text/plain"] for output in executed.outputs(nb, "findings")),
        texts=(*executed.of_kind(nb, "text/plain"), *executed.of_kind(nb, "text/markdown")),
        verdicts={each["number"]: each["verdict"] for each in executed.claims(nb, name)},
    )


def number(pattern: str, text: str) -> float:
    """Return the number that the group of a pattern finds in a text."""
    found = re.search(pattern, text)
    assert found, f"no {pattern!r} in: {text}"
    return float(found[1].replace(",", ""))
