"""The article's cast: hedges with stated assumptions, none of them tuned to its results.

Each preset takes a hedge ratio or a target of its own.  What the article says of a hedge is kept
(every 4 hours, one day, 72 hours, a volatility threshold); what it does not say is a default here,
with the reason beside it.
"""

from __future__ import annotations

from typing import Any

from hedgelab.hedges import Constant, Hedge, Never, Once, Schedule, StopLoss, VolatilityTrigger

__all__ = [
    "article",
    "one_day",
    "seventy_two_hours",
    "static",
    "stop_loss",
    "threshold",
    "unhedged",
]


def _target(ratio: float, target: Any) -> Any:
    return Constant(ratio) if target is None else target


def unhedged() -> Hedge:
    """Return no hedge at all, which every comparison needs."""
    return Hedge(Constant(0.0), Never(), name="unhedged")


def one_day(
    ratio: float = 1.0, *, every: float = 4.0, hold: float = 24.0, target: Any = None
) -> Hedge:
    """Return the article's system: acts on the clock, closes and reopens what has expired.

    Parameters
    ----------
    ratio : float
        Coins short per coin held. [1]
    every, hold : float
        Between looks, and life of one hedge. [h]
    target : record or function, optional
        How much instead of the constant `ratio`.
    """
    return Hedge(_target(ratio, target), Schedule(every, hold, False, 1), name="one-day")


def seventy_two_hours(ratio: float = 1.0, *, every: float = 4.0, target: Any = None) -> Hedge:
    """Return the same system with hedges that live three days."""
    return Hedge(_target(ratio, target), Schedule(every, 72.0, False, 1), name="72-hour")


def threshold(ratio: float = 1.0, *, target: Any = None) -> Hedge:
    """Return a hedge that is on while volatility is high, at least 72 hours.

    On above 60 % a year, which BTC exceeded on about one day in six from 2023 to the middle of
    2025; off below 45 %, near its usual level, so that the switch does not chatter.  With the 72
    hours it is on for a little under half of a simulated `btc-2023`.  The article names no level.
    """
    return Hedge(
        _target(ratio, target), VolatilityTrigger(0.60, 0.45, 24.0, 72.0, 0.10), name="threshold"
    )


def static(ratio: float = 1.0, *, target: Any = None) -> Hedge:
    """Return a hedge opened once and left alone: the article's manual trader who hedges."""
    return Hedge(_target(ratio, target), Once(), name="static")


def stop_loss(
    ratio: float = 1.0, *, drawdown: float = 0.10, cooldown: float = 72.0, target: Any = None
) -> Hedge:
    """Return a hedge that waits for a loss: 10 % off the peak, then three days.

    The article names a stop-loss and no level; a tenth is what BTC loses from its peak in most
    spells of six weeks, and three days is its own holding time.

    Parameters
    ----------
    ratio : float
        Coins short per coin held while the stop is on. [1]
    drawdown : float
        Fall of equity from its peak that switches it on. [1]
    cooldown : float
        How long it stays on. [h]
    target : record or function, optional
        How much instead of the constant `ratio`.
    """
    return Hedge(_target(ratio, target), StopLoss(drawdown, cooldown), name="stop-loss")


def article(ratio: float = 1.0, *, target: Any = None) -> list[Hedge]:
    """Return the cast in the article's order, from unhedged to stop-loss.

    Examples
    --------
    >>> [hedge.name for hedge in article()]
    ['unhedged', 'one-day', '72-hour', 'threshold', 'static', 'stop-loss']
    """
    return [
        unhedged(),
        one_day(ratio, target=target),
        seventy_two_hours(ratio, target=target),
        threshold(ratio, target=target),
        static(ratio, target=target),
        stop_loss(ratio, target=target),
    ]
