"""Venues: what trading and margin cost at each: facts with a date, a source, an evidence tag."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, Final

from hedgelab.arrays import ask, check
from hedgelab.errors import ParameterError, known
from hedgelab.funding import FundingRule
from hedgelab.kernels import records
from hedgelab.margin import MarginTier, check_tiers
from hedgelab.project import DATA

__all__ = ["FundingRule", "MarginTier", "Venue", "load", "names", "tiers"]

FEES: Final = ("maker_fee", "taker_fee", "spot_maker_fee", "spot_taker_fee")
LIMITS: Final = {  # what a value may be; outside it is a slip of units more often than a venue
    **dict.fromkeys(FEES, (-0.0005, 0.01)),
    "maker_share": (0.0, 1.0),
    "closing_maker_share": (0.0, 1.0, None),
    "spread_multiplier": (0.0, 1000.0),
    "spot_half_spread": (0.0, 0.05),
    "impact_coefficient": (0.0, 10.0),
    "depth_share": (1e-6, 100.0),
    "delay_seconds": (0.0, 86_400.0),
    "adverse_share": (0.0, 1.0),
    "liquidation_fee": (0.0, 0.05),
    "closing_fee": (0.0, 0.01),
    "outage_odds_per_day": (0.0, 24.0),
    "outage_hours": (1e-3, 720.0),
}
NOT_A_COST: Final = {
    *("maker_share", "closing_maker_share", "depth_share", "closing_fee", "outage_hours")
}
ANY_COIN: Final = "any"  # stands for every coin that is not named


@dataclass(frozen=True)
class Venue:
    """What trading costs at one venue, for one tier of account.

    Parameters
    ----------
    name, tier : str
        Keys of `data/venues.toml`.
    maker_fee, taker_fee : float
        Of a perpetual's traded notional; a negative maker fee is a rebate. [1]
    maker_share : float
        Share of the notional of the hedge's orders that is filled by resting. [1]
    spot_maker_fee, spot_taker_fee : float
        Of traded spot notional. [1]
    spread_multiplier : float
        On the market's half-spread. [1]
    spot_half_spread : float
        Half the quoted spot spread over mid. [1]
    impact_coefficient : float
        Y of the square-root law Y sigma sqrt(Q / V). [1]
    depth_share : float
        The venue's traded volume over the market's. [1]
    liquidation_fee : float
        Of liquidated notional. [1]
    funding : FundingRule
        How premium becomes a payment.
    delay_seconds : float
        From decision to fill. [s]
    adverse_share : float
        Share of the move during the delay that is against the trader. [1]
    closing_fee : float
        Of notional, where the venue requires it on top of the maintenance margin. [1]
    margin_tiers : mapping of str to tuple of MarginTier
        By coin; ``"any"`` stands for every coin that is not named. A venue made by hand has one
        tier, 0.4 % and 125x, under ``"any"``.
    closing_maker_share : float, optional
        The same of orders that close the hedge or take off from it, when it is another: a system
        may wait to get in and hurry to get out. [1]
    outage_odds_per_day : float
        Odds a day that the venue goes down; 0 to 24, so that an hourly bar has at most 1. [1/day]
    outage_hours : float
        Mean time it stays down; at least one bar counts. [h]
    as_of, source : str
        Oldest date among the facts, and where each was seen, with its evidence tag.
    """

    name: str
    tier: str
    maker_fee: float
    taker_fee: float
    maker_share: float
    spot_maker_fee: float
    spot_taker_fee: float
    spread_multiplier: float
    spot_half_spread: float
    impact_coefficient: float
    depth_share: float
    liquidation_fee: float
    funding: FundingRule
    delay_seconds: float = 0.0
    adverse_share: float = 0.0
    closing_fee: float = 0.0
    margin_tiers: Mapping[str, tuple[MarginTier, ...]] = field(
        default_factory=lambda: {ANY_COIN: (MarginTier(1e12, 0.004, 0.0, 125.0),)},
        repr=False,
        hash=False,
    )
    closing_maker_share: float | None = None
    outage_odds_per_day: float = 0.0
    outage_hours: float = 1.0
    as_of: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse values that no venue has, one clear line each."""
        where = f"venue {self.name}"
        check(where, LIMITS, vars(self))
        ask(where, FundingRule, self.funding)
        ask(where, Mapping, self.margin_tiers)
        for coin, tiers in self.margin_tiers.items():
            check_tiers(tiers, f"{where}, {coin}")
            most = min(1.0 / tier.max_leverage - tier.rate for tier in tiers)
            fee = {"closing_fee": (0.0, max(most, 0.0))}
            check(f"{where}, {coin}", fee, vars(self), closing_fee="more is liquidated when opened")

    @property
    def maker_shares(self) -> tuple[float, float]:
        """Return the shares that rest of orders that open or add, and of those that close. [1]"""
        closing = self.closing_maker_share
        return self.maker_share, self.maker_share if closing is None else closing

    def frictionless(self) -> Venue:
        """Return the twin that charges nothing and is never down.

        Its funding rule is kept, and what margin it requires.
        """
        costs = LIMITS.keys() - NOT_A_COST
        return replace(self, **dict.fromkeys(costs, 0.0))  # type: ignore[arg-type]

    def tiers_of(self, coin: str) -> tuple[MarginTier, ...]:
        """Return what the venue requires of positions in a coin, its closing fee included.

        Parameters
        ----------
        coin : str
            Key of `margin_tiers`, for instance ``"BTC"``.

        Returns
        -------
        tiers : tuple of MarginTier
            By rising cap.

        Raises
        ------
        ParameterError
            For a coin without tiers, naming those there are.

        Examples
        --------
        OKX wants 0.4 % and the 5 bp that closing will cost:

        >>> round(load("okx").tiers_of("BTC")[0].rate, 6)
        0.0045
        """
        tiers = self.margin_tiers.get(coin, self.margin_tiers.get(ANY_COIN))
        if tiers is None:
            what, there = f"there are no margin tiers of {coin!r}", ", ".join(self.margin_tiers)
            remedy = f"use one of {there}, or give the venue margin_tiers of that coin"
            raise ParameterError(what, where=f"venue {self.name}", remedy=remedy)
        return tuple(replace(tier, rate=tier.rate + self.closing_fee) for tier in tiers)

    def record(self, bar_hours: float) -> records.Venue:
        """Return the numbers the compiled ledger reads, for bars of `bar_hours` hours."""
        return records.Venue(
            maker_fee=self.maker_fee,
            taker_fee=self.taker_fee,
            maker_share=self.maker_shares[0],
            closing_maker_share=self.maker_shares[1],
            spread_multiplier=self.spread_multiplier,
            impact=self.impact_coefficient,
            depth=self.depth_share,
            delay=self.delay_seconds / (3600.0 * bar_hours),
            adverse=self.adverse_share,
            funding=self.funding.record(),
            liquidation_fee=self.liquidation_fee,
            outage_starts=self.outage_odds_per_day * bar_hours / 24.0,
            outage_stays=1.0 - 1.0 / max(1.0, self.outage_hours / bar_hours),
        )


def names() -> tuple[str, ...]:
    """Return the venues there are facts about."""
    return tuple(_facts())


def tiers(name: str) -> tuple[str, ...]:
    """Return the fee tiers of a venue, lowest volume first."""
    return tuple(_of(name)["fees"]["tiers"])


def load(name: str, tier: str = "base", **overrides: Any) -> Venue:
    """Return a venue's facts, with what the experiment assumes instead.

    Parameters
    ----------
    name : str
        One of `names()`.
    tier : str
        One of `tiers(name)`.
    **overrides
        Fields of `Venue` or of its `FundingRule` to set to something else, for instance
        ``maker_share=0.5`` or ``realised=True``.

    Returns
    -------
    venue : Venue
        `source` names every override.

    Raises
    ------
    ParameterError
        For an unknown name, tier or field (with the nearest known one), or a value out of range.

    Examples
    --------
    >>> venue = load("binance")
    >>> venue.maker_fee, venue.taker_fee, venue.funding.cap
    (0.0002, 0.0005, 0.003)
    >>> load("binance", "vip9", maker_share=1.0).maker_fee
    0.0
    """
    facts, where = _of(name), "venues.load"
    sections = {key: part for key, part in facts.items() if key != "title"}
    of_rule = {field.name for field in fields(FundingRule)}
    stated = {key: value for part in sections.values() for key, value in part.items()}
    what = f"no tier of {name} is called"
    stated |= facts["fees"]["tiers"][known(tier, tiers(name), what, where=where)] | overrides
    for key in overrides:
        known(key, sorted(of_rule | set(LIMITS)), "no field of a venue is called", where=where)
    rule = FundingRule(**{key: value for key, value in stated.items() if key in of_rule})
    settings = {key: value for key, value in stated.items() if key in LIMITS}
    source = [f"{key} [{part['evidence']}] {part['source']}" for key, part in sections.items()]
    source += [f"{key} set to {value}" for key, value in overrides.items()]
    as_of = min(part["as_of"] for part in sections.values())
    dated = {"as_of": as_of.isoformat(), "source": "; ".join(source)}
    coins = facts["margin"]["coins"].items()
    margin = {coin: tuple(MarginTier(*map(float, row)) for row in rows) for coin, rows in coins}
    return Venue(name, tier, funding=rule, margin_tiers=margin, **settings, **dated)


@cache
def _facts() -> dict[str, dict[str, Any]]:
    return tomllib.loads((DATA / "venues.toml").read_text(encoding="utf-8"))


def _of(name: str) -> dict[str, Any]:
    return _facts()[known(name, names(), "no venue is called", where="venues.load")]
