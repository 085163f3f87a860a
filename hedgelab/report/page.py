"""A report: one executed notebook as one HTML file without scripts and without network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hedgelab.errors import NotebookFailed
from hedgelab.report import clean, executed, markdown, mime
from hedgelab.report.notebooks import question
from hedgelab.report.parameters import Parameter, schema
from hedgelab.report.verdict import CHECK_LINE

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
FORBIDDEN = {"script", "iframe", "object", "embed", "link", "base", "form"}
FAR = re.compile(r"\s*(?:[a-z][\w+.-]*:|//)", re.IGNORECASE)


def _visible(value: Any) -> Any:
    """Return plain text without control characters, and no line that begins with its unit."""
    # What is marked as clean HTML passes.
    return clean.plain(value).replace(" %", "\u00a0%") if type(value) is str else value


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


def build(
    nb: Any, name: str, values: Mapping[str, Any], *, failure: str = "", made: str = ""
) -> str:
    """Return the report of an executed notebook, or of what a failed run left.

    Parameters
    ----------
    nb : NotebookNode
    name : str
        The notebook's file name without its ending.
    values : mapping
        The parameters it was given.
    failure : str
        Why the run failed; empty for a good one.
    made : str
        How the page was made, for its foot: unlike the rest, it differs from run to run.
    """
    title = markdown.words(question(nb.cells) or name)
    body, findings = _body(nb, title)
    page = template("report.html").render(
        title=title,
        name=name,
        failure=failure,
        made=made,
        findings=findings,
        facts=executed.last(nb, mime.FACTS).get("words", []),
        parameters=_parameters(nb, values),
        stamp=executed.last(nb, mime.STAMP),
        quality=executed.last(nb, mime.QUALITY),
        body=body,
    )
    return str(page)


def _parameters(nb: Any, values: Mapping[str, Any]) -> list[tuple[Parameter, str, bool]]:
    """Return each parameter, the value it had, and whether it differs from the default."""
    rows = []
    declared = [c.source for c in nb.cells if "parameters" in c.metadata.get("tags", [])]
    for parameter in schema("\n".join(declared), where="report").values():
        value = values.get(parameter.name, parameter.default)
        shown = Path(str(value)).name if parameter.unit == "path" else str(value)
        rows.append((parameter, shown[:80], value != parameter.default))
    return rows


def _body(nb: Any, title: str) -> tuple[str, list[str]]:
    """Return the flow of the page and the findings taken out of it, both as clean HTML."""
    body: list[str] = []
    findings: list[str] = []
    titled = False
    for position, cell in enumerate(nb.cells):
        if cell.cell_type == "markdown":
            source = cell.source
            if question([cell]) and not titled:  # it stands at the top already
                source = re.sub(r"^#\s+.+$", "", source, count=1, flags=re.MULTILINE)
                titled = True
            body.append(markdown.to_html(source))
        elif "findings" in cell.metadata.get("tags", []):
            if body and re.fullmatch(r"\s*<h\d>[^<]*</h\d>\s*", body[-1]):
                body.pop()  # its heading would stand over nothing
            findings += [part for output in cell.outputs for part in _output(output, title)]
        elif cell.cell_type == "code":
            words = _figure_words(nb, position, title)
            body += [part for output in cell.outputs for part in _output(output, words)]
    return _levelled("\n".join(body)), findings


def _levelled(html: str) -> str:
    """Renumber the headings so that no level is left out below the second."""
    open_levels: list[int] = []
    above = 2  # the findings box, or the strip, stands above and has such a heading

    def level(found: re.Match[str]) -> str:
        nonlocal above
        if found[1]:
            return f"</h{open_levels.pop()}>"
        above = min(int(found[2]), above + 1)
        open_levels.append(above)
        return f"<h{above}>"

    return re.sub(r"<(/?)h([2-6])>", level, html)


def _figure_words(nb: Any, position: int, title: str) -> str:
    """Return words for a figure: the text that reads it stands below, else above."""
    below = nb.cells[position + 1 : position + 2]
    for cell in [*below, *reversed(nb.cells[:position])]:
        if cell.cell_type == "markdown" and (said := markdown.words(cell.source)):
            return said if len(said) <= 300 else f"{said[:297]}..."
    return f"figure: {title}"


def _output(output: Any, words: str) -> Iterator[str]:
    """Yield one output as clean HTML; the richest form that is safe wins."""
    parts = template("parts.html").module
    data: Mapping[str, Any] = output.get("data", {})
    if output.output_type == "stream":
        lines = [line for line in output.text.splitlines() if line.strip()]
        if lines and all(CHECK_LINE.match(line) for line in lines):
            yield str(parts.checks([line.removeprefix("check ") for line in lines]))
        else:
            yield str(parts.text(output.text))
    elif output.output_type == "error":
        yield str(parts.text("\n".join(output.traceback) or f"{output.ename}: {output.evalue}"))
    elif mime.CLAIM in data:
        yield str(parts.claim(data[mime.CLAIM]))
    elif mime.FOR_THE_PAGE & set(data):
        return  # shown in the strip, the boxes and the index
    elif picture := executed.image(data):
        told = output.metadata.get("image/png", {}).get("alt", "")
        yield str(parts.figure(picture, told or words))
    elif "text/html" in data:
        yield clean.clean("".join(data["text/html"]))
    elif rich := data.get("text/markdown") or data.get("text/latex"):
        yield markdown.to_html("".join(rich))
    elif "text/plain" in data:
        yield str(parts.text("".join(data["text/plain"])))


def read_back(path: Path) -> None:
    """Raise NotebookFailed unless the written page is whole, harmless and described."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise NotebookFailed(f"the page is not whole: {error}", where=path.name) from None
    faults = [f"element {element.tag}" for element in root.iter() if element.tag in FORBIDDEN]
    for element in root.iter():
        drawn = element.tag == "img" and element.get("src", "").startswith("data:image/")
        if element.tag == "img" and not (drawn and element.get("alt", "").strip()):
            faults.append("a picture without words or data")
        for name, value in element.items():
            far = name in ("src", "href", "action", "srcset") and FAR.match(value)
            if name.startswith("on") or (far and not drawn):
                faults.append(f"attribute {name}")
    if len(list(root.iter("h1"))) != 1:
        faults.append("not one title")
    if POLICY not in [element.get("content") for element in root.iter("meta")]:
        faults.append("no content-security policy")
    if faults:
        raise NotebookFailed(f"the page holds {', '.join(faults)}", where=path.name)
