"""The benchmarks compare the same work, and their page shows what was measured."""

from __future__ import annotations

import json
import re
import sys

import numpy as np
import pytest

from hedgelab.kernels import engine
from hedgelab.project import ROOT

FOLDER = ROOT / "benchmarks"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch):
    """The scripts import each other by name; afterwards nobody else does."""
    monkeypatch.syspath_prepend(FOLDER)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (FOLDER / f"{name}.py").exists():
            del sys.modules[name]


def test_numpy_does_the_work_of_the_engine() -> None:
    import across
    import cast
    import numpy_twin

    hedges = [*cast.hedges(6), cast.chaser()]
    lanes, plain = (cast.plan(hedges, speed=speed, weeks=0.5) for speed in ("lanes", "plain"))
    ours, _ = engine.run(lanes, 4000)
    with np.errstate(all="ignore"):  # divisions that `np.where` discards
        theirs = numpy_twin.run(plain, 1000, seed=3)
    assert across.disagreement(ours, theirs) < 5.0
    assert np.abs(theirs[0]).max() > 0.0


def test_a_copied_trigger_is_the_built_in_one() -> None:
    import cast
    import speed

    from hedgelab.kernels.rules import VolatilityTrigger

    found = [
        engine.run(cast.plan(speed.six_triggers(when), weeks=1.0), 64)[0].tobytes()
        for when in (VolatilityTrigger(), speed.own_trigger)
    ]
    assert found[0] == found[1]


def test_ratios_are_medians_of_pairs_and_verdicts_know_the_direction() -> None:
    import measure
    import run

    assert measure.ratio([2.0, 30.0, 4.0], [1.0, 10.0, 1.0]) == 3.0  # of 2, 3 and 4
    found = [run.verdict(6.0, 10.0, x, "higher") for x in (5.0, 6.0, 11.0)]
    assert found == ["missed", "must", "aim"]
    found = [run.verdict(1.2, 1.0, x, "lower") for x in (1.3, 1.2, 0.9)]
    assert found == ["missed", "must", "aim"]


def test_the_page_shows_what_was_measured() -> None:
    import run

    text = run.README.read_text(encoding="utf-8")
    known = json.loads(run.RESULTS.read_text(encoding="utf-8"))
    rows = [row for found in known.values() for row in found[1:] if row[0] == "Row"]
    assert len(rows) >= 10
    for row in rows:
        assert run.judged_table([row]).splitlines()[-1] in text
    assert all(found[0] in text for found in known.values())  # machine and date
    assert run.PLOT.exists()


def test_the_page_names_every_script() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    scripts = {path.name for path in FOLDER.glob("*.py")} - {"measure.py"}
    assert scripts <= set(re.findall(r"\w+\.py", page))
