"""A free venue, bars on which nothing happens, rules that say what they are told: by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

from .account import COSTS, GAINS
from .records import Bar, Book, FundingRule, Instrument, Path, Tier, Venue
from .rules import Answer, Blind, Close
from .targets import Constant

NO_FUNDING = FundingRule(
    interval_hours=D(8),
    first_hour=D(0),
    interest=D(0),
    dead_zone=D(0),
    cap=D(1),
    premium_hours=D(8),
    reference_is_index=False,
    realised=True,
)
NO_MARGIN = Tier(cap=D("1e12"), rate=D(0), amount=D(0), max_leverage=D(1000))
FREE = Venue(
    maker_fee=D(0),
    taker_fee=D(0),
    maker_share=D(0),
    closing_maker_share=D(0),
    spot_taker_fee=D(0),
    spread_multiplier=D(1),
    spot_half_spread=D(0),
    impact_coefficient=D(0),
    depth_share=D(1),
    delay_seconds=D(0),
    adverse_share=D(0),
    liquidation_fee=D(0),
    outage_odds_per_day=D(0),
    outage_hours=D(1),
    holding_tiers=(NO_MARGIN,),
    hedge_tiers=(NO_MARGIN,),
    funding=NO_FUNDING,
)
SPOT = Book(
    capital=D(1000),
    leverage=D(1),
    holding="spot",
    hedge_collateral=D(500),
    collateral_yield=D(0),
    margin_mode="isolated",
    hedge_leverage=None,
    spot_collateral_weight=D(0),
    after_liquidation="stay_out",
    liquidation="intrabar",
    risk_aversion=D(1),
)
PERP = replace(SPOT, holding="perp", leverage=D(2))
QUIET = {
    "index": D(100),
    "index_return": D(0),
    "mark_return": D(0),
    "premium": D(0),
    "funding": D(0),
    "half_spread": D(0),
    "sigma": D(0),
    "volume": D(1_000_000),
}
DRAWS = ("noise", "outage_starts", "outage_stays")


def instruments(**columns: list[Any]) -> list[Instrument]:
    """Make quiet bars of one instrument with the given columns, numbers or decimal text.

    The mark follows the index, opens where it closed before and goes no further than its closes;
    the basis that reports read is that of the two closes.
    """
    made: list[Instrument] = []
    for row in zip(*columns.values(), strict=True):
        values = QUIET | dict(zip(columns, map(D, row), strict=True))
        mark = values.setdefault("mark", values["index"])
        before = made[-1].mark if made else mark
        at_open = values.setdefault("mark_open", before)
        values.setdefault("mark_high", max(before, at_open, mark))
        values.setdefault("mark_low", min(before, at_open, mark))
        values.setdefault("basis", mark / values["index"] - 1)
        made.append(Instrument(**values))
    return made


def path(
    *,
    warm_up: int = 0,
    bar_hours: str = "1",
    start_minute: int = 0,
    hedge: dict[str, list[Any]] | None = None,
    **columns: list[Any],
) -> Path:
    """Make a path of quiet bars with the given columns; `hedge` has those of a second coin."""
    length = len(next(iter(columns.values())))
    draws = [
        {name: D(columns[name][number]) for name in DRAWS if name in columns}
        for number in range(length)
    ]
    held = instruments(**{name: column for name, column in columns.items() if name not in DRAWS})
    sold = held if hedge is None else instruments(**hedge)
    bars = tuple(Bar(*pair, **draw) for *pair, draw in zip(held, sold, draws, strict=True))
    return Path(bars, warm_up, D(bar_hours), start_minute)


class Says(Blind):
    """Asks for a list of quantities, one a bar from t0.

    A quantity comes alone, with its share to reopen, or with `None` where the rule does not fire.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def ask(self, close: Close, wanted: D) -> Answer:
        """Say the next one."""
        said = self.answers.pop(0)
        quantity, reopen = said if isinstance(said, tuple) else (said, 0)
        return Answer(reopen is not None, D(quantity), D(reopen or 0))


class Ratios(Constant):
    """A list of ratios, one a bar from the first."""

    def __init__(self, *ratios: Any) -> None:
        self.ratios = list(map(D, ratios))

    def ratio(self) -> D:
        """Return the next one."""
        return self.ratios.pop(0)


def assert_only(outcome: dict[str, D], **expected: Any) -> None:
    """Compare every money line: the ones given, and nothing on the others."""
    for name in (*GAINS, *COSTS):
        assert abs(outcome[name] - D(expected.get(name, 0))) < D("1e-20"), name
    assert abs(outcome["residual"]) < D("1e-20")


def counts(outcome: dict[str, D]) -> tuple[int, ...]:
    """Return signals, orders and round trips."""
    return tuple(int(outcome[name]) for name in ("signals", "orders", "round_trips"))
