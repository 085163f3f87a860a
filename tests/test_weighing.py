"""Was it worth it: the value of risk by hand, and verdicts on books whose worth is known."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hedgelab import presets, scenarios, venues, worth
from hedgelab.book import Book
from hedgelab.errors import ParameterError
from hedgelab.ledger import COSTS
from hedgelab.simulation import simulate

CAPITAL = 1_000.0
NO_COSTS = {
    "taker_fee": 0.0,
    "spot_taker_fee": 0.0,
    "spot_half_spread": 0.0,
    "impact_coefficient": 0.0,
}


class SmallLedger:
    """As much of a ledger as a weighing reads: an unhedged book and one hedge."""

    def __init__(self, unhedged, hedged, fee=0.0, kind="law"):
        self.names, self.n_paths, self.weeks = ("unhedged", "hedge"), len(unhedged), 6.0
        self.market = SimpleNamespace(kind=kind, n_paths=len(unhedged))
        self.book = SimpleNamespace(capital=CAPITAL, risk_aversion=1.0)
        self._equity, self._fee = {"unhedged": unhedged, "hedge": hedged}, fee

    def of(self, name):
        fee = self._fee if name == "hedge" else 0.0
        columns = {cost: np.zeros(self.n_paths) for cost in COSTS}
        change = np.asarray(self._equity[name], dtype=float)
        columns |= {"fee": np.full(self.n_paths, fee), "equity_change": change}
        return columns | {"hedge_pnl": change + fee - np.asarray(self._equity["unhedged"])}


def halved(fee, n_paths=4_000):
    """A hedge that removes half of a normal holding of 20 % and costs `fee`."""
    holding = CAPITAL * 0.2 * np.random.default_rng(3).normal(size=n_paths)
    holding -= holding.mean()
    return SmallLedger(holding, 0.5 * holding - fee, fee)


def test_the_certainty_equivalent_of_a_normal_is_that_of_exponential_utility():
    # -log E exp(-a x)/a of a normal of mean .05 and deviation .2 is .05 - a/2 x .04
    draws = 0.05 + 0.2 * np.random.default_rng(5).normal(size=400_000)
    exact = -math.log(np.exp(-3.0 * draws).mean()) / 3.0
    assert_allclose(worth.certainty_equivalent(draws, 3.0), exact, atol=0.001)
    assert_allclose(exact, 0.05 - 0.06, atol=0.001)


@given(st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=20), st.floats(0.0, 10.0))
def test_a_certainty_equivalent_is_never_above_the_mean_and_shifts_with_cash(values, aversion):
    sure = worth.certainty_equivalent(values, aversion)
    assert sure <= np.mean(values) + 1e-12
    shifted = worth.certainty_equivalent(np.array(values) + 0.1, aversion)
    assert_allclose(shifted, sure + 0.1, atol=1e-9)


def test_break_even_risk_aversion_makes_both_books_equally_good():
    holding = 0.3 * np.random.default_rng(1).normal(size=500)
    hedged = 0.4 * holding - 0.01
    removed = holding.var(ddof=1) - hedged.var(ddof=1)
    even = worth.break_even_risk_aversion(holding.mean() - hedged.mean(), removed)
    both = [worth.certainty_equivalent(x, even) for x in (holding, hedged)]
    assert_allclose(both[0], both[1], atol=1e-12)


def test_a_cost_that_removes_nothing_is_worth_it_to_nobody():
    assert worth.break_even_risk_aversion(0.01, 0.0) == math.inf
    assert worth.break_even_risk_aversion(-0.01, 0.5) == 0.0
    with pytest.raises(ParameterError, match="risk_aversion is -1"):
        worth.certainty_equivalent([0.0, 1.0], -1.0)


def test_over_trading_is_one_at_the_least_total_cost_of_a_schedule():
    # c = .001, s = .05, kappa = 2: every .0399295 it trades s sqrt(2 h/pi) and strays s^2 h/2,
    # the minimum of a table over h, in which c |trade|/h + kappa s^2 h/2 = 2.994709e-4
    times = np.linspace(0.02, 0.08, 6_001)
    friction = 1e-3 * 0.05 * math.sqrt(2.0 / math.pi) / np.sqrt(times)
    straying = 0.05**2 * times / 2.0
    best = int(np.argmin(friction + 2.0 * straying))
    assert_allclose((friction + 2.0 * straying)[best], 2.994709e-4, rtol=1e-6)
    assert_allclose(worth.over_trading(friction[best], straying[best], 4.0), 1.0, atol=1e-3)
    assert worth.over_trading(friction[0], straying[0], 4.0) > 1.0
    assert worth.over_trading(friction[-1], straying[-1], 4.0) < 1.0


def test_a_hedge_that_never_strays_has_no_over_trading():
    with pytest.raises(ParameterError, match="over_trading"):
        worth.over_trading(0.01, 0.0)


def test_a_hedge_is_worth_its_cost_below_the_break_even_friction_only():
    # half the variance of .2 leaves a quarter: removed .75 x .04 = .03, worth .015 x 1,000 = 15
    cheap, dear = (worth.weigh(halved(fee), "unhedged").of("hedge") for fee in (5.0, 40.0))
    assert (cheap.verdict, dear.verdict) == ("worth it", "not worth it")
    for each in (cheap, dear):
        assert_allclose(each.break_even_friction, 15.0, rtol=0.1)  # five errors of a variance
    # 5 of 1,000 for .03; the risk aversion that pays for it is twice that
    assert_allclose(cheap.friction_per_variance, 0.005 / 0.03, rtol=0.1)
    assert_allclose(cheap.break_even_risk_aversion, 2 * 0.005 / 0.03, rtol=0.1)
    # half of a shortfall of 2.338 x 200, less the cost
    assert_allclose(cheap.friction_per_shortfall, 5.0 / (0.5 * 2.338 * 200 - 5.0), rtol=0.1)
    # half the luck of 4,000 markets stays in the cost: 1.96 x 100/sqrt(4,000)
    assert_allclose(cheap.cost.estimate, 5.0, atol=1e-6)
    assert_allclose(cheap.cost.high - 5.0, 3.1, rtol=0.05)
    assert_allclose(cheap.friction.bounds, (5.0, 5.0), atol=1e-6)


def test_too_few_weeks_cannot_tell():
    found = worth.weigh(halved(14.0, n_paths=20), "unhedged").of("hedge")
    assert found.verdict == "cannot tell"
    assert found.weeks == 120.0
    assert found.weeks_needed > 120.0
    assert "cannot tell against unhedged" in str(found)
    assert "from 120 weeks" in str(found)


def test_a_free_hedge_of_half_equals_holding_less_and_is_left_out():
    market = scenarios.gbm(n_bars=6, n_paths=16, seed=3)
    venue = venues.load("binance", **NO_COSTS)
    book = Book(capital=CAPITAL)
    run = simulate(market, [presets.static(0.5)], venue=venue, book=book, speed="plain")
    assert worth.weigh(run).weighed == {}
    with pytest.raises(ParameterError, match="nothing weighed for 'static'"):
        worth.weigh(run).of("static")


def test_a_fair_market_costs_friction_whatever_prices_happened_to_do():
    lucky = halved(5.0)
    lucky._equity["hedge"] = lucky._equity["hedge"] + np.linspace(0.0, 30.0, lucky.n_paths)
    drawn, fair = (worth.weigh(lucky, "unhedged", fair=x).of("hedge") for x in (False, True))
    # a bet that happened to earn 15 on the mean, from price moves alone
    assert_allclose(drawn.cost.estimate, -10.0, atol=1e-6)
    assert_allclose(fair.cost.bounds, (5.0, 5.0), atol=1e-6)
    assert_allclose(fair.gain.estimate, drawn.gain.estimate - 15.0, atol=1e-6)
    # one trader meets the luck all the same: only the gain differs in what he has to watch for
    watched = (drawn.gain.estimate / fair.gain.estimate) ** 2
    assert_allclose(fair.weeks_needed, drawn.weeks_needed * watched, rtol=1e-9)


def test_who_does_not_mind_risk_weighs_cost_alone():
    found = worth.weigh(halved(5.0), "unhedged", risk_aversion=0.0).of("hedge")
    assert found.verdict == "not worth it"
    assert_allclose(found.gain.estimate, -5.0, atol=1e-6)


def test_a_bet_that_adds_risk_has_no_price_of_risk_removed():
    holding = np.linspace(-100.0, 100.0, 50)
    found = worth.weigh(SmallLedger(holding, 1.5 * holding - 1.0, 1.0), "unhedged").of("hedge")
    prices = (found.friction_per_variance, found.friction_per_shortfall)
    assert (*prices, found.break_even_risk_aversion) == (math.inf,) * 3
    assert found.gain.estimate < -1.0


def test_the_gain_covers_the_true_gain_as_often_as_it_says():
    # 4 normal holdings of 20 %, halved for 5: the true gain is 15 - 5
    rng = np.random.default_rng(12)
    covered = 0
    for _ in range(400):
        holding = CAPITAL * 0.2 * rng.normal(size=200)
        small = SmallLedger(holding, 0.5 * holding - 5.0, 5.0)
        covered += worth.weigh(small, "unhedged").of("hedge").gain.covers(10.0)
    assert abs(covered / 400 - 0.95) < 5 * math.sqrt(0.0475 / 400) + 0.01


def test_weighings_are_a_table_with_a_row_and_a_sentence_per_hedge():
    found = worth.weigh(halved(5.0), "unhedged")
    assert list(found.frame().index) == ["hedge"]
    assert found.frame().loc["hedge", "verdict"] == "worth it"
    assert_allclose(found.scores.mean(), [found.of("hedge").gain.estimate], rtol=1e-12)
    assert str(found).startswith("hedge: worth it against unhedged, gain $")
