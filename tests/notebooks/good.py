"""A small notebook that the gate accepts, to be spoilt in one way at a time.

``python -m tests.sabotaged.make`` executes it and stores it as ``good.ipynb``.
"""

from __future__ import annotations

import base64
import io
import os
import tempfile
from pathlib import Path

import nbformat
from matplotlib.image import imread, imsave
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from hedgelab.project import ROOT

NAME = "good"
PATH = Path(__file__).with_name(f"{NAME}.ipynb")

QUESTION = """\
# What does a hedge cost that is closed and opened again every day?

**Question.** A short position is closed each evening and opened again in the same minute. Both
trades pay a fee on what they trade, although the position is the same before and after. How much
of the capital goes this way, and how does it grow with the number of days?

**Method.** Count the trades, multiply by the traded amount and by the fee, and set the daily habit
beside a hedge that is opened once and closed once. Nothing here is random except a small error of
measurement, which is there so that the answer has an interval.

**Data.** None from a market: the price never moves, so that the whole difference is the fee.

**Answer.** See *Findings*.
"""
DATA = """\
## Data

The capital is constant. The only numbers that enter are the parameters above; the little table
says what follows from them, so that a reader can check the first line by hand before reading on.
"""
MODEL = """\
## Model

Each day costs two trades of the hedged amount:

$$c(n) = 2 \\, n \\, q \\, f$$

- $n$, days (`day`): how long the habit has lasted
- $q$, hedged amount (`capital`): in quote currency, the same every day
- $f$, fee (`taker_fee`): a fraction of the traded amount

A hedge that is opened and closed once costs as much as one single day of the habit. The order of
events is simple: the old position is closed, the fee is taken, the new one is opened, and the fee
is taken again.
"""
READING = """\
The habit's line is straight, because no day differs from another; the patient hedge's line is
flat. What matters is the slope: the fee is charged on the traded amount and not on what is risked.
"""
CHECKS = """\
## Checks

Identities that hold for any parameters.
"""
FINDINGS = """\
## Findings
"""
LIMITS = """\
## Limits

A real fee depends on how the order is placed, and a real position changes its value. Funding,
spread and impact are left out. The interval only carries the error that was put in by hand.
"""
REFERENCES = """\
## References

1. Perold, A. F. (1988). The implementation shortfall: paper versus reality. *Journal of Portfolio
   Management* 14(3), 4-9. doi:10.3905/jpm.1988.409150
"""

PARAMETERS = """\
capital: float = 100_000.0  # hedged amount [quote] (1 to 1e9)
taker_fee: float = 0.0005  # fee on traded notional [1] (0 to 0.01)
days: int = 42  # length of the habit [days] (1 to 1000)
seed: int = 7  # root seed of every random draw
"""
IMPORTS = """\
import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from hedgelab import plotting, report
from hedgelab.report import mime

plotting.use_style()
"""
DERIVED = """\
per_trade = capital * taker_fee
assert per_trade >= 0.0, "a fee is a cost"
pd.DataFrame({"quantity": ["fee per trade", "fee per day"], "quote": [per_trade, 2 * per_trade]})
"""
RUN = """\
rng = np.random.default_rng(seed)
day = np.arange(1, days + 1)
daily = 2.0 * per_trade * day
error = rng.normal(0.0, 0.01 * per_trade, 200)
low, high = np.quantile(daily[-1] + error, [0.05, 0.95])
"""
FIGURE = """\
fig, ax = plotting.canvas()
ax.plot(day, daily, color=plotting.ROLE_COLORS["perpetual"])
ax.axhline(2.0 * per_trade, color=plotting.ROLE_COLORS["unhedged"])
ax.set(xlabel="time [days]", ylabel="fees paid [quote]", title="Fees of a daily habit")
plotting.show(fig, "Two lines: fees of a daily habit rise evenly, of one hedge stay flat.")
chosen = daily[[0, days // 2, -1]].round(2)
display(pd.DataFrame({"day": day[[0, days // 2, -1]], "fees [quote]": chosen}))
"""
CHECK_CELL = """\
parts = np.full(days, 2.0 * per_trade).sum()
residual = abs(parts - daily[-1])
report.check("parts-sum-to-the-whole", residual < 1e-9 * capital, f"residual {residual:.1e}")
implied = daily[-1] / (2.0 * days * capital)
report.check("fee-can-be-read-back", abs(implied - taker_fee) < 1e-12)
"""
FINDINGS_CELL = """\
share = daily[-1] / capital
display(
    Markdown(
        f"- The habit costs **{daily[-1]:,.0f}** of capital in {days} days"
        f" ({low:,.0f} to {high:,.0f}), which is {share:.1%} of it.\\n"
        f"- One hedge, opened and closed once, costs {2.0 * per_trade:,.0f}."
    )
)
"""
CLAIM_CELL = """\
claim = {
    "number": 1,
    "claim": "closing and opening costs little",
    "article": "little",
    "found": f"{share:.1%}",
    "low": round(low / capital, 4),
    "high": round(high / capital, 4),
    "unit": "of capital",
    "verdict": "contradicted",
    "reason": "It adds up.",
    "notebook": "good",
}
mime.emit(mime.CLAIM, claim, "claim 1: contradicted")
"""
STAMP = "report.stamp()"


def build() -> NotebookNode:
    """Put the cells together, not yet executed."""
    cells = [
        new_markdown_cell(QUESTION),
        code(PARAMETERS, "parameters"),
        code(IMPORTS),
        new_markdown_cell(DATA),
        code(DERIVED),
        new_markdown_cell(MODEL),
        code(RUN),
        code(FIGURE),
        new_markdown_cell(READING),
        new_markdown_cell(CHECKS),
        code(CHECK_CELL, "checks"),
        new_markdown_cell(FINDINGS),
        code(FINDINGS_CELL, "findings"),
        code(CLAIM_CELL),
        new_markdown_cell(LIMITS),
        new_markdown_cell(REFERENCES),
        code(STAMP, "nbval-ignore-output"),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02d}"
        cell.source = cell.source.strip()
    return new_notebook(cells=cells)


def code(source: str, *tags: str) -> NotebookNode:
    """Build a code cell with its tags."""
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def execute() -> str:
    """Run the notebook in a kernel and return it as it is stored."""
    notebook = build()
    os.environ.pop("MPLBACKEND", None)  # the kernel draws in the notebook
    os.environ["PYTHONPATH"] = str(ROOT)
    # ipykernel 7.3 warns of plain TCP at every start; encryption is the remedy.
    config = Config({"KernelManager": {"transport_encryption": "auto"}})
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": folder}},
            config=config,
        )
        client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = smaller(output.data["image/png"])
    names = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": names, "language_info": {"name": "python"}}
    return nbformat.writes(notebook) + "\n"


def smaller(image: str) -> str:
    """Keep every fourth pixel: fifty copies of this picture are stored, and none is compared."""
    buffer = io.BytesIO()
    pixels = imread(io.BytesIO(base64.b64decode(image)), format="png")[::4, ::4, :3]
    imsave(buffer, pixels, format="png", metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def load() -> NotebookNode:
    """Read the stored notebook, each time anew."""
    return nbformat.read(PATH, as_version=4)
