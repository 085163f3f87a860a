"""Intervals, paired differences and weeks needed, by hand and against theory."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from hedgelab import inference, presets, scenarios, venues
from hedgelab.book import Book
from hedgelab.errors import ParameterError
from hedgelab.inference import multiple
from hedgelab.simulation import simulate

EQUITY = {
    # four paths; quote
    "unhedged": [100.0, 200.0, -100.0, 400.0],
    "steady": [90.0, 188.0, -108.0, 390.0],  # behind by 10, 12, 8, 10
    "noisy": [300.0, 0.0, 120.0, 190.0],  # ahead by 200, -200, 220, -210
}


class SmallLedger:
    """As much of a ledger as a comparison reads."""

    def __init__(self, equity, market):
        self.names, self._equity, self.market = tuple(equity), equity, market
        self.weeks = 6.0

    def of(self, name):
        return {"equity_change": np.array(self._equity[name])}


@pytest.fixture
def ledger():
    return SmallLedger(EQUITY, SimpleNamespace(kind="law", n_paths=4))


def test_outcome_range_is_the_quantiles_of_the_paths_and_does_not_shrink_with_their_number():
    # a hundred steps of one: the 5 % quantile is the sixth value
    steps = np.arange(101.0)
    once, often = (inference.outcome_range(np.tile(steps, k)) for k in (1, 100))
    assert_allclose((once.low, once.estimate, once.high), (5.0, 50.0, 95.0), rtol=1e-12)
    assert_allclose((often.low, often.high), (5.0, 95.0), atol=0.5)
    once, often = (inference.simulation_error(np.tile(steps, k)) for k in (1, 100))
    assert_allclose((once.high - once.low) / (often.high - often.low), 10.0, rtol=0.05)


def test_the_two_intervals_say_which_they_are():
    assert inference.outcome_range([1.0, 2.0]).method.startswith("outcome range")
    assert inference.simulation_error([1.0, 2.0]).method.startswith("simulation error")


def test_simulation_error_covers_the_mean_as_often_as_it_says():
    draws = np.random.default_rng(3).exponential(size=(2_000, 200))
    hits = sum(inference.simulation_error(row).covers(1.0) for row in draws)
    # five standard errors of a 95 % share over 2,000, and one point for the skew at n = 200
    assert abs(hits / 2_000 - 0.95) < 5 * math.sqrt(0.95 * 0.05 / 2_000) + 0.01


@pytest.mark.parametrize("bad", [[], [1.0], [1.0, math.nan], [1.0, math.inf]])
def test_an_interval_of_too_few_or_unfinished_values_is_refused(bad):
    with pytest.raises(ParameterError):
        inference.simulation_error(bad)


def test_weeks_needed_of_the_article_s_gap():
    # 74.7 % hedged, so one window's difference varies by .747 of the market's six weeks;
    # its sd is 18.1 % since 2023 and 24.6 % since 2020 (Binance BTC, daily starts)
    calm, wild = (inference.weeks_needed(0.062, 0.747 * sd, 6.0) for sd in (0.181, 0.246))
    assert 220 < calm < 230
    assert 390 < wild < 420


def test_weeks_needed_uses_the_normal_quantiles_of_five_and_eighty_percent():
    # sd = difference = 1 and one week leave the constant squared: (1.95996 + 0.84162)^2
    assert_allclose(inference.weeks_needed(1.0, 1.0, 1.0), 2.80158522**2, rtol=1e-7)


def test_weeks_needed_has_the_power_it_promises():
    # sd 4, difference 2, one-week windows: 31.4 weeks; z tests on 31 and 32 weeks bracket 80 %
    draws = np.random.default_rng(5).normal(2.0, 4.0, size=(4_000, 32))
    weeks = inference.weeks_needed(2.0, 4.0, 1.0)
    assert 31 < weeks < 32
    seen = np.abs(draws.mean(axis=1)) / (4.0 / math.sqrt(32)) > 1.959964
    assert abs(seen.mean() - 0.80) < 5 * math.sqrt(0.16 / 4_000) + 0.01


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1.0, 4.0))
def test_a_larger_difference_or_a_smaller_spread_never_needs_more_weeks(difference, sd, factor):
    weeks = inference.weeks_needed(difference, sd, 6.0)
    assert inference.weeks_needed(difference * factor, sd, 6.0) <= weeks
    assert inference.weeks_needed(difference, sd / factor, 6.0) <= weeks
    assert inference.weeks_needed(-difference, sd, 6.0) == weeks


def test_no_difference_is_never_seen():
    assert inference.weeks_needed(0.0, 1.0, 6.0) == math.inf
    with pytest.raises(ParameterError, match="sd -1"):
        inference.weeks_needed(1.0, -1.0, 6.0)


def test_a_steady_small_loss_is_ranked_and_a_noisy_large_one_is_not(ledger):
    comparison = inference.compare(ledger)
    steady, noisy = comparison.of("steady"), comparison.of("noisy")
    # differences -10, -12, -8, -10: mean -10, variance (0 + 4 + 4 + 0)/3
    assert_allclose((steady.error.estimate, steady.sd**2), (-10.0, 8.0 / 3.0), rtol=1e-12)
    assert steady.ranking == "behind"
    # differences 200, -200, 220, -210: mean 2.5 in a spread of hundreds
    assert_allclose(noisy.error.estimate, 2.5, rtol=1e-12)
    assert noisy.error.covers(0.0)
    assert noisy.ranking == "not ranked"
    assert steady.behind.estimate == 1.0
    assert noisy.behind.estimate == 0.5
    # 6 x 7.8489 x (8/3)/100
    assert_allclose(steady.weeks_needed, 1.2558, rtol=1e-4)


def test_a_comparison_is_a_table_with_one_row_per_hedge(ledger):
    frame = inference.compare(ledger).frame()
    assert list(frame.index) == ["steady", "noisy"]
    assert not frame.isna().to_numpy().any()


def test_a_printed_comparison_is_a_short_table(ledger):
    lines = str(inference.compare(ledger)).splitlines()
    assert lines[0].split()[0] == "mean"
    assert len(lines) == 1 + len(inference.compare(ledger).differences)
    assert max(map(len, lines)) <= 110


def test_a_book_is_not_behind_its_own_equal_by_rounding(ledger):
    idle = inference.compare(six_hours(), "hold less").of("unhedged")
    assert (idle.outcome.bounds, idle.sd, idle.behind.estimate) == ((0.0, 0.0), 0.0, 0.0)
    assert idle.ranking == "not ranked"


def test_pairing_with_a_twin_goes_hedge_by_hedge(ledger):
    dearer = {name: [value - 7.0 for value in values] for name, values in EQUITY.items()}
    twin = SmallLedger(dearer, ledger.market)
    for difference in inference.compare(ledger, against=twin).differences.values():
        assert_allclose((difference.error.low, difference.error.high), (7.0, 7.0), rtol=1e-12)
        assert difference.ranking == "ahead"


def test_ledgers_of_different_hedges_are_not_paired(ledger):
    twin = SmallLedger({"unhedged": EQUITY["unhedged"]}, ledger.market)
    with pytest.raises(ParameterError, match="different hedges"):
        inference.compare(ledger, against=twin)


def test_a_missing_hedge_gets_one_line_with_the_nearest_or_the_choices(ledger):
    with pytest.raises(ParameterError, match=r"'staedy'; did you mean steady"):
        inference.compare(ledger).of("staedy")
    with pytest.raises(ParameterError, match=r"'none'; use one of unhedged, static"):
        inference.compare(six_hours(), against="none")


def six_hours(**costs):
    # no funding stamp in six hours from midnight, no basis, no spread: fees are all there is
    market = scenarios.gbm(n_bars=6, n_paths=8, seed=3)
    free = dict.fromkeys(("impact_coefficient", "spot_half_spread"), 0.0)
    venue = venues.load("binance", **{**free, **costs})
    hedges = [presets.unhedged(), presets.static(0.5)]
    return simulate(market, hedges, venue=venue, book=Book(capital=1_000.0), speed="plain")


def test_holding_less_at_spot_fees_loses_to_a_short_that_trades_cheaper():
    # half of 1,000 sold and bought back: a short at 5 bp pays 0.25 + 0.25, spot at 10 bp twice
    # that; the second order is at the last price, which moves by a percent or so
    static = inference.compare(six_hours(), against="hold less").of("static")
    assert_allclose(static.error.estimate, 0.5, rtol=0.02)
    assert static.ranking == "ahead"


def test_a_free_hedge_equals_holding_less_for_free():
    free = six_hours(taker_fee=0.0, spot_taker_fee=0.0)
    static = inference.compare(free, against="hold less").of("static")
    assert_allclose((static.error.low, static.error.high), (0.0, 0.0), atol=1e-9)


def daily_windows(n_windows, days=42):
    start = np.datetime64("2023-01-01T00:00", "ns")
    return SimpleNamespace(
        kind="history",
        n_paths=n_windows,
        n_bars=24 * days,
        bar_hours=1.0,
        times=start + np.arange(n_windows) * np.timedelta64(24, "h"),
    )


def test_daily_six_week_windows_overlap_forty_two_deep():
    assert inference.overlap(daily_windows(100)) == 42
    assert inference.overlap(SimpleNamespace(kind="law", n_paths=100)) == 1


def windows_of(steps, depth=42):
    """Sums over overlapping windows."""
    return np.convolve(steps, np.ones(depth), mode="valid")


def test_the_error_of_a_mean_knows_that_overlapping_windows_repeat_each_other():
    # Sums over 42 of independent unit steps: the mean over n daily windows has, nearly, the
    # variance 42^2/n. Resampled one by one it would look like 42/n, an error 6.5 times too small.
    sums = windows_of(np.random.default_rng(11).normal(size=4_200 + 41))
    true_error = 42.0 / math.sqrt(sums.size)
    together, alone = inference.mean_error(sums, 42), inference.simulation_error(sums)
    # the variance is itself estimated from a hundred windows: five times 0.71/sqrt(100 x 3/2)
    assert_allclose((together.high - together.low) / (2 * 1.984), true_error, rtol=0.30)
    assert (together.high - together.low) > 4.0 * (alone.high - alone.low)
    assert "100 independent windows" in together.method


def test_a_slow_quantity_is_less_certain_than_its_count_of_windows_says():
    # One swing over all the data: ten windows of ten would look independent and are not.
    slow = np.sin(np.linspace(0.0, 2.0 * np.pi, 100)) + 0.1
    interval = inference.mean_error(slow, 10)
    # t of 9 degrees 2.262 and sd 0.71 over the root of ten windows
    assert (interval.high - interval.low) / 2 > 1.1 * 2.262 * 0.71 / math.sqrt(10)


def test_the_error_of_a_mean_repeats_itself_also_where_windows_outlast_the_data():
    values = np.sin(np.arange(50.0))
    assert inference.mean_error(values, 3) == inference.mean_error(values, 3)
    assert "1 independent windows" in inference.mean_error(values, 60).method


def test_a_p_value_below_five_percent_is_an_interval_without_zero():
    draws = np.random.default_rng(2).normal(0.15, 1.0, size=(200, 100))
    for depth in (1, 4):
        for row in draws[:40]:
            seen = not inference.mean_error(row, depth).covers(0.0)
            assert (inference.p_value(row, depth) < 0.05) == seen
    # the exact test of scipy on the same values
    assert_allclose(
        [inference.p_value(row) for row in draws],
        [stats.ttest_1samp(row, 0.0).pvalue for row in draws],
        rtol=1e-9,
    )


def test_p_values_of_values_that_never_vary_are_sure():
    assert inference.p_value([2.0, 2.0]) == 0.0
    assert inference.p_value([0.0, 0.0]) == 1.0


def test_a_comparison_over_history_counts_independent_windows_only():
    equity = {"unhedged": np.zeros(420), "hedged": np.where(np.arange(420) % 4 == 0, 1.0, -1.0)}
    history = inference.compare(SmallLedger(equity, daily_windows(420))).of("hedged")
    simulated = inference.compare(SmallLedger(equity, SimpleNamespace(kind="law", n_paths=420))).of(
        "hedged"
    )
    assert history.behind.estimate == simulated.behind.estimate == 0.75
    # ten independent windows instead of 420
    assert (history.behind.high - history.behind.low) > 4.0 * (
        simulated.behind.high - simulated.behind.low
    )
    assert "10 independent windows" in history.error.method
    assert "simulation error" in simulated.error.method


def test_wilson_of_fifteen_traders_is_as_wide_as_claims_about_traders_should_be():
    # 13 of 15: 62.1 % to 96.3 % (Wilson 1927; any statistics package)
    interval = inference.proportion([True] * 13 + [False] * 2)
    assert_allclose((interval.low, interval.high), (0.621, 0.963), atol=5e-4)


@pytest.mark.parametrize("answer", [True, False])
def test_wilson_of_one_sided_answers_stays_between_zero_and_one(answer):
    interval = inference.proportion([answer] * 20)
    assert 0.0 <= interval.low < interval.high <= 1.0
    assert interval.covers(float(answer))


def test_a_ratio_of_means_covers_the_true_ratio_as_often_as_it_says():
    rng = np.random.default_rng(14)
    below = rng.normal(4.0, 2.0, size=(2_000, 200))
    above = 0.5 * below + rng.normal(0.0, 1.0, size=below.shape)  # related, as paired costs are
    found = [inference.ratio(a, b) for a, b in zip(above, below, strict=True)]
    covered = np.mean([each.covers(0.5) for each in found])
    assert abs(covered - 0.95) < 5 * math.sqrt(0.0475 / 2_000)
    # not the ratio of single outcomes, whose mean is another number, or none
    assert_allclose(inference.ratio([1.0, 5.0], [1.0, 2.0]).estimate, 2.0, rtol=1e-12)
    with pytest.raises(ParameterError, match="mean of zero"):
        inference.ratio([1.0, 2.0], [-1.0, 1.0])


def test_traders_needed_is_the_textbook_s_size_of_a_sample():
    # by hand, 60 % against a half: (1.960 x .5 + .842 x .4899)^2/.01 = 193.9
    assert math.ceil(inference.traders_needed(0.6)) == 194
    # and 90 % against 80 % needs (1.960 x .4 + .842 x .3)^2/.01
    assert_allclose(inference.traders_needed(0.9, 0.8), 107.4, atol=0.1)
    assert inference.traders_needed(0.5) == math.inf
    with pytest.raises(ParameterError, match="share is"):
        inference.traders_needed(1.2)


def test_traders_needed_has_the_power_it_promises():
    # 200 experiments of 194 traders, 60 % of whom end up behind; the score test sees four in five
    behind = np.random.default_rng(8).binomial(194, 0.6, size=4_000)
    seen = np.abs(behind / 194 - 0.5) > 1.96 * math.sqrt(0.25 / 194)
    assert abs(seen.mean() - 0.80) < 5 * math.sqrt(0.16 / 4_000) + 0.01


def test_holm_is_the_step_down_of_the_paper():
    # by hand: 4 x .005, 3 x .01, 2 x .03; .04 is not below the one before it
    adjusted = inference.holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert_allclose(list(adjusted.values()), [0.03, 0.06, 0.06, 0.02], rtol=1e-12)
    assert inference.holm({}) == {}
    with pytest.raises(ParameterError, match="outside 0 to 1"):
        inference.holm({"a": 1.1})


@given(st.dictionaries(st.text(), st.floats(0.0, 1.0), max_size=8))
def test_holm_never_makes_a_comparison_surer_nor_changes_their_order(p_values):
    adjusted = inference.holm(p_values)
    assert list(adjusted) == list(p_values)
    assert all(p_values[name] <= adjusted[name] <= 1.0 for name in p_values)
    ranked = sorted(p_values, key=p_values.__getitem__)
    assert [adjusted[name] for name in ranked] == sorted(adjusted.values())


def test_holm_errs_about_any_of_ten_in_one_experiment_of_twenty():
    # ten hedges without a difference; taken one by one, 1 - .95^10 = 40 % of experiments see one
    draws = np.random.default_rng(4).normal(size=(400, 10, 30))
    p_values = stats.ttest_1samp(draws, 0.0, axis=2).pvalue
    alone = (p_values.min(axis=1) < 0.05).mean()
    together = np.mean([min(inference.holm(dict(enumerate(p))).values()) < 0.05 for p in p_values])
    assert abs(alone - 0.40) < 5 * math.sqrt(0.24 / 400)
    assert together < 0.05 + 5 * math.sqrt(0.0475 / 400)


def test_the_best_of_many_equal_hedges_is_no_better_than_its_reference(monkeypatch):
    # The best of twenty looks good alone: its own p-value is below 5 % more often than not.
    monkeypatch.setattr(multiple, "REPETITIONS", 200)
    draws = np.random.default_rng(6).normal(size=(60, 100, 20))
    best = [inference.best_of(pd.DataFrame(each)) for each in draws]
    false = np.mean([each.p_value < 0.05 for each in best])
    assert false < 0.05 + 5 * math.sqrt(0.0475 / 60)
    chosen = [each[:, int(found.name)] for each, found in zip(draws, best, strict=True)]
    assert np.mean([inference.p_value(each) < 0.05 for each in chosen]) > 0.3


def test_one_hedge_that_is_really_ahead_is_found_among_many():
    draws = np.random.default_rng(9).normal(size=(100, 20))
    draws[:, 7] += 0.6  # six standard errors
    draws = np.column_stack([draws, np.zeros(100)])
    assert inference.best_of(pd.DataFrame(draws)).name == "7"
    assert inference.best_of(pd.DataFrame(draws)).p_value < 0.01
    with pytest.raises(ParameterError, match="no difference varies"):
        inference.best_of(pd.DataFrame({"same": np.zeros(5)}))


def test_one_spell_proves_nothing_about_the_best():
    # sixty windows that are one and a half independent ones; blocks of them are all alike
    slow = np.linspace(0.5, 1.5, 60)
    best = inference.best_of(pd.DataFrame({"a": slow, "b": -slow}), 42)
    assert (best.name, best.p_value > 0.05) == ("a", True)
    behind = inference.best_of(pd.DataFrame({"b": -np.random.default_rng(1).random(60)}))
    assert behind.p_value > 0.95


def test_paired_differences_are_those_of_the_comparison(ledger):
    differences = inference.paired(ledger)
    assert list(differences) == ["steady", "noisy"]
    assert differences["steady"].tolist() == [-10.0, -12.0, -8.0, -10.0]
    assert inference.compare(ledger).of("steady").error.estimate == -10.0
