"""The article's sentences: what is claimed, the rule that judges it, and the emitted verdict.

Each rule was written into `data/claims.toml` before its experiment was run; the function of the
same number is that rule as code, and takes computed numbers only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np

from hedgelab.errors import ParameterError
from hedgelab.project import DATA

MIME = "application/vnd.hedgelab.claim+json"
ANSWERS = {
    "supported": "Yes",
    "only if": "Only under a condition",
    "not identified": "The numbers cannot tell",
    "contradicted": "No",
    "arithmetic error": "The sums are wrong",
    "context": "Nothing to test",
}
Bounds = tuple[float, float]


class Ruling(NamedTuple):
    """A verdict and the sentence that gives its reason."""

    verdict: str
    reason: str

    @property
    def answer(self) -> str:
        """The verdict as the short answer to "is it so?"."""
        return ANSWERS[self.verdict]


@dataclass(frozen=True)
class Claim:
    """One sentence of the article, its figures, and the rule that judges it."""

    number: int
    claim: str
    article: str
    unit: str
    notebook: str
    kind: str
    rule: str
    values: Mapping[str, float] = field(default_factory=dict)


@cache
def load() -> Mapping[int, Claim]:
    """Every claim of `data/claims.toml` by number."""
    entries = tomllib.loads((DATA / "claims.toml").read_text(encoding="utf-8"))["claim"]
    return {entry["number"]: Claim(**entry) for entry in entries}


def claim(number: int) -> Claim:
    """One claim by its number.

    Examples
    --------
    >>> claim(15).values["amount"]
    12000.0
    """
    claims = load()
    if number not in claims:
        known = ", ".join(map(str, sorted(claims)))
        raise ParameterError(f"no claim {number}", remedy=f"use one of {known}")
    return claims[number]


def emit(number: int, *, found: str, ruling: Ruling, bounds: Bounds | None = None) -> None:
    """Show a judged claim, for people and for the scoreboard.

    Parameters
    ----------
    number : int
        Number of the claim in `data/claims.toml`.
    found : str
        What the experiment found, rounded, in the claim's terms.
    ruling : Ruling
        Verdict and reason, from the claim's own `verdict_<number>`.
    bounds : (float, float), optional
        Outcome range of what was found, in the claim's unit.
    """
    from IPython.display import display

    entry = claim(number)
    low, high = (None, None) if bounds is None else (float(f"{bound:.4g}") for bound in bounds)
    if bounds is not None and not np.isfinite(bounds).all():
        what = f"a bound of claim {number} is not a finite number"
        raise ParameterError(what, remedy="leave the bounds out where there are none")
    told = {key: getattr(entry, key) for key in ("number", "claim", "article", "unit", "notebook")}
    data = told | ruling._asdict() | {"found": found, "low": low, "high": high}
    # A bare dollar sign opens mathematics in Markdown.
    text = (
        f"**Claim {number}: {ruling.verdict}.** {entry.claim}\n\n"
        f"*The article:* {entry.article}. *Found:* {found}. {ruling.reason}"
    ).replace("$", r"\$")
    plain = f"claim {number}: {ruling.verdict}; found {found}; {ruling.reason}"
    shown = {MIME: data, "text/markdown": text, "text/plain": plain}
    display(shown, raw=True)  # type: ignore[no-untyped-call]


def verdict_10(
    *, market: float, weeks: float, net: Bounds, break_even: float, swing: Bounds, ratio: float
) -> Ruling:
    """Close to break-even after friction?

    Parameters
    ----------
    market, weeks : float
        Terminal return the run was conditioned on [1] and its length [weeks].
    net : (float, float)
        Outcome range of hedged less unhedged in that market, of capital. [1]
    break_even : float
        Market return at which the hedge neither helps nor hurts. [1]
    swing : (float, float)
        Outcome range of market returns when nothing is conditioned. [1]
    ratio : float
        Effective hedge ratio. [1]
    """
    if elsewhere := _elsewhere(10, market, weeks):
        return elsewhere
    band = claim(10).values["band"]
    low, high = net
    if low <= band and high >= -band:
        return Ruling(
            "supported",
            f"In the article's own market the hedge's net effect lies between {_percent(low)} and "
            f"{_percent(high)} of capital.",
        )
    if swing[0] <= break_even <= swing[1] and ratio > 0.0:
        region = sorted((break_even - band / ratio, break_even + band / ratio))
        return Ruling(
            "only if",
            f"Only if the market ended between {_percent(region[0])} and {_percent(region[1])}; "
            f"where it ended at {_percent(market)}, the same hedge moved the book by "
            f"{_percent(low)} to {_percent(high)} of capital.",
        )
    return Ruling(
        "contradicted",
        f"No ordinary market makes this hedge break even: it would take {_percent(break_even)}.",
    )


def verdict_14(
    *, market: float, weeks: float, outcome: Bounds, free: float, costly: float, share: float
) -> Ruling:
    """Did friction turn the unhedged result into the hedged one?

    Parameters
    ----------
    market, weeks : float
        Terminal return the run was conditioned on [1] and its length [weeks].
    outcome : (float, float)
        Outcome range of the hedged result at the stated ratio, of capital. [1]
    free, costly : float
        Effective ratios that give the article's gap without friction and with the simulated
        friction, both with the simulated funding. [1]
    share : float
        Friction over the simulated gap. [1]
    """
    if elsewhere := _elsewhere(14, market, weeks):
        return elsewhere
    if 0.0 < free <= 1.0:
        return Ruling(
            "not identified",
            f"A hedge of {free:.2f} that costs nothing gives the same two numbers, and so "
            f"does one of {costly:.2f} at the simulated costs; the article states neither "
            "its hedge ratio nor its costs.",
        )
    if outcome[0] <= claim(14).values["hedged"] <= outcome[1] and share > 0.5:
        return Ruling(
            "supported",
            f"No free hedge gives the two numbers, the stated one does, and friction is "
            f"{100 * share:.0f} % of its gap.",
        )
    if 0.0 < costly <= 1.0:
        return Ruling(
            "only if",
            f"Only if the effective hedge ratio was {costly:.2f}; a free hedge cannot give "
            "the two numbers.",
        )
    return Ruling("contradicted", "No hedge ratio up to one gives the two numbers.")


def verdict_15() -> Ruling:
    """Does the gap times the capital reach the claimed amount?

    Examples
    --------
    >>> verdict_15().verdict
    'arithmetic error'
    """
    values = claim(15).values
    low, high = gap_in_money()
    gap = values["unhedged"] - values["hedged"]
    amount, capital = values["amount"], values["capital"]
    if high >= amount:
        return Ruling("supported", f"The gap comes to ${low:,.0f} to ${high:,.0f}.")
    unhedged, hedged = _percent(values["unhedged"]), _percent(values["hedged"])
    return Ruling(
        "arithmetic error",
        f"{unhedged} less {hedged} is {100 * gap:.1f} points, "
        f"${gap * capital:,.0f} of ${capital:,.0f}; ${amount:,.0f} would need "
        f"{100 * amount / capital:.0f} points, or ${amount / gap:,.0f} of capital.",
    )


def gap_in_money() -> Bounds:
    """Range of claim 15's gap that the rounding of its two returns allows. [quote]

    Examples
    --------
    Both returns are known to 0.05 points: 6.1 to 6.3 points of 100,000.

    >>> tuple(round(bound) for bound in gap_in_money())
    (6100, 6300)
    """
    values = claim(15).values
    gap, slack = values["unhedged"] - values["hedged"], 2.0 * values["rounding"]
    return (gap - slack) * values["capital"], (gap + slack) * values["capital"]


def _elsewhere(number: int, market: float, weeks: float) -> Ruling | None:
    """Return the verdict on a run that was not given the article's market, if it was not."""
    values = claim(number).values
    # The tiny allowance keeps a return exactly on the edge of rounding inside.
    near = abs(market - values["unhedged"]) <= values["rounding"] * (1.0 + 1e-9)
    if near and weeks == values["weeks"]:
        return None
    return Ruling(
        "not identified",
        f"This run was given a market that ended at {_percent(market)} after {weeks:g} weeks, "
        "which is not the article's.",
    )


def _percent(value: float) -> str:
    return f"{100.0 * value:+.1f} %"
