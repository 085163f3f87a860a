"""Examples that others print, and tables that venues publish: what must come out to the digit."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hedgelab import funding, margin, venues
from hedgelab.project import DATA

if TYPE_CHECKING:
    import pandas as pd

FUNCTIONS: Final = {
    "liquidation_price": margin.liquidation_price,
    "inverse_liquidation_price": margin.inverse_liquidation_price,
    "maintenance_margin": margin.maintenance_margin,
    "funding_payment": funding.funding_payment,
}


def examples() -> pd.DataFrame:
    """Return worked examples that others print, beside what is computed here.

    Returns
    -------
    table : DataFrame
        One row an example of `data/published.toml`, columns printed and computed (as text, with
        the decimals of the source), agrees, source.

    Examples
    --------
    >>> examples()["agrees"].all()
    np.True_
    """
    import pandas as pd

    rows = {}
    for example in tomllib.loads((DATA / "published.toml").read_text(encoding="utf-8"))["example"]:
        printed = example["printed"]
        computed = _computed(FUNCTIONS[example["function"]], dict(example["arguments"]))
        text = f"{computed:.{len(printed.partition('.')[2])}f}"
        rows[example["what"]] = (printed, text, text == printed, example["source"])
    columns = ["printed", "computed", "agrees", "source"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _computed(function: Any, arguments: dict[str, Any]) -> float:
    if "tier" in arguments:
        arguments["tiers"] = margin.MarginTier(*arguments.pop("tier"))
    return float(np.sum(function(**arguments)))


def caps() -> pd.DataFrame:
    """Return by how much each venue's maintenance margin jumps where a tier ends: not at all.

    Returns
    -------
    table : DataFrame
        One row a venue and coin, columns caps (counted) and largest_jump, the difference of the two
        tiers' own requirements at a cap over the smaller one. [1]

    Notes
    -----
    Rate x notional - amount of either tier, as published: no largest of all tiers is taken, which
    would hide a wrong amount.
    """
    import pandas as pd

    rows = {}
    for name in venues.names():
        for coin, tiers in venues.load(name).margin_tiers.items():
            jumps = [
                abs(after.rate * before.cap - after.amount - owed) / owed
                for before, after in pairwise(tiers)
                for owed in [before.rate * before.cap - before.amount]
            ]
            rows[f"{name}, {coin}"] = {"caps": len(jumps), "largest_jump": max(jumps, default=0.0)}
    return pd.DataFrame.from_dict(rows, orient="index")
