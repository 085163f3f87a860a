"""A law fitted to a price file: its levels from the file, its shape from a fit that is known.

What two years of one coin can tell is how much it moves, how much that changes, how large jumps
are, where its basis sits and how much is traded. How fast volatility forgets, how often it jumps
and how it is spread over the week come from the shape, which was fitted to far more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hedgelab import scenarios, stylised
from hedgelab.arrays import ANY, check
from hedgelab.errors import DataError, ParameterError
from hedgelab.stylised import Bars, Facts

if TYPE_CHECKING:
    import pandas as pd

    from hedgelab.history import History
    from hedgelab.market import Market

__all__ = ["Fit", "cells", "fit"]

FEWEST_WEEKS: Final = 16
BARS: Final = 400_000  # simulated in one comparison [bars]
FEWEST_WINDOWS: Final = 12
ROUNDS: Final = 2  # the second weighs each fact by its spread under the first one's fit
SEED: Final = 20240601
STEP: Final = 0.02  # of a parameter, for a slope [log]
LEAST_SPREAD: Final = 0.01  # a log, a bp or a share is not asked for more sharply than this
PRICE: Final = ("sigma_0", "slow_sd", "jump_sd")
BASIS: Final = (
    *("basis_floor_bp", "basis_slope_bp", "basis_threshold", "basis_bend_bp"),
    *("basis_slow_tau_hours", "basis_fast_sd", "basis_white_sd_bp"),
)
BASIS_FACTS: Final = (
    *("funding_mean", "funding_sd", "funding_share_at_1bp", "funding_share_negative"),
    *("funding_memory_8h", "funding_p1", "funding_p99"),
    *("basis_mean", "basis_median", "basis_sd", "basis_p1", "basis_p99"),
    *("basis_change_1h", "basis_change_24h", "basis_change_168h"),
)
SIGNED: Final = frozenset({"basis_floor_bp", "basis_threshold"})  # may change sign: in steps of 1


@dataclass(frozen=True, eq=False)
class Fit:
    """A law fitted to one file.

    Parameters
    ----------
    parameters : dict
        All of them, as `scenarios.facts` returns those of a known fit.
    bars : Bars
        What it was fitted to.
    real : dict of str to float
        The file's stylised facts.
    known : dict of str to float
        Facts that were given in place of the file's.
    """

    parameters: dict[str, Any]
    bars: Bars = field(repr=False)
    real: dict[str, float] = field(repr=False)
    known: dict[str, float]

    @property
    def weeks(self) -> float:
        """Whole weeks of the file. [weeks]"""
        return float(self.bars.move.shape[1] // stylised.WEEK)

    def market(self, **settings: Any) -> Market:
        """Return paths of the law; settings as for `scenarios.simulate`."""
        return scenarios.simulate(self.parameters, **settings)

    def table(self, n_windows: int = 100, seed: int = SEED + 1) -> pd.DataFrame:
        """Facts of the file beside those of simulated windows as long as the file.

        Parameters
        ----------
        n_windows : int
            [1]
        seed : int
            Not that of the fit.

        Returns
        -------
        table : DataFrame
            As `stylised.table`; errors are those of blocks of weeks of the file.
        """
        market = self.market(weeks=self.weeks, n_paths=n_windows, seed=seed)
        errors = {
            name: float(copies.std(ddof=1))
            for name, copies in stylised.resampled(self.bars, n_paths=n_windows).items()
        }
        return stylised.table(self.real, errors, stylised.measured(market))


def fit(
    history: History,
    shape: str = "btc-2023",
    *,
    first: str | None = None,
    last: str | None = None,
    known: Mapping[str, float] | None = None,
    seed: int = SEED,
) -> Fit:
    """Return the law of a shape with the levels of a file.

    Parameters
    ----------
    history : History
        Hourly, at least sixteen weeks.
    shape : str
        One of `scenarios.names()`: everything that is not set here is its, the hour-of-week
        profile too.
    first, last : str, optional
        First and last day that are used, as 2023-01-01.
    known : mapping of str to float, optional
        Funding and basis facts to be met in place of the file's, as `stylised.funding_facts` names
        them; those of it that are not given are then left free.
    seed : int
        Of the simulated windows.

    Returns
    -------
    fit : Fit

    Raises
    ------
    DataError
        For a file that is too short or not hourly.
    ParameterError
        For an unknown shape or fact.

    Notes
    -----
    Simulated moments with common random numbers: windows as long as the file are simulated again
    and again from the same draws, until the means of their facts are nearest to the file's, each
    difference over the spread of one window. Volatility, its change and the jumps come first
    (three parameters, `price_moments`), then basis and funding (seven), then closed forms: median
    volume, price step, root mean square of sigma. `Fit.table` says how well the file is met.

    A file only tells about its own time. From one simulated file of 2.5 years `sigma_0` comes back
    to 9 %, `slow_sd` to 0.05, `jump_sd` to 16 %, the memory of the basis to 26 %; its slope and
    bend make up for each other. 18 calm months of ETH gave a law in which the wild year after them
    was a rarity of one in forty.
    """
    bars = stylised.of_history(history, first, last)
    weeks = bars.move.shape[1] // stylised.WEEK
    if weeks < FEWEST_WEEKS:
        what = f"{weeks} whole weeks"
        raise DataError(what, where=history.name, remedy=f"a fit needs {FEWEST_WEEKS}")
    bars = Bars(*(values[:, : weeks * stylised.WEEK] for values in bars))
    targets = {name: float(v[0]) for name, v in stylised.funding_facts(bars).items()}
    if unknown := set(known or ()) - set(BASIS_FACTS):
        raise ParameterError(f"no fact {min(unknown)}", remedy=f"use {', '.join(BASIS_FACTS)}")
    check("fit", dict.fromkeys(known or (), ANY), known or {})
    used = tuple(name for name in BASIS_FACTS if not known or name in known)
    targets |= dict(known or {})

    frame = history.bars.set_index(history.times - np.timedelta64(1, "h")).loc[first:last].dropna()
    from hedgelab.history import coin_of  # loaded already: there is a history

    made = scenarios.facts(shape) | {
        "name": f"{history.name} as {shape}",
        "asset": coin_of(history) or scenarios.facts(shape)["asset"],
        "window": [str(frame.index[0])[:10], str(frame.index[-1])[:10]],
        "as_of": str(frame.index[-1])[:10],
        "source": f"{history.name}, SHA-256 {history.quality.digest[:12]}",
        "start_price": float(frame["index"].iloc[-1]),
        "spread_tick": float((2.0 * frame["half_spread"] * frame["mark"]).median()),
        "volume_median": float(np.median(bars.volume)),
    }
    moments = {name: float(v[0]) for name, v in price_moments(bars).items()}
    made = _nearest(made, PRICE, price_moments, tuple(moments), moments, weeks, seed)
    made = _nearest(made, BASIS, stylised.funding_facts, used, targets, weeks, seed)
    ranges = stylised.measured(_windows(made, weeks, seed), _range)["median"]
    made["volume_range_median"] = float(ranges.mean())
    real = {name: float(v[0]) for name, v in stylised.all_facts(bars).items()}
    return Fit(made, bars, real, dict(known or {}))


def cells(real: Facts, simulated: Facts, n_bars: int) -> pd.DataFrame:
    """Liquidation odds of a year that a fit has not seen, cell by cell.

    Parameters
    ----------
    real : dict of ndarray of shape (1,)
        As `stylised.liquidation_odds` returns it for the year.
    simulated : dict of ndarray of shape (n_windows,)
        Of windows as long.
    n_bars : int
        Of the year. [bars]

    Returns
    -------
    table : DataFrame
        A row a cell: events (entries that were liquidated; neighbours share one fall), real,
        mean, the central 95 % and 99.9 % of windows, and the real value's percentile. [1]
    """
    import pandas as pd

    rows = {}
    for name, value in real.items():
        entries = n_bars - int(name.rsplit("_", 1)[1].removesuffix("h")) + 1
        windows, odds = simulated[name], float(value[0])
        low, high, lowest, highest = np.quantile(windows, [0.025, 0.975, 0.0005, 0.9995])
        rows[name] = {
            "events": round(odds * entries),
            "real": odds,
            "mean": windows.mean(),
            **{"low": low, "high": high, "lowest": lowest, "highest": highest},
            "percentile": (windows < odds).mean() + 0.5 * (windows == odds).mean(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def price_moments(bars: Bars) -> Facts:
    """What volatility, its slow factor and the jumps are fitted to, one value a path.

    Returns
    -------
    moments : dict of ndarray of shape (n_paths,)
        Logs of root mean square, mean and 99.9 % quantile of the absolute hourly return; deviation
        of the log of daily and of weekly realised volatility.
    """
    size = np.abs(bars.move)
    squares = bars.move**2
    weeks = squares.reshape(*squares.shape[:1], -1, stylised.WEEK).sum(axis=2)
    days = squares.reshape(*squares.shape[:1], -1, stylised.DAY).sum(axis=2)
    return {
        "log_root_mean_square": 0.5 * np.log(squares.mean(axis=1)),
        "log_mean_size": np.log(size.mean(axis=1)),
        "log_tail": np.log(np.quantile(size, 0.999, axis=1)),
        "log_daily_sd": 0.5 * np.log(np.maximum(days, stylised.SMALLEST)).std(axis=1),
        "log_weekly_sd": 0.5 * np.log(weeks).std(axis=1),
    }


def sigma_rms(parameters: Mapping[str, Any]) -> float:
    """Root mean square of the hourly volatility, jumps themselves left out. [1/hour^0.5]

    Notes
    -----
    Each jump multiplies the volatility of the i-th bar after it by exp(burst keep^i), so squares
    grow on average by the product over i of 1 + odds (exp(2 burst keep^i) - 1).
    """
    odds = parameters["jump_rate"] / parameters["hours_per_year"]
    keep = math.exp(-1.0 / parameters["burst_tau_hours"])
    bursts = math.prod(
        1.0 + odds * math.expm1(2.0 * parameters["burst"] * keep**bar) for bar in range(1, 500)
    )
    week = np.array(5 * parameters["profile_weekday"] + 2 * parameters["profile_weekend"])
    factors = math.exp(2.0 * parameters["slow_sd"] ** 2 + 2.0 * parameters["fast_sd"] ** 2)
    square = parameters["sigma_0"] ** 2 * factors * bursts * float((week**2).mean())
    return math.sqrt(square / parameters["hours_per_year"])


def _windows(parameters: Mapping[str, Any], weeks: int, seed: int) -> Market:
    n_paths = max(FEWEST_WINDOWS, BARS // (weeks * stylised.WEEK))
    return scenarios.simulate(parameters, weeks=weeks, n_paths=n_paths, seed=seed)


def _range(bars: Bars) -> Facts:
    return {"median": np.median(bars.high - bars.low, axis=1)}


def _nearest(
    made: dict[str, Any],
    names: Sequence[str],
    facts: Callable[[Bars], Facts],
    used: Sequence[str],
    targets: Mapping[str, float],
    weeks: int,
    seed: int,
) -> dict[str, Any]:
    """Return the parameters with those of some names moved to where simulated facts are nearest."""
    from scipy.optimize import least_squares

    def moved(step: Any) -> dict[str, Any]:
        new = {
            name: float(made[name] + d if name in SIGNED else made[name] * math.exp(d))
            for name, d in zip(names, step, strict=True)
        }
        changed = made | new
        return changed | {"sigma_rms": sigma_rms(changed)}

    def simulated(step: Any) -> Facts:
        found = stylised.measured(_windows(moved(step), weeks, seed), facts)
        return {name: found[name] for name in used}

    target = np.array([targets[name] for name in used])
    step = np.zeros(len(names))
    for _ in range(ROUNDS):
        spread = np.array([values.std(ddof=1) for values in simulated(step).values()])
        spread = np.maximum(spread, LEAST_SPREAD)

        def misses(step: Any, spread: Any = spread) -> Any:
            return (np.array([v.mean() for v in simulated(step).values()]) - target) / spread

        step = least_squares(
            misses, step, diff_step=STEP, x_scale=1.0, bounds=(-3.0, 3.0), xtol=1e-3, ftol=1e-3
        ).x
    return moved(step)
