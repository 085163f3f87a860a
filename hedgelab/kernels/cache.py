"""Where machine code is kept between runs.  It is run, so the place must be the user's alone."""

import functools
import os
import pathlib
import stat
import sys
import tempfile
import warnings

NOTICE = "hedgelab: compiling the engine for this machine, once; later runs start at once"


@functools.cache
def cache_folder():
    """The user's own folder for machine code, or None when it cannot be trusted or written."""
    folder = pathlib.Path(os.environ.get("HEDGELAB_CACHE") or usual_folder())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        private = not hasattr(os, "getuid") or (
            status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        )
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError):
        private = False
    if not private:
        warnings.warn(
            f"machine code is not kept between runs: {folder} is not writable by you alone; "
            "set HEDGELAB_CACHE to a private folder",
            stacklevel=2,
        )
        return None
    return folder


def usual_folder():
    """Where the system keeps a user's caches."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path("~/.cache").expanduser()
    return pathlib.Path(home) / "hedgelab"


@functools.cache
def say_once():
    """Say once that something is being compiled; runs that own their output set HEDGELAB_QUIET."""
    if not os.environ.get("HEDGELAB_QUIET"):
        print(NOTICE, file=sys.stderr)


def say_once_if_cold():
    """Say it before kernels whose output is not shown, where nothing was ever compiled."""
    folder = cache_folder()
    if folder is None or not any(folder.glob("driver_*.py")):
        say_once()
