"""What a trade costs: one plain function per line of the ledger, costs positive [quote]."""

from hedgelab.kernels.records import Costs
from hedgelab.kernels.words import select, sqrt


def resting_share(held, target, venue):
    """What share of an order rests in the book: one that leaves less than was held closes."""
    closes = abs(target) < abs(held)
    return select(closes, venue.closing_maker_share, venue.maker_share)


def fee(notional, maker_share, venue):
    """Exchange fee on the traded notional; a rebate when the mixed rate is negative."""
    rate = maker_share * venue.maker_fee + (1.0 - maker_share) * venue.taker_fee
    return rate * notional


def half_spread_cost(taken, instrument, venue):
    """From mid to the quote, on the notional that takes liquidity."""
    return venue.spread_multiplier * instrument.half_spread * taken


def impact_cost(taken, instrument, venue):
    """Square-root law, Y x volatility x sqrt(size / volume) of one bar, on what takes."""
    share_of_volume = taken / (venue.depth * instrument.volume)
    return venue.impact * instrument.sigma * sqrt(share_of_volume) * taken


def delay_cost(bought, instrument, delay_noise, venue):
    """Price move from decision to fill of a signed purchase; a share is always against us."""
    move = instrument.sigma * sqrt(venue.delay)
    against = venue.adverse * abs(delay_noise) * abs(bought)
    return move * (against + (1.0 - venue.adverse) * delay_noise * bought)


def trade_costs(quantity, instrument, delay_noise, maker_share, venue):
    """All four for buying `quantity` (negative: selling) at the close mark."""
    bought = quantity * instrument.mark
    notional = abs(bought)
    taken = (1.0 - maker_share) * notional
    return Costs(
        fee(notional, maker_share, venue),
        half_spread_cost(taken, instrument, venue),
        impact_cost(taken, instrument, venue),
        delay_cost(bought, instrument, delay_noise, venue),
    )


def total(costs):
    """Sum of the four."""
    return (costs.fee + costs.half_spread) + (costs.impact + costs.delay)


def add(costs, more):
    """Costs so far and those of one more trade."""
    return Costs(
        costs.fee + more.fee,
        costs.half_spread + more.half_spread,
        costs.impact + more.impact,
        costs.delay + more.delay,
    )
