"""Recording: the committed outputs, as the same bytes each time."""

from __future__ import annotations

from typing import Any, Final

KEPT_METADATA: Final = {"tags"}


def canonical(nb: Any, before: list[dict[str, Any]]) -> str:
    """Return an executed notebook as text without times, paths or random names.

    Parameters
    ----------
    nb : NotebookNode
        The executed notebook.
    before : list of dict
        The cells as the file holds them: identifiers and tags are taken from it.
    """
    import nbformat

    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    used: set[str] = set()
    for number, (cell, original) in enumerate(zip(nb.cells, before, strict=True)):
        kept = {k: v for k, v in original["metadata"].items() if k in KEPT_METADATA}
        cell.metadata = nbformat.from_dict({k: v for k, v in kept.items() if v})
        identifier = original.get("id", "")
        cell["id"] = identifier if identifier and identifier not in used else f"cell-{number:02d}"
        used.add(cell["id"])
    nbformat.validate(nb)
    return str(nbformat.writes(nb)) + "\n"
