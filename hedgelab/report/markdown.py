"""Markdown as HTML: formulas as MathML, everything else through the allow-list."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any
from xml.etree import ElementTree

from hedgelab.report import clean


def to_html(source: str) -> str:
    """Return harmless HTML of Markdown."""
    from nbconvert.filters import markdown_mistune as mistune

    mark = secrets.token_hex(8)  # a place holder that no text can guess
    formulas: list[str] = []

    def keep(latex: str, display: str) -> str:
        formulas.append(mathml(latex, display))
        return f"{mark}:{len(formulas) - 1}:"

    class Renderer(mistune.IPythonRenderer):
        def block_math(self, body: str) -> str:
            return keep(body, "block")

        def inline_math(self, body: str) -> str:
            return keep(body, "inline")

        def latex_environment(self, name: str, body: str) -> str:
            return keep(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return f'<img alt="{html.escape(text)}" src="{html.escape(url)}">'

    class Inline(mistune.MathInlineParser):
        # $1,310 and $85 in one sentence are money: a formula touches both its dollars
        # and no digit follows it.
        SPECIFICATION = mistune.MathInlineParser.SPECIFICATION | {
            "inline_math_tex": (
                r"(?<![$\\])\$(?P<math_inline_tex>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?![$\d])"
            )
        }

    renderer: Any = Renderer(escape=False, exclude_anchor_links=True)
    rendered = mistune.MarkdownWithMath(renderer, inline=Inline()).render(source)
    return re.sub(rf"{mark}:(\d+):", lambda found: formulas[int(found[1])], clean.clean(rendered))


def mathml(latex: str, display: str) -> str:
    """Return a formula as MathML, or its source as code if it cannot be read."""
    from latex2mathml.converter import convert_to_element

    try:
        latex = clean.plain(latex).strip()
        root = convert_to_element(latex, display=display)
    except Exception:  # the library has no common error; the source is still readable
        return f"<code>{html.escape(latex)}</code>"
    for element in root.iter():
        element.attrib = {
            name: value
            for name, value in element.attrib.items()
            if name not in ("xmlns", "href", "style", "class", "id") and not name.startswith("on")
        }
        # Entities stand in its text unresolved; escaping happens once, below.
        element.text = html.unescape(element.text) if element.text else element.text
    root.set("aria-label", latex)
    return ElementTree.tostring(root, encoding="unicode")


def words(source: str) -> str:
    """Return the plain words of Markdown, for alternative texts."""
    text = html.unescape(re.sub(r"<[^>]*>", "", to_html(source)))
    return " ".join(text.split())
