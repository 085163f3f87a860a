"""One statistical check: a closed form, a simulation of the same thing, and a bug it must see."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hedgelab.project import DATA

Floats = NDArray[np.float64]

LARGEST_Z = 5.0  # standard errors between theory and simulation
LARGEST_BIAS = 0.05  # of the value: a check that could not see so much would pass anything
FEWEST_PATHS = 64
SEED = 20240601


class Outcome(NamedTuple):
    """What one check found."""

    check: str
    theory: float
    simulated: float
    standard_error: float
    z: float
    detectable_bias: float
    passed: bool
    unit: str
    source: str


@dataclass(frozen=True)
class Check:
    """A value that is known exactly, and how to simulate it.

    Parameters
    ----------
    name : str
        What tables call it.
    question : str
        What is asked of the simulator, in words.
    theory : float
        Computed by `hedgelab.closed_forms`, in `unit`.
    unit : str
        Where the theory is zero, "of mean friction": the sample is divided by it.
    source : str
        Where the closed form comes from.
    sample : callable
        ``sample(n_paths, seed, **setting)`` runs the simulator and returns one value a path, whose
        mean is to be the theory.
    n_paths : int
        Enough that five standard errors are at most 5 % of the value.
    bug : str
        A mistake that simulators make, in words.
    wrong : mapping of str to anything
        What changes in the setting to make it.
    setting : mapping of str to anything
        Arguments of `sample`.
    """

    name: str
    question: str
    theory: float
    unit: str
    source: str
    sample: Callable[..., Floats]
    n_paths: int
    bug: str
    wrong: Mapping[str, Any]
    setting: Mapping[str, Any] = field(default_factory=dict)

    def measure(
        self, n_paths_scale: float = 1.0, *, wrong: bool = False, seed: int = SEED
    ) -> Outcome:
        """Simulate and compare; with `wrong`, simulate what has the bug.

        Notes
        -----
        z = (mean of the values - theory) / standard error of that mean; it passes within five.  The
        detectable bias is five standard errors, relative to the theory (to one where that is zero).
        """
        n_paths = max(round(self.n_paths * n_paths_scale), FEWEST_PATHS)
        values = self.sample(n_paths, seed, **{**self.setting, **(self.wrong if wrong else {})})
        simulated = float(values.mean())
        error = float(values.std(ddof=1)) / math.sqrt(values.size)
        gap = simulated - self.theory
        z = gap / error if error > 0.0 else math.copysign(math.inf, gap)
        bias = LARGEST_Z * error / (abs(self.theory) or 1.0)
        passed = abs(z) <= LARGEST_Z and bias <= LARGEST_BIAS
        found = (simulated, error, z, bias, passed)
        return Outcome(self.name, self.theory, *found, self.unit, self.source)


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads((DATA / "truth.toml").read_text(encoding="utf-8"))


def known(
    name: str,
    theory: float,
    sample: Callable[..., Floats],
    wrong: Mapping[str, Any],
    **setting: Any,
) -> Check:
    """Return a check whose words and number of paths stand in `data/truth.toml`."""
    family, _, what = name.partition(": ")
    words = {**_words().get(family, {}), **_words().get(name, {})}
    words = {
        key: word.format(**{"what": what, **setting}) if isinstance(word, str) else word
        for key, word in words.items()
    }
    return Check(name=name, theory=theory, sample=sample, wrong=wrong, setting=setting, **words)
