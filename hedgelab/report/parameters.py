"""What a notebook may be told: read from its parameters cell, checked before a kernel starts."""

from __future__ import annotations

import ast
import keyword
import math
import os
import re
import stat
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, cast

from hedgelab.errors import MissingInput, NotebookFailed, ParameterError, Refused

Value = bool | int | float | str

LINE: Final = re.compile(r"(?P<code>[^#=]+=[^=]*?)(?:\s*#\s*(?P<help>[^=]*))?")
UNIT: Final = re.compile(r"\[(?P<unit>[^\[\]]+)\]")
NUMBER: Final = r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
RANGE: Final = re.compile(rf"\((?P<low>{NUMBER}) to (?P<high>{NUMBER})\)\s*$")
AT_LEAST: Final = re.compile(rf"\(at least (?P<low>{NUMBER})\)\s*$")
CHOICES: Final = re.compile(r"\(one of: (?P<words>[^()]+)\)\s*$")
WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
DECIMAL: Final = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
SECRET: Final = re.compile(r"key|secret|token|passw", re.IGNORECASE)
ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(?:file|data|https?|ftp|s3|gs):|\\\\|//")
TYPES: Final = {"bool": bool, "int": int, "float": float, "str": str}


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell.

    Attributes
    ----------
    name, help, unit : str
        The name, what it means, and its unit without brackets.
    type : type
        bool, int, float or str.
    default : bool, int, float or str
    low, high : float or None
        The allowed range, ends included.
    choices : tuple of str
        The allowed words; empty if any text is.
    """

    name: str
    type: type[Value]
    default: Value
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def value_of(self, text: str, *, where: str, folder: Path) -> Value:
        """Return `text` as this parameter's value, or say in one line why it cannot be.

        A parameter whose unit is ``[path]`` is made absolute, relative to `folder`.
        """
        self._must_be_text(text, where)
        if self.type is bool:
            if text not in ("true", "false", "True", "False"):
                raise self.wrong(text, "true or false", where)
            return text in ("true", "True")
        if self.type is int:
            if not WHOLE.fullmatch(text):
                raise self.wrong(text, "a whole number, such as 5", where)
            return self._in_range(int(text), text, where)
        if self.type is float:
            number = float(text) if DECIMAL.fullmatch(text) else math.nan
            if not math.isfinite(number) or (number == 0.0 and math.copysign(1.0, number) < 0):
                raise self.wrong(text, "a finite number, such as 0.5 or 1e-4", where)
            return self._in_range(number, text, where)
        if self.choices and text not in self.choices:
            raise self.wrong(
                text, f"one of {', '.join(self.choices)}{_hint(text, self.choices)}", where
            )
        return existing_file(text, folder, where=where) if self.unit == "path" and text else text

    def wrong(self, text: str, wanted: str, where: str) -> ParameterError:
        """Return the error for a value that is not what is wanted."""
        shown = text if len(text) <= 60 else text[:57] + "..."
        return ParameterError(
            f"{self.name} cannot be {shown!r}", where=where, remedy=f"give {wanted}"
        )

    def _must_be_text(self, text: str, where: str) -> None:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise self.wrong(ascii(text), "valid UTF-8 text", where) from None

    def _in_range(self, number: int | float, text: str, where: str) -> int | float:
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= number <= high:
            raise self.wrong(text, f"a value {self.range}", where)
        return number

    @property
    def range(self) -> str:
        """The allowed range in words; empty if there is none."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.low is None:
            return ""
        return (
            f"from {self.low:g} to {self.high:g}" if self.high is not None else f"from {self.low:g}"
        )


def schema(source: str, *, where: str) -> dict[str, Parameter]:
    """Read a parameters cell: lines ``name: type = literal  # meaning [unit] (low to high)``.

    Stricter than papermill's inspector, which drops a line it cannot read.
    """
    found: dict[str, Parameter] = {}
    for row, line in enumerate(source.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            parameter = _parameter(line, where=f"{where}, parameters cell, line {row}")
            found[parameter.name] = parameter
    return found


def _parameter(line: str, *, where: str) -> Parameter:
    fault = NotebookFailed(
        "a parameter that cannot be read",
        where=where,
        remedy="write name: type = literal  # meaning [unit], one line, no second =",
    )
    parts = LINE.fullmatch(line)
    try:
        match ast.parse(line.strip()).body:
            case [ast.AnnAssign(ast.Name(name), ast.Name(word), ast.expr() as literal)] if parts:
                kind, default = TYPES[word], cast(Value, ast.literal_eval(literal))
            case _:
                raise fault
    except (SyntaxError, ValueError, KeyError):
        raise fault from None
    if type(default) is not kind:
        raise fault
    words = (parts["help"] or "").strip()
    unit, choices = UNIT.search(words), CHOICES.search(words)
    span = RANGE.search(words) or AT_LEAST.search(words)
    bounds = span.groupdict() if span else {}
    parameter = Parameter(
        name=name,
        type=kind,
        default=default,
        help=words,
        unit=unit["unit"] if unit else "",
        low=float(bounds["low"]) if "low" in bounds else None,
        high=float(bounds["high"]) if "high" in bounds else None,
        choices=tuple(word.strip() for word in choices["words"].split(",")) if choices else (),
    )
    if not (kind is str and parameter.unit == "path"):
        parameter.value_of(str(default), where=where, folder=Path())  # its own default must pass
    return parameter


def checked_name(name: str, known: list[str], *, where: str) -> str:
    """Return `name` if it is one of the known; never let a name be code or a secret."""
    if (
        not (name.isascii() and name.isidentifier())
        or keyword.iskeyword(name)
        or name.startswith("__")
    ):
        shown = name if len(name) <= 60 else name[:57] + "..."
        raise ParameterError(
            f"{shown!r} is not a parameter name", where=where, remedy="use name=value"
        )
    if SECRET.search(name):
        raise Refused(
            f"parameter {name} looks like a secret, and parameters are written into the report",
            where=where,
            remedy="no notebook needs one; keep it in an environment variable",
        )
    if name not in known:
        remedy = _hint(name, known).strip(", ") or f"choose from {', '.join(known)}"
        raise ParameterError(f"no parameter {name}", where=where, remedy=remedy)
    return name


def existing_file(text: str, folder: Path, *, where: str) -> str:
    """Return the absolute path of a readable regular file, without opening it."""
    if ADDRESS.match(text):
        raise Refused(
            "a network address as a file", where=where, remedy="download it first, give its path"
        )
    path = Path(os.path.abspath(folder / Path(text).expanduser()))
    shown = str(path)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise MissingInput(f"no file {shown}", where=where, remedy="check the path") from None
    if not stat.S_ISREG(mode):
        raise MissingInput(f"{shown} is not a regular file", where=where, remedy="give a file")
    if not os.access(path, os.R_OK):
        raise MissingInput(f"{shown} cannot be read", where=where, remedy="check its permissions")
    return shown


def _hint(word: str, known: Any) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f", did you mean {close[0]}?" if close else ""
