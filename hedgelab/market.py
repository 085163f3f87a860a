"""The market: many paths of one coin or two, either recorded or a recipe replayed path by path."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hedgelab import memory
from hedgelab.arrays import check
from hedgelab.errors import ParameterError
from hedgelab.kernels import engine
from hedgelab.kernels.layout import INSTRUMENT_FIELDS, VENUE_FIELDS, flatten, tile_fields
from hedgelab.kernels.records import Clock

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COINS", "INSTRUMENT_FIELDS", "Market"]

COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE")  # that a file's name may begin with
LIMITS = {
    "n_paths": (1, math.inf),
    "n_bars": (1, math.inf),
    "bar_hours": (0.0, 1e4),
    "warm_up": (0, math.inf),
    "start_minute": (0, math.inf),
    "seed": (0, 2**63 - 1),
}
Floats = npt.NDArray[np.float64]


def _flat_week() -> Floats:
    return np.ones(168)


@dataclass(frozen=True, eq=False)
class Market:
    """A frozen description of one or many paths of a coin, or of two.

    Parameters
    ----------
    name : str
        What a report calls it.
    kind : str
        ``"law"`` or the name of a textbook market for a recipe, ``"history"`` for recorded windows,
        ``"bootstrap"`` for recorded bars in new order.
    n_paths, n_bars : int
        Paths, and bars after t0. [1]
    bar_hours : float
        Length of a bar. [h]
    warm_up : int
        Bars before t0 that rules see but cannot trade in. [1]
    start_minute : int
        Minute of the week (Monday 00:00 UTC is 0) at the close of bar 0. [minutes]
    seed : int
        Root of every random draw.
    law : NamedTuple, optional
        Parameters of the law, in the units of the engine.
    profile : ndarray of shape (168,), optional
        Volatility by hour of the week over its mean; of shape (2, 168) for two coins. [1]
    terminal_return : float, optional
        Index of the holding at the last bar over that at t0, less one, that every path has. [1]
    recorded : ndarray of shape (n_rows, 13), optional
        Recorded bars, in the order of `INSTRUMENT_FIELDS`; for two coins 26 columns, the holding's
        first; of a bootstrap, in the order of `kernels.bootstrap.Recorded`.
    starts : ndarray of shape (n_paths,), optional
        Row of bar 0 of each window.
    times : ndarray of shape (n_paths,), optional
        Label (close, UTC) of bar 0 of each window.
    quality : QualityRecord, optional
        What was found in the file.
    digest : str, optional
        SHA-256 of the file's content, or of the recipe.
    coin : str
        What is held, as venues call it.
    hedge_coin : str, optional
        What it is hedged with; the same coin by default.

    Notes
    -----
    Simulated paths are never stored.  The same seed gives the same paths whatever hedges and venues
    are compared, and path i is the same path alone or among thousands.
    """

    name: str
    kind: str
    n_paths: int
    n_bars: int
    bar_hours: float = 1.0
    warm_up: int = 0
    start_minute: int = 0
    seed: int = 0
    law: Any = field(default=None, repr=False)
    profile: Floats = field(default_factory=_flat_week, repr=False)
    terminal_return: float | None = None
    recorded: Floats = field(
        default_factory=lambda: np.zeros((0, len(INSTRUMENT_FIELDS))), repr=False
    )
    starts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    times: Any = field(default=None, repr=False)
    quality: Any = field(default=None, repr=False)
    digest: str = ""
    coin: str = "BTC"
    hedge_coin: str = ""

    def __post_init__(self) -> None:
        """Refuse what no engine can run."""
        where, bar = f"market {self.name}", f"a bar of {self.bar_hours} h"
        check(where, LIMITS, vars(self))
        if not self.hedge_coin:
            object.__setattr__(self, "hedge_coin", self.coin)
        columns = engine.n_columns(self.law, self.recorded)
        if columns != self.n_coins * len(INSTRUMENT_FIELDS):
            what = f"bars of {columns} fields for {self.coin} hedged with {self.hedge_coin}"
            remedy = f"use {len(INSTRUMENT_FIELDS)} a coin"
            raise ParameterError(what, where=where, remedy=remedy)
        minutes = self.bar_hours * 60.0
        if minutes < 1 or minutes != round(minutes):
            raise ParameterError(bar, where=where, remedy="use a whole number of minutes")
        if self.law is None:
            self._check_windows()
        elif self.kind == "law" and self.bar_hours != 1.0:
            raise ParameterError(bar, where=where, remedy="the law is hourly; use 1")

    def _check_windows(self) -> None:
        last_row = self.recorded.shape[0] - 1
        if self.starts.shape != (self.n_paths,):
            what = f"{self.starts.size} windows for {self.n_paths} paths"
            raise ParameterError(what, where=f"market {self.name}")
        if self.starts.min() < self.warm_up or self.starts.max() + self.n_bars > last_row:
            what = "a window reaches beyond the recorded bars"
            remedy = "shorten the windows or the warm-up"
            raise ParameterError(what, where=f"market {self.name}", remedy=remedy)

    @property
    def weeks(self) -> float:
        """Length of a path. [weeks]"""
        return self.n_bars * self.bar_hours / 168.0

    @property
    def n_coins(self) -> int:
        """One when holding and hedge are the same coin, else two."""
        return 1 if self.hedge_coin == self.coin else 2

    @property
    def is_simulated(self) -> bool:
        """Are the paths drawn from a law?"""
        return self.law is not None and self.kind != "bootstrap"

    def recipe(self) -> engine.Recipe:
        """Return the market as the engine takes it."""
        end = None
        if self.terminal_return is not None:
            drift = 0.0 if self.law is None else flatten(self.law)[0]
            end = math.log1p(self.terminal_return) - drift * self.n_bars
        return engine.Recipe(
            law=self.law,
            profile=self.profile,
            recorded=np.ascontiguousarray(self.recorded),
            window_rows=self.starts,
            clock=Clock(self.bar_hours * 60.0, float(self.start_minute), float(self.n_bars)),
            first_bar=-self.warm_up,
            seed=self.seed,
            end=end,
        )

    def bars(self, first: int = 0, count: int | None = None) -> dict[str, Floats]:
        """Return the bars of some paths, warm-up included.

        Parameters
        ----------
        first, count : int
            First path, and how many; all from `first` on by default.

        Returns
        -------
        fields : dict of ndarray of shape (n_paths, warm_up + 1 + n_bars)
            One array a field, and the venue's own noise. With two coins the plain names are those
            of the holding, and the hedge's begin with ``hedge_``.
        """
        where = f"market {self.name}"
        check(where, {"first": (0, self.n_paths - 1)}, locals())
        most = self.n_paths - first
        count = most if count is None else count
        check(where, {"count": (1, most)}, locals())
        n_bars = self.warm_up + 1 + self.n_bars
        memory.require(
            8.0 * count * n_bars * len(tile_fields(self.n_coins)),
            where=f"bars of market {self.name}",
            smaller="ask for at most {most} paths",
            count=count,
        )
        rows = engine.bars(engine.plan(self.recipe()), count, first_path=first)
        return {name: rows[:, :, k] for k, name in enumerate(tile_fields(self.n_coins))}

    def paths(self, which: list[int]) -> pd.DataFrame:
        """Return some paths as a tidy frame: one row per path and bar.

        Parameters
        ----------
        which : list of int
            Numbers of paths.

        Examples
        --------
        >>> from hedgelab import scenarios
        >>> frame = scenarios.gbm(n_paths=20, n_bars=3, warm_up=0, seed=1).paths([17])
        >>> frame[["path", "bar"]].values.tolist()
        [[17, 0], [17, 1], [17, 2], [17, 3]]
        """
        import pandas as pd

        pieces = []
        for path in which:
            fields = self.bars(path, 1)
            columns = {
                name: values[0] for name, values in fields.items() if name not in VENUE_FIELDS
            }
            bar = np.arange(-self.warm_up, self.n_bars + 1)
            pieces.append(
                pd.DataFrame({"path": path, "bar": bar, "time": bar * self.bar_hours} | columns)
            )
        return pd.concat(pieces, ignore_index=True)
