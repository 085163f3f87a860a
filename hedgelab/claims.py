"""The article's sentences: what is claimed, the rule that judges it, and the emitted verdict.

Each rule stands in `data/claims.toml`; the function of the same number is that rule as code, and
takes computed numbers only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hedgelab import inference, worth
from hedgelab.errors import ParameterError
from hedgelab.project import DATA

if TYPE_CHECKING:
    from hedgelab.ledger import Ledger

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


class Setting(NamedTuple):
    """What a run was given: market's end [1], length [weeks], looks every and holds [h]."""

    market: float
    weeks: float
    every: float
    hold: float


class Ruling(NamedTuple):
    """A verdict and the sentence that gives its reason."""

    verdict: str
    reason: str

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


class Evidence(NamedTuple):
    """What one market says of a full hedge, as `verdict_10` and `verdict_14` take it. [1]"""

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
    return Evidence(
        net=inference.outcome_range((both[0] - both[1]) / (capital * given.ratio)).bounds,
        break_even=inference.outcome_range(break_even).bounds,
        swing=inference.outcome_range(
            unconditioned.of("unhedged")["equity_change"] / capital
        ).bounds,
        free=tuple(table["free_ratio"]),
        costly=tuple(table["costly_ratio"]),
    )


def agreed(rulings: Mapping[str, Ruling]) -> Ruling:
    """Return the first market's ruling if every market gives its verdict, else none is identified.

    Examples
    --------
    >>> yes, no = Ruling("supported", "It is."), Ruling("contradicted", "It is not.")
    >>> agreed({"btc-2025": yes, "btc-2023": yes}).reason
    'It is.'
    >>> agreed({"btc-2025": yes, "btc-2023": no}).reason
    'The verdict hangs on the market: supported on btc-2025, contradicted on btc-2023.'
    """
    first = next(iter(rulings.values()))
    if all(ruling.verdict == first.verdict for ruling in rulings.values()):
        return first
    verdicts = ", ".join(f"{ruling.verdict} on {market}" for market, ruling in rulings.items())
    return Ruling("not identified", f"The verdict hangs on the market: {verdicts}.")


def verdict_10(setting: Setting, *, net: Bounds, break_even: Bounds, swing: Bounds) -> Ruling:
    """Close to break-even after friction?

    Parameters
    ----------
    setting : Setting
        What the run was given.
    net : (float, float)
        Outcome range of hedged less unhedged in that market, for a full hedge, of capital. [1]
    break_even : (float, float)
        Outcome range of the market return at which the hedge neither helps nor hurts. [1]
    swing : (float, float)
        Outcome range of market returns when nothing is conditioned. [1]
    """
    if elsewhere := _elsewhere(10, setting):
        return elsewhere
    band = claim(10).values["band"]
    low, high = net
    moved = f"{_percent(low)} to {_percent(high)} of capital"
    if low <= band and high >= -band:
        return Ruling(
            "supported",
            f"In the article's own market a full hedge moves the book by {moved}, and a smaller "
            "one by less.",
        )
    small = (f"{band / abs(bound):.2f}" for bound in sorted(net, key=abs, reverse=True))
    ratios = f"the hedge ratio was at most {' to '.join(dict.fromkeys(small))}"
    if swing[0] <= break_even[1] and break_even[0] <= swing[1]:
        region = " and ".join(map(_percent, (break_even[0] - band, break_even[1] + band)))
        return Ruling(
            "only if",
            f"Only if {ratios}, or the market ended between {region}; where it ended at "
            f"{_percent(setting.market)}, a full hedge moved the book by {moved}.",
        )
    needed = " to ".join(map(_percent, break_even))
    return Ruling(
        "contradicted",
        f"Unless {ratios}, no ordinary market makes it break even: that takes {needed}.",
    )


def verdict_14(setting: Setting, *, free: Bounds, costly: Bounds) -> Ruling:
    """Did friction turn the unhedged result into the hedged one?

    Parameters
    ----------
    setting : Setting
        What the run was given.
    free, costly : (float, float)
        Hedge ratios that give the article's gap without friction, and with the simulated one, at
        the low and at the high end of the outcome range of funding. [1]
    """
    if elsewhere := _elsewhere(14, setting):
        return elsewhere
    if 0.0 < free[0] <= 1.0:
        return Ruling(
            "not identified",
            "A hedge that costs nothing and stays open gives the article's two results at "
            f"{_ratios(free)}, by its funding, and one at the simulated costs at "
            f"{_ratios(costly)}; the article states neither ratio nor costs.",
        )
    if not 0.0 < costly[0] <= 1.0:
        return Ruling("contradicted", "No hedge ratio up to one gives the article's two results.")
    # With least funding, a full hedge needs least friction: gap - (market - funding).
    share = 1.0 - 1.0 / free[0]
    needed = f"every ratio up to one needs friction of at least {100 * share:.0f} % of the gap"
    if share > 0.5:
        return Ruling("supported", f"No free hedge gives the two results, and {needed}.")
    return Ruling(
        "only if",
        f"Only at {_ratios(costly)}; a free hedge cannot give the two results, but {needed}.",
    )


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


def _elsewhere(number: int, setting: Setting) -> Ruling | None:
    """Return the verdict on a run that was not given the article's market and system, if so."""
    values = claim(number).values
    # The tiny allowance keeps a return exactly on the edge of rounding inside.
    near = abs(setting.market - values["unhedged"]) <= values["rounding"] * (1.0 + 1e-9)
    if not (near and setting.weeks == values["weeks"]):
        length = f"{setting.weeks:g} week{'s' * (setting.weeks != 1)}"
        given = f"market ended at {_percent(setting.market)} after {length}"
    elif (setting.every, setting.hold) != (values["every"], values["hold"]):
        given = f"hedge acted every {setting.every:g} h and held {setting.hold:g} h"
    else:
        return None
    return Ruling("not identified", f"This run's {given}, which is not the article's.")


def _ratios(bounds: Bounds) -> str:
    """Return the possible part of a range of ratios, whose low end is possible, as words."""
    low, high = bounds
    return f"a ratio of {low:.2f} to {high if 0.0 < high <= 1.0 else 1.0:.2f}"


def _percent(value: float) -> str:
    return f"{100.0 * value:+.1f} %"
