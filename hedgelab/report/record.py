"""Recording: the committed outputs, as the same bytes each time."""

from __future__ import annotations

from typing import Any


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
    for number, (cell, original) in enumerate(zip(nb.cells, before, strict=True)):
        tags = original["metadata"].get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        cell["id"] = original.get("id") or f"cell-{number:02d}"
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    nbformat.validate(nb)
    return str(nbformat.writes(nb)) + "\n"


def _joined(outputs: list[Any]) -> list[Any]:
    """Return outputs with what was printed in one go in one piece, however busy the machine was."""
    whole: list[Any] = []
    for output in outputs:
        same = whole and output.output_type == whole[-1].output_type == "stream"
        if same and output.name == whole[-1].name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole
