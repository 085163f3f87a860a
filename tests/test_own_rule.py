"""A rule typed in a notebook cell, as a trader would: it runs, and its edits are noticed."""

from __future__ import annotations

import os

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

CELLS = (
    """
from typing import NamedTuple
import hedgelab as hl
from hedgelab import Decision, select

class Ratchet(NamedTuple):
    step: float = 0.02   # fall of the account that adds to the hedge [1]
    size: float = 0.25   # of the wanted hedge, added each time [1]

class RatchetState(NamedTuple):
    level: float = 0.0

def ratchet(bar, position, wanted, state: RatchetState, rule: Ratchet):
    drawdown = 1.0 - position.equity / position.peak
    deeper = drawdown > (state.level + 1.0) * rule.step
    recovered = (drawdown <= 0.0) & position.is_open
    level = select(deeper, state.level + 1.0, select(recovered, 0.0, state.level))
    size = select(level * rule.size > 1.0, 1.0, level * rule.size)
    return Decision(deeper | recovered, size * wanted, 0.0), RatchetState(level)
""",
    """
market = hl.scenarios.simulate("btc-2023", weeks=1, n_paths=40, seed=3)
own = hl.Hedge(hl.Constant(1.0), hl.rule(ratchet, step=0.01), name="ratchet")
run = hl.simulate(market, [own], venue=hl.venues.load("binance"))
assert run["orders"].max() > 2
""",
    """
from dataclasses import replace
few = replace(market, n_paths=2)
plain, lanes = (hl.simulate(few, [own], venue=hl.venues.load("binance"), speed=speed)
                for speed in ("plain", "lanes"))
assert all(plain[name].tobytes() == lanes[name].tobytes() for name in plain)
print("the same bytes")
""",
    """
class Ratchet(NamedTuple):
    step: float = 0.02
    size: float = 1.0    # an edited default, an edited rule: no old machine code may be served

def ratchet(bar, position, wanted, state: RatchetState, rule: Ratchet):
    deeper = 1.0 - position.equity / position.peak > rule.step
    return Decision(deeper, rule.size * wanted, 0.0), state

edited = hl.Hedge(hl.Constant(1.0), hl.rule(ratchet, step=0.01), name="ratchet")
again = hl.simulate(market, [edited], venue=hl.venues.load("binance"))
assert again["hedge_pnl"].tobytes() != run["hedge_pnl"].tobytes()
print("noticed")
""",
)


def test_a_rule_typed_in_a_cell_runs_and_its_edits_are_noticed():
    notebook = new_notebook(cells=[new_code_cell(source.strip()) for source in CELLS])
    os.environ["HEDGELAB_QUIET"] = "1"
    config = Config({"KernelManager": {"transport_encryption": "auto"}})
    NotebookClient(notebook, kernel_name="python3", timeout=300, config=config).execute()
    printed = [output.text for cell in notebook.cells for output in cell.outputs]
    assert printed == ["the same bytes\n", "noticed\n"]
