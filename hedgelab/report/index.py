"""The index page: every good report in a folder, and the scoreboard of claims."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hedgelab import claims, tables
from hedgelab.report import executed, files, markdown, mime, page, scoreboard
from hedgelab.report.notebooks import Notebook, question

TITLE = "What did the hedge really cost, and was it worth it?"


def write(known: Sequence[Notebook], out: Path, place: Path) -> list[int]:
    """Write index.html and claims.json from the good reports that stand in `out`.

    Parameters
    ----------
    known : sequence of Notebook
        The notebooks to look for, in this order.
    out, place : Path
        The folder of the reports, and a temporary folder in it.

    Returns
    -------
    unjudged : list of int
        Claims without a verdict, if every notebook of claims has a report here.
    """
    import nbformat

    standing = [
        notebook.name
        for notebook in known
        if all((out / f"{notebook.name}.{ending}").exists() for ending in ("html", "ipynb"))
    ]
    failed = [n.name for n in known if (out / f"{n.name}.failed.html").exists()]
    runs = {name: nbformat.read(out / f"{name}.ipynb", as_version=4) for name in standing}
    board = scoreboard.of(c for name, nb in runs.items() for c in executed.claims(nb, name))
    first: Any = next(iter(runs.values()), None)
    headline: dict[str, Any] = {} if first is None else executed.last(first, mime.HEADLINE)
    html = page.template("index.html").render(
        title=TITLE,
        facts=[] if first is None else executed.last(first, mime.FACTS).get("words", []),
        headline=headline,
        amounts=_amounts(headline) if headline else {},
        reports=[_card(name, nb, name in failed) for name, nb in runs.items()],
        missing=[name for name in failed if name not in standing],
        claims=[{**claim, "scale": _scale(claim)} for claim in board.claims],
        counts=board.counts,
        unjudged=board.unjudged if board.claims else [],
        total=claims.TOTAL,
    )
    table = {"claims": board.claims, "counts": board.counts, "unjudged": board.unjudged}
    files.write(place / "claims.json", json.dumps(table, indent=2, ensure_ascii=False) + "\n")
    files.write(place / "index.html", html)
    page.read_back(place / "index.html")
    for name in ("claims.json", "index.html"):
        os.replace(place / name, out / name)
    complete = {claim.notebook for claim in claims.load().values()} <= set(standing)
    return board.unjudged if complete else []


def _card(name: str, nb: Any, stale: bool) -> dict[str, Any]:
    # The first part of the first finding: a card has room for one answer, the report has the rest.
    part = re.match(r"(?:[^();.]|\([^()]*\)|\.(?!\s))+", executed.answer(nb))
    answer = part[0].strip().rstrip(".") + "." if part else ""
    answer += "**" * (answer.count("**") % 2)  # what was bold beyond the cut is bold up to it
    return {
        "name": name,
        "question": markdown.words(question(nb.cells) or name),
        "answer": markdown.to_html(answer),
        "image": executed.first_image(nb),
        "stale": stale,
    }


def _amounts(headline: dict[str, Any]) -> dict[str, str]:
    """Return what the big number is made of as text, in the unit of that number."""
    write = tables.money if "$" in headline["value"] else tables.number
    unit = " %" if headline["value"].endswith(" %") else ""
    return {word: f"{write(size)}{unit}" for word, size in headline["parts"]}


def _scale(claim: dict[str, Any]) -> dict[str, float]:
    """Return where a claim's outcome range and the article's figure stand on a line of 100."""
    marks = [float(m) for n in ("low", "high", "figure") if (m := claim.get(n)) is not None]
    if len(marks) < 3 or min(marks) == max(marks):
        return {}
    least, span = min(marks), max(marks) - min(marks)
    low, high, figure = (round(4.0 + 92.0 * (mark - least) / span, 1) for mark in marks)
    return {"low": low, "width": max(2.0, round(high - low, 1)), "figure": figure}
