"""What the 95 % interval of a mean over overlapping windows covers, over known histories."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hedgelab import inference
from hedgelab.inference import intervals

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


def test_the_interval_of_overlapping_windows_covers_what_it_says(histories, monkeypatch):
    # fewer repetitions than a report takes: the error is coarser, the coverage is the same
    monkeypatch.setattr(intervals, "REPETITIONS", 100)
    # blocks of twice the overlap alone covered 90 %, and 65 % where they are 42 deep in 210 windows
    allowed = 5.0 * math.sqrt(0.95 * 0.05 / HISTORIES)
    assert abs(coverage(histories, OVERLAP) - 0.95) < allowed


def test_windows_taken_for_independent_cover_the_truth_half_of_the_time(histories):
    # the standard error is then short by the root of the overlap: 2 N(1.96 / sqrt(8)) - 1
    expected = math.erf(1.96 / math.sqrt(2.0 * OVERLAP))
    allowed = 5.0 * math.sqrt(expected * (1.0 - expected) / HISTORIES)
    assert abs(coverage(histories, 1) - expected) < allowed
