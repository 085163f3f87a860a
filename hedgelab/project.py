"""Where things are, and what the machine gives: folders and cores."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

__all__ = ["DATA", "NOTEBOOKS", "REPORTS", "ROOT", "cores"]

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT / "data"
NOTEBOOKS: Final = ROOT / "notebooks"
REPORTS: Final = ROOT / "reports"


def cores() -> int:
    """Return the cores that this process may use. [1]"""
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1
