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
NEAR: Final = re.compile(r"#[\w-]+|[0-9]{2}_\w+\.(?:html|ipynb)")
PICTURE: Final = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class _Cleaner(HTMLParser):
    def __init__(self, above: int, picture_text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.stack: list[tuple[str, str]] = []  # element, what closes it
        self.silent: list[str] = []
        self.above, self.picture_text = above, picture_text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent.append(tag)
        if self.silent or tag not in ALLOWED:
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._link(given.get("href", ""))
        elif tag == "img":
            self._picture(given)
        else:
            kept = "".join(
                f' {name}="{escape(value)}"'
                for name, value in given.items()
                if name in ATTRIBUTES and re.fullmatch(r"[\w-]{1,20}", value)
            )
            self._open(tag, kept)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SILENT:
            self.handle_starttag(tag, attrs)
            if tag not in EMPTY:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag == self.silent[-1]:
                self.silent.pop()
        elif tag in [opened for opened, _ in self.stack]:
            while True:
                opened, closing = self.stack.pop()
                self.parts.append(closing)
                if opened == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(escape(CONTROL.sub("", data), quote=False))

    def _open(self, tag: str, attributes: str) -> None:
        before = after = ""
        if re.fullmatch(r"h[1-6]", tag):  # one h1 a page, and no level left out
            self.above = min(max(2, int(tag[1])), self.above + 1)
            name = f"h{self.above}"
        else:
            name = tag
        if tag == "table":
            before, after = (
                '<div class="scroll" role="region" aria-label="table" tabindex="0">',
                "</div>",
            )
        self.parts.append(f"{before}<{name}{attributes}>")
        if tag not in EMPTY:
            self.stack.append((tag, f"</{name}>{after}"))

    def _link(self, address: str) -> None:
        if NEAR.fullmatch(address):
            self.parts.append(f'<a href="{escape(address)}">')
            self.stack.append(("a", "</a>"))
        else:  # a report opens nothing: the address is shown, without its scheme
            shown = re.sub(r"^https?://", "", address.strip())
            web = shown != address.strip()
            self.parts.append('<span class="address">')
            self.stack.append(
                ("a", f"</span> <small>({escape(shown)})</small>" if web else "</span>")
            )

    def _picture(self, given: dict[str, str]) -> None:
        if PICTURE.fullmatch(given.get("src", "")):
            words = escape(given.get("alt", "").strip() or self.picture_text)
            self.parts.append(f'<img src="{escape(given["src"])}" alt="{words}">')


def clean(html: str, *, above: int = 1, picture_text: str = "picture") -> tuple[str, int]:
    """Return harmless HTML, every element closed, and the level of its last heading.

    Parameters
    ----------
    html : str
        Anything.
    above : int
        Level of the heading before it: 1 is the page's title.
    picture_text : str
        Alternative text of a picture that has none.
    """
    cleaner = _Cleaner(above, picture_text)
    cleaner.feed(html)
    cleaner.close()
    closing = [after for _, after in reversed(cleaner.stack)]
    return "".join([*cleaner.parts, *closing]), cleaner.above


def plain(text: str) -> str:
    """Return text without terminal escapes and control characters."""
    text = re.sub(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", "", text)  # OSC: titles, hyperlinks
    return CONTROL.sub("", re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text))
