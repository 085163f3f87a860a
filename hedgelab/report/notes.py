"""Small boxes a notebook leaves for its report: facts, data quality, the headline number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hedgelab.report import mime

QUALITY_FIELDS = ("rows", "first", "last", "gaps", "dropped_windows", "digest", "notes")


def facts(**values: str | int | float) -> None:
    """Leave the words of the strip under the title: market, venue, hedges, paths, seed, book."""
    # Pairs, not a table: notebooks sort the names of a table.
    words = [
        [name, value if isinstance(value, int) else str(value)] for name, value in values.items()
    ]
    text = " · ".join(f"{name} {value}" for name, value in words)
    mime.emit(mime.FACTS, {"words": words}, text)


def quality(record: Any) -> None:
    """Leave the data-quality box of a price file, from its `QualityRecord`."""
    box = {name: getattr(record, name) for name in QUALITY_FIELDS}
    box |= {"gaps": len(record.gaps), "notes": list(record.notes)}
    mime.emit(mime.QUALITY, box, ", ".join(f"{name} {value}" for name, value in box.items()))


def headline(
    value: str,
    label: str,
    *,
    low: str = "",
    high: str = "",
    parts: Mapping[str, float],
    sentence: str = "",
) -> None:
    """Leave the index page's big number, and the sentence over it.

    Parameters
    ----------
    value, label : str
        The number as text and what it counts.
    low, high : str
        The ends of its outcome range, as text.
    parts : Mapping[str, float]
        What the small bar is made of, one unit for all. [quote]
    sentence : str
        The answer to the page's question, computed.
    """
    data = {"value": value, "label": label, "low": low, "high": high, "sentence": sentence}
    sizes = [[name, float(f"{size:.4g}")] for name, size in parts.items()]
    text = f"{sentence} {value} {label} ({low} to {high})".strip()
    mime.emit(mime.HEADLINE, {**data, "parts": sizes}, text)
