"""What a notebook says about itself: its checks, and the stamp that it ran to the end."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from typing import Any, Final

from hedgelab import __version__
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
        what = f"check {identifier} got a {type(condition).__name__}"
        raise ParameterError(what, remedy="give one True or False, such as a comparison")
    note = f" ({' '.join(detail.split())})" if detail else ""
    if not condition:
        raise NotebookFailed(f"check {identifier}: failed{note}")
    _passed[identifier] = detail
    print(f"check {identifier}: passed{note}")


def stamp(market: Any = None) -> None:
    """Versions, data digest and the sign that the notebook ran to its last cell.

    Parameters
    ----------
    market : Market, optional
        Its digest is shown when it was read from a file.

    """
    digest = getattr(market, "digest", "") or ""
    versions = {"hedgelab": __version__, "python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in LIBRARIES}
    lines = [f"{name} {version}" for name, version in versions.items()]
    data = {"versions": versions, "digest": digest}
    mime.emit(mime.STAMP, data, ", ".join([*lines, f"data {digest or 'simulated'}"]))
    identifiers = list(_passed)
    mime.emit(
        mime.SENTINEL,
        {"complete": True, "checks": identifiers},
        f"complete, {len(identifiers)} checks passed",
    )
