"""What is stored of a run: the same bytes, whatever the machine was doing meanwhile."""

from __future__ import annotations

from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_notebook, new_output

from hedgelab.report import record


def stored(*outputs: tuple[str, str]) -> list[tuple[str, str]]:
    """Return name and text of the streams that are stored of those a kernel sent."""
    sent = [new_output("stream", name=name, text=text) for name, text in outputs]
    nb = from_dict(new_notebook(cells=[new_code_cell("x", outputs=sent)]))
    record.canonical(nb, [{"metadata": {}, "id": "one"}])
    return [(output.name, output.text) for output in nb.cells[0].outputs]


def test_what_was_printed_in_one_go_is_stored_in_one_piece() -> None:
    assert stored(("stdout", "check a: "), ("stdout", "passed\n")) == [
        ("stdout", "check a: passed\n")
    ]


def test_what_was_printed_elsewhere_stays_apart() -> None:
    sent = [("stdout", "a"), ("stderr", "b"), ("stdout", "c")]
    assert stored(*sent) == sent
