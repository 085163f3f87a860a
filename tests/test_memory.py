"""A ledger keeps what was asked for, and what would not fit is refused before it starts."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

import hedgelab as hl
from hedgelab import memory, simulation
from hedgelab.errors import ParameterError
from hedgelab.ledger import LINES, NotKept

MARKET = hl.scenarios.gbm(n_paths=300, n_bars=48, warm_up=0, seed=5)
CAST = [hl.presets.unhedged(), hl.presets.one_day(0.5), hl.presets.static(1.0)]
TEN_NUMBERS = {
    f"{end}_{field}"
    for end in ("first", "last")
    for field in ("index", "mark", "half_spread", "sigma", "volume")
}


@pytest.fixture(scope="module")
def whole():
    return hl.simulate(MARKET, CAST, venue="binance")


@pytest.fixture(scope="module")
def lines():
    return hl.simulate(MARKET, CAST, venue="binance", keep="lines")


def test_lines_are_kept_byte_for_byte(whole, lines) -> None:
    assert set(lines) == {*LINES, "equity_change", "turnover", "residual"} | TEN_NUMBERS
    assert all(lines[name].tobytes() == whole[name].tobytes() for name in lines)
    assert lines.lines().equals(whole.lines())
    assert lines.friction.tobytes() == whole.friction.tobytes()
    bills = [hl.attribution.bill(run, "one-day") for run in (lines, whole)]
    assert bills[0].equals(bills[1])
    paired = [hl.compare(run, against="unhedged") for run in (lines, whole)]
    assert paired[0].frame().equals(paired[1].frame())


def test_a_column_that_was_not_kept_is_named_in_one_line(lines) -> None:
    with pytest.raises(NotKept) as caught:
        lines["orders"]
    told = "no column 'orders', keep is 'lines', ledger; simulate with keep='all'"
    assert str(caught.value) == told
    assert "orders" not in lines
    with pytest.raises(NotKept, match=r"'mean_hedge_ratio', keep is 'lines'"):
        hl.compare(lines, against="hold less")


def test_a_column_that_never_was_is_told_with_those_there_are(whole) -> None:
    with pytest.raises(NotKept, match=r"no column 'fees'.*basis_pnl, .*turnover"):
        whole["fees"]


def test_keeping_something_else_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"keep is 'most', simulate; use lines or all"):
        hl.simulate(MARKET, CAST, venue="binance", keep="most")


@pytest.mark.parametrize("keep", ["lines", "all"])
@pytest.mark.parametrize("n_hedges", [1, 3])
def test_the_estimate_is_what_a_run_takes_at_its_peak(keep: str, n_hedges: int) -> None:
    market = replace(MARKET, n_paths=20_000, n_bars=2)
    hl.simulate(market, CAST[:n_hedges], venue="binance", keep=keep)  # compiled before it counts
    tracemalloc.start()
    ledger = hl.simulate(market, CAST[:n_hedges], venue="binance", keep=keep)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ledger.keep == keep
    # what a run takes beside the ledger, a tile and some Python, does not grow with paths
    assert peak == pytest.approx(simulation.n_bytes(market, n_hedges, keep), rel=0.1)


def test_what_does_not_fit_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1e9)
    monkeypatch.setattr(simulation.engine, "plan", None)  # nothing may even be compiled
    market = replace(MARKET, n_paths=10_000_000)
    # 8 bytes x 10 million x (3 hedges x (26 + 1 + 3) columns + 10 numbers of the market) = 8 GB
    with pytest.raises(ParameterError) as caught:
        hl.simulate(market, CAST, venue="binance")
    assert str(caught.value) == (
        "it would take 8.0 GB of memory and 1.0 GB are free, simulate with keep='all'; "
        "keep='lines' takes half of it, use at most 1,250,000 paths"
    )
    # 8 x 10 million x (3 x (13 + 1 + 3) + 10) = 4.88 GB
    with pytest.raises(ParameterError, match=r"4\.9 GB .*; use at most 2,049,180 paths$"):
        hl.simulate(market, CAST, venue="binance", keep="lines")


def test_bars_of_all_paths_are_refused_when_they_do_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1e9)
    # 13 fields and 3 draws of the venue, 8 bytes, 49 bars: 6,272 bytes a path
    with pytest.raises(ParameterError, match=r"62\.7 GB .*; ask for at most 159,438 paths"):
        replace(MARKET, n_paths=10_000_000).bars()


def test_what_just_fits_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1e9)
    memory.require(1e9, where="here", smaller="", count=1)
    with pytest.raises(ParameterError, match=r"here; at most 99$"):
        memory.require(1.001e9, where="here", smaller="at most {most}", count=100)


def test_a_container_limits_memory_where_it_has_less_than_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    machine = memory.available()
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() == pytest.approx(machine, rel=0.5)
    (tmp_path / "memory.max").write_text("1024\n")
    assert memory.available() < 0.0  # this process alone has more than a kilobyte
