"""Where things are: the single source of the project's folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["DATA", "NOTEBOOKS", "REPORTS", "ROOT"]

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT / "data"
NOTEBOOKS: Final = ROOT / "notebooks"
REPORTS: Final = ROOT / "reports"
