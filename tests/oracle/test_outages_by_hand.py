"""A venue that is down, in the oracle, against cases small enough to do on paper.

Half the bars go down where `outage_starts` is below a half; three quarters of them stay down where
`outage_stays` is below three quarters. Ten coins at 100.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

from .decimal_ledger import run
from .quiet import FREE, SPOT, Says, assert_only, counts, path
from .records import Tier
from .targets import Constant
from .timings import Once, Schedule

VENUE = replace(FREE, outage_odds_per_day=D(12), outage_hours=D(4))


def draws(*states):
    """Return draws that take the venue down where a state is "d", and up elsewhere."""
    return {
        "outage_starts": ["0.49" if state == "d" else "0.51" for state in states],
        "outage_stays": ["0.74" if state == "d" else "0.76" for state in states],
    }


def test_dropped_opening_is_caught_up_at_the_first_bar_up():
    # Down at 0 and 1, up at 2: ten sold at 105, two hours hedged. Meanwhile -10 missed
    # 110 - 100 and 105 - 110: -100 + 50. One signal at t0; opening and closing are orders.
    market = path(index=[100, 110, 105, 100, 100], **draws(*"dduuu"))
    outcome = run(market, VENUE, SPOT, Constant(D(1)), Once())
    assert_only(outcome, hedge_pnl=50)
    assert outcome["missed"] == -50
    assert outcome["bars_in_outage"] == 1  # bar 0 is not among 1..T
    assert counts(outcome) == (1, 2, 1)
    assert outcome["hours_hedged"] == 2


def test_venue_without_odds_is_never_down():
    market = path(index=[100, 110], **draws(*"dd"))
    outcome = run(market, replace(VENUE, outage_odds_per_day=D(0)), SPOT, Constant(D(1)), Once())
    assert (outcome["hours_hedged"], outcome["bars_in_outage"]) == (1, 0)


def test_odds_are_of_the_bar():
    # 12 a day are 0.25 in half an hour: 0.26 keeps it up, 0.24 does not.
    for draw, hours in (("0.26", "0.5"), ("0.24", 0)):
        market = path(index=[100, 110], bar_hours="0.5", outage_starts=[draw, 1])
        outcome = run(market, VENUE, SPOT, Constant(D(1)), Once())
        assert outcome["hours_hedged"] == D(hours)


def test_outage_lasts_a_bar_at_least_and_on_average_its_mean():
    # Mean 4 h on half-hour bars: eight bars, stays below 7/8. Mean 0.1 h: one bar, never stays.
    market = path(index=[100] * 4, bar_hours="0.5", outage_starts=["0.2", 1, 1, 1])
    stays = [replace(bar, outage_stays=D("0.87")) for bar in market.bars]
    market = replace(market, bars=tuple(stays))
    for mean, bars in ((4, 3), ("0.1", 0)):
        venue = replace(VENUE, outage_hours=D(mean))
        outcome = run(market, venue, SPOT, Constant(D(1)), Once())
        assert outcome["bars_in_outage"] == bars


def test_dropped_reopening_is_still_a_reopening_when_it_comes():
    # Due at 2, down; at 3 the clock is silent, but the whole hedge is closed and opened anew.
    timing = Schedule(every=D(2), hold=D(2), netting=False)
    market = path(index=[100] * 5, **draws(*"uuduu"))
    outcome = run(market, VENUE, SPOT, Constant(D(1)), timing)
    assert counts(outcome) == (2, 4, 2)
    assert outcome["missed"] == 0


def test_catching_up_takes_the_quantity_of_that_bar():
    # -10 is dropped at 0; at 1 the rule is silent, and would hold -4.
    market = path(index=[100, 100, 90], **draws(*"duu"))
    outcome = run(market, VENUE, SPOT, Constant(D(0)), Says(-10, (-4, None)))
    assert_only(outcome, holding_pnl=-100, hedge_pnl=40)
    assert counts(outcome) == (1, 2, 1)


def test_newer_order_replaces_what_waits():
    # Dropped at 0: -10, which misses -10 x (110 - 100). At 1: -5, which misses -5 x (130 - 110)
    # and at 2 -5 is what the rule would hold.
    market = path(index=[100, 110, 130, 130], **draws(*"dduu"))
    outcome = run(market, VENUE, SPOT, Constant(D(0)), Says(-10, -5, (-5, None)))
    assert outcome["missed"] == -200
    assert outcome["turnover"] == 2 * 5 * 130


def test_newer_fire_for_nothing_cancels_what_waits():
    # At 1 the rule wants to be flat, and is: at 2, up and silent, nothing is done.
    market = path(index=[100, 110, 130, 130], **draws(*"dduu"))
    outcome = run(market, VENUE, SPOT, Constant(D(0)), Says(-10, 0, (-10, None)))
    assert outcome["missed"] == -100
    assert counts(outcome) == (1, 0, 0)


def test_newer_fire_keeps_the_share_to_reopen_while_a_hedge_is_open():
    # Open -10 at 0. At 1 half is to be reopened: dropped. At 2 the rule is content, still down:
    # the half still waits. At 3: two orders of 5.
    market = path(index=[100] * 5, **draws(*"udduu"))
    outcome = run(market, VENUE, SPOT, Constant(D(0)), Says(-10, (-10, "0.5"), -10, (-10, None)))
    assert counts(outcome) == (3, 4, 2)
    assert outcome["turnover"] == 1000 + 500 + 500 + 1000


def test_silence_in_an_outage_keeps_what_waits():
    market = path(index=[100] * 4, **draws(*"dduu"))
    outcome = run(market, VENUE, SPOT, Constant(D(0)), Says(-10, (0, None), (-10, None)))
    assert counts(outcome) == (1, 2, 1)


def test_closing_at_the_end_is_never_dropped():
    market = path(index=[100, 110], **draws(*"ud"))
    outcome = run(market, VENUE, SPOT, Constant(D(1)), Once())
    assert counts(outcome) == (1, 2, 1)
    assert outcome["bars_in_outage"] == 1


def test_outage_stops_no_liquidation():
    # 320 + 1000 = 11 x 120.
    tier = (Tier(D("1e9"), D("0.1"), D(0), D(10)),)
    market = path(index=[100, 110], mark_high=[100, 125], **draws(*"ud"))
    book = replace(SPOT, hedge_collateral=D(320))
    outcome = run(market, replace(VENUE, hedge_tiers=tier), book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=100, hedge_pnl=-200)
    assert outcome["liquidations_of_hedge"] == 1


def test_hedge_of_a_liquidated_holding_waits_for_the_venue():
    # 100 coins on 1000, 4 %: gone at 93.75. The 100 short stay until bar 2, up, at 80, and miss
    # being bought at 92: 100 x (80 - 92).
    tier = (Tier(D("1e9"), D("0.04"), D(0), D(25)),)
    venue = replace(VENUE, holding_tiers=tier)
    book = replace(SPOT, holding="perp", leverage=D(10), hedge_collateral=D(10_000))
    market = path(index=[100, 92, 80, 70], mark_low=[100, 90, 80, 70], **draws(*"uduu"))
    outcome = run(market, venue, book, Constant(D(1)), Once())
    assert_only(outcome, holding_pnl=-625, hedge_pnl=2000)
    assert outcome["missed"] == -1200
    assert counts(outcome) == (1, 2, 1)


def test_order_of_a_hedge_that_stays_out_does_not_wait():
    # Liquidated at 1; its fire there is refused though the venue is down, and nothing is missed.
    tier = (Tier(D("1e9"), D("0.1"), D(0), D(10)),)
    market = path(index=[100, 110, 90, 90], mark_high=[100, 125, 110, 90], **draws(*"uduu"))
    book = replace(SPOT, hedge_collateral=D(320))
    timing = Schedule(every=D(1), hold=D(100), netting=True)
    outcome = run(market, replace(VENUE, hedge_tiers=tier), book, Constant(D(1)), timing)
    assert outcome["missed"] == 0
    assert counts(outcome) == (3, 1, 0)
