"""Parameters are checked before a kernel starts: exit 2, nothing written, one line said."""

from __future__ import annotations

import ast
import math
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from papermill.translators import PythonTranslator

from hedgelab.errors import NotebookFailed
from hedgelab.report.notebooks import Notebook, discover, settings
from hedgelab.report.parameters import schema
from tests.report.conftest import PARAMETERS, Folder

Refusal = Callable[..., str]


def test_a_misspelt_name_is_refused_with_a_hint(refused: Refusal) -> None:
    assert "did you mean n_paths?" in refused(2, "render", "-p", "n_pahts=5")


@pytest.mark.parametrize(
    "name",
    ["a b", "x=1;import os", "class", "__class__", "1st", "a.b", "né", "", "f(x)", "n_paths\n"],
)
def test_a_name_that_is_code_is_refused(refused: Refusal, name: str) -> None:
    refused(2, "render", "-p", f"{name}=1")


@pytest.mark.parametrize(
    "pair",
    [
        *("n_paths=99", "n_paths=2000001", "n_paths=5.5", "n_paths=5e3", "n_paths=0400"),
        *(
            "n_paths=1_000",
            "n_paths=\u0665\u0660\u0660",
            "n_paths=",
            "n_paths=nan",
            "n_paths=0x400",
        ),
        *("fee=nan", "fee=inf", "fee=1e400", "fee=-0.0", "fee=5%", "fee=0,05", "fee=1_0"),
        *("fee=0.5", "fee=-0.005", "fee=__import__('os')", "netting=no", "netting=1", "venue=okx"),
        "netting",
    ],
)
def test_a_value_that_is_not_the_type_or_out_of_range_is_refused(
    refused: Refusal, pair: str
) -> None:
    refused(2, "render", "-p", pair)


def test_the_value_of_an_unknown_name_is_not_repeated(refused: Refusal) -> None:
    assert "hunter2" not in refused(2, "render", "-p", "api_key=hunter2")


def test_a_name_given_twice_is_refused(refused: Refusal) -> None:
    refused(2, "render", "-p", "fee=0", "-p", "fee=0.001")


def test_an_unknown_notebook_is_refused_with_a_hint(refused: Refusal) -> None:
    assert "01_first" in refused(2, "render", "01_frist")


@pytest.mark.parametrize("address", ["http://x/y.csv", "s3://a/b", "file:///etc/hosts", "//host/x"])
def test_a_network_address_as_a_file_is_refused(refused: Refusal, address: str) -> None:
    refused(77, "render", "-p", f"history={address}")


def test_a_file_that_is_none_is_refused_without_opening_it(
    refused: Refusal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fifo = tmp_path_factory.mktemp("files") / "fifo"
    os.mkfifo(fifo)  # opening it would hang
    for path in (fifo, fifo.parent, Path("/dev/zero"), fifo / "no such file"):
        refused(66, "render", "-p", f"history={path}")


def values_of(folder: Folder, *pairs: str) -> dict[str, object]:
    folder.add("01_first")
    known = discover(folder.notebooks)
    return dict(settings(known, known, pairs, None)["01_first"])


def test_values_get_the_type_of_the_parameter(folder: Folder) -> None:
    values = values_of(folder, "n_paths=500", "fee=1e-4", "netting=true", "venue=bybit")
    assert values == {"n_paths": 500, "fee": 1e-4, "netting": True, "venue": "bybit"}
    assert [type(value) for value in values.values()] == [int, float, bool, str]


def test_a_path_is_made_absolute(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.path)
    (folder.path / "prices.csv").write_text("time,close\n")
    assert values_of(folder, "history=prices.csv") == {"history": str(folder.path / "prices.csv")}


HOSTILE = [
    "'\"\\",
    "a\nb",
    "\u2028",
    "\x00\x1b[31m",
    "{{7*7}}",
    "__import__('os').system('x')",
    "é" * 10**6,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_reaches_the_kernel_as_the_same_text(folder: Folder, text: str) -> None:
    label = values_of(folder, f"label={text}")["label"]
    assert label == text
    line = PythonTranslator.codify({"label": label})
    assert ast.literal_eval(ast.parse(line).body[0].value) == text  # type: ignore[attr-defined]


def test_the_parameters_cell_is_read_as_papermill_reads_it() -> None:
    ours = schema(PARAMETERS, where="here")
    theirs = PythonTranslator.inspect(nbformat.v4.new_code_cell(PARAMETERS))
    assert [(p.name, p.type.__name__, p.help) for p in ours.values()] == [
        (p.name, p.inferred_type_name, p.help) for p in theirs
    ]


def test_range_choices_and_unit_stand_in_the_help() -> None:
    found = schema(PARAMETERS, where="here")
    assert (found["n_paths"].low, found["n_paths"].high, found["n_paths"].unit) == (100, 2e6, "1")
    assert found["venue"].choices == ("binance", "bybit")
    assert (found["netting"].low, found["netting"].high) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    "line",
    [
        *("a = 1  # no type", "a: int = f()", "a: int = 1.5", "a: int = 1  # a=b", "import os"),
        *("a: list = []", "a: int = 5  # (10 to 20)", "a: float = 1", "a: int = 1; b: int = 2"),
    ],
)
def test_a_parameters_line_that_cannot_be_read_is_an_error_with_its_place(line: str) -> None:
    with pytest.raises((NotebookFailed, ValueError), match="line 2"):
        schema(f"ok: int = 1  # fine\n{line}", where="01.ipynb")


def test_list_shows_question_types_and_help(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    from hedgelab import cli

    folder.add("01_first")
    with pytest.raises(SystemExit) as ended:
        cli.main(folder.arguments("list"))
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "What does first do?" in said
    assert "n_paths: int = 4000" in said
    assert "simulated paths [1] (100 to 2000000)" in said


def test_a_file_that_is_no_notebook_is_named(folder: Folder) -> None:
    (folder.notebooks / "01_bad.ipynb").write_text("{")
    with pytest.raises(NotebookFailed, match="01_bad"):
        _ = Notebook(folder.notebooks / "01_bad.ipynb").parameters
