"""Did a notebook really run? Its own evidence, not the runner's word."""

from __future__ import annotations

import re
from typing import Any, Final

from hedgelab import claims, errors
from hedgelab.errors import HedgelabError, NotebookFailed
from hedgelab.report import executed, mime

OF_A_CELL: Final = ("DataError", "MissingInput", "ParameterError", "Refused")
CHECK_LINE: Final = re.compile(r"^check (?P<identifier>[a-z0-9-]+): passed\b", re.MULTILINE)


def judge(nb: Any, name: str) -> None:
    """Raise NotebookFailed unless every cell ran, the last one said so, and checks agree."""
    code = [(n, c) for n, c in enumerate(nb.cells) if c.cell_type == "code" and c.source.strip()]
    for position, cell in code:
        for output in cell.outputs:
            if output.output_type == "error":
                raise failure(output.ename, output.evalue, f"{name}, cell {position}")
    for position, cell in code:
        if cell.execution_count is None:
            raise NotebookFailed("a cell never ran", where=f"{name}, cell {position}")
    sentinel = _sentinel(code[-1][1]) if code else {}
    if sentinel.get("complete") is not True:
        remedy = "end the notebook with hl.report.stamp()"
        raise NotebookFailed("the last cell did not say complete", where=name, remedy=remedy)
    printed = [
        line["identifier"]
        for output in executed.outputs(nb)
        if output.output_type == "stream" and output.name == "stdout"
        for line in CHECK_LINE.finditer(output.text)
    ]
    if sorted(printed) != sorted(sentinel.get("checks", [])):
        raise NotebookFailed(
            f"checks printed ({', '.join(printed) or 'none'}) differ from those counted", where=name
        )
    if not printed:
        raise NotebookFailed(
            "a notebook without a check", where=name, remedy="call hl.report.check"
        )
    emitted = executed.claims(nb, name)
    for claim in emitted:
        if claim.get("verdict") not in executed.VERDICTS:
            what = f"claim {claim.get('number')} without a known verdict"
            raise NotebookFailed(what, where=name, remedy="emit it with hl.claims.emit")
    own = [number for number, claim in claims.load().items() if claim.notebook == name]
    if (judged := sorted(claim["number"] for claim in emitted)) != own:
        told = (", ".join(map(str, numbers)) or "none" for numbers in (judged, own))
        what = "it judged claims {}, and its own are {}".format(*told)
        raise NotebookFailed(what, where=name, remedy="emit each of its own once")


def failure(kind: str, message: str, where: str) -> HedgelabError:
    """Return the error a cell ended with: one of ours keeps its kind, and so its exit code."""
    ours = getattr(errors, kind) if kind in OF_A_CELL else None
    words = " ".join((message if ours else f"{kind}: {message}").split())[:300]
    return (ours or NotebookFailed)(words, where=where)


def _sentinel(cell: Any) -> dict[str, Any]:
    found = [o["data"][mime.SENTINEL] for o in cell.outputs if mime.SENTINEL in o.get("data", {})]
    return dict(found[-1]) if found else {}
