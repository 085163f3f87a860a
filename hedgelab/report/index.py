"""The index page: every good report in a folder, and the scoreboard of claims."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hedgelab.report import executed, files, markdown, mime, page
from hedgelab.report.notebooks import Notebook, question

TITLE = "What did the hedge really cost, and was it worth it?"


def write(known: Sequence[Notebook], out: Path, place: Path) -> None:
    """Write index.html and claims.json from the good reports that stand in `out`.

    Parameters
    ----------
    known : sequence of Notebook
        The notebooks to look for, in this order.
    out, place : Path
        The folder of the reports, and a temporary folder in it.
    """
    import nbformat

    standing = [
        notebook.name
        for notebook in known
        if all((out / f"{notebook.name}.{ending}").exists() for ending in ("html", "ipynb"))
    ]
    failed = [n.name for n in known if (out / f"{n.name}.failed.html").exists()]
    runs = {name: nbformat.read(out / f"{name}.ipynb", as_version=4) for name in standing}
    claims = sorted(
        (claim for name, nb in runs.items() for claim in executed.claims(nb, name)),
        key=lambda claim: (claim["number"], claim["notebook"]),
    )
    counts = {v: sum(claim["verdict"] == v for claim in claims) for v in executed.VERDICTS}
    scoreboard = json.dumps({"claims": claims, "counts": counts}, indent=2, ensure_ascii=False)
    first: Any = next(iter(runs.values()), None)
    html = page.template("index.html").render(
        title=TITLE,
        facts=[] if first is None else executed.last(first, mime.FACTS).get("words", []),
        headline={} if first is None else executed.last(first, mime.HEADLINE),
        answer="" if first is None else markdown.to_html(executed.answer(first)),
        reports=[_card(name, nb, name in failed) for name, nb in runs.items()],
        missing=[name for name in failed if name not in standing],
        claims=claims,
        counts=counts,
    )
    files.write(place / "claims.json", scoreboard + "\n")
    files.write(place / "index.html", html)
    page.read_back(place / "index.html")
    for name in ("claims.json", "index.html"):
        os.replace(place / name, out / name)


def _card(name: str, nb: Any, stale: bool) -> dict[str, Any]:
    return {
        "name": name,
        "question": markdown.words(question(nb.cells) or name),
        "answer": markdown.to_html(executed.answer(nb)),
        "image": executed.first_image(nb),
        "stale": stale,
    }
