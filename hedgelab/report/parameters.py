"""What a notebook may be told: read from its parameters cell, checked before a kernel starts."""

from __future__ import annotations

import ast
import math
import os
import re
from dataclasses import dataclass
from typing import Final

from hedgelab.errors import MissingInput, NotebookFailed, ParameterError, Refused

Value = bool | int | float | str

TYPES: Final = {"bool": bool, "int": int, "float": float, "str": str}
LINE: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*): (?P<type>\w+) = (?P<default>[^#=]+?)\s*(?:#\s*(?P<help>[^=]*))?"
)
UNIT: Final = re.compile(r"\[([^\[\]]+)\]")
RANGE: Final = re.compile(r"\(([-+.\deE]+) to ([-+.\deE]+)\)\s*$")
CHOICES: Final = re.compile(r"\(one of: ([^()]+)\)\s*$")
FORMS: Final = {  # how a value is written, and what to ask for where it is not
    bool: ("true|false|True|False", "true or false"),
    int: (r"[-+]?(?:0|[1-9][0-9]{0,18})", "a whole number, such as 5"),
    float: (
        r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?",
        "a finite number, such as 0.5 or 1e-4",
    ),
    str: (r"[^\ud800-\udfff]*", "valid UTF-8 text"),
}
ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|\\\\|//")


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
    low, high : float
        The allowed range, ends included.
    choices : tuple of str
        The allowed words; empty if any text is.
    """

    name: str
    type: type[Value]
    default: Value
    help: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()

    def value_of(self, text: str, *, where: str, folder: str = "") -> Value:
        """Return `text` as this parameter's value, or say in one line why it cannot be.

        A parameter whose unit is ``[path]`` is made absolute, relative to `folder`.
        """
        form, wanted = FORMS[self.type]
        value: Value = math.nan
        if re.fullmatch(form, text):
            value = text in ("true", "True") if self.type is bool else self.type(text)
        if repr(value) in ("nan", "inf", "-inf", "-0.0"):
            raise self._wrong(text, wanted, where)
        if self.choices and text not in self.choices:
            raise self._wrong(text, f"one of {', '.join(self.choices)}", where)
        if isinstance(value, str):
            return (
                existing_file(text, folder, where=where) if self.unit == "path" and text else text
            )
        if not self.low <= value <= self.high:
            raise self._wrong(text, f"a value from {self.low:g} to {self.high:g}", where)
        return value

    def _wrong(self, text: str, wanted: str, where: str) -> ParameterError:
        shown = text if len(text) <= 60 else text[:57] + "..."
        return ParameterError(
            f"{self.name} cannot be {shown!r}", where=where, remedy=f"give {wanted}"
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
    parts = LINE.fullmatch(line)
    try:
        if not parts:
            raise ValueError(line)
        kind: type[Value] = TYPES[parts["type"]]
        default: Value = ast.literal_eval(parts["default"])
        if type(default) is not kind:
            raise ValueError(line)
    except (SyntaxError, ValueError, KeyError):
        raise NotebookFailed(
            "a parameter that cannot be read",
            where=where,
            remedy="write name: type = literal  # meaning [unit], one line, no second =",
        ) from None
    words = (parts["help"] or "").strip()
    unit, span, choices = UNIT.search(words), RANGE.search(words), CHOICES.search(words)
    parameter = Parameter(
        name=parts["name"],
        type=kind,
        default=default,
        help=words,
        unit=unit[1] if unit else "",
        low=float(span[1]) if span else -math.inf,
        high=float(span[2]) if span else math.inf,
        choices=tuple(word.strip() for word in choices[1].split(",")) if choices else (),
    )
    if parameter.unit != "path":
        parameter.value_of(str(default), where=where)  # its own default must pass
    return parameter


def existing_file(text: str, folder: str = "", *, where: str) -> str:
    """Return the absolute path of a readable regular file, without opening it."""
    if ADDRESS.match(text):
        what = "a network address as a file"
        raise Refused(what, where=where, remedy="download it first, give its path")
    path = os.path.abspath(os.path.join(folder, os.path.expanduser(text)))
    if not (os.path.isfile(path) and os.access(path, os.R_OK)):
        raise MissingInput(f"no readable file {path}", where=where, remedy="check the path")
    return path
