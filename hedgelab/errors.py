"""What can go wrong, in one line each, with the exit code the shell gets."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar

__all__ = [
    "CannotWrite",
    "DataError",
    "HedgelabError",
    "KernelDied",
    "Locked",
    "MissingInput",
    "NotebookFailed",
    "ParameterError",
    "Refused",
    "WriteFailed",
    "known",
]


class HedgelabError(Exception):
    """One clear line: what, where; what to do.

    Parameters
    ----------
    what : str
        What is wrong, in plain words.
    where : str, optional
        File, row, parameter or notebook it was found in.
    remedy : str, optional
        What the reader can do about it.
    """

    exit_code: ClassVar[int] = 70
    kind: ClassVar[str] = "INTERNAL"

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        """Return the line, with every control character made visible."""
        line = self.what + (f", {self.where}" if self.where else "")
        line += f"; {self.remedy}" if self.remedy else ""
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with all three parts, so that a spawned process can hand it back."""
        return _rebuild, (type(self), self.what, self.where, self.remedy)


def _rebuild(kind: type[HedgelabError], what: str, where: str, remedy: str) -> HedgelabError:
    return kind(what, where=where, remedy=remedy)


class ParameterError(HedgelabError, ValueError):
    """A parameter's name, type or value is not one the notebook or function takes."""

    exit_code = 2
    kind = "PARAMETER"


class DataError(HedgelabError, ValueError):
    """A file's content is not what it claims to be."""

    exit_code = 65
    kind = "DATA"


class MissingInput(HedgelabError, FileNotFoundError):
    """A file is absent, unreadable, or not a regular file."""

    exit_code = 66
    kind = "INPUT"


class CannotWrite(HedgelabError):
    """The output folder cannot take files: found before any work was done."""

    exit_code = 73
    kind = "OUTPUT"


class WriteFailed(HedgelabError):
    """A write failed half-way: disk full, quota, I/O error."""

    exit_code = 74
    kind = "WRITE"


class Locked(HedgelabError):
    """Another run is writing to the same output."""

    exit_code = 75
    kind = "LOCKED"


class Refused(HedgelabError):
    """Possible, but not allowed: a network address or a program's own format as a price file."""

    exit_code = 77
    kind = "POLICY"


class NotebookFailed(HedgelabError):
    """A cell raised, a check failed, or the notebook did not run to its end."""

    exit_code = 1
    kind = "NOTEBOOK"


class KernelDied(HedgelabError):
    """The notebook's kernel process ended before the notebook did."""

    exit_code = 138
    kind = "KERNEL"


def known(name: str, choices: Iterable[str], what: str, *, where: str = "") -> str:
    """Return the name, or refuse one that is not among the choices and say which there are.

    Examples
    --------
    >>> known("bybit", ["binance", "bybit"], "no venue")
    'bybit'
    >>> known("bibyt", ["binance", "bybit"], "no venue")
    Traceback (most recent call last):
    hedgelab.errors.ParameterError: no venue 'bibyt'; did you mean bybit?
    """
    there = list(choices)
    if name in there:
        return name
    near = get_close_matches(str(name), there, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"use one of {', '.join(there)}"
    raise ParameterError(f"{what} {name!r}", where=where, remedy=remedy)
