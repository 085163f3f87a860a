"""What others print comes out to the digit, and a wrong digit is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hedgelab import margin, venues
from hedgelab.truth import published


def test_every_printed_example_agrees():
    found = published.examples()
    assert len(found) >= 15
    assert found["agrees"].all(), found[~found["agrees"]]


def test_a_computation_that_is_one_in_the_last_digit_off_does_not_agree(monkeypatch):
    # 1114.78 and 11.8910891089: a part in a hundred thousand moves a printed digit of either
    off = lambda *args, **kwargs: 1.00001 * margin.liquidation_price(*args, **kwargs)  # noqa: E731
    monkeypatch.setitem(published.FUNCTIONS, "liquidation_price", off)
    found = published.examples()
    prices = found.index.str.contains("ETH at 1,456.84|5x from 10, rate")
    assert prices.sum() == 2
    assert not found.loc[prices, "agrees"].any()


def test_no_venue_s_requirement_jumps_at_a_cap():
    found = published.caps()
    # 11 caps below the last of twelve tiers of BTC
    assert found.loc["binance, BTC", "caps"] == 11
    assert found["caps"].sum() >= 50
    assert (found["largest_jump"] < 1e-6).all()


def test_a_wrong_maintenance_amount_is_a_jump(monkeypatch):
    # 299 for 300 at 300 000: 1200 by one tier, 1201 by the next
    venue = venues.load("binance")
    first, second, *rest = venue.margin_tiers["BTC"]
    wrong = {"BTC": (first, replace(second, amount=second.amount - 1.0), *rest)}
    spoiled = replace(venue)
    object.__setattr__(spoiled, "margin_tiers", wrong)
    monkeypatch.setattr(venues, "names", lambda: ("binance",))
    monkeypatch.setattr(venues, "load", lambda name: spoiled)
    assert published.caps()["largest_jump"].tolist() == [pytest.approx(1 / 1200, rel=1e-9)]
