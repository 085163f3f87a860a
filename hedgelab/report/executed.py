"""What an executed notebook holds: findings, claims, boxes, the first figure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from hedgelab.report import mime

VERDICTS: Final = {
    "supported": "✓",
    "only if": "◐",
    "not identified": "?",
    "contradicted": "✗",
    "arithmetic error": "≠",
    "context": "i",
}


def outputs(nb: Any, tag: str = "") -> Iterator[Any]:
    """Yield the outputs of all code cells, or of those with a tag."""
    for cell in nb.cells:
        if cell.cell_type == "code" and (not tag or tag in cell.metadata.get("tags", [])):
            yield from cell.outputs


def of_kind(nb: Any, name: str) -> list[Any]:
    """Return every output of one MIME type."""
    return [output["data"][name] for output in outputs(nb) if name in output.get("data", {})]


def last(nb: Any, name: str) -> dict[str, Any]:
    """Return the last output of one MIME type; empty if there is none."""
    found = of_kind(nb, name)
    return dict(found[-1]) if found else {}


def answer(nb: Any) -> str:
    """Return the first bullet of the findings, as Markdown."""
    found = [output.get("data", {}).get("text/markdown", "") for output in outputs(nb, "findings")]
    bullet = re.search(r"^\s*[-*+]\s+(.+)", "\n".join(map(str, found)), re.MULTILINE)
    return bullet[1].strip() if bullet else ""


def first_image(nb: Any) -> str:
    """Return the first figure as a data address; empty if there is none."""
    for output in outputs(nb):
        if address := image(output.get("data", {})):
            return address
    return ""


def image(data: Any) -> str:
    """Return a picture output as a data address; empty if it is none."""
    picture = re.sub(r"[^A-Za-z0-9+/=]", "", "".join(data.get("image/png", "")))
    return f"data:image/png;base64,{picture}" if picture else ""


def claims(nb: Any, name: str) -> list[dict[str, Any]]:
    """Return the claims a notebook emitted; `name` is put down as their source."""
    return [{**claim, "notebook": name} for claim in of_kind(nb, mime.CLAIM)]
