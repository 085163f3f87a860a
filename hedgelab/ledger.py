"""The ledger: a row per path and hedge, a column per line of profit and loss, summing exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hedgelab.book import Book
from hedgelab.errors import HedgelabError, ParameterError, known
from hedgelab.hedges import Hedge
from hedgelab.market import Market
from hedgelab.venues import Venue

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COSTS", "GAINS", "LINES", "Ledger", "MoneyDoesNotAddUpError", "NotKept"]

Floats = npt.NDArray[np.float64]

GAINS = ("holding_pnl", "hedge_pnl", "basis_pnl", "funding", "financing", "bankruptcy_relief")
COSTS = ("fee", "half_spread_cost", "impact_cost", "delay_cost", "liquidation_fee")
LINES = GAINS + COSTS
TOLERANCE = 1e-9


class MoneyDoesNotAddUpError(HedgelabError):
    """Cash accounting and the lines of the ledger disagree: a defect of the program."""

    exit_code = 70
    kind = "LEDGER"


class NotKept(ParameterError, KeyError):
    """A column that this ledger does not have."""


@dataclass(frozen=True, eq=False, repr=False)
class Ledger(Mapping[str, Floats]):
    """What happened: one row per path and hedge, one column per line.

    Parameters
    ----------
    market : Market
    hedges : tuple of Hedge
    venues : tuple of Venue
        One a hedge.
    book : Book
    columns : Mapping of str to ndarray of shape (n_paths, n_hedges)
        The lines `GAINS` (added) and `COSTS` (subtracted) and ``equity_change`` in quote; beside
        them ``signals``, ``orders``, ``round_trips``, ``turnover`` [quote], ``hours_hedged`` [h],
        ``mean_hedge_ratio`` [1], ``max_drawdown`` [1], ``residual`` [quote], and the first and last
        index [quote/base].
    keep : str
        What `simulate` was told to keep; of ``"lines"`` the other columns are missing.

    Raises
    ------
    MoneyDoesNotAddUpError
        When the equity kept by cash accounting and the lines, accumulated separately, differ by
        more than 1e-9 of the initial holding notional plus the traded notional.  Checked on every
        run.
    """

    market: Market
    hedges: tuple[Hedge, ...]
    venues: tuple[Venue, ...]
    book: Book
    columns: Mapping[str, Floats] = field(repr=False)
    keep: str = "all"

    def __post_init__(self) -> None:
        """Check that money adds up."""
        allowed = TOLERANCE * (self.book.notional + np.abs(self.columns["turnover"]))
        wrong = ~(np.abs(self.columns["residual"]) <= allowed)  # also finds NaN
        if wrong.any():
            path, hedge = (int(k) for k in np.argwhere(wrong)[0])
            what = f"cash and lines differ by {self.columns['residual'][path, hedge]:g}"
            where = f"path {path}, hedge {self.names[hedge]}, seed {self.market.seed}"
            raise MoneyDoesNotAddUpError(what, where=where, remedy="report it with these three")

    def __getitem__(self, name: str) -> Floats:
        """Return a column, shape (n_paths, n_hedges)."""
        if name not in self.columns:
            raise NotKept(
                f"no column {name!r}, keep is {self.keep!r}",
                where="ledger",
                remedy="simulate with keep='all'"
                if self.keep != "all"
                else f"there are {', '.join(sorted(self.columns))}",
            )
        return self.columns[name]

    def __repr__(self) -> str:
        """Say in one line what was run; `lines` shows the money."""
        return (
            f"Ledger of {', '.join(self.names)}: {self.n_paths:,} paths of {self.weeks:g} weeks, "
            f"market {self.market.name}, ${self.book.capital:,.0f}"
        )

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of columns."""
        return iter(self.columns)

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the hedges, in order."""
        return tuple(hedge.name for hedge in self.hedges)

    @property
    def n_paths(self) -> int:
        """Number of paths. [1]"""
        return self.market.n_paths

    @property
    def weeks(self) -> float:
        """Length of a path. [weeks]"""
        return self.market.weeks

    @property
    def friction(self) -> Floats:
        """Sum of the costs, shape (n_paths, n_hedges). [quote]"""
        return _sum(self.columns, COSTS)

    def of(self, name: str) -> dict[str, Floats]:
        """Return the columns of one hedge, each of shape (n_paths,)."""
        at = self.names.index(known(name, self.names, "no hedge"))
        return {key: values[:, at] for key, values in self.columns.items()}

    def lines(self) -> pd.DataFrame:
        """Return a tidy frame: a row per path and hedge, a column per line. [quote]"""
        import pandas as pd

        n_paths, n_hedges = self.columns["equity_change"].shape
        frame = pd.DataFrame(
            {
                "path": np.repeat(np.arange(n_paths), n_hedges),
                "hedge": pd.Categorical(np.tile(np.array(self.names), n_paths), list(self.names)),
            }
        )
        for name in (*LINES, "equity_change"):
            frame[name] = self.columns[name].ravel()
        return frame


def residual(columns: Mapping[str, Floats]) -> Floats:
    """Return equity change less the sum of the lines. [quote]"""
    lines = _sum(columns, GAINS)
    lines -= _sum(columns, COSTS)
    return np.subtract(columns["equity_change"], lines, out=lines)


def _sum(columns: Mapping[str, Floats], names: tuple[str, ...]) -> Floats:
    """Return the sum of columns, in the order of their names."""
    total = columns[names[0]].copy()
    for name in names[1:]:
        total += columns[name]
    return total
