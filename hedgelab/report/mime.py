"""Names of the machine-readable outputs a notebook leaves for the report and the index."""

from __future__ import annotations

from typing import Any, Final

from hedgelab import claims

CLAIM: Final = claims.MIME
SENTINEL: Final = "application/vnd.hedgelab.sentinel+json"
STAMP: Final = "application/vnd.hedgelab.stamp+json"
FACTS: Final = "application/vnd.hedgelab.facts+json"
QUALITY: Final = "application/vnd.hedgelab.quality+json"
HEADLINE: Final = "application/vnd.hedgelab.headline+json"
FOR_THE_PAGE: Final = {SENTINEL, STAMP, FACTS, QUALITY, HEADLINE}  # not for its flow


def emit(mime: str, data: dict[str, Any], text: str) -> None:
    """Show `text` in the notebook and leave `data` for the report."""
    from IPython.display import display  # imported here: the package itself stays light

    display({mime: data, "text/plain": text}, raw=True)  # type: ignore[no-untyped-call]
