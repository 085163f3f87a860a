"""An output folder has one owner, is tried before any work, and is left clean."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hedgelab.errors import CannotWrite, Locked
from hedgelab.report import files


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    with (
        files.workplace(tmp_path),
        pytest.raises(Locked, match=f"process {os.getpid()} on "),
        files.workplace(tmp_path),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_s_leftovers_go_with_the_next(tmp_path: Path) -> None:
    (tmp_path / ".hedgelab-old").mkdir()
    (tmp_path / files.LOCK).write_text("{")
    with files.workplace(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["missing/out", "file", "/proc/out", "file/out"])
def test_a_folder_that_takes_no_files_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Errno") as found, files.workplace(tmp_path / place):
        raise AssertionError("work began")
    assert isinstance(files.full(found.value), CannotWrite)


def test_so_says_the_program_before_any_work(refused: Callable[..., str]) -> None:
    refused(73, "render", "--out", "/proc/out")


def test_a_signal_waits_until_files_have_moved() -> None:
    done = []
    # A shell starts what it runs in the background with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def move() -> None:
        with files.unhurried():
            signal.raise_signal(signal.SIGINT)
            done.append("moved")

    try:
        with pytest.raises(KeyboardInterrupt):
            move()
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["moved"]


def test_a_disk_that_fills_up_is_74_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as found:
        files.write(tmp_path / "b", "new")
    assert files.full(found.value).exit_code == 74
    assert (tmp_path / "a").read_text() == "old"
