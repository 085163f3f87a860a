"""Scenario files: text typed by the notebooks, every trick of YAML refused with its place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hedgelab import project
from hedgelab.errors import HedgelabError
from hedgelab.report import scenario
from hedgelab.report.notebooks import discover, settings
from tests.report.conftest import Folder


def values_of(folder: Folder, text: str, *pairs: str) -> dict[str, dict[str, object]]:
    (folder.path / "small.yaml").write_text(text)
    known = discover(folder.notebooks)
    found = settings(known, known, pairs, folder.path / "small.yaml")
    return {name: dict(values) for name, values in found.items()}


def test_sections_apply_to_their_notebooks_and_the_command_line_wins(folder: Folder) -> None:
    folder.add("01_first")
    folder.add("02_second", parameters="weeks: int = 6  # length [1]\n")
    text = "01:\n  n_paths: 500\nall:\n  n_paths: 300\n  fee: 1e-4\n  weeks: 8\n"
    found = values_of(folder, text, "fee=0")
    assert found == {"01_first": {"n_paths": 500, "fee": 0.0}, "02_second": {"weeks": 8}}


def test_a_path_is_relative_to_the_scenario_file(folder: Folder) -> None:
    folder.add("01_first")
    (folder.path / "prices.csv").write_text("x")
    found = values_of(folder, "01_first:\n  history: prices.csv\n")
    assert found["01_first"]["history"] == str(folder.path / "prices.csv")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("all:\n  n_pahts: 5\n", 2, "did you mean n_paths"),
        ("03:\n  n_paths: 500\n", 2, "no notebook"),
        ("all:\n  n_paths: 010\n", 2, ":2:12"),
        ("all:\n  n_paths: 12:30\n", 2, ":2:12"),
        ("all:\n  netting: no\n", 2, "true or false"),
        ("all:\n  n_paths: 5\n", 2, "from 100"),
        ("all:\n  fee: .nan\n", 2, "finite"),
        ("all:\n  fee: 0\n  fee: 0.001\n", 2, "twice"),
        ("all:\n  label: !!python/object/apply:os.system [x]\n", 2, "tags"),
        ("all: &a\n  fee: 0\n01: *a\n", 2, "anchors"),
        ("all:\n  fee: [0, 1]\n", 2, "not a scenario.*:2:8"),
        ("all:\n  fee: {}\n", 2, "not a scenario"),
        ("all: 5\n", 2, "not a scenario.*:1:6"),
        ("? {a: 1}\n: 2\n", 2, "not a scenario"),
        ("all: " + "[" * 30_000, 2, "not a scenario"),
        ("all: " + "{a: " * 9 + "1" + "}" * 9, 2, "sections"),
        ("[1, 2]", 2, "not a scenario"),
        ("all:\n  fee: 0\n---\nall:\n", 2, "twice"),
        ("all:\n\tfee: 0\n", 2, "not YAML"),
        ("#" * 70_000, 2, "64 KB"),
        ("all:\n  history: https://x/y\n", 77, "address"),
        ("all:\n  history: missing.csv\n", 66, "missing.csv"),
    ],
)
def test_a_bad_scenario_is_refused(folder: Folder, text: str, code: int, words: str) -> None:
    folder.add("01_first")
    with pytest.raises(HedgelabError, match=words) as found:
        values_of(folder, text)
    assert found.value.exit_code == code


def test_a_billion_laughs_is_refused_at_the_first(folder: Folder) -> None:
    folder.add("01_first")
    bomb = "a: &a [x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*a, *a]\n" for i in range(20))
    with pytest.raises(HedgelabError, match="anchors"):
        values_of(folder, bomb)


def test_a_scenario_that_is_no_regular_file_is_not_opened(
    refused: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    fifo = tmp_path_factory.mktemp("f") / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, fifo.parent, fifo / "none"):
        refused(66, "render", "--scenario", str(path))


def test_a_scenario_cannot_name_a_folder_outside(
    refused: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("f") / "...yaml"  # its stem is two dots
    path.write_text("all:\n  fee: 0\n")
    refused(2, "render", "--scenario", str(path))


COMMITTED = sorted((project.REPORTS / "parameters").glob("*.yaml"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_committed_scenario_suits_the_notebooks_and_says_how_it_is_run(path: Path) -> None:
    known = discover(project.NOTEBOOKS)
    given = settings(known, known, (), path)  # refuses a name, a value or a file it cannot take
    names = {entry.name for entry in scenario.read(path)}
    assert {name for values in given.values() for name in values} == names
    words = path.read_text(encoding="utf-8")
    assert f"hedgelab render --scenario reports/parameters/{path.name}" in words


def test_there_is_a_scenario_for_each_kind_of_reader() -> None:
    assert {"alt-coin", "large", "real-btc", "small-account"} <= {path.stem for path in COMMITTED}
