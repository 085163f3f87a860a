"""Markets of many paths: a fitted law, one given its end, blocks of history, Brownian motion."""

from __future__ import annotations

import difflib
import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hedgelab.errors import DataError, ParameterError
from hedgelab.kernels import bootstrap as blocks
from hedgelab.kernels import laws
from hedgelab.market import Market
from hedgelab.project import DATA

if TYPE_CHECKING:
    from hedgelab.history import History

__all__ = ["bootstrap", "bridge", "facts", "gbm", "names", "simulate"]

HOURS_PER_WEEK = 168
MINUTES_PER_WEEK = 10_080
BP = 1e-4
WARM_UP = 336  # jumps' after-effect is forgotten and memories of up to 112 h (three spans) are full


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads((DATA / "markets.toml").read_text(encoding="utf-8"))


def names() -> tuple[str, ...]:
    """Return the markets there are fits of."""
    return tuple(name for name in _file() if name != "shared")


def facts(name: str) -> dict[str, Any]:
    """Return all parameters of a fit, with its window, source and evidence.

    Raises
    ------
    ParameterError
        For an unknown name.

    Examples
    --------
    >>> facts("btc-2023")["jump_rate"]
    88.0
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(names())}"
        raise ParameterError(f"no market {name!r}", remedy=hint)
    return _file()["shared"] | _file()[name]


def _law(fit: dict[str, Any], drift: float) -> laws.Hourly:
    """Return a fit in the engine's units: per hour, fractions, memory as what is kept a bar."""

    def keep(tau_hours: float) -> float:
        return math.exp(-1.0 / tau_hours)

    hours = fit["hours_per_year"]
    return laws.Hourly(
        drift=drift / hours,
        sigma=fit["sigma_0"] / math.sqrt(hours),
        slow_sd=fit["slow_sd"],
        slow_keep=keep(fit["slow_tau_hours"]),
        fast_sd=fit["fast_sd"],
        fast_keep=keep(fit["fast_tau_hours"]),
        jump_rate=fit["jump_rate"] / hours,
        jump_sd=fit["jump_sd"],
        jump_slow_exponent=fit["jump_vol_exponent"],
        burst=fit["burst"],
        burst_keep=keep(fit["burst_tau_hours"]),
        excitement_floor=fit["log_vol_floor"],
        excitement_cap=fit["log_vol_cap"],
        low_factor=fit["bridge_low"],
        high_factor=fit["bridge_high"],
        sigma_rms=fit["sigma_rms"],
        basis_floor=fit["basis_floor_bp"] * BP,
        basis_scale=fit["basis_slope_bp"] * BP,
        basis_centre=fit["basis_threshold"],
        basis_bend=fit["basis_bend_bp"] * BP,
        basis_slow_keep=keep(fit["basis_slow_tau_hours"]),
        basis_return_share=fit["basis_slow_correlation"],
        basis_fast_sd=fit["basis_fast_sd"],
        basis_fast_keep=keep(fit["basis_fast_tau_hours"]),
        basis_noise=fit["basis_white_sd_bp"] * BP,
        volume_median=fit["volume_median"],
        volume_range_exponent=fit["volume_range_exponent"],
        volume_range_median=fit["volume_range_median"],
        volume_slow_sd=fit["volume_slow_sd"],
        volume_slow_keep=keep(fit["volume_slow_tau_hours"]),
        volume_noise=fit["volume_white_sd"],
        half_tick=0.5 * fit["spread_tick"],
        spread_exponent=fit["spread_vol_exponent"],
        price=fit["start_price"],
    )


def _profile(fit: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Return the 168 factors of the week, Monday 00:00 UTC first."""
    return np.array(5 * fit["profile_weekday"] + 2 * fit["profile_weekend"], float)


def _bars(weeks: float, bar_hours: float) -> int:
    n_bars = weeks * HOURS_PER_WEEK / bar_hours
    if not (n_bars >= 1 and math.isclose(n_bars, round(n_bars))):
        raise ParameterError(
            f"{weeks:g} weeks",
            remedy=f"use a whole number of bars of {bar_hours:g} h, at least one",
        )
    return round(n_bars)


def _digest(*recipe: object) -> str:
    return hashlib.sha256(repr(recipe).encode()).hexdigest()


def simulate(
    name: str | Mapping[str, Any] = "btc-2023",
    *,
    weeks: float = 6.0,
    n_paths: int = 20_000,
    seed: int = 7,
    drift: float = 0.0,
    warm_up: int = WARM_UP,
    start_hour: int = 0,
) -> Market:
    """Return paths of a fitted law, as a recipe.

    Parameters
    ----------
    name : str or mapping
        One of `names()`: a coin, and the year its fit starts in. Or all parameters, as `facts`
        returns them.
    weeks : float
        Length of a path. [weeks]
    n_paths : int
        [1]
    seed : int
        Root of every random draw.
    drift : float
        Log drift over the martingale's; an assumption of the experiment. [1/year]
    warm_up : int
        Hours before t0 that rules see; with fewer than about 100 the after-effect of earlier jumps
        is missing at t0. [h]
    start_hour : int
        Hour of the week at t0, Monday 00:00 UTC being 0. [h]

    Notes
    -----
    Hourly bars.  Two-factor log-volatility times an hour-of-week profile; Gaussian innovations of
    random variance
    (a Student t with 8 degrees, compensated so that the price is an exact martingale); jumps that
    lift volatility;
    a floored, right-skewed basis that follows past returns; volume from the bar's range;
    half-spread from tick and volatility.  Returns do not drive volatility: the measured correlation
    is about -0.02.

    Examples
    --------
    >>> simulate("btc-2023", weeks=6, n_paths=10).n_bars
    1008
    """
    fit = facts(name) if isinstance(name, str) else dict(name)
    if not math.isfinite(drift):
        raise ParameterError(
            f"drift is {drift}", where="simulate", remedy="give a log drift a year"
        )
    law = _law(fit, drift)
    return Market(
        name=name if isinstance(name, str) else str(fit.get("name", "own fit")),
        kind="law",
        n_paths=n_paths,
        n_bars=_bars(weeks, 1.0),
        warm_up=warm_up,
        start_minute=60 * (start_hour % HOURS_PER_WEEK),
        seed=seed,
        law=law,
        profile=_profile(fit),
        digest=_digest(fit, drift, weeks, n_paths, seed, warm_up, start_hour),
    )


def bridge(
    name: str | Market = "btc-2023",
    *,
    terminal_return: float,
    **settings: Any,
) -> Market:
    """Return paths of a law that all end at one return.

    Parameters
    ----------
    name : str or Market
        A fit, or a simulated market whose paths are to be conditioned.
    terminal_return : float
        Index at the last bar over index at t0, less one. [1]
    **settings
        As for `simulate`, when `name` is a fit.

    Returns
    -------
    market : Market
        Exact up to the smallest variances: given volatilities, mixing variables and jump times the
        log return is Gaussian, so a drawn path is kept with the density of the required end over
        its maximum, and its returns are then pulled in proportion to their variance.  Paths with
        less variance than all but 0.1 % of pilot paths are slightly under-weighted, which only
        matters for ends near zero.

    Raises
    ------
    ParameterError
        When the end is so rare that fewer than one path in 1,000 would be kept, once the market is
        run.

    Examples
    --------
    >>> market = bridge("btc-2023", terminal_return=0.083, weeks=1, n_paths=4, seed=1)
    >>> index = market.bars()["index"]
    >>> (index[:, -1] / index[:, market.warm_up] - 1).round(6).tolist()
    [0.083, 0.083, 0.083, 0.083]
    """
    market = name if isinstance(name, Market) else simulate(name, **settings)
    if not market.is_simulated or (isinstance(name, Market) and settings):
        raise ParameterError(
            "only a simulated market can be conditioned on its end",
            where="bridge",
            remedy="give a fit's name with settings, or a simulated market alone",
        )
    if not -1.0 < terminal_return <= 5.0:
        raise ParameterError(
            f"terminal_return is {terminal_return:g}", remedy="use -1 to 5; 0.083 is 8.3 %"
        )
    digest = _digest(market.digest, float(terminal_return))
    return replace(market, terminal_return=float(terminal_return), digest=digest)


def bootstrap(
    history: History,
    *,
    weeks: float = 6.0,
    n_paths: int = 20_000,
    seed: int = 7,
    block_hours: float = 336.0,
    warm_up: int = WARM_UP,
    start_hour: int = 0,
) -> Market:
    """Return paths made of blocks of a history, put together anew.

    Parameters
    ----------
    history : History
        What `history.load` returns; any bars that divide a week.
    weeks : float
        Length of a path. [weeks]
    n_paths : int
        [1]
    seed : int
        Root of every random draw.
    block_hours : float
        Mean length of a block; lengths are geometric. Volatility and funding are remembered within
        a block only. [h]
    warm_up : int
        Bars before t0 that rules see. [1]
    start_hour : int
        Hour of the week at t0, Monday 00:00 UTC being 0. [h]

    Returns
    -------
    market : Market
        Paths are independent of each other given the file, so their spread does not tell how much
        another file would differ.

    Raises
    ------
    DataError
        When some bar of the week is never recorded.
    ParameterError
        For bars that do not divide a week, or blocks shorter than a bar.

    Notes
    -----
    Stationary block bootstrap. A new block begins in a row of the same bar of the week as the bar
    it stands for, so that seasonality and funding stamps stay in place. Every block ends before a
    missing bar and at the end of the file, and none begins at a bar whose return is unknown; bars
    less than a block after a gap are therefore drawn a little less often. Prices are chained from
    returns, the mark from index and basis, and the extremes from the mark's close before.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870.
    """
    bar_minutes = round(60.0 * history.bar_hours)
    if MINUTES_PER_WEEK % bar_minutes or not block_hours >= history.bar_hours:
        raise ParameterError(
            f"blocks of {block_hours:g} h of bars of {history.bar_hours:g} h",
            where="bootstrap",
            remedy="use blocks of at least a bar, and bars that divide a week",
        )
    slots = MINUTES_PER_WEEK // bar_minutes
    # 1970-01-01 was a Thursday; weeks start on Monday
    minutes = history.times.astype("datetime64[m]").astype(np.int64) + 3 * 1440
    recorded = _relative(history, (minutes // bar_minutes) % slots)
    if np.unique(recorded[:, -1][recorded[:, -1] >= 0.0]).size < slots:
        raise DataError(
            f"not every one of the {slots} bars of a week is recorded",
            where=history.name,
            remedy="give a longer history",
        )
    start = 60 * (start_hour % HOURS_PER_WEEK) // bar_minutes * bar_minutes
    price = float(history.bars["index"].dropna().iloc[-1])
    return Market(
        name=history.name,
        kind="bootstrap",
        n_paths=n_paths,
        n_bars=_bars(weeks, history.bar_hours),
        bar_hours=history.bar_hours,
        warm_up=warm_up,
        start_minute=int(start + minutes[0] % bar_minutes),
        seed=seed,
        law=blocks.Bootstrap(history.bar_hours / block_hours, price, slots),
        recorded=recorded,
        quality=history.quality,
        digest=_digest(
            history.quality.digest, weeks, n_paths, seed, block_hours, warm_up, start_hour
        ),
    )


def _relative(history: History, slots: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return a history's bars as `kernels.bootstrap.Recorded`, one a row."""
    bars = history.bars
    there = bars["mark"].notna().to_numpy()
    is_known = there & np.r_[False, there[:-1]]  # so is its return
    prices = ("mark_open", "mark_high", "mark_low")
    columns = bars.assign(
        log_basis=np.log1p(bars["basis"]),
        is_last=~np.r_[there[1:], False],
        slot=np.where(is_known, slots, -1),
        **{price: bars[price] / bars["mark"].shift(1) for price in prices},
    )
    return np.ascontiguousarray(columns[list(blocks.Recorded._fields)], dtype=np.float64)


def gbm(
    *,
    volatility: float = 0.6,
    drift: float = 0.0,
    n_bars: int = 1008,
    bar_hours: float = 1.0,
    n_paths: int = 1000,
    seed: int = 7,
    warm_up: int = 0,
    price: float = 100.0,
    basis: float = 0.0,
    half_spread: float = 0.0,
    volume: float = 1e9,
) -> Market:
    """Return geometric Brownian motion, for closed forms.

    Parameters
    ----------
    volatility : float
        [1/year^0.5]
    drift : float
        Log drift over the martingale's. [1/year]
    n_bars, n_paths, warm_up : int
        [1]
    bar_hours : float
        [h]
    price : float
        Index before the first bar. [quote/base]
    basis, half_spread : float
        Constant. [1]
    volume : float
        Constant. [quote per bar]

    Examples
    --------
    >>> gbm(n_bars=24, n_paths=2).weeks
    0.14285714285714285
    """
    if not 0.0 <= volatility <= 100.0:
        raise ParameterError(f"volatility is {volatility:g}", where="gbm", remedy="use 0 to 100")
    year_share = bar_hours / 8760.0
    law = laws.Gbm(
        drift * year_share, volatility * math.sqrt(year_share), price, basis, half_spread, volume
    )
    return Market(
        name="gbm",
        kind="gbm",
        n_paths=n_paths,
        n_bars=n_bars,
        bar_hours=bar_hours,
        warm_up=warm_up,
        seed=seed,
        law=law,
        digest=_digest(law, n_bars, bar_hours, n_paths, seed, warm_up),
    )
