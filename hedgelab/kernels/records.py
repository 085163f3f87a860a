"""What the plain functions read and return: records of numbers, conditions and records.

Prices are in quote per base, quantities in base and long positive, rates per bar unless said
otherwise.  Gains are positive in `Gains`, costs are positive in `Costs`.
"""

from typing import NamedTuple


class delayed(float):
    """A state field read as it was `rule.lookback` bars ago, and written with today's value.

    It reads 0 until so many bars have passed; its default is not used.
    """


class Instrument(NamedTuple):
    """One coin at the close of a bar: its index (spot) and its perpetual's mark."""

    index: float  # spot mid [quote/base]
    index_return: float  # log return of the index over the bar [1]
    mark: float  # venue's fair price of the perpetual [quote/base]
    mark_return: float  # log return of the mark over the bar [1]
    mark_open: (
        float  # first mark of the bar, beyond the last close when the price gapped [quote/base]
    )
    mark_high: float  # [quote/base]
    mark_low: float  # [quote/base]
    basis: float  # mark / index - 1 [1]
    premium: float  # weighted mean of the last eight hourly bases, heaviest on the latest [1]
    funding: float  # rate recorded by the venue of a history, 0 where none was paid [1/interval]
    half_spread: float  # half the quoted spread over mid [1]
    sigma: float  # standard deviation of one bar's return [1]
    volume: float  # traded in the bar [quote]


class Coins(NamedTuple):
    """Two coins at the close of a bar."""

    holding: Instrument
    hedge: Instrument


class Bar(NamedTuple):
    """Everything known at the close of one bar."""

    time: float  # hours since t0; negative while memories warm up [h]
    hours: float  # length of the bar [h]
    holding: Instrument  # what is protected
    hedge: Instrument  # what it is hedged with
    relative: float  # index of the holding over index of the hedge, the literal 1 for one coin [1]
    # of the venue's own stream; all 0 in a run whose venues neither delay nor fail
    delay_noise: float  # standard normal [1]
    outage_starts: float  # uniform [1]
    outage_stays: float  # uniform [1]


class Position(NamedTuple):
    """What a rule may know about the account it steers."""

    quantity: float  # of the hedge, short negative [base]
    holding: float  # quantity protected [base]
    is_open: bool
    pnl: float  # of the hedge since it was last opened, costs and funding included [quote]
    equity: float  # of the whole account [quote]
    peak: float  # highest equity so far [quote]
    holding_value: float  # quantity protected x its price [quote]
    distance: float  # relative move against the holding that liquidates it [1]


class Decision(NamedTuple):
    """What a timing rule answers at the close of a bar."""

    fires: bool  # send an order now?
    quantity: float  # hedge wanted now, whether or not it fires [base]
    reopen: float  # share of the hedge closed and opened anew; 0 trades the difference [1]


class FundingRule(NamedTuple):
    """How a venue turns premium into a payment."""

    interval: float = 480.0  # between stamps [minutes]
    first: float = 0.0  # minute of the day of one of them [minutes]
    interest: float = 1e-4  # [1 per 8 h]
    dead_zone: float = (
        5e-4  # premium may differ by so much from the interest before the rate moves [1]
    )
    cap: float = 3e-3  # [1 per 8 h]
    last_premium: bool = False  # the last hour's premium, not the mean of eight
    on_index: bool = False  # paid on the index (oracle) price, not the mark
    realised: bool = False  # pay the rate that a history recorded


class Venue(NamedTuple):
    """What trading costs on one venue."""

    maker_fee: float = 2e-4  # [1] of notional; negative is a rebate
    taker_fee: float = 5e-4  # [1] of notional
    maker_share: float = 0.0  # of the notional of orders that open or add, filled by resting [1]
    closing_maker_share: float = 0.0  # the same of orders that close or take off [1]
    spread_multiplier: float = 1.0
    impact: float = 1.0  # Y of the square-root law [1]
    depth: float = 1.0  # venue's volume over the market's [1]
    delay: float = 0.0  # from decision to fill [bar]
    adverse: float = 0.0  # share of the move during the delay that is against us [1]
    funding: FundingRule = FundingRule()
    liquidation_fee: float = 0.0  # [1] of liquidated notional
    outage_starts: float = 0.0  # odds in a bar that the venue goes down [1]
    outage_stays: float = 0.0  # odds that it stays down another bar [1]


class Book(NamedTuple):
    """What is protected, and with what money."""

    capital: float = 100_000.0  # [quote]
    leverage: float = 1.0  # holding notional over capital [1]
    collateral: float = 50_000.0  # extra money behind the hedge [quote]
    collateral_yield: float = 0.0  # [1/year]
    perp_holding: bool = False  # held as a perpetual: it pays funding and has a basis
    cross: bool = False  # one account for all legs, not a margin of its own for each
    hedge_leverage: float = 0.0  # entry notional over the hedge's margin; 0 gives it all [1]
    spot_weight: float = 0.0  # share of a spot holding that counts as margin in cross [1]
    only_at_close: bool = False  # margin is tested at closes alone
    reopens: bool = False  # a liquidated hedge may be opened again


class Clock(NamedTuple):
    """What a pass must know of time."""

    bar_minutes: float = 60.0
    start_minute: float = 0.0  # of the week, Monday 00:00 UTC being 0, at the close of bar 0
    last_bar: float = 1008.0


class Gate(NamedTuple):
    """The one tier of a coin that settles all but a few bars."""

    floor: float  # smallest notional that falls in it [quote]
    cap: float  # largest [quote]
    rate: float  # maintenance margin, and no lower tier asks for more [1]
    amount: float  # subtracted inside the tier [quote]
    leverage: float  # largest, and no lower tier allows less [1]


class Margin(NamedTuple):
    """What a pass must know of a venue's tiers, four numbers each (`kernels.margin`)."""

    tiers: object  # memory that holds them
    hedge: int  # where those of the hedge begin
    holding: int  # where those of the holding begin, and the hedge's end
    end: int
    hedge_gate: Gate
    holding_gate: Gate


class Place(NamedTuple):
    """Where a pass is, for another that it calls in the middle of a bar."""

    parameters: object
    others: object
    slots: object
    memory: object
    wanted: object
    tile: object
    n_tiers: int
    step: int  # bar of the tile
    lane: int


class Leg(NamedTuple):
    """One side of the account; its balance is `cash + quantity * price`."""

    quantity: float  # [base]
    cash: float  # [quote]


class Gains(NamedTuple):
    """Lines of the ledger that move every bar [quote]."""

    holding_pnl: float = 0.0
    hedge_pnl: float = 0.0
    basis_pnl: float = 0.0
    funding: float = 0.0
    financing: float = 0.0


class Costs(NamedTuple):
    """Lines that move when something is traded [quote]."""

    fee: float = 0.0
    half_spread: float = 0.0
    impact: float = 0.0
    delay: float = 0.0


class Liquidations(NamedTuple):
    """Lines that move when a venue closes a leg, and how near it came to that."""

    fee: float = 0.0  # cost [quote]
    relief: float = 0.0  # loss beyond the margin that the venue absorbs, gain [quote]
    of_hedge: float = 0.0
    of_holding: float = 0.0
    smallest_distance: float = 1e9  # relative move of the mark that would have liquidated [1]


class Allowance(NamedTuple):
    """What the venue lets the hedge do."""

    wallet: float = 0.0  # behind the hedge, beside the margin of its leg [quote]
    stays_out: bool = False  # liquidated, not to be opened again
    cut: float = 0.0  # orders for which the margin was too small


class Outage(NamedTuple):
    """Whether the venue is down, and the order that waits until it is up."""

    is_down: bool = False
    waits: float = 0.0  # purchase that was dropped and is still wanted [base]
    waits_reopen: float = 0.0  # share of the hedge to be closed and opened anew with it [1]
    bars_down: float = 0.0
    missed: float = 0.0  # what waiting orders would have earned [quote]


class Orders(NamedTuple):
    """What was asked for and what was traded."""

    signals: float = 0.0  # fires that ask for a position
    orders: float = 0.0  # fills
    round_trips: float = 0.0
    turnover: float = 0.0  # traded notional [quote]
    opened_balance: float = 0.0  # of the hedge leg before it was last opened [quote]


class Exposure(NamedTuple):
    """How long and how much was hedged, and what equity went through."""

    bars_hedged: float = 0.0
    bars_without: float = 0.0  # that began without a holding, once it is liquidated
    hedged: float = 0.0  # sum over bars of coins of the holding that the hedge offsets [base]
    equity: float = 0.0  # from cash and positions, never from the lines [quote]
    peak: float = 0.0  # [quote]
    max_drawdown: float = 0.0  # fall from the running peak over that peak [1]


class Account(NamedTuple):
    """The whole state of one hedge on one path."""

    holding: Leg
    hedge: Leg
    gains: Gains
    costs: Costs
    liquidations: Liquidations
    allowance: Allowance
    outage: Outage
    orders: Orders
    exposure: Exposure


class NoState(NamedTuple):
    """State of a rule that remembers nothing (one unused slot keeps the record non-empty)."""

    nothing: float = 0.0


def opening_account(book):
    """The account before t0: money, and nothing bought."""
    equity = book.capital + book.collateral
    return Account(
        holding=Leg(0.0, book.capital),
        hedge=Leg(0.0, book.collateral),
        gains=Gains(),
        costs=Costs(),
        liquidations=Liquidations(),
        allowance=Allowance(),
        outage=Outage(),
        orders=Orders(),
        exposure=Exposure(equity=equity, peak=equity),
    )
