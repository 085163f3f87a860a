"""Pages: hostile content is text, figures have words, formulas are MathML, nothing is fetched."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hedgelab.errors import NotebookFailed
from hedgelab.report import clean, index, markdown, mime, page
from hedgelab.report.notebooks import Notebook

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x/y.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src='data:image/svg+xml;base64,PHN2Zy8+' onload=alert(1)>",
    "<svg onload=alert(1)><script>1</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "[x](javascript:alert(1)) ![x](http://x/y.png)",
    "<a href=' https://evil.example/'>x</a>",
    "<p style='background:url(//x)' onclick=x>x</p>",
    "<form action=//x><input autofocus onfocus=alert(1)></form>",
    "<base href=//x><link rel=stylesheet href=//x><meta http-equiv=refresh content='0;url=//x'>",
    "<object data=x></object><embed src=x>",
    "<template><script>1</script></template><noscript><p title='</noscript><img src=x onerror=1>'>",
    "<style>@import '//x'</style><textarea></textarea><script>1</script>",
    "--><!-- <b>x</b> ]]> <![CDATA[<script>1</script>]]> <?x <script>1</script> ?>",
    "</div></main></body></html><script>alert(1)</script>",
    "$\\text{<img src=x onerror=alert(1)>}$ $\\href{javascript:alert(1)}{x}$",
    "{{ 7 * 7 }} {% raw %} \x1b]8;;http://x\x07link\x1b]8;;\x07 \x00\u2028",
    "<details open ontoggle=alert(1)><summary>x",
    '"><script>alert(1)</script>',
    "<h2><h5>x</h2>y</h5><h1>z <table><tr><td>\uffff\ufffe<p>",
]


def notebook(*cells: Any) -> Any:
    return nbformat.from_dict(new_notebook(cells=[new_markdown_cell("# What is it?"), *cells]))


def output(data: dict[str, Any]) -> Any:
    return new_output("display_data", data)


def built(nb: Any, tmp_path: Path, **more: Any) -> str:
    text = page.build(nb, "01_first", more.pop("values", {}), **more)
    (tmp_path / "page.html").write_text(text)
    page.read_back(tmp_path / "page.html")
    return text


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_content_stays_text_wherever_it_stands(payload: str, tmp_path: Path) -> None:
    claim = dict.fromkeys(("number", "claim", "article", "found", "verdict", "reason"), payload)
    shown = "".join(c for c in payload if c.isprintable()).replace("=", "")
    nb = notebook(
        new_markdown_cell(payload),
        new_code_cell(
            f"label: str = 'x'  # words {shown}",
            metadata={"tags": ["parameters"]},
        ),
        new_code_cell(
            "x", metadata={"tags": ["findings"]}, outputs=[output({"text/markdown": payload})]
        ),
        new_code_cell(
            "x",
            outputs=[output({kind: payload}) for kind in ("text/html", "text/plain", "text/latex")],
        ),
        new_code_cell(
            "x", outputs=[new_output("stream", text=payload), output({mime.CLAIM: claim})]
        ),
        new_code_cell("x", outputs=[output({mime.FACTS: {"words": [[payload, payload]]}})]),
        new_code_cell("x", outputs=[output({mime.QUALITY: {"rows": payload, "notes": [payload]}})]),
        new_code_cell("x", outputs=[pictured(payload)]),
        new_code_cell(
            "x", outputs=[new_output("error", ename=payload, evalue=payload, traceback=[payload])]
        ),
    )
    text = built(nb, tmp_path, values={"label": payload}, failure=payload)
    assert "\x1b" not in text
    assert "49" not in text.replace("0.49", "") or "7 * 7" not in payload
    assert not re.search(r"<(script|svg|iframe|style\s|object|embed|form|input|link|base)\b", text)


def test_reading_back_finds_what_a_page_must_not_hold(tmp_path: Path) -> None:
    good = built(notebook(), tmp_path)
    spoilt = {
        "script": good.replace("</main>", "<script>1</script></main>"),
        "onclick": good.replace("<main>", "<main onclick='x'>"),
        "href": good.replace('href="index.html"', 'href="https://x"'),
        "picture": good.replace("</main>", "<img src='data:image/png;base64,AA' alt=' ' /></main>"),
        "not one title": good.replace("</main>", "<h1>x</h1></main>"),
        "policy": good.replace("default-src 'none'", "default-src *").replace(
            "default-src &#39;none", "x"
        ),
        "not whole": good[: len(good) // 2],
    }
    for fault, text in spoilt.items():
        assert text != good, fault
        (tmp_path / "spoilt.html").write_text(text)
        with pytest.raises(NotebookFailed, match=fault):
            page.read_back(tmp_path / "spoilt.html")


def test_money_is_not_a_formula_and_a_formula_is_mathml() -> None:
    money = markdown.to_html("It pays **$1,310** for $85, or $900-$1,700, or \\$5 and \\$6.")
    assert "<math" not in money
    assert "$1,310</strong> for $85, or $900-$1,700, or $5 and $6." in money
    formula = markdown.to_html("With $x_1$ and\n\n$$ \\frac{a}{b} < 2 $$\n")
    assert formula.count("<math") == 2
    assert "<msub>" in formula
    assert "<mfrac>" in formula
    assert "http" not in formula


def test_a_formula_that_cannot_be_read_shows_its_source() -> None:
    assert markdown.to_html("$\\frac{a}$ and $\\left( x$").count("$") == 0


def test_findings_are_hoisted_and_their_heading_goes_with_them(tmp_path: Path) -> None:
    found = output({"text/markdown": "- It paid **$1,310**."})
    nb = notebook(
        new_markdown_cell("## Findings"),
        new_code_cell("x", metadata={"tags": ["findings"]}, outputs=[found]),
        new_markdown_cell("## Limits"),
    )
    text = built(nb, tmp_path)
    assert text.index("It paid") < text.index('class="strip"') < text.index("Limits")
    assert text.count(">Findings<") == 1


def test_headings_have_one_title_and_leave_no_level_out(tmp_path: Path) -> None:
    nb = notebook(
        new_markdown_cell("#### Deep\n\n# Another title\n\n##### Deeper"),
        new_markdown_cell("### Sub"),
    )
    levels = [int(level) for level in re.findall(r"<h(\d)", built(nb, tmp_path))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def pictured(alt: str) -> Any:
    return new_output(
        "display_data", data={"image/png": PIXEL}, metadata={"image/png": {"alt": alt}}
    )


def test_a_figure_gets_words_from_the_notebook_or_from_the_text_below(tmp_path: Path) -> None:
    picture = output({"image/png": PIXEL})
    nb = notebook(
        new_markdown_cell("## The bill"),
        new_code_cell("x", outputs=[picture]),
        new_markdown_cell("The bars *fall* from left to right."),
        new_code_cell("x", outputs=[pictured("a & b")]),
        new_code_cell("x", outputs=[picture]),
    )
    text = built(nb, tmp_path)
    words = re.findall(r'<img [^>]*alt="([^"]*)"', text)
    assert words[:2] == ["The bars fall from left to right.", "a &amp; b"]
    assert all(words)


def test_tables_scroll_in_their_own_box_and_markup_is_closed() -> None:
    html = clean.clean("<table><tr><td>1")
    assert html == (
        '<div class="scroll" role="region" aria-label="table" tabindex="0">'
        "<table><tr><td>1</td></tr></table></div>"
    )


def test_a_reference_keeps_its_address_as_text() -> None:
    html = markdown.to_html("See [Makarov](https://doi.org/10.1016/x) and [below](#limits).")
    assert "Makarov</span> <small>(doi.org/10.1016/x)</small>" in html
    assert '<a href="#limits">below</a>' in html


def test_a_link_from_notebook_to_notebook_leads_from_report_to_report() -> None:
    html = markdown.to_html("[14](01_six_weeks.ipynb#claim-14) [far](../01_six_weeks.ipynb)")
    assert '<a href="01_six_weeks.html#claim-14">14</a>' in html
    assert html.count("href") == 1


def test_a_card_that_is_cut_in_bold_words_ends_them() -> None:
    said = "- **It costs $5 in six weeks. And more** than that."
    cell = new_code_cell(
        "x", metadata={"tags": ["findings"]}, outputs=[output({"text/markdown": said})]
    )
    card = index._card("01_n", notebook(cell), stale=False)
    assert card["answer"].strip() == "<p><strong>It costs $5 in six weeks.</strong></p>"


def test_a_card_holds_the_first_finding_up_to_its_first_stop() -> None:
    said = "- It costs 1.5 % (median; outcome range 1 to 2 %. Paid), net; nothing else counts."
    cell = new_code_cell(
        "x", metadata={"tags": ["findings"]}, outputs=[output({"text/markdown": said})]
    )
    card = index._card("01_n", notebook(cell), stale=False)
    whole = "<p>It costs 1.5 % (median; outcome range 1 to 2 %. Paid), net.</p>"
    assert card["answer"].strip() == whole


def test_the_index_shows_standing_reports_and_counts_verdicts(tmp_path: Path) -> None:
    out, place = tmp_path / "out", tmp_path / "out" / "place"
    place.mkdir(parents=True)
    claims = [
        {"number": n, "claim": f"c{n}", "article": "6.2", "found": "4", "verdict": v, "reason": "r"}
        for n, v in ((14, "not identified"), (10, "supported"), (15, "supported"))
    ]
    nb = notebook(
        new_code_cell(
            "x", outputs=[output({"image/png": PIXEL}), *(output({mime.CLAIM: c}) for c in claims)]
        ),
        new_code_cell(
            "x",
            metadata={"tags": ["findings"]},
            outputs=[
                output({"text/markdown": "- It paid **$5** (mean 5.1; 4 to 6); a lot.\n- No."})
            ],
        ),
    )
    known = [Notebook(tmp_path / f"0{n}_n.ipynb") for n in (1, 2, 3)]
    for name in ("01_n", "03_n"):
        nbformat.write(nb if name == "01_n" else notebook(), out / f"{name}.ipynb")
        (out / f"{name}.html").write_text("")
    for name in ("02_n", "03_n"):
        (out / f"{name}.failed.html").write_text("")
    index.write(known, out, place)
    text = (out / "index.html").read_text()
    assert "<p>It paid <strong>$5</strong> (mean 5.1; 4 to 6).</p>" in text
    assert "No." not in text
    assert '<a href="01_n.html">' in text
    assert "02_n.html" not in text
    assert "02_n has no report" in text
    assert "03_n.failed.html" in text
    assert re.findall(r"<tr><td[^>]*>(\d+)", text) == ["10", "14", "15"]
    # a bar for the largest group, beside its sign, its word and its number
    bar = r'✓ supported</dt><dd class="n">2</dd><dd><i style="width: 100\.0%">'
    assert re.search(bar, text)
    assert 'href="01_n.html#claim-14"' in text
    stored = json.loads((out / "claims.json").read_text())
    assert stored["counts"]["supported"] == 2
    assert {claim["notebook"] for claim in stored["claims"]} == {"01_n"}
