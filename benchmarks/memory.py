"""Resident memory of a million paths of six weeks with four hedges, a new process each: slow."""

from __future__ import annotations

import os

from measure import Fact, Row, main, seconds_of

RUN = """
import resource, sys
import cast
import hedgelab as hl
hedges = [hl.presets.unhedged(), *cast.hedges(3)]
ledger = hl.simulate(cast.market(1_000_000), hedges, venue="binance", keep=sys.argv[1])
assert len(ledger["equity_change"]) == 1_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000.0)
"""


def workload(repetitions: int) -> list[Row | Fact]:
    """Measure each once: memory is the same every time."""
    rows: list[Row | Fact] = []
    for keep, most in (("lines", 900.0), ("all", 1300.0)):
        spent, megabytes = seconds_of(RUN, os.environ, keep)
        rows += [
            Row(f"MB resident, a million paths, four hedges, keep={keep}", most, most, megabytes,
                "lower"),
            Fact(f"a million paths, four hedges, keep={keep}, all cores", f"{spent:.0f} s"),
        ]  # fmt: skip
    return rows


if __name__ == "__main__":
    main(workload)
