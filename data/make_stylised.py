"""Write the figures of `stylised.toml`: what real prices look like, and how fits to older ones do.

    python data/make_stylised.py FOLDER

FOLDER holds hourly price files of Binance USDT-margined perpetuals by the names in `FILES`, which
are not part of this project.  What stands above the line of `MARK` in the file is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import hedgelab as hl
from hedgelab import calibration, stylised

TARGET = Path(__file__).with_name("stylised.toml")
MARK = "# -- figures, written by data/make_stylised.py"
FILES = {coin: f"{coin}USDT-1h-2020-2025.csv.gz" for coin in ("BTC", "ETH")}
FITTED_TO, TESTED = "2024-06-30", ("2024-07-01", "2025-06-30")
FITS = {  # shape: first day of the fit; None is the file's
    "btc-2020": None,
    "eth-2020": None,
    "btc-2023": "2023-01-01",
    "eth-2023": "2023-01-01",
}
N_WINDOWS, SEED = 4_000, 99
HOURS = stylised.HORIZONS[1:]


def odds(bars: stylised.Bars) -> stylised.Facts:
    """Return the cells that are judged."""
    return stylised.liquidation_odds(bars, hours=HOURS)


def real_facts(history: hl.history.History, first: str, last: str) -> list[str]:
    """Return the facts of a window with their standard errors, a line each."""
    bars = stylised.of_history(history, first, last)
    copies = stylised.resampled(bars, n_paths=400)
    return [
        f"{name} = [{value[0]:.6g}, {copies[name].std(ddof=1):.2g}]"
        for name, value in stylised.all_facts(bars).items()
    ]


def tested(history: hl.history.History, shape: str) -> list[str]:
    """Return each cell of the year after a fit: events, real odds, and where they lie."""
    made = calibration.fit(history, shape, first=FITS[shape], last=FITTED_TO)
    year = stylised.of_history(history, *TESTED)
    market = made.market(weeks=365 / 7, n_paths=N_WINDOWS, seed=SEED)
    frame = calibration.cells(odds(year), stylised.measured(market, odds), year.move.shape[1])
    lines = [f'fit = ["{made.parameters["window"][0]}", "{made.parameters["window"][1]}"]']
    lines += [f"{name} = {made.parameters[name]:.4g}" for name in calibration.PRICE]
    for name, row in frame.iterrows():
        figures = ", ".join(f"{x:.4g}" for x in row)
        lines.append(f"{name} = [{figures}]")
    return lines


def figures(folder: Path) -> list[str]:
    """Return all tables."""
    histories = {coin: hl.history.load(folder / name) for coin, name in FILES.items()}
    lines = [MARK, ""]
    for name in hl.scenarios.names():
        facts = hl.scenarios.facts(name)
        lines += [f"[real.{name}]  # value, standard error"]
        lines += [f'window = ["{facts["window"][0]}", "{facts["window"][1]}"]']
        lines += [*real_facts(histories[facts["asset"]], *facts["window"]), ""]
    for shape in FITS:
        coin = hl.scenarios.facts(shape)["asset"]
        columns = "events, real, simulated mean, 2.5 %, 97.5 %, 0.05 %, 99.95 %, percentile"
        lines += [f"[out_of_sample.{shape}]  # {columns}", *tested(histories[coin], shape), ""]
    return lines


if __name__ == "__main__":
    head = TARGET.read_text(encoding="utf-8").split(MARK)[0]
    TARGET.write_text(
        head + "\n".join(figures(Path(sys.argv[1]))).rstrip() + "\n", encoding="utf-8"
    )
    sys.stdout.write(f"wrote {TARGET.name}\n")
