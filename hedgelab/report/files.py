"""Writing so that a reader sees the old file or the new one, never half of either."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import socket
import tempfile
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


def full(error: OSError) -> HedgelabError:
    """Return the one-line error for a failed write."""
    place = str(error.filename or "the output folder")
    if error.errno in FULL:
        what = f"writing failed: {error.strerror}"
        return WriteFailed(what, where=place, remedy="free some space")
    what = f"cannot write: {error.strerror}"
    return CannotWrite(what, where=place, remedy="choose another --out")


@contextmanager
def unhurried() -> Iterator[None]:
    """Hold signals back while files move or processes end; the first arrives right after."""
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
    OSError
        If the folder's parent is missing, it is a file, or it takes no files.
    Locked
        If another run owns it.
    """
    folder.mkdir(exist_ok=True)
    with (folder / LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The owner before us may have removed this very file after we opened it.
            ours = os.path.samestat(os.fstat(lock.fileno()), os.stat(folder / LOCK))
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            lock.seek(0)
            owner = lock.read(200) or "another run"
            what = f"{folder} is in use by {owner}"
            raise Locked(what, remedy="wait, or choose another --out")
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()
        try:
            for stale in folder.glob(f"{TEMPORARY}*"):  # left by a run that was killed
                shutil.rmtree(stale, ignore_errors=True)
            yield Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=folder))
        finally:
            with unhurried():
                for temporary in folder.glob(f"{TEMPORARY}*"):
                    shutil.rmtree(temporary, ignore_errors=True)
                (folder / LOCK).unlink(missing_ok=True)
