"""Small round bars for arithmetic on paper."""

from hedgelab.kernels.records import Bar, FundingRule, Instrument, Venue

FREE = Venue(maker_fee=0.0, taker_fee=0.0, spread_multiplier=0.0, impact=0.0)
NO_FUNDING = FundingRule(interest=0.0, dead_zone=0.0, cap=0.0)


def coin(index=100.0, mark=None, **fields):
    """Return one coin at the close of a bar; its mark is its index unless given."""
    mark = index if mark is None else mark
    values = dict.fromkeys(Instrument._fields, 0.0)
    prices = {"mark_open": mark, "mark_high": mark, "mark_low": mark, "basis": mark / index - 1.0}
    values |= {"index": index, "mark": mark, "volume": 1e9} | prices | fields
    return Instrument(**values)


def bar(time=0.0, instrument=None, delay_noise=0.0, hours=1.0):
    """Return a bar of one coin."""
    instrument = coin() if instrument is None else instrument
    return Bar(float(time), hours, instrument, instrument, 1.0, delay_noise, 0.5, 0.5)
