"""What a request would take of memory, told before it starts."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hedgelab.errors import ParameterError

__all__ = ["available", "require"]

SMALL = 2**26  # never refused, so the system need not be asked [bytes]
CONTAINER = Path("/sys/fs/cgroup")  # where Linux tells the limit of a container


def available() -> float:
    """Return what this process may still take, of the machine or of its container. [bytes]"""
    import psutil

    free = [psutil.virtual_memory().available]
    with suppress(OSError, ValueError):  # no Linux, or "max": no limit
        limit = int((CONTAINER / "memory.max").read_text(encoding="ascii"))
        free.append(limit - psutil.Process().memory_info().rss)
    return float(min(free))


def require(needed: float, *, where: str, smaller: str, count: int) -> None:
    """Refuse a request that does not fit into memory.

    Parameters
    ----------
    needed : float
        Estimate of what it takes at its peak. [bytes]
    where : str
        What asks.
    smaller : str
        What to ask for instead; ``{most}`` stands for the largest count that fits.
    count : int
        How many are asked for.

    Raises
    ------
    ParameterError
        With the estimate and what would fit.

    Examples
    --------
    >>> require(8e15, where="run", smaller="use less", count=1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    hedgelab.errors.ParameterError: it would take 8,000,000.0 GB of memory and ... free, run; ...
    """
    free = available() if needed > SMALL else SMALL
    if needed > free:
        most = int(count * max(free, 0.0) / needed)
        raise ParameterError(
            f"it would take {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB are free",
            where=where,
            remedy=smaller.format(most=f"{most:,}"),
        )
