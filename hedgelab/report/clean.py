"""Hostile text in, harmless HTML out: an allow-list of elements, attributes and addresses."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import Final

ALLOWED: Final = {
    *("p", "br", "hr", "strong", "em", "b", "i", "u", "s", "del", "sub", "sup", "small", "code"),
    *("pre", "kbd", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "a", "img", "span", "div"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "details", "summary"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "figure", "figcaption"),
}
EMPTY: Final = {"br", "hr", "img"}
SILENT: Final = {  # dropped with everything inside
    *("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"),
    *("head", "textarea", "select", "button", "form", "video", "audio", "canvas", "xmp"),
}
ATTRIBUTES: Final = {"colspan", "rowspan", "scope", "start"}
NEAR: Final = re.compile(r"#[\w-]+|[0-9]{2}_\w+\.(?:html|ipynb)(?:#[\w-]+)?")
PICTURE: Final = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[tuple[str, str]] = []  # element, what closes it
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        if self.silent or tag not in ALLOWED:
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            if PICTURE.fullmatch(given.get("src", "")):
                words = escape(_visible(given.get("alt", "")).strip() or "picture")
                self.parts.append(f'<img src="{given["src"]}" alt="{words}" />')
        elif tag in EMPTY:
            self.parts.append(f"<{tag} />")
        else:
            opening, closing = _element(tag, given)
            self.parts.append(opening)
            self.open.append((tag, closing))

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent -= tag in SILENT
        elif tag in [opened for opened, _ in self.open]:
            opened = ""
            while opened != tag:
                opened, closing = self.open.pop()
                self.parts.append(closing)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(escape(_visible(data), quote=False))


def _element(tag: str, given: dict[str, str]) -> tuple[str, str]:
    """Return what opens and what closes an element."""
    if tag == "a":
        if NEAR.fullmatch(given.get("href", "")):
            near = given["href"].replace(".ipynb", ".html")  # beside a report stands a report
            return f'<a href="{near}">', "</a>"
        # A report opens nothing: the address is shown, without its scheme.
        web = re.fullmatch(r"https?://(.*)", given.get("href", "").strip())
        return (
            "<span>",
            f"</span> <small>({escape(_visible(web[1]))})</small>" if web else "</span>",
        )
    kept = "".join(
        f' {name}="{value}"'
        for name, value in given.items()
        if name in ATTRIBUTES and tag[:1] != "h" and re.fullmatch(r"[a-z0-9]{1,20}", value)
    )
    if tag == "table":
        box = '<div class="scroll" role="region" aria-label="table" tabindex="0">'
        return f"{box}<table{kept}>", "</table></div>"
    tag = "h2" if tag == "h1" else tag  # the title of the page is the only one of its kind
    return f"<{tag}{kept}>", f"</{tag}>"


def clean(html: str) -> str:
    """Return harmless HTML of any text: allowed elements only, every one closed."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "".join([*cleaner.parts, *(closing for _, closing in reversed(cleaner.open))])


def plain(text: str) -> str:
    """Return text without terminal escapes and control characters."""
    text = re.sub(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", "", text)  # OSC: titles, hyperlinks
    return _visible(re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text))


def _visible(text: str) -> str:
    return CONTROL.sub("", text)
