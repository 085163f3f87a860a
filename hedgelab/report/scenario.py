"""Scenario files: small YAML files of parameters, read as text and typed by the notebooks."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from hedgelab.errors import MissingInput, ParameterError

LARGEST: Final = 64 * 1024  # bytes
DEEPEST: Final = 8


@dataclass(frozen=True)
class Entry:
    """One ``name: value`` of a scenario file, with the place it stands at."""

    section: str
    name: str
    text: str
    quoted: bool
    where: str


def read(path: Path) -> list[Entry]:
    """Return the entries of a scenario file; every odd thing is refused with its place."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        raise MissingInput(f"no scenario file {path}", remedy="check the path") from None
    if not regular:
        raise MissingInput(f"scenario {path} is not a regular file", remedy="give a .yaml file")
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError:
        raise MissingInput(
            f"scenario {path} cannot be read", remedy="check its permissions"
        ) from None
    if len(content) > LARGEST:
        raise ParameterError(f"scenario {path} is larger than 64 KB", remedy="keep parameters only")
    try:
        text = content.decode("utf-8")
        _refuse_tricks(text, path)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", "not valid text")
        raise ParameterError(f"scenario is not YAML: {reason}", where=_place(path, mark)) from None
    return [] if root is None else _entries(root, path)


def _refuse_tricks(text: str, path: Path) -> None:
    """Refuse tags, anchors, aliases, depth and second documents before anything is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        where = _place(path, event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ParameterError("anchors and aliases are not allowed", where=where)
        if getattr(event, "tag", None):
            raise ParameterError(
                "YAML tags are not allowed", where=where, remedy="write the value plainly"
            )
        if depth > DEEPEST or documents > 1:
            raise ParameterError("a scenario has sections with values, no more", where=where)


def _entries(root: yaml.Node, path: Path) -> list[Entry]:
    found = []
    for section, body in _pairs(root, path, "sections such as all: or 01:"):
        if isinstance(body, yaml.ScalarNode) and not body.value:
            continue  # a section with nothing in it
        for name, value in _pairs(body, path, "lines name: value under the section"):
            if not isinstance(value, yaml.ScalarNode):
                where = _place(path, value.start_mark)
                raise ParameterError(
                    f"{name} holds a list or a table", where=where, remedy="give one value"
                )
            where = _place(path, value.start_mark)
            found.append(Entry(section, name, value.value, value.style is not None, where))
    return found


def _pairs(node: yaml.Node, path: Path, wanted: str) -> list[tuple[str, yaml.Node]]:
    where = _place(path, node.start_mark)
    if not isinstance(node, yaml.MappingNode):
        raise ParameterError("not a scenario", where=where, remedy=f"write {wanted}")
    pairs: dict[str, yaml.Node] = {}
    for key, value in node.value:
        where = _place(path, key.start_mark)
        if not isinstance(key, yaml.ScalarNode):
            raise ParameterError("a name that is not a word", where=where, remedy=f"write {wanted}")
        if key.value in pairs:
            raise ParameterError(f"{key.value!r} stands twice", where=where, remedy="keep one")
        pairs[key.value] = value
    return list(pairs.items())


def _place(path: Path, mark: yaml.Mark | None) -> str:
    return f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
