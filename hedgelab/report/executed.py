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
CLAIM_FIELDS: Final = ("number", "claim", "article", "found", "verdict", "reason")
IMAGES: Final = ("image/png", "image/jpeg")


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


def findings(nb: Any) -> list[str]:
    """Return the Markdown outputs of the cells tagged findings."""
    found = [output.get("data", {}).get("text/markdown", "") for output in outputs(nb, "findings")]
    return [text for text in map(str, found) if text.strip()]


def answer(nb: Any) -> str:
    """Return the first finding as Markdown, its bullet removed."""
    for line in "\n".join(findings(nb)).splitlines():
        if line.strip():
            return re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", line).strip()
    return ""


def first_image(nb: Any) -> str:
    """Return the first figure as a data address; empty if there is none."""
    for output in outputs(nb):
        if address := image(output.get("data", {})):
            return address
    return ""


def image(data: Any) -> str:
    """Return a picture output as a data address; empty if it is none."""
    for kind in IMAGES:
        if kind in data:
            return f"data:{kind};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', ''.join(data[kind]))}"
    return ""


def claims(nb: Any, name: str) -> list[dict[str, Any]]:
    """Return the claims a notebook emitted; `name` is put down as their source."""
    return [{**claim, "notebook": name} for claim in of_kind(nb, mime.CLAIM)]


def fault_of_claim(claim: dict[str, Any]) -> str:
    """Return what is wrong with a claim, in words; empty if nothing is."""
    missing = [field for field in CLAIM_FIELDS if claim.get(field) in (None, "")]
    if missing:
        return f"claim {claim.get('number', '?')} lacks {', '.join(missing)}"
    if claim["verdict"] not in VERDICTS:
        return f"claim {claim['number']} has the unknown verdict {claim['verdict']!r}"
    return (
        "" if isinstance(claim["number"], int) else f"claim number {claim['number']!r} is not whole"
    )
