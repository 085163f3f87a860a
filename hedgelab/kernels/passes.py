"""Passes over a tile of bars, built from plain functions.

A *pass* reads a tile of bars for a block of paths.  All passes have one signature,

    (parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane)

so that one driver calls any of them: the market fills the tile, the venue adds its noise, each
distinct target writes a row of hedge ratios, each timing rule runs the ledger, which calls the
venue's margin test, one of `others`, where it may find something.  `slots` hold what a pass
remembers from tile to tile, `memory` its delayed fields, `wanted` the row of ratios (of the market
and the venue: their random words).  A pass built with width 0 is plain Python, or compiled for one
path.
"""

import functools

from hedgelab.kernels import ledger
from hedgelab.kernels.elementary import next_word, normal_pair, uniform
from hedgelab.kernels.layout import (
    bar_access,
    codec,
    kinds_of,
    market_fields,
    memory_access,
    n_delayed,
    n_slots,
    tile_fields,
)
from hedgelab.kernels.liquidation import CLOSE, EXTREMES, margin_test
from hedgelab.kernels.margin import TIER, margin_of
from hedgelab.kernels.records import Account, Book, Clock, Decision, Place, Venue
from hedgelab.kernels.steering import STEERED, told
from hedgelab.kernels.words import as_number, as_words, call

HOURS_PER_WEEK = 168
MINUTES_PER_HOUR = 60.0


def ring_of(state_type):
    """Length of a rule's ring of past values, as a function of its parameters."""
    if not n_delayed(state_type):
        return lambda rule: 1
    if state_type._fields != STEERED:
        return lambda rule: int(rule.lookback)
    if n_delayed(kinds_of(state_type)["aim"]):
        return lambda rule: int(rule.aim.lookback)
    return lambda rule: int(rule.act.lookback)


@functools.cache
def draw(count):
    """A function that takes the next `count` words of a stream, and the stream after them."""
    lines = ["def drawn(a, b, c, d):"]
    lines += [f"    w{k}, a, b, c, d = next_word(a, b, c, d)" for k in range(count)]
    words = ", ".join(f"w{k}" for k in range(count))
    lines.append(f"    return ({words},), a, b, c, d")
    scope = {"next_word": next_word, "__name__": __name__}
    exec("\n".join(lines), scope)
    return scope["drawn"]


def stream_access(width, stride):
    """Load and store the four words of a block's random streams."""
    load, store, _, _ = memory_access(width)

    def load_stream(words, lane):
        return (
            as_words(load(words, lane)),
            as_words(load(words, stride + lane)),
            as_words(load(words, 2 * stride + lane)),
            as_words(load(words, 3 * stride + lane)),
        )

    def store_stream(words, lane, a, b, c, d):
        store(words, lane, as_number(a))
        store(words, stride + lane, as_number(b))
        store(words, 2 * stride + lane, as_number(c))
        store(words, 3 * stride + lane, as_number(d))

    return load_stream, store_stream


# -- markets -------------------------------------------------------------------------------------
def one_season(profile, hour):
    """The hour-of-week factor of a coin."""
    return profile[hour]


def two_seasons(profile, hour):
    """The hour-of-week factors of two coins, which lie one behind the other."""
    return profile[hour], profile[hour + HOURS_PER_WEEK]


def law_pass(law_function, law_type, state_type, n_words, coins, fills_tile, width, stride):
    """A market law.  Behind its parameters lie a `Clock` and each coin's 168 hour-of-week factors.

    With `fills_tile` false the law only runs, so that its state tells variance and return of a
    path.
    """
    load_law, load_clock = codec(law_type, 0, 1).load, codec(Clock, 0, 1).load
    load_state, store_state, settle, recall, remember = codec(state_type, width, stride)
    load_stream, store_stream = stream_access(width, stride)
    _, store_market = bar_access(width, stride, coins)
    seasons = two_seasons if coins == 2 else one_season
    clock_at = n_slots(law_type)
    profile_at = clock_at + n_slots(Clock)
    row = len(tile_fields(coins)) * stride
    ring_length = ring_of(state_type)
    drawn = draw(n_words)

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        law, clock = load_law(parameters, 0), load_clock(parameters, clock_at)
        state = load_state(slots, lane)
        a, b, c, d = load_stream(wanted, lane)
        hours = clock.bar_minutes / MINUTES_PER_HOUR
        lookback = ring_length(law)
        now = first_bar % lookback
        # a bar's season is that of the hour in which it opens
        hour = (int(clock.start_minute) // 60 + first_bar - 1) % HOURS_PER_WEEK
        for step in range(n_bars):
            draws, a, b, c, d = drawn(a, b, c, d)
            season = seasons(parameters, profile_at + hour)
            past = now * stride + lane
            state = recall(state, memory, past, lookback * stride)
            market, state = law_function((first_bar + step) * hours, season, state, draws, law)
            remember(state, memory, past, lookback * stride)
            state = settle(state)
            if fills_tile:
                store_market(tile, (step + 1) * row + lane, market)
            now = now + 1 if now + 1 < lookback else 0
            hour = hour + 1 if hour + 1 < HOURS_PER_WEEK else 0
        store_state(slots, lane, state)
        store_stream(wanted, lane, a, b, c, d)

    return run


def replay_pass(coins, stride):
    """Windows of recorded bars: a gather; slot 0 is the row of a window's bar 0."""
    n_recorded, n_fields = len(market_fields(coins)), len(tile_fields(coins))

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        for step in range(n_bars):
            for field in range(n_recorded):
                target = ((step + 1) * n_fields + field) * stride
                for each in range(stride):  # lanes innermost: whole cache lines are written
                    recorded_row = int(slots[each]) + first_bar + step
                    tile[target + each] = parameters[recorded_row * n_recorded + field]

    return run


def noise_pass(coins, width, stride):
    """The venue's own noise: a fixed number of draws a bar, whatever is done with them."""
    _, store, _, _ = memory_access(width)
    load_stream, store_stream = stream_access(width, stride)
    row = len(tile_fields(coins)) * stride
    first = len(market_fields(coins)) * stride
    drawn = draw(4)

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        a, b, c, d = load_stream(wanted, lane)
        for step in range(n_bars):
            (word_1, word_2, word_3, word_4), a, b, c, d = drawn(a, b, c, d)
            delay_noise, _ = normal_pair(word_1, word_2)
            at = (step + 1) * row + first + lane
            store(tile, at, delay_noise)
            store(tile, at + stride, uniform(word_3))
            store(tile, at + 2 * stride, uniform(word_4))
        store_stream(wanted, lane, a, b, c, d)

    return run


def silent_pass(coins, width, stride):
    """No noise: its fields of the tile stay 0, for venues that neither delay nor fail."""

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        pass

    return run


# -- rules ---------------------------------------------------------------------------------------
def target_pass(target, rule_type, state_type, coins, width, stride):
    """How much: the hedge ratio of every bar of the tile."""
    load_rule, load_clock = codec(rule_type, 0, 1).load, codec(Clock, 0, 1).load
    load_state, store_state, settle, recall, remember = codec(state_type, width, stride)
    load_bar, _ = bar_access(width, stride, coins)
    _, store, number, _ = memory_access(width)
    clock_at = n_slots(rule_type)
    row = len(tile_fields(coins)) * stride
    ring_length = ring_of(state_type)

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        rule, clock = load_rule(parameters, 0), load_clock(parameters, clock_at)
        state = load_state(slots, lane)
        hours = clock.bar_minutes / MINUTES_PER_HOUR
        lookback = ring_length(rule)
        now = first_bar % lookback
        for step in range(n_bars):
            bar = load_bar(tile, (step + 1) * row + lane, (first_bar + step) * hours, hours)
            past = now * stride + lane
            ratio, state = target(bar, recall(state, memory, past, lookback * stride), rule)
            remember(state, memory, past, lookback * stride)
            state = settle(state)
            store(wanted, step * stride + lane, number(ratio))
            now = now + 1 if now + 1 < lookback else 0
        store_state(slots, lane, state)

    return run


BOOK_AT = n_slots(Venue)
CLOCK_AT = BOOK_AT + n_slots(Book)
TIERS_AT = CLOCK_AT + n_slots(Clock)


def margin_pass(coins, width, stride):
    """The venue's margin test of some lanes in the middle of a bar, called by ledger passes.

    Its `first_bar` is twice the bar of the tile, plus which of the bar's two tests it is.
    """
    load_account, store_account, _, _, _ = codec(Account, width, stride)
    load_venue, load_book = codec(Venue, 0, 1).load, codec(Book, 0, 1).load
    load_bar, _ = bar_access(width, stride, coins)
    row = len(tile_fields(coins)) * stride

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        venue, book = load_venue(parameters, 0), load_book(parameters, BOOK_AT)
        margin = margin_of(parameters, TIERS_AT, n_tiers, book.capital * book.leverage)
        step, account = first_bar // 2, load_account(slots, lane)
        bar = load_bar(tile, (step + 1) * row + lane, 0.0, 0.0)
        if first_bar % 2 == EXTREMES:
            before = load_bar(tile, step * row + lane, 0.0, 0.0)
            account = margin_test(EXTREMES, before, bar, account, venue, book, margin)
        else:
            account = margin_test(CLOSE, bar, bar, account, venue, book, margin)
        store_account(slots, lane, account)

    run.at_lane = True
    return run


def ledger_pass(timing, rule_type, state_type, coins, width, stride):
    """When, and the whole ledger of one hedge.  Parameters: venue, book, clock, tiers, rule."""
    settle_decision = codec(Decision, width, stride).settle
    load_account, store_account, settle_account, _, _ = codec(Account, width, stride)
    load_state, store_state, settle_state, recall, remember = codec(state_type, width, stride)
    load_rule, load_venue, load_book, load_clock = (
        codec(record, 0, 1).load for record in (rule_type, Venue, Book, Clock)
    )
    load_bar, _ = bar_access(width, stride, coins)
    load_ratio, _, _, _ = memory_access(width)

    def decide(bar, position, wanted, state, rule):
        decision, state = timing(bar, position, wanted, state, rule)
        return settle_decision(told(decision, wanted)), settle_state(state)

    own = 0 if width else 1  # which margin test is as wide as this pass

    def test_margin(test, then, bar, account, venue, book, margin, place):
        store_account(place.slots, place.lane, account)
        parameters, others, slots, memory, wanted, tile, n_tiers, step, lane = place
        call(
            others[own],
            parameters,
            others,
            slots,
            memory,
            wanted,
            tile,
            n_tiers,
            2 * step + test,
            lane,
        )
        return load_account(slots, lane)

    step_bar = ledger.make_step(decide, test_margin, coins)
    row = len(tile_fields(coins)) * stride
    state_at = n_slots(Account) * stride
    ring_length = ring_of(state_type)

    def run(parameters, others, slots, memory, wanted, tile, n_tiers, first_bar, n_bars, lane):
        venue, book = load_venue(parameters, 0), load_book(parameters, BOOK_AT)
        clock = load_clock(parameters, CLOCK_AT)
        rule = load_rule(parameters, TIERS_AT + 2 * n_tiers * TIER)
        account, state = load_account(slots, lane), load_state(slots, state_at + lane)
        hours, last = clock.bar_minutes / MINUTES_PER_HOUR, int(clock.last_bar)
        bar_minutes, interval = int(clock.bar_minutes), int(venue.funding.interval)
        minute = int(clock.start_minute) + first_bar * bar_minutes
        since_stamp = (minute - int(venue.funding.first)) % interval
        lookback = ring_length(rule)
        now = first_bar % lookback
        margin = margin_of(parameters, TIERS_AT, n_tiers, book.capital * book.leverage)
        for step in range(n_bars):
            number = first_bar + step
            before = load_bar(tile, step * row + lane, (number - 1) * hours, hours)
            bar = load_bar(tile, (step + 1) * row + lane, number * hours, hours)
            ratio = load_ratio(wanted, step * stride + lane)
            at_stamp = (since_stamp == 0) | venue.funding.realised
            past = now * stride + lane
            state = recall(state, memory, past, lookback * stride)
            account, state = step_bar(
                before,
                bar,
                number,
                last,
                at_stamp,
                ratio,
                account,
                state,
                rule,
                venue,
                book,
                margin,
                Place(parameters, others, slots, memory, wanted, tile, n_tiers, step, lane),
            )
            remember(state, memory, past, lookback * stride)
            account, state = settle_account(account), settle_state(state)
            now = now + 1 if now + 1 < lookback else 0
            since_stamp = since_stamp + bar_minutes
            if since_stamp >= interval:  # bars no longer than the interval
                since_stamp = since_stamp - interval
        store_account(slots, lane, account)
        store_state(slots, state_at + lane, state)

    return run
