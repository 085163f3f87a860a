"""Spoil the good notebook, in one way each: ``python -m tests.sabotaged.make``.

Each function below is one defect; its name is the file's, its decorator names the code under which
the gate must reject it, and nothing else may be wrong. A test compares the files with this script.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.image import imsave
from nbformat import NotebookNode
from nbformat.v4 import new_output, writes_json

from tests.notebooks import good
from tests.notebooks.style import CLAIM, IGNORED, SENTINEL, code_of, payloads, tagged

FOLDER = Path(__file__).parent
Spoiler = Callable[[NotebookNode], object]
EXPECTED: dict[str, str] = {}  # file name -> code of its defect
SPOILERS: dict[str, Spoiler] = {}


def defect(code: str) -> Callable[[Spoiler], Spoiler]:
    """Register a way to spoil a notebook under the code the gate must answer with."""

    def register(spoil: Spoiler) -> Spoiler:
        EXPECTED[spoil.__name__], SPOILERS[spoil.__name__] = code, spoil
        return spoil

    return register


def holding(notebook: NotebookNode, text: str) -> NotebookNode:
    """Find the one code cell whose source holds a text."""
    (cell,) = (cell for cell in code_of(notebook) if text in cell.source)
    return cell


def replace(cell: NotebookNode, old: str, new: str) -> None:
    """Replace text in a cell's source; it must be there."""
    assert old in cell.source
    cell.source = cell.source.replace(old, new)


def rewrite(cell: NotebookNode, old: str, new: str) -> None:
    """Replace text in a cell's stored outputs; it must be there."""
    texts = [(o, "text") for o in cell.outputs if "text" in o]
    texts += [(o["data"], kind) for o in cell.outputs if "data" in o for kind in o["data"]]
    texts = [(place, kind) for place, kind in texts if old in str(place[kind])]
    assert texts
    for place, kind in texts:
        place[kind] = place[kind].replace(old, new)


# --- not executed as committed ---


@defect("never-run")
def stripped_outputs(notebook: NotebookNode) -> None:
    """Every output and count removed, as nbstripout does."""
    for cell in code_of(notebook):
        cell.outputs, cell.execution_count = [], None
    # The sentinel goes with them; put back, so that only one thing is wrong here.
    notebook.cells[-1].outputs = good.load().cells[-1].outputs
    for kept in ("parameters", "findings"):
        for cell, original in zip(tagged(notebook, kept), tagged(good.load(), kept), strict=True):
            cell.outputs = original.outputs
    holding(notebook, "plotting.show").outputs = holding(good.load(), "plotting.show").outputs


@defect("half-run")
def half_run(notebook: NotebookNode) -> None:
    """Someone pressed stop after the third cell and saved."""
    for cell in code_of(notebook)[3:4]:
        cell.outputs, cell.execution_count = [], None


@defect("run-order")
def run_out_of_order(notebook: NotebookNode) -> None:
    """A cell was run once more after an edit."""
    code_of(notebook)[2].execution_count = 12


@defect("stderr")
def warning_on_stderr(notebook: NotebookNode) -> None:
    """A warning was committed."""
    text = "RuntimeWarning: overflow encountered in multiply"
    code_of(notebook)[3].outputs.append(new_output("stream", name="stderr", text=text))


@defect("error-output")
def stored_error(notebook: NotebookNode) -> None:
    """The cell ended in an error and was saved that way."""
    error = new_output("error", ename="ValueError", evalue="no prices", traceback=[])
    code_of(notebook)[3].outputs.append(error)


# --- outputs that are not what the code says: nbval's own work ---


@defect("outputs-differ")
def wrong_number_in_table(notebook: NotebookNode) -> None:
    """One digit of a table is from last month."""
    rewrite(holding(notebook, "plotting.show"), "4200", "4300")


@defect("outputs-differ")
def wrong_number_in_sentence(notebook: NotebookNode) -> None:
    """The figure is right and the sentence is not."""
    rewrite(holding(notebook, "Markdown("), "4,200", "4,800")


@defect("outputs-differ")
def wrong_claim(notebook: NotebookNode) -> None:
    """The verdict was turned round by hand."""
    payloads(notebook, CLAIM)[0]["verdict"] = "supported"


@defect("outputs-differ")
def lost_output(notebook: NotebookNode) -> None:
    """One table was deleted; the count stayed."""
    holding(notebook, "fee per trade").outputs = []


@defect("outputs-differ")
def changed_code(notebook: NotebookNode) -> None:
    """The fee was changed and nobody ran it again."""
    replace(tagged(notebook, "parameters")[0], "0.0005", "0.0004")


@defect("outputs-differ")
def added_print(notebook: NotebookNode) -> None:
    """The cell says more than it was recorded to say."""
    holding(notebook, "default_rng").source += "\nprint(low)"


@defect("cell-failed")
def fails_when_run(notebook: NotebookNode) -> None:
    """The name was changed in one place only."""
    replace(holding(notebook, "default_rng"), "day = ", "tag = ")


@defect("cell-failed")
def leaves_quietly(notebook: NotebookNode) -> None:
    """The kernel is left half-way with a good exit code."""
    holding(notebook, "default_rng").source += "\nraise SystemExit(0)"


# --- asking not to be compared ---


@defect("waiver")
def expected_error_never_comes(notebook: NotebookNode) -> None:
    """A cell that should fail, and does not: nbval passes it."""
    code_of(notebook)[3].metadata["tags"] = ["raises-exception"]


@defect("waiver")
def skipped_cell(notebook: NotebookNode) -> None:
    """A tag keeps the cell from running."""
    holding(notebook, "plotting.show").metadata["tags"] = ["nbval-skip"]


@defect("waiver")
def skipped_by_comment(notebook: NotebookNode) -> None:
    """A comment does the same."""
    cell = holding(notebook, "plotting.show")
    cell.source = "# NBVAL_SKIP\n" + cell.source


@defect("ignored-cell")
def second_ignored_cell(notebook: NotebookNode) -> None:
    """The result is not compared either."""
    tagged(notebook, "findings")[0].metadata["tags"].append(IGNORED)


@defect("stamp-only")
def claim_in_ignored_cell(notebook: NotebookNode) -> None:
    """A claim is made where nothing compares it."""
    notebook.cells[-1].source += '\nmime.emit(mime.CLAIM, claim | {"number": 2}, "claim 2")'


@defect("stamp-only")
def sentence_in_ignored_output(notebook: NotebookNode) -> None:
    """The code is right, and beside the stamp somebody stored a sentence."""
    data = {"text/markdown": "The hedge paid for itself."}
    notebook.cells[-1].outputs.append(new_output("display_data", data=data))


# --- checks ---


@defect("manifest")
def deleted_check_cell(notebook: NotebookNode) -> None:
    """A check that failed was taken out, and the rest recorded anew."""
    cell = tagged(notebook, "checks")[0]
    cell.source = "\n".join(line for line in cell.source.splitlines() if "implied" not in line)
    cell.outputs[0].text = cell.outputs[0].text.splitlines()[0] + "\n"
    payloads(notebook, SENTINEL)[0]["checks"].remove("fee-can-be-read-back")


@defect("sentinel")
def check_never_ran(notebook: NotebookNode) -> None:
    """The source holds a check that the run did not count."""
    payloads(notebook, SENTINEL)[0]["checks"].pop()


@defect("sentinel")
def no_sentinel(notebook: NotebookNode) -> None:
    """Nothing says that the run came to its end."""
    cell = notebook.cells[-1]
    cell.outputs = [output for output in cell.outputs if SENTINEL not in output.data]


@defect("constant-check")
def constant_check(notebook: NotebookNode) -> None:
    """It holds whatever the notebook computes."""
    replace(tagged(notebook, "checks")[0], "abs(implied - taker_fee) < 1e-12", "0.0 == 0.0")


@defect("constant-check")
def check_of_parameters_only(notebook: NotebookNode) -> None:
    """It names something, and still looks at no result."""
    cell = tagged(notebook, "checks")[0]
    replace(cell, "abs(implied - taker_fee) < 1e-12", "0.0 * capital * days == 0.0")


@defect("no-checks")
def untagged_checks(notebook: NotebookNode) -> None:
    """The report would not find the checks."""
    tagged(notebook, "checks")[0].metadata["tags"] = []


# --- figures and tables ---


@defect("bare-figure")
def figure_without_its_table(notebook: NotebookNode) -> None:
    """The picture stands alone, so nothing compares it."""
    cell = holding(notebook, "plotting.show")
    cell.source = cell.source[: cell.source.index("\nchosen")]
    cell.outputs = [o for o in cell.outputs if "image/png" in o.get("data", {})]


@defect("blank-figure")
def blank_figure(notebook: NotebookNode) -> None:
    """All white; nbval does not look at pictures."""
    buffer = io.BytesIO()
    imsave(buffer, np.ones((40, 70, 3)), format="png", metadata={"Software": None})
    for output in holding(notebook, "plotting.show").outputs:
        if "image/png" in output.data:
            output.data["image/png"] = base64.b64encode(buffer.getvalue()).decode()


@defect("no-figure")
def figure_taken_out(notebook: NotebookNode) -> None:
    """A report without a picture."""
    cell = holding(notebook, "plotting.show")
    cell.outputs = [o for o in cell.outputs if "image/png" not in o.get("data", {})]
    cell.source = cell.source[cell.source.index("chosen") :]


@defect("no-alt")
def figure_without_words(notebook: NotebookNode) -> None:
    """Who cannot see the picture is told nothing."""
    for output in holding(notebook, "plotting.show").outputs:
        output.metadata = {}


@defect("not-finite")
def not_a_number(notebook: NotebookNode) -> None:
    """The table holds a NaN, and will hold it every time."""
    rewrite(holding(notebook, "plotting.show"), "4200.0", "NaN")


@defect("not-finite")
def infinite_claim(notebook: NotebookNode) -> None:
    """An interval without an end."""
    payloads(notebook, CLAIM)[0]["high"] = float("inf")


@defect("elided")
def elided_rows(notebook: NotebookNode) -> None:
    """Rows in the middle are left out, so they may be anything."""
    rewrite(holding(notebook, "plotting.show"), "2200.0", "...")


# --- code ---


@defect("magic")
def cell_magic(notebook: NotebookNode) -> None:
    """The cell is timed, and its last value gone."""
    cell = holding(notebook, "default_rng")
    cell.source = "%%capture\n" + cell.source


@defect("magic")
def not_a_magic(notebook: NotebookNode) -> None:
    """An unknown magic stops the cell with a message, and nbval passes it."""
    cell = holding(notebook, "default_rng")
    cell.source = "%notmagic\n" + cell.source


@defect("magic")
def shell_line(notebook: NotebookNode) -> None:
    """What the shell returns is nobody's business."""
    holding(notebook, "default_rng").source += "\n!exit 3"


@defect("semicolon")
def trailing_semicolon(notebook: NotebookNode) -> None:
    """Meant to hide the value; under nbval it does not."""
    holding(notebook, "fee per trade").source += ";"


@defect("definition")
def defines_a_function(notebook: NotebookNode) -> None:
    """The fee is computed here, and again in the next notebook."""
    holding(notebook, "default_rng").source += "\n\n\ndef fee(x):\n    return 0.0005 * x"


@defect("definition")
def defines_a_lambda(notebook: NotebookNode) -> None:
    """The same on one line."""
    holding(notebook, "default_rng").source += "\nfee = lambda x: 0.0005 * x"


@defect("try")
def swallows_an_error(notebook: NotebookNode) -> None:
    """What goes wrong leaves no trace."""
    source = "\ntry:\n    low = low / 1\nexcept ValueError:\n    low = 0.0"
    holding(notebook, "default_rng").source += source


@defect("back-door")
def asks_the_shell(notebook: NotebookNode) -> None:
    """A magic in plain Python's clothes."""
    source = '\nget_ipython().run_line_magic("notmagic", "")'
    holding(notebook, "default_rng").source += source


@defect("warnings")
def silences_warnings(notebook: NotebookNode) -> None:
    """A warning is a bug; here nobody will see it."""
    holding(notebook, "import numpy").source += "\nfrom warnings import simplefilter"


@defect("cell-length")
def long_cell(notebook: NotebookNode) -> None:
    """A cell no screen shows."""
    holding(notebook, "default_rng").source += "\nlow = low + 0.0" * 12


@defect("kernels")
def reaches_for_kernels(notebook: NotebookNode) -> None:
    """A notebook stays above floor 1."""
    holding(notebook, "import numpy").source += "\nfrom hedgelab.kernels import ledger"


@defect("kernels")
def reaches_for_kernels_by_name(notebook: NotebookNode) -> None:
    """The same, written so that no search for the dotted name finds it."""
    holding(notebook, "import numpy").source += "\nfrom hedgelab import kernels"


@defect("plot-settings")
def own_figure_size(notebook: NotebookNode) -> None:
    """Each notebook its own style."""
    replace(holding(notebook, "plotting.show"), "canvas()", "canvas(figsize=(9, 9))")


@defect("absolute-path")
def path_of_one_machine(notebook: NotebookNode) -> None:
    """It runs at one desk."""
    holding(notebook, "default_rng").source += '\nhistory = "/home/someone/prices.csv"'


# --- parameters ---


@defect("parameters-cell")
def parameters_come_second(notebook: NotebookNode) -> None:
    """papermill would override them after the imports used them."""
    cells = notebook.cells
    cells[1], cells[2] = cells[2], cells[1]
    cells[1].execution_count, cells[2].execution_count = 1, 2


@defect("parameters-help")
def parameter_without_help(notebook: NotebookNode) -> None:
    """Nobody is told what it means."""
    replace(tagged(notebook, "parameters")[0], "  # root seed of every random draw", "")


@defect("parameters-help")
def parameter_without_type(notebook: NotebookNode) -> None:
    """Whole or not?"""
    replace(tagged(notebook, "parameters")[0], "days: int", "days")


@defect("parameters-literal")
def computed_parameter(notebook: NotebookNode) -> None:
    """Derived from another, so that overriding that one leaves it behind."""
    replace(tagged(notebook, "parameters")[0], "= 42 ", "= seed * 6 ")


# --- words ---


@defect("title")
def title_is_no_question(notebook: NotebookNode) -> None:
    """A heading that asks nothing."""
    replace(notebook.cells[0], "every day?", "every day")


@defect("headings")
def limits_left_out(notebook: NotebookNode) -> None:
    """What would change the answer is not said."""
    notebook.cells = [c for c in notebook.cells if not c.source.startswith("## Limits")]
    replace(notebook.cells[0], "**Data.**", "**Data.** " + "There are words enough here. " * 10)


@defect("words")
def too_few_words(notebook: NotebookNode) -> None:
    """Headings and nothing under them."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.splitlines()[0]


@defect("findings")
def finding_without_interval(notebook: NotebookNode) -> None:
    """One number, as if it were certain."""
    cell = tagged(notebook, "findings")[0]
    replace(cell, " ({low:,.0f} to {high:,.0f})", "")
    for output in cell.outputs:
        output.data["text/markdown"] = re.sub(
            r" \([\d,]+ to [\d,]+\)", "", output.data["text/markdown"]
        )


@defect("typed-findings")
def typed_finding(notebook: NotebookNode) -> None:
    """Written by hand: it passes nbval for ever."""
    cell = tagged(notebook, "findings")[0]
    (text,) = (o.data["text/markdown"] for o in cell.outputs)
    cell.source = f'share = daily[-1] / capital\ndisplay(Markdown("""{text}"""))'


@defect("typed-findings")
def typed_finding_wrapped(notebook: NotebookNode) -> None:
    """Written by hand, and broken over several lines as a long string is."""
    cell = tagged(notebook, "findings")[0]
    (text,) = (o.data["text/markdown"] for o in cell.outputs)
    pieces = "\n".join(repr(piece) for piece in re.findall(r".{1,40}|\n", text))
    cell.source = f"share = daily[-1] / capital\ndisplay(Markdown(\n{pieces}\n))"


@defect("claim")
def claim_without_verdict(notebook: NotebookNode) -> None:
    """A sentence of the article, not judged."""
    payloads(notebook, CLAIM)[0].pop("verdict")


# --- what no reader sees ---


@defect("kernel")
def unknown_kernel(notebook: NotebookNode) -> None:
    """Works where someone has made a kernel of that name."""
    notebook.metadata.kernelspec.name = "my-trading-env"


@defect("address")
def memory_address(notebook: NotebookNode) -> None:
    """Differs at every run."""
    text = "<Ledger object at 0x7f3a5c0b9d30>"
    code_of(notebook)[3].outputs.append(new_output("stream", name="stdout", text=text))


@defect("absolute-path")
def path_in_an_output(notebook: NotebookNode) -> None:
    """Shows whose machine it was."""
    text = "read /srv/prices/BTCUSDT-1h.csv.gz"
    code_of(notebook)[3].outputs.append(new_output("stream", name="stdout", text=text))


@defect("cell-ids")
def cell_id_used_twice(notebook: NotebookNode) -> None:
    """A copied cell."""
    notebook.cells[6].id = notebook.cells[4].id


@defect("leftovers")
def papermill_leftovers(notebook: NotebookNode) -> None:
    """Times of one run, different in every commit."""
    notebook.metadata["papermill"] = {"duration": 1.9, "version": "2.7.0"}


def spoilt(name: str) -> str:
    """Return one sabotaged notebook as its file holds it."""
    notebook = good.load()
    SPOILERS[name](notebook)
    return writes_json(notebook) + "\n"  # unlike nbformat.writes, it repairs nothing


def main() -> None:
    """Record the good notebook and write every sabotaged one."""
    good.PATH.write_text(good.execute(), encoding="utf-8")
    for path in FOLDER.glob("*.ipynb"):
        path.unlink()
    for name in SPOILERS:
        (FOLDER / f"{name}.ipynb").write_text(spoilt(name), encoding="utf-8")


if __name__ == "__main__":
    main()
