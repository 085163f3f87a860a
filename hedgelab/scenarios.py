"""Markets of many paths: a fitted law of one coin or two, its bridge, a bootstrap, textbooks."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hedgelab.arrays import ask, check
from hedgelab.errors import DataError, ParameterError, known
from hedgelab.kernels import bootstrap as blocks
from hedgelab.kernels import laws, textbook
from hedgelab.market import COINS, Market
from hedgelab.project import DATA

if TYPE_CHECKING:
    from hedgelab.history import History

__all__ = [
    *("bootstrap", "bridge", "facts", "gbm", "gbm_pair", "merton", "names", "regime", "simulate"),
]

HOURS_PER_WEEK, HOURS_PER_YEAR = 168, 8760.0
MINUTES_PER_WEEK = 10_080
BP = 1e-4
WARM_UP = 336  # jumps' after-effect is forgotten and memories of up to 112 h (three spans) are full

GBM = {
    "volatility": (0.0, 100.0),
    "drift": (-1e3, 1e3),
    "bar_hours": (0.0, 1e4),
    "price": (1e-12, 1e12),
    "basis": (-0.9, 9.0),
    "half_spread": (0.0, 0.9),
    "volume": (1e-9, 1e30),
}
GBM_PAIR = {
    "hedge_volatility": (0.0, 100.0),
    "correlation": (-1.0, 1.0),
    "hedge_price": (1e-9, 1e9),
}


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads((DATA / "markets.toml").read_text(encoding="utf-8"))


def names() -> tuple[str, ...]:
    """Return the markets there are fits of."""
    return tuple(name for name, fit in _file().items() if "asset" in fit)


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
    return _file()["shared"] | _file()[known(name, names(), "no market")]


def _fit(name: str | Mapping[str, Any]) -> dict[str, Any]:
    return dict(name) if isinstance(name, Mapping) else facts(name)


def _keep(tau_hours: float) -> float:
    """Return what an hour leaves of a memory. [1]"""
    return math.exp(-1.0 / tau_hours)


def _law(fit: dict[str, Any], drift: float) -> laws.Hourly:
    """Return a fit in the engine's units: per hour, fractions, memory as what is kept a bar."""
    hours = fit["hours_per_year"]
    return laws.Hourly(
        drift=drift / hours,
        sigma=fit["sigma_0"] / math.sqrt(hours),
        slow_sd=fit["slow_sd"],
        slow_keep=_keep(fit["slow_tau_hours"]),
        fast_sd=fit["fast_sd"],
        fast_keep=_keep(fit["fast_tau_hours"]),
        jump_rate=fit["jump_rate"] / hours,
        jump_sd=fit["jump_sd"],
        jump_slow_exponent=fit["jump_vol_exponent"],
        burst=fit["burst"],
        burst_keep=_keep(fit["burst_tau_hours"]),
        excitement_floor=fit["log_vol_floor"],
        excitement_cap=fit["log_vol_cap"],
        low_factor=fit["bridge_low"],
        high_factor=fit["bridge_high"],
        sigma_rms=fit["sigma_rms"],
        basis_floor=fit["basis_floor_bp"] * BP,
        basis_scale=fit["basis_slope_bp"] * BP,
        basis_centre=fit["basis_threshold"],
        basis_bend=fit["basis_bend_bp"] * BP,
        basis_slow_keep=_keep(fit["basis_slow_tau_hours"]),
        basis_return_share=fit["basis_slow_correlation"],
        basis_fast_sd=fit["basis_fast_sd"],
        basis_fast_keep=_keep(fit["basis_fast_tau_hours"]),
        basis_noise=fit["basis_white_sd_bp"] * BP,
        volume_median=fit["volume_median"],
        volume_range_exponent=fit["volume_range_exponent"],
        volume_range_median=fit["volume_range_median"],
        volume_slow_sd=fit["volume_slow_sd"],
        volume_slow_keep=_keep(fit["volume_slow_tau_hours"]),
        volume_noise=fit["volume_white_sd"],
        half_tick=0.5 * fit["spread_tick"],
        spread_exponent=fit["spread_vol_exponent"],
        price=fit["start_price"],
    )


def _pair(fit: dict[str, Any], holding: laws.Hourly, hedge: laws.Hourly) -> laws.HourlyPair:
    """Return the law of two coins; every parameter that ties them is symmetric."""
    return laws.HourlyPair(
        holding,
        hedge,
        link_mean=fit["link_mean"],
        link_sd=fit["link_sd"],
        link_keep=_keep(fit["link_tau_hours"]),
        slow_correlation=fit["slow_vol_correlation"],
        fast_correlation=fit["fast_vol_correlation"],
        common_jumps=fit["common_jumps"],
        jump_correlation=fit["jump_correlation"],
    )


def _pair_facts(name: str, hedged_with: str) -> dict[str, Any]:
    """Return what ties two fits, which must be of one year and of different coins."""
    coins = [facts(each)["asset"] for each in (name, hedged_with)]
    years = [each.rpartition("-")[2] for each in (name, hedged_with)]
    if coins[0] == coins[1] or years[0] != years[1]:
        raise ParameterError(
            f"{name} hedged with {hedged_with}",
            where="simulate",
            remedy="use another coin's fit of the same year, or leave hedged_with out",
        )
    return _file()[f"pair-{years[0]}"]


def _profile(fit: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Return the 168 factors of the week, Monday 00:00 UTC first."""
    return np.array(5 * fit["profile_weekday"] + 2 * fit["profile_weekend"], float)


def _bars(weeks: float, bar_hours: float) -> int:
    check("market", {"weeks": (0.0, 1e6)}, locals())
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
    name: str | Mapping[str, Any] = "btc-2025",
    *,
    hedged_with: str | None = None,
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
    hedged_with : str, optional
        The fit of another coin, of the same year, whose perpetual is the hedge; the same coin by
        default.
    weeks : float
        Length of a path. [weeks]
    n_paths : int
        [1]
    seed : int
        Root of every random draw.
    drift : float
        Log drift over the martingale's, of both coins; an assumption of the experiment. [1/year]
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

    Two coins share the variance mixture; their returns have a correlation that moves slowly, their
    volatility factors and jump sizes fixed ones, and most jumps are common.  Basis, volume and
    profile are each coin's own.

    Examples
    --------
    >>> simulate(weeks=6, n_paths=10).name
    'btc-2025'
    >>> market = simulate("eth-2023", hedged_with="btc-2023", n_paths=10)
    >>> market.coin, market.hedge_coin
    ('ETH', 'BTC')
    """
    check("simulate", {"drift": (-1e3, 1e3), "start_hour": (0, math.inf)}, locals())
    fits = [_fit(name), *([] if hedged_with is None else [_fit(hedged_with)])]
    try:
        coins, profiles = [_law(fit, drift) for fit in fits], [_profile(fit) for fit in fits]
    except KeyError as missing:
        what = f"the fit has no {missing}"
        raise ParameterError(what, where="simulate", remedy="give all that facts returns") from None
    law: laws.Hourly | laws.HourlyPair = coins[0]
    ties: list[dict[str, Any]] = []
    if hedged_with is not None:
        if not isinstance(name, str):
            raise ParameterError(
                "a fit of your own cannot be paired", remedy="leave hedged_with out"
            )
        ties = [_pair_facts(name, hedged_with)]
        law = _pair(ties[0], *coins)
        name = f"{name} hedged with {hedged_with}"
    return Market(
        name=name if isinstance(name, str) else str(fits[0].get("name", "own fit")),
        kind="law",
        n_paths=n_paths,
        n_bars=_bars(weeks, 1.0),
        warm_up=warm_up,
        start_minute=60 * (start_hour % HOURS_PER_WEEK),
        seed=seed,
        law=law,
        profile=np.array(profiles).squeeze(),
        digest=_digest(*fits, *ties, drift, weeks, n_paths, seed, warm_up, start_hour),
        coin=fits[0]["asset"],
        hedge_coin=fits[-1]["asset"],
    )


def bridge(
    name: str | Market = "btc-2025",
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
        Index at the last bar over index at t0, less one; of the holding. [1]
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
    >>> market = bridge("btc-2025", terminal_return=0.083, weeks=1, n_paths=4, seed=1)
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
    if isinstance(market.law, textbook.Merton):
        raise ParameterError(
            "a market whose jumps have a mean cannot be conditioned on its end",
            where="bridge",
            remedy="use simulate, gbm or regime",
        )
    limits = {"terminal_return": (math.nextafter(-1.0, 0.0), 5.0)}
    check("bridge", limits, locals(), terminal_return="0.083 is 8.3 %")
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
    just after a gap or the file's beginning are therefore drawn only about bar / block as often as
    others, those a block later nearly as often. Prices are chained from
    returns, the mark from index and basis, and the extremes from the mark's close before.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870.
    """
    from hedgelab.history import History, coin_of

    ask("bootstrap", History, history, hint="; history.load reads one")
    limits = {"block_hours": (history.bar_hours, math.inf), "start_hour": (0, math.inf)}
    check("bootstrap", limits, locals())
    bar_minutes = round(60.0 * history.bar_hours)
    if MINUTES_PER_WEEK % bar_minutes:
        raise ParameterError(
            f"bars of {history.bar_hours:g} h",
            where="bootstrap",
            remedy="use bars that divide a week",
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
        coin=coin_of(history) or COINS[0],
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
    check("gbm", GBM, locals())
    share = bar_hours / HOURS_PER_YEAR
    law = textbook.Gbm(
        drift * share, volatility * math.sqrt(share), price, basis, half_spread, volume
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


def _retold(market: Market, name: str, law: Any, **changes: Any) -> Market:
    """Return a textbook market with another law."""
    digest = _digest(market.digest, name, law)
    return replace(market, name=name, kind=name, law=law, digest=digest, **changes)


def gbm_pair(
    *,
    volatility: float = 0.8,
    hedge_volatility: float = 0.6,
    correlation: float = 0.85,
    hedge_price: float = 100.0,
    **settings: Any,
) -> Market:
    """Return geometric Brownian motion of two coins: the holding, and the one it is hedged with.

    Parameters
    ----------
    volatility, hedge_volatility : float
        Of the holding and of the hedge. [1/year^0.5]
    correlation : float
        Of their returns. [1]
    hedge_price : float
        Index of the hedge before the first bar. [quote/base]
    **settings
        As for `gbm`, the same for both.

    Notes
    -----
    The ratio of least variance, correlation x volatility / hedge_volatility, is one of values at
    the prices of the moment; it removes correlation^2 of the variance.

    Examples
    --------
    >>> market = gbm_pair(volatility=0.8, hedge_volatility=0.6, correlation=1.0, n_paths=1)
    >>> bars = market.bars()
    >>> (bars["index_return"][0, 5] / bars["hedge_index_return"][0, 5]).round(1).item()
    1.3
    """
    check("gbm_pair", GBM_PAIR, locals())
    alone = gbm(volatility=volatility, **settings)
    sigma = hedge_volatility * math.sqrt(alone.bar_hours / HOURS_PER_YEAR)
    hedge = alone.law._replace(sigma=sigma, price=hedge_price)
    law = textbook.GbmPair(alone.law, hedge, correlation)
    return _retold(alone, "gbm-pair", law, coin="ETH", hedge_coin="BTC")


def merton(
    *,
    volatility: float = 0.6,
    jump_rate: float = 12.0,
    jump_mean: float = -0.05,
    jump_sd: float = 0.1,
    **settings: Any,
) -> Market:
    """Return geometric Brownian motion with lognormal jumps (after Merton 1976).

    Parameters
    ----------
    volatility : float
        Without the jumps. [1/year^0.5]
    jump_rate : float
        Jumps a year, at most one a bar. [1/year]
    jump_mean, jump_sd : float
        Of a jump's log size. [1]
    **settings
        As for `gbm`.

    Notes
    -----
    A bar begins with a jump with odds p = jump_rate x bar / year, and every log return is less by
    log(1 + p (exp(jump_mean + jump_sd^2 / 2) - 1)), so that the price is an exact martingale when
    drift is zero.

    Examples
    --------
    A market that is sure to fall by a tenth in every bar is compensated by as much:

    >>> market = merton(volatility=0.0, jump_rate=8760.0, jump_mean=-0.1, jump_sd=0.0, n_paths=1)
    >>> market.bars()["index"][0, :3].round(9).tolist()
    [100.0, 100.0, 100.0]
    """
    alone = gbm(volatility=volatility, **settings)
    most = HOURS_PER_YEAR / alone.bar_hours
    limits = {"jump_rate": (0.0, most), "jump_mean": (-5.0, 5.0), "jump_sd": (0.0, 5.0)}
    check("merton", limits, locals())
    odds = jump_rate * alone.bar_hours / HOURS_PER_YEAR
    compensator = math.log1p(odds * math.expm1(jump_mean + 0.5 * jump_sd**2))
    compensated = alone.law._replace(drift=alone.law.drift - compensator)
    return _retold(alone, "merton", textbook.Merton(compensated, odds, jump_mean, jump_sd))


def regime(
    *,
    volatility: float = 0.45,
    wild_volatility: float = 1.2,
    calm_hours: float = 480.0,
    wild_hours: float = 120.0,
    **settings: Any,
) -> Market:
    """Return Brownian motion with two volatilities; the field `sigma` of a bar tells which.

    Parameters
    ----------
    volatility, wild_volatility : float
        When calm and when wild. [1/year^0.5]
    calm_hours, wild_hours : float
        Mean stays, at least a bar. [h]
    **settings
        As for `gbm`.

    Notes
    -----
    A Markov chain that starts in its stationary law: wild for wild_hours / (calm_hours +
    wild_hours) of the time.

    Examples
    --------
    >>> sorted(set((regime(n_paths=64).bars()["sigma"] * 8760**0.5).round(9).ravel().tolist()))
    [0.45, 1.2]
    """
    alone = gbm(volatility=volatility, **settings)
    stays = dict.fromkeys(("calm_hours", "wild_hours"), (alone.bar_hours, 1e9))
    check("regime", {"wild_volatility": (0.0, 100.0), **stays}, locals())
    law = textbook.Regime(
        alone.law,
        wild_volatility * math.sqrt(alone.bar_hours / HOURS_PER_YEAR),
        turns_wild=alone.bar_hours / calm_hours,
        turns_calm=alone.bar_hours / wild_hours,
    )
    return _retold(alone, "regime", law)
