"""From a notebook to a report one can trust; notebooks themselves call the words below."""

from __future__ import annotations

from hedgelab.report.checks import check, stamp
from hedgelab.report.notes import facts, headline, quality
from hedgelab.report.scoreboard import collected

__all__ = ["check", "collected", "facts", "headline", "quality", "stamp"]
