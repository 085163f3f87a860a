"""The article's sentences: what is claimed, the rule that judges it, and the emitted verdict.

A rule is data: in `data/claims/` each claim lists conditions on computed numbers, in order, and
the first that holds gives the verdict. `data/claims/README.md` says how to write one.
"""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hedgelab import inference, worth
from hedgelab.errors import DataError, ParameterError
from hedgelab.project import DATA, NOTEBOOKS

if TYPE_CHECKING:
    from hedgelab.ledger import Ledger

TOTAL = 36  # sentences of the article that claim something, counted once
MIME = "application/vnd.hedgelab.claim+json"
ANSWERS = {
    "supported": "Yes",
    "only if": "Only under a condition",
    "not identified": "The numbers cannot tell",
    "contradicted": "No",
    "arithmetic error": "The sums are wrong",
    "context": "Nothing to test",
}
KINDS = ("arithmetic", "probability", "difference", "shape", "context")
FUNCTIONS = {"min": min, "max": max, "abs": abs, "all": all, "any": any}
Bounds = tuple[float, float]


class Rule(NamedTuple):
    """A verdict, the condition that gives it, and the sentence that says why."""

    verdict: str
    when: str
    because: str


class Ruling(NamedTuple):
    """What the rule of a claim says of the numbers it was given."""

    number: int
    verdict: str
    reason: str
    found: str

    @property
    def answer(self) -> str:
        """The verdict as the short answer to "is it so?"."""
        return ANSWERS[self.verdict]

    @property
    def clause(self) -> str:
        """The reason as part of a longer sentence."""
        return self.reason[0].lower() + self.reason[1:].rstrip(".")


@dataclass(frozen=True)
class Claim:
    """One sentence of the article, its figures, and the rule that judges it."""

    number: int
    claim: str
    article: str
    unit: str
    notebook: str
    kind: str
    found: str
    rule: tuple[Rule, ...]
    values: Mapping[str, float] = field(default_factory=dict)
    figure: float | None = None

    @property
    def needs(self) -> set[str]:
        """Names of the numbers that the rule and its sentences use, beside the article's values."""
        templates = (self.found, *(rule.because for rule in self.rule))
        fields = (part[1] for text in templates for part in string.Formatter().parse(text))
        expressions = (*(rule.when for rule in self.rule), *filter(None, fields))
        return {name for each in expressions for name in _names(each)} - self.values.keys()


@cache
def load(folder: Path = DATA / "claims") -> Mapping[int, Claim]:
    """Every claim by number; a file's name is the number of the notebook that judges its claims."""
    claims: dict[int, Claim] = {}
    for path in sorted(folder.glob("*.toml")):
        notebook = next((p.stem for p in NOTEBOOKS.glob(f"{path.stem}_*.ipynb")), path.stem)
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["claim"]:
            rules = tuple(Rule(**rule) for rule in entry["rule"])
            if entry["number"] in claims:
                raise DataError(f"claim {entry['number']} is given twice", where=str(path))
            if unknown := {rule.verdict for rule in rules} - ANSWERS.keys():
                what = f"claim {entry['number']} has the unknown verdict {min(unknown)!r}"
                raise DataError(what, where=str(path), remedy=f"use one of {', '.join(ANSWERS)}")
            claims[entry["number"]] = Claim(**entry | {"notebook": notebook, "rule": rules})
    return dict(sorted(claims.items()))


def claim(number: int) -> Claim:
    """One claim by its number.

    Examples
    --------
    >>> claim(15).values["amount"]
    12000.0
    """
    claims = load()
    if number not in claims:
        known = ", ".join(map(str, claims))
        raise ParameterError(f"no claim {number}", remedy=f"use one of {known}")
    return claims[number]


def judge(number: int, /, **numbers: Any) -> Ruling:
    """Return what a claim's rule says of computed numbers.

    Parameters
    ----------
    number : int
        Number of the claim.
    **numbers : float, bool, str or pair of floats
        The numbers the rule names, finite, in the units its file gives; words to be quoted.

    Raises
    ------
    ParameterError
        If a number is missing, superfluous, not finite, or named like one of the article's.
    DataError
        If no condition of the rule holds.

    Examples
    --------
    6.2 points of 100,000, give or take the rounding of two returns, are not 12,000:

    >>> judge(15, sums=(6_100.0, 6_300.0)).verdict
    'arithmetic error'
    """
    entry = claim(number)
    given = {**entry.values, **numbers}
    wrong = {
        "has the article's own": numbers.keys() & entry.values.keys(),
        "is not given": entry.needs - given.keys(),
        "does not use": numbers.keys() - entry.needs - entry.values.keys(),
        "needs a finite": {name for name, value in numbers.items() if not _is_finite(value)},
    }
    for what, names in wrong.items():
        if names:
            needed = ", ".join(sorted(entry.needs)) or "no numbers"
            what = f"claim {number} {what} {', '.join(sorted(names))}"
            raise ParameterError(what, remedy=f"give it {needed}")
    for rule in entry.rule:
        if _value(rule.when, given):
            reason, found = (
                _SENTENCE.vformat(each, (), given) for each in (rule.because, entry.found)
            )
            return Ruling(number, rule.verdict, _tidy(reason), _tidy(found))
    raise DataError(
        f"no condition of claim {number} holds", remedy='end its rule with when = "True"'
    )


def emit(ruling: Ruling, *, bounds: Bounds | None = None) -> None:
    """Show a judged claim, for people and for the scoreboard.

    Parameters
    ----------
    ruling : Ruling
        From `judge` or `agreed`.
    bounds : (float, float), optional
        Outcome range of what was found, in the claim's unit.
    """
    from IPython.display import display

    number, entry = ruling.number, claim(ruling.number)
    # A bare dollar sign opens mathematics in Markdown.
    text = (
        f"**Claim {number}: {ruling.verdict}.** {entry.claim}\n\n"
        f"*The article:* {entry.article}. *Found:* {ruling.found}. {ruling.reason}"
    ).replace("$", r"\$")
    plain = f"claim {number}: {ruling.verdict}; found {ruling.found}; {ruling.reason}"
    shown = {MIME: told(ruling, bounds=bounds), "text/markdown": text, "text/plain": plain}
    display(shown, raw=True)  # type: ignore[no-untyped-call]


def told(ruling: Ruling, *, bounds: Bounds | None = None) -> dict[str, Any]:
    """Return all that the scoreboard says of a judged claim; arguments as for `emit`."""
    entry = claim(ruling.number)
    low, high = (None, None) if bounds is None else (float(f"{bound:.4g}") for bound in bounds)
    if bounds is not None and not np.isfinite(bounds).all():
        what = f"a bound of claim {ruling.number} is not a finite number"
        raise ParameterError(what, remedy="leave the bounds out where there are none")
    fields = ("claim", "article", "unit", "kind", "figure", "notebook")
    data = {name: getattr(entry, name) for name in fields} | ruling._asdict()
    return data | {"low": low, "high": high}


def agreed(rulings: Mapping[str, Ruling]) -> Ruling:
    """Return the first market's ruling if every market gives its verdict, else none is identified.

    Examples
    --------
    >>> yes, no = (Ruling(10, verdict, "So.", "1 %") for verdict in ("supported", "contradicted"))
    >>> agreed({"btc-2025": yes, "btc-2023": yes}).reason
    'So.'
    >>> agreed({"btc-2025": yes, "btc-2023": no}).reason
    'The verdict hangs on the market: supported on btc-2025, contradicted on btc-2023.'
    """
    first = next(iter(rulings.values()))
    if all(ruling.verdict == first.verdict for ruling in rulings.values()):
        return first
    verdicts = ", ".join(f"{ruling.verdict} on {market}" for market, ruling in rulings.items())
    reason = f"The verdict hangs on the market: {verdicts}."
    return first._replace(verdict="not identified", reason=reason)


class Evidence(NamedTuple):
    """What one market says of a full hedge, as claims 10 and 14 take it. [1]"""

    net: Bounds
    break_even: Bounds
    swing: Bounds
    free: Bounds
    costly: Bounds


def evidence(conditioned: Ledger, unconditioned: Ledger, hedge: str) -> Evidence:
    """Return what a hedge that stays open says of claims 10 and 14.

    Parameters
    ----------
    conditioned, unconditioned : Ledger
        Runs of the hedge, beside the unhedged book, on markets that all end at one return and on
        markets left free; both with collateral that no rise uses up.
    hedge : str
        Name of the hedge in both; whatever its ratio, a full hedge is judged.
    """
    end = conditioned.market.terminal_return
    if end is None:
        what = f"the market {conditioned.market.name} is not conditioned on its end"
        raise ParameterError(what, where="evidence", remedy="make it with scenarios.bridge")
    given, free = (worth.full_hedge(ledger, hedge) for ledger in (conditioned, unconditioned))
    capital = conditioned.book.capital
    both = [conditioned.of(name)["equity_change"] for name in (hedge, "unhedged")]
    got, paid = (inference.outcome_range(rate) for rate in (given.funding, given.friction))
    story = {"gap": end - claim(14).values["hedged"], "unhedged_return": end}
    table = worth.crossings(
        dict(zip(("low", "high"), got.bounds, strict=True)), paid.estimate, **story
    )
    break_even = worth.break_even_return(friction=free.friction, funding=free.funding)
    swing = unconditioned.of("unhedged")["equity_change"] / capital
    return Evidence(
        net=inference.outcome_range((both[0] - both[1]) / (capital * given.ratio)).bounds,
        break_even=inference.outcome_range(break_even).bounds,
        swing=inference.outcome_range(swing).bounds,
        # An infinite ratio, where hedging changes nothing, is judged as the largest number.
        free=tuple(np.nan_to_num(table["free_ratio"])),
        costly=tuple(np.nan_to_num(table["costly_ratio"])),
    )


class _Sentence(string.Formatter):
    """Templates whose fields are expressions: {100 * low:+.1f}."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return _value(field_name, kwargs), field_name


_SENTENCE = _Sentence()


def _value(expression: str, names: Mapping[str, Any]) -> Any:
    # The expressions stand in our own files and are no reader's input; they see no builtins but
    # a few functions of numbers, so that a rule stays a condition.
    return eval(compile(expression, "<claim>", "eval"), {"__builtins__": FUNCTIONS, **names})


def _names(expression: str) -> Iterator[str]:
    """Yield the names an expression takes from outside."""
    nodes = [n for n in ast.walk(ast.parse(expression, mode="eval")) if isinstance(n, ast.Name)]
    inside = {n.id for n in nodes if isinstance(n.ctx, ast.Store)}
    yield from {n.id for n in nodes} - inside - FUNCTIONS.keys()


def _is_finite(value: Any) -> bool:
    return isinstance(value, str) or bool(np.isfinite(value).all())


def _tidy(text: str) -> str:
    """Return a sentence without "0.1 to 0.1", "-0.0" and "$-5"."""
    text = re.sub(r"(?<![\w.,])[+-](0(?:\.0+)?)(?![\d.,]*\d)", r"\1", text)
    text = re.sub(r"(?<![\d.,])([$+-]*\d[\d.,]*(?: %)?) to \1(?![\d.,]*\d)", r"\1", text)
    return re.sub(r"\$-(?=\d)", "-$", text)
