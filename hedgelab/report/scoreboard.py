"""The scoreboard: what executed notebooks say of every claim, and who said nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from hedgelab import claims, project
from hedgelab.report import executed

VARIABLE: Final = "HEDGELAB_BATCH"  # where the batch that runs a notebook puts the finished ones


class Scoreboard(NamedTuple):
    """Emitted claims by number, the claims nobody judged, and where the notebooks stand."""

    claims: list[dict[str, Any]]
    unjudged: list[int]
    source: str

    @property
    def counts(self) -> dict[str, int]:
        """How many claims got each verdict."""
        verdicts = [claim["verdict"] for claim in self.claims]
        return {verdict: verdicts.count(verdict) for verdict in executed.VERDICTS}


def of(found: Iterable[dict[str, Any]], source: str = "") -> Scoreboard:
    """Return the scoreboard of claims as notebooks emitted them."""
    ordered = sorted(found, key=lambda claim: (claim["number"], claim["notebook"]))
    judged = {claim["number"] for claim in ordered}
    unjudged = [number for number in range(1, claims.TOTAL + 1) if number not in judged]
    return Scoreboard(ordered, unjudged, source)


def collected(*own: claims.Ruling) -> Scoreboard:
    """Return the scoreboard of the other notebooks of this batch, else of the committed ones.

    Parameters
    ----------
    *own : Ruling
        Those of the notebook that asks, whose file is not read.

    Notes
    -----
    A notebook that calls this runs after all the others of its batch. Reports and committed
    outputs are never mixed: where the batch's folder holds no other notebook the committed ones
    speak; else one that failed, or was not rendered, says nothing.
    """
    import nbformat

    asking = {claims.claim(ruling.number).notebook for ruling in own}
    names = sorted({claim.notebook for claim in claims.load().values()} - asking)
    found = [claims.told(ruling) for ruling in own]
    folders = {os.environ.get(VARIABLE, ""): "this batch"}
    folders[str(project.NOTEBOOKS)] = "the committed outputs"
    for folder, source in folders.items():
        paths = [Path(folder, f"{name}.ipynb") for name in names if folder]
        if standing := [path for path in paths if path.is_file()]:
            for path in standing:
                found += executed.claims(nbformat.read(path, as_version=4), path.stem)
            return of(found, source)
    return of(found, "no other notebook")
