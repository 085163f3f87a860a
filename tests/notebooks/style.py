"""The style test: what a committed notebook must look like before anyone runs it.

nbval compares outputs that are there. It passes a notebook whose outputs were stripped, a blank
figure, a deleted check, and a line that starts with ``%`` swallows the rest of its cell. These
rules close those holes. Every defect begins with its code, so that a test can name what it expects.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import math
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.image import imread
from nbformat import NotebookNode
from nbformat.v4 import reads_json
from papermill.translators import PythonTranslator

MANIFEST = Path(__file__).with_name("checks.toml")
CLAIM, SENTINEL, STAMP = (
    f"application/vnd.hedgelab.{word}+json" for word in ("claim", "sentinel", "stamp")
)
HEADINGS = ("Data", "Model", "Checks", "Findings", "Limits", "References")
IGNORED = "nbval-ignore-output"
WAIVERS = {"nbval-skip", "nbval-raises-exception", "nbval-check-output", "raises-exception"}
WAIVER_COMMENT = re.compile(r"^\s*#+\s*(NBVAL_|PYTEST_VALIDATE_)\w+\s*$", re.M)
VERDICTS = {
    "supported",
    "only if",
    "not identified",
    "contradicted",
    "arithmetic error",
    "context",
}
CLAIM_FIELDS = {
    *("number", "claim", "article", "found", "low", "high"),
    *("unit", "verdict", "reason", "notebook"),
}
INTERVAL = re.compile(r"\d[^\d.;]{0,16}\bto\b[^\d.;]{0,8}\d")
NOT_FINITE = re.compile(r"(?<![\w.])[-+]?(?:nan|inf|NaN|NaT|None(?! of)|<NA>|∞)(?!\w)")
ELIDED = re.compile(r"\.\.\.|…|^\s*\.\.(?:\s|$)", re.M)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
ABSOLUTE_PATH = re.compile(r"(?:^|[\s\"'(=])(?:/(?:[\w.-]+/)+[\w.-]*|[A-Za-z]:\\\w)", re.M)
MEGABYTE = 1_000_000
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
BACK_DOORS = {"get_ipython", "__import__", "exec", "eval"}


def defects(notebook: NotebookNode, name: str, manifest: Path = MANIFEST) -> list[str]:
    """List what is wrong with a notebook, one line each, its code first."""
    rules = (
        *(cells_and_metadata, prose, execution, code_cells, parameters),
        *(output_text, figures, findings, checks, claims, last_cell),
    )
    listed = tomllib.loads(manifest.read_text(encoding="utf-8"))
    found = [defect for rule in rules for defect in rule(notebook)]
    if set(listed.get(name, ())) != set(check_ids(notebook)):
        found.append(
            f"manifest: {manifest.name} lists {sorted(listed.get(name, ()))} for this notebook, "
            f"its cells hold {sorted(check_ids(notebook))}"
        )
    return found


def read(path: Path) -> NotebookNode:
    """Read a notebook as it is; nbformat.read would quietly repair ids used twice."""
    return reads_json(path.read_text(encoding="utf-8"))


def code_of(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(notebook: NotebookNode, tag: str) -> list[NotebookNode]:
    """Return the cells that carry a tag."""
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]


def tree_of(source: str) -> ast.Module:
    """Parse a cell; what Python cannot read is reported as magic, and reads as nothing here."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def bundles(cell: NotebookNode) -> list[dict[str, Any]]:
    """Return what a cell displayed, one bundle of MIME types each."""
    return [dict(output["data"]) for output in cell.get("outputs", ()) if "data" in output]


def payloads(notebook: NotebookNode, kind: str) -> list[dict[str, Any]]:
    """Return what a notebook emitted for machines under one MIME type."""
    return [b[kind] for cell in code_of(notebook) for b in bundles(cell) if kind in b]


def readable(cell: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of each output a reader sees, without mark-up."""
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            yield "stream", output.text
    for bundle in bundles(cell):
        for kind in ("text/plain", "text/html", "text/markdown"):
            if kind in bundle:
                text = bundle[kind]
                if kind == "text/html":
                    text = unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.S))
                yield kind, text


def cells_and_metadata(notebook: NotebookNode) -> Iterator[str]:
    """Check what no reader sees: size, kernel, ids, leftovers of other tools."""
    if (size := len(json.dumps(notebook).encode())) > MEGABYTE:
        yield f"size: {size:,} bytes, more than one megabyte"
    if (kernel := notebook.metadata.get("kernelspec", {}).get("name")) != "python3":
        yield f"kernel: {kernel!r} instead of 'python3'"
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "cell-ids: missing or used twice"
    leftover = {"papermill", "execution"} & {k for c in notebook.cells for k in c.metadata}
    if leftover or "papermill" in notebook.metadata or tagged(notebook, "injected-parameters"):
        yield "leftovers: traces of a papermill or timed run; record with `make record`"


def prose(notebook: NotebookNode) -> Iterator[str]:
    """Check the words: one question as title, the six headings in order, enough text."""
    text = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    titles = [line for t in text for line in t.splitlines() if line.startswith("# ")]
    first = notebook.cells[0]
    starts = first.cell_type == "markdown" and first.source.startswith("# ")
    if len(titles) != 1 or not starts or not titles[0].rstrip().endswith("?"):
        yield f"title: the first cell opens with the only H1, a question; found {titles}"
    levels = re.findall(r"^##\s+(.+?)\s*$", "\n".join(text), re.M)
    if tuple(heading for heading in levels if heading in HEADINGS) != HEADINGS:
        yield f"headings: {', '.join(HEADINGS)} once each and in this order; found {levels}"
    if (words := sum(len(t.split()) for t in text)) < 250:
        yield f"words: {words} words of prose, fewer than 250"


def execution(notebook: NotebookNode) -> Iterator[str]:
    """Check that the notebook ran once, from top to bottom, without a complaint."""
    counts = [cell.get("execution_count") for cell in code_of(notebook)]
    if all(count is None for count in counts):
        yield "never-run: no cell has an execution count, so nothing is compared"
    elif None in counts:
        yield f"half-run: {counts.count(None)} code cells were not executed"
    elif counts != list(range(1, len(counts) + 1)):
        yield f"run-order: execution counts {counts}"
    outputs = [output for cell in code_of(notebook) for output in cell.outputs]
    if any(output.get("name") == "stderr" for output in outputs):
        yield "stderr: a cell wrote to stderr; a warning is a bug"
    if any(output.output_type == "error" for output in outputs):
        yield "error-output: a cell ended in an error"


def code_cells(notebook: NotebookNode) -> Iterator[str]:
    """Check the code: short, plain Python, nothing defined, nothing waived."""
    for number, cell in enumerate(code_of(notebook), 1):
        where = f"code cell {number}"
        lines = cell.source.splitlines()
        draws = any("image/png" in bundle for bundle in bundles(cell))
        if len(lines) > (20 if draws else 15):
            yield f"cell-length: {where} has {len(lines)} lines"
        if any(line.lstrip().startswith(("%", "!", "?")) for line in lines) or not parses(cell):
            yield f"magic: {where} is not plain Python"
        if any(line.rstrip().endswith(";") for line in lines):
            yield f"semicolon: {where} ends a line in ';', which hides nothing under nbval"
        nodes = list(ast.walk(tree_of(cell.source)))
        if any(isinstance(node, DEFINITIONS) for node in nodes):
            yield f"definition: {where} defines; a notebook asks, the package answers"
        if any(isinstance(node, ast.Try | ast.TryStar) for node in nodes):
            yield f"try: {where} catches an error; an error must end the notebook"
        if called := BACK_DOORS & {name_called(n) for n in nodes if isinstance(n, ast.Call)}:
            yield f"back-door: {where} calls {sorted(called)}"
        modules = {module for node in nodes for module in imported(node)}
        attributes = {ast.unparse(n) for n in nodes if isinstance(n, ast.Attribute)}
        if within("hedgelab.kernels", modules) or {"hl.kernels", "hedgelab.kernels"} & attributes:
            yield f"kernels: {where} reaches below floor 2"
        if within("warnings", modules):
            yield f"warnings: {where} imports what silences warnings; a warning is a bug"
        if re.search(r"\brcParams\b|\bfigsize\b|set_size_inches", cell.source):
            yield f"plot-settings: {where} sets what use_style() decides"
        if ABSOLUTE_PATH.search(cell.source):
            yield f"absolute-path: {where} names a path of one machine"
        if WAIVER_COMMENT.search(cell.source) or WAIVERS & set(cell.metadata.get("tags", ())):
            yield f"waiver: {where} asks not to be compared"
    if tagged(notebook, IGNORED) != [notebook.cells[-1]]:
        yield f"ignored-cell: exactly one cell, the last, is tagged {IGNORED}"


def name_called(call: ast.Call) -> str:
    """Return the last word of what is called: `check` of `hl.report.check(...)`."""
    return ast.unparse(call.func).split(".")[-1]


def imported(node: ast.AST) -> list[str]:
    """Return the full names an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def within(package: str, modules: set[str]) -> bool:
    """Say whether one of the modules is the package or stands in it."""
    return any(f"{module}.".startswith(f"{package}.") for module in modules)


def parses(cell: NotebookNode) -> bool:
    """Say whether a cell is Python."""
    return bool(tree_of(cell.source).body) or not cell.source.strip()


def parameters(notebook: NotebookNode) -> Iterator[str]:
    """Check the parameters cell with papermill's own inspector: typed, explained literals."""
    cells = tagged(notebook, "parameters")
    if len(cells) != 1 or cells[0] is not code_of(notebook)[0]:
        yield "parameters-cell: exactly one, and it is the first code cell"
        return
    names = set()
    for statement in tree_of(cells[0].source).body:
        if not isinstance(statement, ast.AnnAssign) or statement.value is None:
            yield f"parameters-help: line {statement.lineno} is not `name: type = value  # help`"
            continue
        names.add(ast.unparse(statement.target))
        try:
            ast.literal_eval(statement.value)
        except ValueError:
            yield f"parameters-literal: {ast.unparse(statement)} is computed"
    seen = {p.name: p for p in PythonTranslator.inspect(cells[0])}
    mute = sorted(n for n in names if n not in seen or not seen[n].help.strip())
    if mute:
        yield f"parameters-help: papermill finds no help for {mute}"


def output_text(notebook: NotebookNode) -> Iterator[str]:
    """Check what outputs say: finite, complete, the same on every machine."""
    for number, cell in enumerate(code_of(notebook), 1):
        where = f"output of code cell {number}"
        texts = list(readable(cell))
        whole = "\n".join(text for _, text in texts)
        if NOT_FINITE.search(whole):
            yield f"not-finite: {where} shows a missing or infinite number"
        if any(ELIDED.search(text) for kind, text in texts if kind != "text/markdown"):
            yield f"elided: {where} leaves rows or digits out, so nothing compares them"
        if ADDRESS.search(whole):
            yield f"address: {where} shows a memory address"
        if ABSOLUTE_PATH.search(whole):
            yield f"absolute-path: {where} names a path of one machine"
    for payload in (*payloads(notebook, CLAIM), *payloads(notebook, SENTINEL)):
        if any(isinstance(v, float) and not math.isfinite(v) for v in payload.values()):
            yield "not-finite: a machine-readable output holds a missing or infinite number"


def figures(notebook: NotebookNode) -> Iterator[str]:
    """Check figures: nbval never compares them, so each needs numbers beside it."""
    drawn = 0
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        images = [b["image/png"] for b in bundles(cell) if "image/png" in b]
        drawn += len(images)
        if not images:
            continue
        if any(is_blank(image) for image in images):
            yield "blank-figure: a figure of one single colour"
        if any(not alt.strip() for alt in alt_texts(cell)):
            yield "no-alt: a figure without alt text; show it with hl.plotting.show(fig, alt)"
        texts = [text for c in (cell, after) if c for k, text in readable(c) if k != "text/plain"]
        if not any(re.search(r"\d", text) for text in texts):
            yield "bare-figure: no table or computed sentence beside it or in the next cell"
    if not drawn:
        yield "no-figure: a report without a picture"


def alt_texts(cell: NotebookNode) -> list[str]:
    """Return the alt text of each picture a cell shows."""
    shown = [output for output in cell.outputs if "image/png" in output.get("data", {})]
    return [output.metadata.get("image/png", {}).get("alt", "") for output in shown]


def is_blank(image: str) -> bool:
    """Say whether a stored PNG shows nothing."""
    pixels = imread(io.BytesIO(base64.b64decode(image)), format="png")
    return bool(np.ptp(pixels.reshape(-1, pixels.shape[-1]), axis=0).max() == 0)


def findings(notebook: NotebookNode) -> Iterator[str]:
    """Check the findings: computed bullets, at most five, with an interval."""
    cells = tagged(notebook, "findings")
    text = "\n".join(b.get("text/markdown", "") for cell in cells for b in bundles(cell))
    bullets = [line.strip() for line in text.splitlines() if line.startswith(("- ", "* "))]
    if len(cells) != 1 or not 1 <= len(bullets) <= 5:
        yield f"findings: one tagged cell with one to five bullets; found {len(bullets)}"
    elif not any(INTERVAL.search(bullet) for bullet in bullets):
        yield "findings: no bullet with a number and its interval (`low to high`)"
    typed = "\n".join(text for cell in cells for text in strings(tree_of(cell.source)))
    if any(plain(bullet[2:]) in plain(typed) for bullet in bullets):
        yield "typed-findings: a sentence was written by hand; it stays when the numbers move"


def strings(tree: ast.AST) -> list[str]:
    """Return the strings written out in a cell; those side by side, or added, are one."""
    return [text for node in ast.walk(tree) if (text := written(node)) is not None]


def written(node: ast.AST) -> str | None:
    """Return the text of a string, or of a sum of strings, in which nothing is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = written(node.left), written(node.right)
        return None if left is None or right is None else left + right
    return None


def plain(text: str) -> str:
    """Undo what Markdown needs: the escaped dollar sign."""
    return text.replace("\\$", "$")


def check_calls(notebook: NotebookNode) -> list[ast.Call]:
    """Return every `check(...)` in the source."""
    nodes = [node for cell in code_of(notebook) for node in ast.walk(tree_of(cell.source))]
    return [n for n in nodes if isinstance(n, ast.Call) and name_called(n) == "check"]


def check_ids(notebook: NotebookNode) -> list[str]:
    """Return the ids of the checks in the source: first arguments of `check(...)`."""
    first = [call.args[0] for call in check_calls(notebook) if call.args]
    return [str(node.value) for node in first if isinstance(node, ast.Constant)]


def computed_names(notebook: NotebookNode) -> set[str]:
    """Return the names that cells other than the parameters assign."""
    given = tagged(notebook, "parameters")
    nodes = [n for c in code_of(notebook) if c not in given for n in ast.walk(tree_of(c.source))]
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def checks(notebook: NotebookNode) -> Iterator[str]:
    """Check that the checks are there, ran, and are the ones the sentinel counted."""
    ids, sentinels = check_ids(notebook), payloads(notebook, SENTINEL)
    if not tagged(notebook, "checks") or not ids:
        yield "no-checks: no tagged cell with a check"
    if len(set(ids)) < len(ids):
        yield "no-checks: a check id is used twice"
    computed = computed_names(notebook)
    for call in check_calls(notebook):
        names = {n.id for n in ast.walk(ast.Tuple(call.args[1:2])) if isinstance(n, ast.Name)}
        if not names & computed:
            yield f"constant-check: `{ast.unparse(call)}` looks at nothing the notebook computed"
    last = payloads(NotebookNode(cells=notebook.cells[-1:]), SENTINEL)
    if len(sentinels) != 1 or sentinels != last or last[0].get("complete") is not True:
        yield "sentinel: the last cell, and only it, says that the run is complete"
    elif sorted(last[0].get("checks", ())) != sorted(ids):
        yield f"sentinel: it counted {last[0].get('checks')}, the cells hold {ids}"


def claims(notebook: NotebookNode) -> Iterator[str]:
    """Check that a claim of the article comes with a verdict."""
    for claim in payloads(notebook, CLAIM):
        if claim.get("verdict") not in VERDICTS or CLAIM_FIELDS - set(claim):
            yield f"claim: number {claim.get('number')} has verdict {claim.get('verdict')!r}"


def last_cell(notebook: NotebookNode) -> Iterator[str]:
    """Check the one cell that nothing compares: it stamps the run, and says nothing else."""
    cell = notebook.cells[-1]
    stamp = r"(hl\.)?report\.stamp\(\w*\)"
    body = tree_of(cell.source).body
    if len(body) != 1 or not re.fullmatch(stamp, ast.unparse(body[0])):
        yield "stamp-only: the last cell is one call of report.stamp and nothing else"
    kinds = [set(output.get("data", ())) - {"text/plain"} for output in cell.get("outputs", ())]
    if [kind for kind in kinds if kind != {SENTINEL}] != [{STAMP}]:
        yield "stamp-only: the outputs of the last cell are not only the stamp and the sentinel"
