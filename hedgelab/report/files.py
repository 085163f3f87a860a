"""Writing so that a reader sees the old file or the new one, never half of either."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hedgelab.errors import CannotWrite, HedgelabError, Locked, WriteFailed

FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
TEMPORARY: Final = ".hedgelab-"
LOCK: Final = ".hedgelab.lock"
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def write(path: Path, content: str) -> None:
    """Write text to a file and see it onto the disk."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def move(source: Path, target: Path) -> None:
    """Move a written file into its place in one step."""
    os.replace(source, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def full(error: OSError) -> HedgelabError:
    """Return the one-line error for a failed write."""
    place = str(error.filename or "the output folder")
    if error.errno in FULL:
        reason = os.strerror(error.errno or 0)
        return WriteFailed(f"writing failed: {reason}", where=place, remedy="free some space")
    return CannotWrite(
        f"cannot write: {error.strerror}", where=place, remedy="choose another --out"
    )


@contextmanager
def unhurried() -> Iterator[None]:
    """Hold signals back while files move or processes end; the first arrives right after."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread ever sees a signal
        return
    held: list[int] = []
    # Handlers, not a mask: with other threads about, a mask of this one holds nothing back.
    before = {s: signal.signal(s, lambda number, _: held.append(number)) for s in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """Own an output folder: locked, writable, with a temporary folder that is gone at the end.

    Raises
    ------
    CannotWrite
        If the folder's parent is missing, it is a file, or it takes no files.
    Locked
        If another run owns it.
    """
    try:
        if not folder.is_dir():
            folder.mkdir()
        lock = _lock(folder)
    except OSError as error:
        raise full(error) from None
    temporary = None
    try:
        for stale in folder.glob(f"{TEMPORARY}*"):  # left by a run that was killed; we own the lock
            shutil.rmtree(stale, ignore_errors=True)
        try:
            temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=folder))
        except OSError as error:
            raise full(error) from None
        yield temporary
    finally:
        with unhurried():
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            (folder / LOCK).unlink(missing_ok=True)
            os.close(lock)


def _lock(folder: Path) -> int:
    path = folder / LOCK
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(handle)
            os.close(handle)
            raise Locked(
                f"{folder} is in use by {owner}", remedy="wait, or choose another --out"
            ) from None
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            break
        os.close(handle)  # the owner before us removed this very file: take the new one
    os.ftruncate(handle, 0)
    os.write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
    return handle


def _owner(handle: int) -> str:
    try:
        owner = json.loads(os.pread(handle, 4096, 0))
        return f"process {owner['pid']} on {owner['host']}"
    except (ValueError, KeyError):
        return "another run"
