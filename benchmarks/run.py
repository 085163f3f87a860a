"""What the engine costs, as ratios in one run: `make bench`.

Each workload is a script that runs in a process of its own and repeats its works one after the
other; its ratios are medians of single repetitions.  With `--write` the table and the plot of
README.md are made anew from what was measured now and what was measured before.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS, README, PLOT = HERE / "results.json", HERE / "README.md", HERE / "ratios.png"
QUICK, SLOW, PEER = ("speed", "across", "threads", "cold"), ("memory",), "vectorbt_peer"
BEGIN, END = "<!-- measured -->\n", "<!-- end -->"
FEWEST = {"cold": 3, "threads": 5}  # repetitions of what takes long


def measured(workload: str, python: str, repetitions: int) -> list[list]:
    """Rows of one workload: kind, figure, and the rest as its script prints them."""
    known = os.environ | {"PYTHONPATH": os.pathsep.join((str(HERE.parent), str(HERE)))}
    command = [python, str(HERE / f"{workload}.py"), "--repetitions", str(repetitions)]
    done = subprocess.run(command, env=known, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def verdict(must: float, aim: float, found: float, better: str) -> str:
    """Whether a figure reaches its aim, what it must be, or neither."""
    sign = 1.0 if better == "higher" else -1.0
    reached = [sign * found >= sign * wanted for wanted in (aim, must)]
    return "aim" if reached[0] else "must" if reached[1] else "missed"


def judged_table(rows: list[list]) -> str:
    """The judged figures as a table."""
    lines = ["| figure | must | aim | measured | reached |", "|---|---|---|---|---|"]
    for _, figure, must, aim, found, better, note in rows:
        sign = ">=" if better == "higher" else "<="
        shown = f"{found:.3g}" if found < 1000.0 else f"{found:.0f}"
        told = f"{figure} ({note})" if note else figure
        lines.append(
            f"| {told} | {sign} {must:g} | {aim:g} | {shown} | "
            f"{verdict(must, aim, found, better)} |"
        )
    return "\n".join(lines)


def fact_table(facts: list[list]) -> str:
    """Figures for orientation as a table."""
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for _, name, value in facts)])


def draw(rows: list[list]) -> None:
    """Plot how far each figure is beyond what it must be."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter

    import hedgelab as hl

    hl.plotting.use_style()
    names = [row[1].replace("`", "") for row in rows]
    gains = [r[4] / r[2] if r[5] == "higher" else r[2] / r[4] for r in rows]
    aims = [r[3] / r[2] if r[5] == "higher" else r[2] / r[3] for r in rows]
    fig, ax = plt.subplots(figsize=(9.0, 0.36 * len(rows) + 1.2))
    ax.hlines(names, 1.0, gains, linewidth=5.0)
    ax.plot(gains, names, "o", label="measured")
    ax.plot(aims, names, "|", color="black", markersize=12, label="aim")
    ax.axvline(1.0, color="black", linewidth=1.0)
    ax.set(xscale="log", xlabel="times better than it must be")
    for axis in (ax.xaxis.set_major_formatter, ax.xaxis.set_minor_formatter):
        axis(FuncFormatter(lambda x, _: f"{x:g}x" if f"{x:e}"[0] in "125" else ""))
    ax.invert_yaxis()
    ax.legend(loc="upper left")
    fig.savefig(PLOT, dpi=110, bbox_inches="tight", metadata={"Software": None})


def machine() -> str:
    """What was measured on, in a line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    day = datetime.date.today().isoformat()
    return f"{day}, {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--only", nargs="*", choices=(*QUICK, *SLOW, PEER))
    parser.add_argument("--all", action="store_true", help="the slow workloads too")
    parser.add_argument("--peer", default="", help="a Python that has vectorbt (vectorbt.txt)")
    parser.add_argument("--beside", type=Path, help="rows measured elsewhere, one JSON list a line")
    parser.add_argument("--write", action="store_true", help="make README.md and its plot anew")
    options = parser.parse_args()
    chosen = options.only or [
        *QUICK,
        *(SLOW if options.all else ()),
        *([PEER] * bool(options.peer)),
    ]
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for workload in chosen:
        python = (options.peer or sys.executable) if workload == PEER else sys.executable
        repetitions = min(options.repetitions, FEWEST.get(workload, options.repetitions))
        known[workload] = [machine(), *measured(workload, python, repetitions)]
    if options.beside:
        lines = options.beside.read_text(encoding="utf-8").splitlines()
        known["beside"] = [machine(), *map(json.loads, lines)]
    order = [name for name in ("beside", *QUICK, PEER, *SLOW) if name in known]
    shown = order if options.write else [name for name in order if name in (*chosen, "beside")]
    found = [row for name in shown for row in known[name][1:]]
    rows = [row for row in found if row[0] == "Row"]
    when = sorted({known[name][0] for name in shown})
    facts = fact_table([row for row in found if row[0] == "Fact"])
    text = f"{'; '.join(when)}.\n\n{judged_table(rows)}\n\nFor orientation:\n\n{facts}\n"
    print(text)
    if options.write:
        RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        before, rest = README.read_text(encoding="utf-8").split(BEGIN)
        README.write_text(before + BEGIN + text + END + rest.split(END)[1], encoding="utf-8")
        draw(rows)


if __name__ == "__main__":
    main()
