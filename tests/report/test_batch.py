"""Real kernels: killed, failing, leaving, interrupted. No false success, no loss, no orphan."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from hedgelab import cli
from hedgelab.report import batch as batch_of
from hedgelab.report.notebooks import Notebook
from tests.report.conftest import Folder

OLD = "an earlier report"


def sleeper(mark: Path) -> str:
    """Return a cell that leaves its kernel's and a grandchild's number, and stays."""
    return (
        "import os, subprocess, time\nfrom pathlib import Path\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        f"Path({str(mark)!r}).with_suffix('.part').write_text(f'{{os.getpid()}} {{child.pid}}')\n"
        f"Path({str(mark)!r}).with_suffix('.part').rename({str(mark)!r})\n"
        "time.sleep(600)"
    )


def numbers(mark: Path) -> list[int]:
    deadline = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < deadline, "the cell never began"
        time.sleep(0.05)
    return [int(word) for word in mark.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


FAILING = ("02_fails", "03_leaves", "04_killed", "05_vanishes", "06_bad_file")


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, int, str]:
    """One batch in which five of six notebooks fail, each in its own way."""
    folder = Folder(tmp_path_factory.mktemp("batch"))
    mark = folder.path / "mark"
    killed = sleeper(mark).replace("time.sleep(600)", "os.kill(os.getpid(), 9)")
    folder.add(
        "01_good",
        "import os\nprint(sorted(os.environ), label)\nopen('in the work place', 'w').close()",
    )
    folder.add("02_fails", "print('before')", "1 / 0", "print('after')")
    folder.add("03_leaves", "import sys\nsys.exit(0)")
    folder.add("04_killed", "print('before')", killed)
    folder.add("05_vanishes", "import os\nos._exit(0)")
    bad_file = "raise DataError('price is 0', where='p.csv:3')"
    folder.add("06_bad_file", f"from hedgelab.errors import DataError\n{bad_file}")
    for name in FAILING:
        (folder.out / f"{name}.html").write_text(OLD)
        nbformat.write(nbformat.v4.new_notebook(), folder.out / f"{name}.ipynb")
    label = '<script>alert(1)</script>\n"quoted" \\'
    return folder, *folder.run("render", "--jobs", "2", "-p", f"label={label}")


def test_a_batch_goes_on_and_says_what_failed(batch: tuple[Folder, int, str]) -> None:
    folder, code, said = batch
    assert code == 1, said
    assert "01_good      good" in said
    for name, words in {
        "02_fails": "ZeroDivisionError",
        "03_leaves": "SystemExit",
        "04_killed": r"kernel died \(signal 9\)",
        "05_vanishes": "ended the kernel",
        "06_bad_file": r"price is 0, p\.csv:3",
    }.items():
        assert re.search(rf"{name}\s+failed: .*{words}", said), said
    assert "hedgelab: error[NOTEBOOK] 5 of 6 notebooks failed" in said
    assert folder.left_over() == []


def test_failures_keep_the_old_report_and_leave_a_failed_one(
    batch: tuple[Folder, int, str],
) -> None:
    folder, _, _ = batch
    for name in FAILING:
        assert (folder.out / f"{name}.html").read_text() == OLD
        assert "This run failed" in (folder.out / f"{name}.failed.html").read_text()
    failed = (folder.out / "02_fails.failed.html").read_text()
    assert "before" in failed
    assert "ZeroDivisionError" in failed
    assert "after" not in failed.split("<main>")[1].split("ZeroDivisionError")[-1]
    assert not (folder.out / "01_good.failed.html").exists()


def test_a_killed_kernel_leaves_no_orphan(batch: tuple[Folder, int, str]) -> None:
    folder, _, _ = batch
    assert not any(alive(pid) for pid in numbers(folder.path / "mark"))


def test_a_good_report_is_harmless_and_complete(batch: tuple[Folder, int, str]) -> None:
    folder, _, _ = batch
    text = (folder.out / "01_good.html").read_text()
    ran = nbformat.read(folder.out / "01_good.ipynb", as_version=4)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "http" not in text.replace('http-equiv="Content', "")
    assert "canary" not in text + nbformat.writes(ran)  # the caller's environment stays out
    assert "CANARY_VARIABLE" not in text
    assert all("papermill" not in place.metadata for place in (ran, *ran.cells))
    assert str(folder.path) not in text
    assert '<a href="01_good.html">' in (folder.out / "index.html").read_text()
    assert json.loads((folder.out / "claims.json").read_text())["claims"] == []


def test_recording_twice_gives_the_same_bytes(folder: Folder) -> None:
    path = folder.add("01_good", "{'a': 1}")
    raw = json.loads(path.read_text())
    del raw["cells"][2]["id"]  # an old notebook: the identifier must not be a random one
    raw["cells"][1]["metadata"]["papermill"] = {"duration": 3}
    path.write_text(json.dumps(raw))
    assert folder.run("record")[0] == 0
    first = path.read_bytes()
    assert folder.run("record", "01")[0] == 0
    assert path.read_bytes() == first
    stored = json.loads(first)
    assert stored["cells"][2]["id"] == "cell-02"
    assert stored["metadata"]["language_info"] == {"name": "python"}
    assert [c["execution_count"] for c in stored["cells"][1:]] == [1, 2, 3, 4, 5]
    for word in (
        b'"papermill": {',
        b"timestamp",
        b"iopub",
        b"seconds",
        b"commit",
        str(folder.path).encode(),
    ):
        assert word not in first, word
    assert list(folder.notebooks.iterdir()) == [path]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_everything_within_two_seconds(
    folder: Folder, number: int, code: int
) -> None:
    folder.add("01_slow", sleeper(folder.path / "mark"))
    (folder.out / "01_slow.html").write_text(OLD)
    process = folder.start("render", start_new_session=True)
    pids = numbers(folder.path / "mark")
    if number == signal.SIGINT:
        refused, said = folder.run("render")
        assert refused == 75
        assert f"process {process.pid} on" in said
    began = time.monotonic()
    os.killpg(process.pid, number)  # as a terminal does
    os.killpg(process.pid, number)
    said, _ = process.communicate(timeout=10)
    assert time.monotonic() - began < 2.5
    assert process.returncode == code, said
    assert not any(alive(pid) for pid in pids)
    assert folder.left_over() == []
    assert [p.name for p in folder.out.iterdir()] == ["01_slow.html"]
    assert (folder.out / "01_slow.html").read_text() == OLD


def test_a_killed_program_takes_its_kernels_along_and_the_next_run_cleans_up(
    folder: Folder,
) -> None:
    path = folder.add("01_slow", sleeper(folder.path / "mark"))
    process = folder.start("render")
    pids = numbers(folder.path / "mark")
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    path.unlink()
    folder.add("01_slow", "import os\nos.kill(os.getpid(), 9)")
    code, said = folder.run("render")
    assert code == 138, said  # alone, a notebook gives its own exit code
    assert "error[KERNEL]" in said
    assert folder.left_over() == []


def test_a_file_system_that_is_full_is_74_and_keeps_the_old_report(folder: Folder) -> None:
    folder.add("01_large", "from IPython.display import HTML\nHTML('<p>' + 'x' * 100_000)")
    (folder.out / "01_large.html").write_text(OLD)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    code, said = folder.run("render", preexec_fn=small_files)
    assert code == 74, said
    assert "error[WRITE]" in said
    assert (folder.out / "01_large.html").read_text() == OLD
    assert [p.name for p in folder.out.iterdir()] == ["01_large.html"]


def test_the_longest_notebook_that_gathers_nothing_starts_first(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathers = ("from hedgelab import report\nreport.collected()", "1", "2", "3")
    cells = {"01_short": (), "02_long": ("1", "2"), "03_gathers": gathers}
    known = [Notebook(folder.add(name, *each)) for name, each in cells.items()]

    def only_say(made: Path, target: Path) -> None:
        raise RuntimeError(made.name)

    monkeypatch.setattr(batch_of, "_start", only_say)
    with pytest.raises(RuntimeError, match="02_long"):
        batch_of.record(known)


def test_reports_never_go_where_the_notebooks_are(folder: Folder) -> None:
    path = folder.add("01_good", "1")
    before = path.read_bytes()
    code, said = folder.run("render", "--out", str(folder.notebooks))
    assert code == 2, said
    assert "reports would overwrite the notebooks" in said
    assert path.read_bytes() == before


def test_as_many_notebooks_run_at_once_as_there_are_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(cli.project, "cores", lambda: 3)
    monkeypatch.setattr(cli.batch, "render", lambda *_, jobs: asked.append(jobs) or {})
    cli.program.main(["render", "--out", str(tmp_path)], standalone_mode=False)
    assert asked == [3]
