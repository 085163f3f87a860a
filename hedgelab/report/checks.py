"""What a notebook says about itself: its checks, and the stamp that it ran to the end."""

from __future__ import annotations

import os
import platform
import re
import time
from importlib import metadata
from typing import Any, Final

from hedgelab.errors import NotebookFailed, ParameterError
from hedgelab.report import mime

LIBRARIES: Final = ("numpy", "numba", "pandas", "scipy", "matplotlib", "papermill")
IDENTIFIER: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_passed: dict[str, str] = {}  # this kernel's checks, in order; running a cell twice counts once


def check(identifier: str, condition: Any, detail: str = "") -> None:
    """One line that says the check passed, or an error that ends the notebook.

    Parameters
    ----------
    identifier : str
        Lower-case words joined by hyphens; the report lists it.
    condition : bool
        A comparison's result. A number is refused: NaN would count as true.
    detail : str, optional
        The residual or count behind the verdict.

    Raises
    ------
    NotebookFailed
        If the condition is false.
    """
    if not IDENTIFIER.fullmatch(identifier):
        raise ParameterError(f"check identifier {identifier!r}", remedy="use words-with-hyphens")
    if type(condition).__name__ not in ("bool", "bool_"):  # bool_ is NumPy's name before 2.0
        raise ParameterError(
            f"check {identifier} got a {type(condition).__name__}",
            remedy="give one True or False, such as a comparison",
        )
    note = f" ({' '.join(detail.split())})" if detail else ""
    if not condition:
        raise NotebookFailed(f"check {identifier}: failed{note}")
    _passed[identifier] = detail
    print(f"check {identifier}: passed{note}")


def stamp(market: Any = None) -> None:
    """Versions, data digest and the sign that the notebook ran to its last cell.

    Parameters
    ----------
    market : Market or str, optional
        The market (its digest is shown when it was read from a file), or a digest.

    Notes
    -----
    Commit and duration appear in rendered reports only, so that recorded
    notebooks keep the same bytes; the renderer hands them over by environment.
    """
    digest = market if isinstance(market, str) else getattr(market, "digest", "") or ""
    versions = {"hedgelab": _version("hedgelab"), "python": platform.python_version()}
    versions |= {name: _version(name) for name in LIBRARIES}
    data: dict[str, Any] = {"versions": versions, "digest": digest}
    if started := os.environ.get("HEDGELAB_STARTED"):
        data["seconds"] = round(time.time() - float(started), 1)
        data["commit"] = os.environ.get("HEDGELAB_COMMIT", "")
    lines = [f"{name} {version}" for name, version in versions.items()]
    mime.emit(mime.STAMP, data, ", ".join([*lines, f"data {digest or 'simulated'}"]))
    identifiers = list(_passed)
    mime.emit(
        mime.SENTINEL,
        {"complete": True, "checks": identifiers},
        f"complete, {len(identifiers)} checks passed",
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
