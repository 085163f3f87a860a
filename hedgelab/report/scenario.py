"""Scenario files: small YAML files of parameters, read as text and typed by the notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from hedgelab.errors import ParameterError
from hedgelab.report.parameters import existing_file

LARGEST: Final = 64 * 1024  # bytes


class Entry(NamedTuple):
    """One ``name: value`` of a scenario file, with the place it stands at."""

    section: str
    name: str
    text: str
    where: str


def read(path: Path) -> list[Entry]:
    """Return the entries of a scenario file; every odd thing is refused with its place."""
    with open(existing_file(str(path), where="--scenario"), "rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ParameterError(f"scenario {path} is larger than 64 KB", remedy="keep parameters only")
    try:
        return list(_entries(content.decode("utf-8"), path))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "save it as plain UTF-8 text"
        where = _place(path, mark) if mark else str(path)
        raise ParameterError(f"the scenario is not YAML: {reason}", where=where) from None


def _entries(text: str, path: Path) -> Iterator[Entry]:
    """Yield entries from YAML's events: nothing is built, so nothing can expand or be called."""
    above: list[str] = []  # the names we stand under: a section, one of its parameters
    depth, seen = 0, set()
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        where = _place(path, event.start_mark)
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            what = "anchors, aliases and tags are not allowed"
            raise ParameterError(what, where=where, remedy="write the value plainly")
        scalar = isinstance(event, yaml.ScalarEvent)
        if isinstance(event, yaml.MappingStartEvent) and len(above) == depth < 2:
            depth += 1
        elif isinstance(event, yaml.MappingEndEvent):
            depth -= 1
            above = above[:-1]
        elif scalar and len(above) < depth:
            above.append(event.value)
            if tuple(above) in seen:
                what = f"{event.value!r} stands twice"
                raise ParameterError(what, where=where, remedy="keep one")
            seen.add(tuple(above))
        elif scalar and depth == 2:
            yield Entry(above[0], above[1], event.value, where)
            above.pop()
        elif scalar and depth == 1 and not event.value:
            above.pop()  # a section with nothing in it
        elif isinstance(event, yaml.NodeEvent):
            remedy = "write sections such as all: or 01:, with lines name: value under them"
            raise ParameterError("not a scenario", where=where, remedy=remedy)


def _place(path: Path, mark: yaml.Mark) -> str:
    return f"{path}:{mark.line + 1}:{mark.column + 1}"
