"""A rule typed in a notebook cell, as a trader would: it runs, and its edits are noticed."""

from __future__ import annotations

import inspect
import os
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

import hedgelab as hl
from hedgelab import select
from hedgelab.kernels.records import Position
from tests.kernels.by_hand import bar, coin

PAGE = Path(hl.__file__).parents[1] / "docs" / "your-own-rule.md"
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


# -- the page ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def page():
    """What the blocks of docs/your-own-rule.md leave behind, run one after the other."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    scope = {"__name__": "page"}
    for number, block in enumerate(blocks):
        exec(compile(block, f"block {number} of {PAGE.name}", "exec", dont_inherit=True), scope)
    return SimpleNamespace(n_blocks=len(blocks), **scope)


def test_page_shows_one_rule_of_each_form(page):
    # imports, a target of the market, one of the account, a timing, and the run
    assert page.n_blocks == 5
    forms = [tuple(inspect.signature(rule).parameters) for rule in (page.carry, page.floor)]
    assert forms == [("bar", "state", "rule"), ("bar", "position", "state", "rule")]
    assert page.ledger.names == ("unhedged", "carry", "floor", "at ten")
    # the floor keeps 4 x (1.5 - 0.9 x 1.5) = 0.6 of exposure: 0.4 are sold at t0; ten o'clock is
    # the tenth hour after t0
    ratio = page.ledger["mean_hedge_ratio"].mean(axis=0)
    assert ratio[0] == 0.0
    assert 0.05 < ratio[1] < 0.5
    assert 0.3 < ratio[2] < 1.0
    assert page.ledger["hours_hedged"][:, 3] == pytest.approx(2 * 168.0 - 10.0)


def test_rules_of_the_page_decide_what_is_worked_out_by_hand(page):
    # lookback 1: the average is the last basis
    dear, cheap = (bar(0.0, coin(100.0, mark)) for mark in (100.1, 99.9))
    rule = page.Carry(ratio=0.5, lookback=1.0)
    assert [page.carry(now, page.Premium(), rule)[0] for now in (dear, cheap)] == [0.5, 0.0]
    # equity 1000 of a peak of 1000: 4 x 100 of exposure are kept of 900, so 500 are sold at 100;
    # at 800 the cushion is gone and all is sold; at a holding of 300 nothing is
    at = Position(0.0, 9.0, False, 0.0, 1000.0, 1000.0, 900.0, 1e9)
    found = [at, at._replace(equity=800.0), at._replace(holding_value=300.0)]
    sold = [page.floor(bar(), each, page.Nothing(), page.Floor())[0] for each in found]
    assert sold == [pytest.approx(-5.0), pytest.approx(-9.0), 0.0]
    # every day at 9, when 0.05 x 9 coins are astray: -0.5 is, -0.4 is not
    state, fires = page.Clock(), []
    for hour in range(60):
        wanted = -0.4 if hour < 30 else -0.5
        decision, state = page.daily(bar(hour), at, wanted, state, page.Daily())
        fires += [hour] * bool(decision.fires)
    assert fires == [33, 57]


def test_rules_of_the_page_give_the_same_bytes_in_plain_python(page):
    few = replace(page.market, n_paths=2, n_bars=60)
    for book in (hl.Book(), hl.Book(leverage=5, holding="perp", margin_mode="cross")):
        plain, lanes = (
            hl.simulate(few, page.hedges, venue="binance", book=book, speed=speed)
            for speed in ("plain", "lanes")
        )
        assert all(plain[name].tobytes() == lanes[name].tobytes() for name in plain)


def test_target_of_the_account_is_asked_before_t0_as_if_one_coin_were_held():
    class Unused(NamedTuple):
        unused: float = 0.0

    class Coins(NamedTuple):
        before: float = 0.0

    def remember(bar, position, state: Coins, rule: Unused):
        before = hl.select(bar.time < 0.0, position.holding, state.before)
        return -before, Coins(before)

    remember.__annotations__ = {"state": Coins, "rule": Unused}
    market = hl.scenarios.gbm(n_bars=8, n_paths=1, warm_up=4, volatility=0.0)
    run = hl.simulate(market, hl.Hedge(remember, hl.Once(), "one"), venue="binance", speed="plain")
    # one coin of 100 is sold and bought back
    assert run["turnover"].item() == pytest.approx(200.0)


class Nothing(NamedTuple):
    unused: float = 0.0


class Near(NamedTuple):
    distance: float = 0.5


def told_by_name(bar, position, state: Nothing, rule: Near):
    return -select(position.distance < rule.distance, 1.0, 0.0) * position.holding, state


def told_by_place(bar, position, state: Nothing, rule: Near):
    return -select(position[-1] < rule.distance, 1.0, 0.0) * position.holding, state


def told_by_unpacking(bar, position, state: Nothing, rule: Near):
    *_, distance = position
    return -select(distance < rule.distance, 1.0, 0.0) * position.holding, state


@pytest.mark.parametrize("target", [told_by_name, told_by_place, told_by_unpacking])
def test_distance_to_liquidation_is_told_however_a_rule_reads_it(target):
    # a holding at 5x is a fifth from its liquidation: every path hedges at once
    market = hl.scenarios.gbm(n_bars=4, n_paths=3)
    hedge = hl.Hedge(hl.rule(target), hl.Once(), "near")
    book = hl.Book(leverage=5.0, holding="perp")
    ledger = hl.simulate(market, hedge, venue="binance", book=book, speed="plain")
    assert ledger["signals"].ravel().tolist() == [1.0, 1.0, 1.0]
