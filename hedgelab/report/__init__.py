"""From a notebook to a report one can trust; notebooks themselves call the words below."""

from __future__ import annotations

from hedgelab.report.checks import check, stamp
from hedgelab.report.notes import facts, headline, quality

__all__ = ["check", "facts", "headline", "quality", "stamp"]
