"""Hedges and books that make no sense are refused where they are made, in one line."""

import numpy as np
import pytest

import hedgelab as hl
from hedgelab.errors import ParameterError

NAN = float("nan")


@pytest.mark.parametrize(
    ("how_much", "when", "message"),
    [
        (
            hl.Constant(75),
            hl.Once(),
            "ratio is 75, Constant; use -10 to 10; 0.75 is three quarters",
        ),
        (hl.Constant("0.75"), hl.Once(), "ratio is '0.75', not a number"),
        (hl.Constant(NAN), hl.Once(), "ratio is nan"),
        (hl.MinimumVariance(lookback=0), hl.Once(), "lookback is 0"),
        (hl.Constant(1.0), hl.Schedule(every="4h"), "every is '4h', not a number"),
        (hl.Constant(1.0), hl.Schedule(every=0), "every is 0"),
        (hl.Constant(1.0), hl.Schedule(4, 24, False, 1.5), "use a whole number"),
        (hl.Constant(1.0), hl.Schedule(4, 24, False, 3), "hold each for tranches x every = 12 h"),
        (hl.Constant(1.0), hl.VolatilityTrigger(enter=0.3, exit=0.4), "exit 0.4 is above enter"),
        (hl.KeepLeverage(500), hl.Once(), "leverage is 500"),
        (hl.MarginAware(0.2, 0.1, 0.3), hl.Once(), "danger 0.3 is not below calm 0.1"),
        (hl.VolatilityTarget(-0.1), hl.Once(), "level is -0.1"),
        (hl.Constant(1.0), hl.PartialAdjustment(0.0), "rate is 0"),
        (hl.Constant(1.0), hl.StopLoss(drawdown=2.0), "drawdown is 2"),
        (hl.Once(), hl.Once(), "how_much takes a target"),
        (hl.Constant(1.0), hl.Constant(1.0), "when takes a timing rule"),
        (0.75, hl.Once(), "0.75 is not a function"),
        (hl.Constant(True), hl.Once(), "ratio is True, not a number"),
    ],
)
def test_a_hedge_that_makes_no_sense_is_refused_in_one_line(how_much, when, message):
    with pytest.raises(ParameterError, match=message) as caught:
        hl.Hedge(how_much, when, "x")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"half_width": -0.1}, "half_width is -0.1, Band; use 0 to 10 or optimal"),
        ({"half_width": "wide"}, "half_width is 'wide'"),
        ({"half_width": NAN}, "half_width is nan"),
        ({"half_width": None}, "half_width is None"),
        ({"to": "middle"}, "to is 'middle', Band; use edge or centre"),
        ({"lookback": 0.0}, "lookback is 0, Band; use 1e-09 to 1e"),
        ({"lookback": "x"}, "lookback is 'x', not a number, Band"),
        ({"half_width": True}, "half_width is True, not a number"),
    ],
)
def test_a_band_that_makes_no_sense_is_refused_in_one_line(settings, message):
    with pytest.raises(ParameterError, match=message) as caught:
        hl.Band(**settings)
    assert "\n" not in str(caught.value)


def test_a_hedge_without_a_name_is_refused():
    with pytest.raises(ParameterError, match="give it one"):
        hl.Hedge(hl.Constant(1.0), hl.Once(), " ")
    with pytest.raises(ParameterError, match="int is not a str, Hedge; give a str as its name"):
        hl.Hedge(hl.Constant(1.0), hl.Once(), 5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"capital": "100000"}, "capital is '100000', not a number"),
        ({"capital": 0}, "capital is 0"),
        ({"capital": NAN}, "capital is nan"),
        ({"leverage": 2.0}, "a spot holding has at most 1"),
        ({"leverage": 126.0, "holding": "perp"}, "use 0.0001 to 125"),
        ({"leverage": 1e-6}, "leverage is 1e-06, Book; use 0.0001 to 1"),
        ({"capital": True}, "capital is True, not a number"),
        # cash of 1e15 is told to an eighth of a dollar: it hides what a holding of 1e5 does
        ({"hedge_collateral": 1e15}, "hedge_collateral is 1e.15, Book; use 0 to 1e.09"),
        ({"holding": "futures"}, "use spot or perp"),
        ({"hedge_collateral": -1.0}, "hedge_collateral is -1"),
        ({"margin_mode": "portfolio"}, "margin_mode is 'portfolio', Book; use isolated or cross"),
        ({"after_liquidation": "again"}, "after_liquidation is 'again', Book; use stay_out or re"),
        ({"liquidation": "never"}, "liquidation is 'never', Book; use intrabar or close"),
        ({"hedge_leverage": 0.0}, "hedge_leverage is 0, Book; use 0.001 to 125"),
        ({"hedge_leverage": NAN}, "hedge_leverage is nan"),
        ({"hedge_leverage": True}, "hedge_leverage is True, not a number"),
        ({"hedge_leverage": 5.0, "margin_mode": "cross"}, "hedge_leverage is 5 in cross mode"),
        ({"spot_collateral_weight": 1.5}, "spot_collateral_weight is 1.5, Book; use 0 to 1"),
        ({"risk_aversion": -1.0}, "risk_aversion is -1"),
    ],
)
def test_a_book_that_makes_no_sense_is_refused_in_one_line(settings, message):
    with pytest.raises(ParameterError, match=message) as caught:
        hl.Book(**settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [np.int16, np.int64])
def test_whole_numbers_of_numpy_are_whole_numbers(kind):
    assert hl.Schedule(every=kind(4), hold=kind(24), netting=True) == hl.Schedule(4, 24, True)
    assert hl.Book(capital=kind(1000)) == hl.Book(capital=1000)
    assert hl.scenarios.gbm(n_bars=kind(24), n_paths=kind(3)).n_paths == 3


def test_numbers_of_numpy_are_numbers():
    assert hl.Book(capital=np.float32(1000.0)) == hl.Book(capital=1000.0)


def test_half_the_holding_lies_behind_the_hedge_unless_told():
    assert hl.Book(capital=1000.0, leverage=3.0, holding="perp").hedge_money == 1500.0
    assert hl.Book(capital=1000.0, hedge_collateral=7.0).hedge_money == 7.0


@pytest.mark.parametrize("ratio", [0.25, 1.0])
def test_the_cast_is_hedged_by_the_ratio_it_is_given(ratio):
    cast = hl.presets.article(ratio)
    assert [hedge.how_much.ratio for hedge in cast] == [0.0, *[ratio] * 5]
    assert {hedge.name for hedge in cast} >= {
        "unhedged",
        "one-day",
        "72-hour",
        "threshold",
        "stop-loss",
    }


def test_a_ledger_names_itself_and_its_columns():
    market = hl.scenarios.gbm(n_bars=24, n_paths=3)
    run = hl.simulate(market, hl.presets.static(), venue="binance")
    assert repr(run) == "Ledger of static: 3 paths of 0.142857 weeks, market gbm, $100,000"
    with pytest.raises(KeyError, match="there are bankruptcy_relief"):
        run["pnl"]
