"""Curves: universal costs at the optima, simulated points on them, and a canary below them."""

from __future__ import annotations

import numpy as np
import pytest

from hedgelab.errors import ParameterError
from hedgelab.truth import curves


def test_the_least_cost_of_each_rule_is_its_universal_number():
    # 0.825482, 1.040042, 1.290381 (Rogers 2004); looking once a bar moves the schedule's by 0.2 %
    least = [float(curves.cost(kind, [curves.BEST[kind]])[0]) for kind in curves.KINDS]
    assert least == pytest.approx([0.825482, 1.040042, 1.290381], rel=2e-3)


@pytest.mark.parametrize("kind", curves.KINDS)
def test_any_other_setting_costs_more(kind):
    best = curves.BEST[kind]
    costs = curves.cost(kind, best * np.array([0.5, 0.9, 1.0, 1.1, 2.0]))
    assert costs.argmin() == 2


def test_a_kind_that_there_is_not_is_refused():
    with pytest.raises(ParameterError, match="to the edge"):
        curves.cost("to the middle", [0.01])


@pytest.mark.slow
@pytest.mark.parametrize("kind", curves.KINDS)
def test_simulated_costs_lie_on_their_curve(kind):
    sizes = [107, 215] if kind == "on a schedule" else curves.BEST[kind] * np.array([0.6, 1.2])
    found = curves.pursuit(kind, sizes, n_paths=2_000, seed=4)
    assert found["z"].abs().max() < 5.0
    assert (found["standard_error"] < 0.02 * found["theory"]).all()


@pytest.mark.parametrize("side", ["long", "short"])
def test_liquidations_lie_on_the_curve_and_those_at_closes_below_it(side):
    case = {"volatility": 0.8, "days": 7, "n_paths": 4_000, "seed": 4}
    found = curves.passage([5.0, 20.0], side, **case)
    canary = curves.passage([5.0, 20.0], side, liquidation_test="close", **case)
    assert found["z"].abs().max() < 5.0
    assert canary["z"].max() < -5.0
    # binomial: sqrt(p (1 - p) / n) is at most half over the root of n
    assert (found["standard_error"] <= 0.5 / 4_000**0.5).all()
