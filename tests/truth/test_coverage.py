"""What the block bootstrap's 95 % interval really covers, over histories of known mean."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hedgelab import inference

OVERLAP, WINDOWS, HISTORIES = 8, 400, 500


@pytest.fixture(scope="module")
def histories():
    """Means of overlapping windows of independent returns: the true mean is zero."""
    returns = np.random.default_rng(11).standard_normal((HISTORIES, WINDOWS + OVERLAP - 1))
    windows = np.lib.stride_tricks.sliding_window_view(returns, OVERLAP, axis=1)
    return windows.mean(axis=2)


def coverage(histories, overlap):
    covered = [inference.mean_error(each, overlap).covers(0.0) for each in histories]
    return float(np.mean(covered))


def expected_coverage():
    """Coverage by the variance that blocks of twice the overlap see, were the rest normal."""
    lag = np.arange(1, WINDOWS)
    covariance = np.clip(1.0 - lag / OVERLAP, 0.0, None)
    kept = (1.0 - 1.0 / (2 * OVERLAP)) ** lag
    variance = 1.0 + 2.0 * ((1.0 - lag / WINDOWS) * covariance).sum()  # x windows, of their mean
    weight = (1.0 - lag / WINDOWS) * kept + lag / WINDOWS * kept[::-1]
    seen = (1.0 - variance / WINDOWS) + 2.0 * (weight * (covariance - variance / WINDOWS)).sum()
    return math.erf(1.96 * math.sqrt(seen / variance) / math.sqrt(2.0))


def test_the_block_bootstrap_covers_what_its_variance_says_less_its_own_error(
    histories, monkeypatch
):
    # fewer repetitions than a report takes: the quantiles are coarser, the coverage is the same
    monkeypatch.setattr(inference, "REPETITIONS", 200)
    expected, found = expected_coverage(), coverage(histories, OVERLAP)
    allowed = 5.0 * math.sqrt(expected * (1.0 - expected) / HISTORIES)
    assert 0.90 < expected < 0.93
    assert expected - 0.02 - allowed < found < expected + allowed


def test_windows_taken_for_independent_cover_the_truth_half_of_the_time(histories):
    # the standard error is then short by the root of the overlap: 2 N(1.96 / sqrt(8)) - 1
    expected = math.erf(1.96 / math.sqrt(2.0 * OVERLAP))
    allowed = 5.0 * math.sqrt(expected * (1.0 - expected) / HISTORIES)
    assert abs(coverage(histories, 1) - expected) < allowed
