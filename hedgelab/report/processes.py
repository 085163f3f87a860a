"""Processes: quick to start, and ended together with everything they started."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from typing import Final

import psutil

PR_SET_CHILD_SUBREAPER: Final = 36  # linux/prctl.h


def start_quickly() -> None:
    """Spare our processes an import of two seconds.

    jsonschema, under nbformat, builds a grammar of web addresses from an optional
    package at import; no notebook format uses it.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def adopt_orphans() -> None:
    """Keep grandchildren findable when the process between them and us dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants() -> None:
    """Kill all descendants of this process."""
    for _ in range(10):  # a child may fork while we look: look again
        family = psutil.Process().children(recursive=True)
        if not family:
            break
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=0.2)
