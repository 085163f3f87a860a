"""A report: one executed notebook as one HTML file without scripts and without network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from hedgelab.errors import NotebookFailed
from hedgelab.report import clean, executed, markdown, mime
from hedgelab.report.notebooks import question
from hedgelab.report.parameters import Parameter, schema
from hedgelab.report.verdict import CHECK_LINE

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
FAR = re.compile(r"\s*(?:[a-z][\w+.-]*:|//)", re.IGNORECASE)


def _visible(value: Any) -> Any:
    """Return plain text without control characters; what is marked as clean HTML passes."""
    return clean.plain(value) if type(value) is str else value


@cache
def template(name: str) -> Any:
    """Return a page template; every value put into it is escaped unless marked as clean."""
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    pages = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_visible
    )
    pages.globals |= {"policy": POLICY, "symbols": executed.VERDICTS}
    return pages.get_template(name)


def build(nb: Any, name: str, *, failure: str = "") -> str:
    """Return the report of an executed notebook, or of what a failed run left."""
    title = markdown.words(question(nb.cells) or name)
    body, hoisted = _body(nb, title)
    stamp = executed.last(nb, mime.STAMP)
    page = template("report.html").render(
        title=title,
        name=name,
        failure=failure,
        findings=hoisted,
        facts=executed.last(nb, mime.FACTS).get("words", []),
        parameters=_parameters(nb),
        stamp=stamp,
        quality=executed.last(nb, mime.QUALITY),
        body=body,
    )
    return str(page)


def _parameters(nb: Any) -> list[tuple[Parameter, Any, bool]]:
    """Return each parameter, the value it had, and whether it differs from the default."""
    sources = {
        tag: cell.source
        for cell in nb.cells
        for tag in cell.metadata.get("tags", [])
        if tag in ("parameters", "injected-parameters")
    }
    rows = []
    injected = _literals(sources.get("injected-parameters", ""))
    for parameter in schema(sources.get("parameters", ""), where="report").values():
        value = injected.get(parameter.name, parameter.default)
        shown = Path(value).name if parameter.unit == "path" and isinstance(value, str) else value
        rows.append((parameter, str(shown)[:80], value != parameter.default))
    return rows


def _literals(source: str) -> dict[str, Any]:
    import ast

    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _body(nb: Any, title: str) -> tuple[list[str], list[str]]:
    """Return the flow of the page and the findings taken out of it, both as clean HTML."""
    above = 2  # the findings box, or the strip, stands above and has a level-two heading
    body: list[str] = []
    hoisted: list[str] = []
    for position, cell in enumerate(nb.cells):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            source = cell.source
            if question([cell]) and not any(question([c]) for c in nb.cells[:position]):
                source = re.sub(r"^#\s+.+$", "", source, count=1, flags=re.MULTILINE)
            html, above = markdown.to_html(source, above=above)
            body.append(html)
        elif "findings" in tags:
            if body and re.fullmatch(r"\s*<h\d>[^<]*</h\d>\s*", body[-1]):
                body.pop()  # its heading would stand over nothing
            for output in cell.outputs:
                if text := output.get("data", {}).get("text/markdown"):
                    hoisted.append(markdown.to_html(str(text), above=2)[0])
                else:
                    body += _output(output, title)
        elif cell.cell_type == "code":
            words = _figure_words(nb, position, title)
            for output in cell.outputs:
                told = output.get("metadata", {}).get("image/png", {}).get("alt", "")
                body += _output(output, told or words)
    return [part for part in body if part.strip()], hoisted


def _figure_words(nb: Any, position: int, title: str) -> str:
    """Return words for a figure: the text that reads it stands below, else above."""
    below = nb.cells[position + 1 : position + 2]
    for cell in [*below, *reversed(nb.cells[:position])]:
        if cell.cell_type == "markdown" and (said := markdown.words(cell.source)):
            return said if len(said) <= 300 else f"{said[:297]}..."
    return f"figure: {title}"


def _output(output: Any, words: str) -> Iterator[str]:
    """Yield one output as clean HTML; the richest form that is safe wins."""
    data: Mapping[str, Any] = output.get("data", {})
    if output.output_type == "stream":
        yield _stream(clean.plain(output.text))
    elif output.output_type == "error":
        trace = "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
        yield str(template("parts.html").module.text(trace, "error"))
    elif mime.CLAIM in data:
        yield str(template("parts.html").module.claim(data[mime.CLAIM]))
    elif mime.FOR_THE_PAGE & set(data):
        return  # shown in the strip, the boxes and the index
    elif picture := executed.image(data):
        yield str(template("parts.html").module.figure(picture, words))
    elif "text/html" in data:
        yield clean.clean("".join(data["text/html"]), above=6, picture_text=words)[0]
    elif "text/markdown" in data:
        yield markdown.to_html("".join(data["text/markdown"]), above=6, picture_text=words)[0]
    elif "text/latex" in data:
        yield markdown.to_html("".join(data["text/latex"]))[0]
    elif "text/plain" in data:
        yield str(template("parts.html").module.text("".join(data["text/plain"]), ""))


def _stream(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and all(CHECK_LINE.match(line) for line in lines):
        shown = [line.removeprefix("check ") for line in lines]
        return str(template("parts.html").module.checks(shown))
    return str(template("parts.html").module.text(text, ""))


class _Reader(HTMLParser):
    """Collects what a report must not hold, and counts what it must."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.titles = 0
        self.policy = self.ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.titles += tag == "h1"
        self.policy |= tag == "meta" and given.get("content") == POLICY
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form"):
            self.faults.append(f"element {tag}")
        drawn = tag == "img" and given.get("src", "").startswith("data:image/")
        if tag == "img" and not (drawn and given.get("alt", "").strip()):
            self.faults.append("a picture without words or data")
        for name, value in given.items():
            far = name in ("src", "href", "action", "srcset") and FAR.match(value)
            if name.startswith("on") or (far and not drawn):
                self.faults.append(f"attribute {name}")

    def handle_endtag(self, tag: str) -> None:
        self.ended |= tag == "html"


def read_back(path: Path) -> None:
    """Raise NotebookFailed unless the written page is whole, harmless and described."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    faults = list(reader.faults)
    faults += [] if reader.ended else ["no end"]
    faults += [] if reader.titles == 1 else [f"{reader.titles} titles"]
    faults += [] if reader.policy else ["no content-security policy"]
    if faults:
        raise NotebookFailed(f"the page holds {', '.join(faults)}", where=path.name)
