"""Real prices: what is read, what is refused, and which windows a history gives."""

import csv
import gzip
import math
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hedgelab import history
from hedgelab.errors import DataError, ParameterError
from hedgelab.market import INSTRUMENT_FIELDS
from tests.prices import HEADER, as_gzip, as_parquet, cell, hourly, written

REAL = Path(__file__).parents[2] / "shared" / "data" / "BTCUSDT-1h-2020-2025.csv.gz"


# --- what is read ---


def test_a_bar_is_named_by_its_close_and_funding_keeps_its_time(tmp_path):
    prices = history.load(written(tmp_path, hourly(30)))
    labels = prices.times.astype("datetime64[h]").astype(str)
    # the row that opens at 07:00 is bar 08:00; the rate on the row that opens at 08:00 (the ninth,
    # 1e-4 + 1e-5 x (8 % 3) = 1.2e-4) is paid there
    assert labels[7] == "2024-01-01T08"
    funding = dict(zip(labels, prices.bars["funding"], strict=True))
    assert funding["2024-01-01T08"] == 1.2e-4
    assert funding["2024-01-01T09"] == 0.0
    assert funding["2024-01-01T16"] == 1.1e-4
    assert {label[-2:] for label, rate in funding.items() if rate} == {"00", "08", "16"}


def test_a_file_labelled_by_its_closes_keeps_its_times(tmp_path):
    path = written(tmp_path, hourly(30))
    by_close = history.load(path, label="close")
    assert by_close.times[0] == np.datetime64("2024-01-01T00")
    assert by_close.bars["funding"][8] == 1.2e-4
    assert "labelled by their close" in by_close.quality.notes[0]
    with pytest.raises(ParameterError, match="label is 'left'"):
        history.load(path, label="left")


def test_the_fields_by_hand(tmp_path):
    rows = hourly(40)
    fields = history.load(written(tmp_path, rows)).bars.to_numpy()
    got = dict(zip(INSTRUMENT_FIELDS, fields[33], strict=True))
    mark, index = ([float(r[HEADER.index(c)]) for r in rows] for c in ("mark_close", "spot_close"))
    basis = [m / i - 1 for m, i in zip(mark, index, strict=True)]
    assert got["mark"] == mark[33]
    assert got["mark_open"] == mark[32]
    assert got["mark_high"] == max(mark[32], mark[33]) + 20
    assert got["mark_low"] == min(mark[32], mark[33]) - 20
    assert got["index"] == index[33]
    assert_allclose(got["index_return"], math.log(index[33] / index[32]), rtol=1e-12)
    assert_allclose(got["mark_return"], math.log(mark[33] / mark[32]), rtol=1e-12)
    assert_allclose(got["basis"], basis[33], rtol=1e-12)
    premium = sum(i * basis[33 - 8 + i] for i in range(1, 9)) / 36
    assert_allclose(got["premium"], premium, rtol=1e-12)
    assert_allclose(got["half_spread"], 0.05 / mark[33], rtol=1e-12)
    assert got["volume"] == (5 + 33 % 4) * mark[33]  # perp volume x perp close, here = mark
    # exponentially weighted, span 24 (alpha 2/25), from the mean square of the first 24 returns
    squares = [math.log(b / a) ** 2 for a, b in pairwise(index)]
    variance = sum(squares[:24]) / 24
    for square in squares[24:33]:
        variance += 2 / 25 * (square - variance)
    assert_allclose(got["sigma"], math.sqrt(variance), rtol=1e-12)


def test_a_plain_file_stands_for_mark_and_index_alike(tmp_path):
    columns = ("time", "mark_open", "mark_high", "mark_low", "mark_close", "perp_volume")
    rows = [[row[HEADER.index(c)] for c in columns] + ["x"] for row in hourly(60)]
    header = ["Open Time", "Open", "HIGH", "low", "Close_Price", "Volume", "trades"]
    prices = history.load(written(tmp_path, rows, header))
    assert_array_equal(prices.bars["mark"], prices.bars["index"])
    assert not prices.bars["funding"].any()
    notes = " | ".join(prices.quality.notes)
    for words in ("basis is zero", "none in the file", "no mark columns", "not used: trades"):
        assert words in notes
    assert not prices.bars.to_numpy()[:, INSTRUMENT_FIELDS.index("premium")].any()


def with_bom(folder, rows):
    path = folder / "bom.csv"
    path.write_bytes(b"\xef\xbb\xbf" + written(folder, rows).read_bytes().replace(b"\n", b"\r\n"))
    return path


def in_utf_16(folder, rows):
    path = written(folder, rows)
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    return path


def with_decimal_commas(folder, rows):
    rows = [[row[0], *(value.replace(".", ",") for value in row[1:])] for row in rows]
    return written(folder, rows, delimiter=";")


def in_ticks(per_second):
    def write(folder, rows):
        seconds = [int(datetime.fromisoformat(row[0]).timestamp()) for row in rows]
        times = [str(s * per_second) if per_second else f"{s}.0" for s in seconds]
        return written(folder, [[t, *row[1:]] for t, row in zip(times, rows, strict=True)])

    return write


def with_offsets(folder, rows):
    times = [datetime.fromisoformat(row[0]) + timedelta(hours=2) for row in rows]
    zoned = [t.strftime("%Y-%m-%d %H:%M:%S+02:00") for t in times]
    return written(folder, [[t, *row[1:]] for t, row in zip(zoned, rows, strict=True)])


@pytest.mark.parametrize(
    "other",
    [
        as_gzip,
        as_parquet,
        with_bom,
        in_utf_16,
        with_decimal_commas,
        with_offsets,
        *(in_ticks(per_second) for per_second in (0, 1, 10**3, 10**6, 10**9)),
        *(lambda f, r, d=d: written(f, r, delimiter=d) for d in (";", "\t", "|")),
    ],
)
def test_every_way_to_write_the_same_prices_reads_the_same(other, tmp_path):
    rows = cell(hourly(400), 50, "spot_close", "")
    plain = history.load(written(tmp_path, rows))
    read = history.load(other(tmp_path, rows))
    assert read.quality.digest == plain.quality.digest
    assert_array_equal(read.times, plain.times)
    assert read.quality.missing == 1


def test_the_digest_sees_one_changed_cell(tmp_path):
    rows = hourly(200)
    before = history.load(written(tmp_path, rows)).quality.digest
    after = history.load(written(tmp_path, cell(rows, 90, "funding_rate", "-0.0001"))).quality
    assert after.digest != before


def test_the_price_step_is_seen_and_stated(tmp_path):
    seen = history.load(written(tmp_path, hourly(60)))
    assert_allclose(seen.bars["half_spread"], 0.05 / seen.bars["mark"], rtol=1e-12)
    assert "half a price step of 0.1" in seen.quality.notes[-1]


def test_prices_without_a_step_get_the_stated_default(tmp_path):
    rows = hourly(60)
    for n, row in enumerate(rows):
        row[HEADER.index("perp_close")] = f"{float(row[HEADER.index('perp_close')]) + n / 997:.11f}"
    prices = history.load(written(tmp_path, rows))
    assert_array_equal(prices.bars["half_spread"], 0.5e-4)
    assert "0.5 bp, not from the file" in prices.quality.notes[-1]


def test_equal_repeats_are_dropped_and_counted(tmp_path):
    rows = hourly(200)
    prices = history.load(written(tmp_path, [*rows[:50], rows[49], *rows[50:]]))
    assert (prices.quality.rows, prices.quality.deduplicated) == (201, 1)
    assert prices.quality.digest == history.load(written(tmp_path, rows)).quality.digest


def test_a_bar_without_volume_cannot_make_impact_infinite(tmp_path):
    prices = history.load(written(tmp_path, cell(hourly(60), 20, "perp_volume", "0")))
    assert prices.bars["volume"].min() > 0.0
    assert any(note.startswith("volume: 1 bars without") for note in prices.quality.notes)


def test_a_price_that_jumps_and_comes_back_is_noted(tmp_path):
    rows = cell(hourly(200), 100, "mark_close", "46000.0")
    rows = cell(rows, 100, "mark_high", "46000.0")
    prices = history.load(written(tmp_path, rows))
    said = "prices: used as they stand, though 1 of them jumps and back, the first in row 100"
    assert said in prices.quality.notes


def test_spot_that_left_its_mark_behind_is_refused(tmp_path):
    rows = hourly(60)
    for price in ("open", "high", "low", "close"):
        rows = cell(rows, 30, f"spot_{price}", "90000.0")
    with pytest.raises(DataError, match="spot and mark are more than 25% apart"):
        history.load(written(tmp_path, rows))


def test_gaps_are_counted_and_named_whether_rows_or_cells_are_missing(tmp_path):
    rows = cell(hourly(600), 402, "spot_close", "")  # opens 2024-01-17 16:00
    del rows[100:103]  # opens 2024-01-05 04:00
    quality = history.load(written(tmp_path, rows)).quality
    assert quality.missing == 4
    assert quality.gaps == (("2024-01-05T05:00Z", 3), ("2024-01-17T17:00Z", 1))
    table = quality.table()["value"]
    assert table["gaps"] == "2024-01-05T05:00Z (3), 2024-01-17T17:00Z (1)"
    assert table["span"] == "2024-01-01T01:00Z to 2024-01-26T00:00Z"
    assert table["rows"] == "597"


def test_returns_and_averages_do_not_jump_over_a_gap(tmp_path):
    rows = hourly(400)
    whole = history.load(written(tmp_path, rows)).bars.to_numpy()
    del rows[100:102]
    holed = history.load(written(tmp_path, rows)).bars.to_numpy()
    assert np.isnan(holed[100:102]).all()
    assert np.isfinite(np.delete(holed, [100, 101], axis=0)).all()
    assert holed[102, INSTRUMENT_FIELDS.index("index_return")] == 0.0
    assert_array_equal(holed[:100], whole[:100])
    exact = [INSTRUMENT_FIELDS.index(f) for f in ("index", "mark", "basis", "volume", "funding")]
    assert_array_equal(holed[102:, exact], whole[102:, exact])
    # the average waits: nothing in the two bars and the one after, then the usual 2/25 of the new
    sigma = holed[:, INSTRUMENT_FIELDS.index("sigma")]
    assert sigma[102] == sigma[99]
    square = holed[103, INSTRUMENT_FIELDS.index("index_return")] ** 2
    assert_allclose(sigma[103] ** 2, sigma[99] ** 2 * 23 / 25 + square * 2 / 25, rtol=1e-9)


def test_no_bar_knows_a_later_one(tmp_path):
    rows = hourly(300)
    before = history.load(written(tmp_path, rows)).bars.to_numpy()
    for n in range(200, 300):
        rows[n][1:15] = [f"{float(value) * 1.25:.1f}" for value in rows[n][1:15]]
        # the rate on row 200 stands there since its open, which is the label of bar 199
        rows[n][15] = rows[n][15] and (rows[n][15] if n == 200 else "-0.000700")
    after = history.load(written(tmp_path, rows)).bars.to_numpy()
    assert_array_equal(after[:200], before[:200])
    assert (after[200:, 0] != before[200:, 0]).all()


# --- windows ---


def test_windows_start_at_midnight_with_room_before_and_after(tmp_path):
    market = history.windows(history.load(written(tmp_path, hourly(24 * 30))), "7D", warm_up=48)
    # labels run 01-01 01:00 .. 01-31 00:00; 48 bars before: from 01-04 00:00 (01-03 00:00 has
    # 47); 168 after: to 01-24 00:00; that is 21 starts
    assert market.n_paths == 21
    assert market.times.astype("datetime64[h]").astype(str)[[0, -1]].tolist() == [
        "2024-01-04T00",
        "2024-01-24T00",
    ]
    assert (market.n_bars, market.bar_hours, market.warm_up, market.kind) == (168, 1, 48, "history")
    assert market.starts[0] == 71  # label 01-01 01:00 is row 0
    assert market.start_minute == 3 * 1440  # a Thursday
    assert (market.quality.windows, market.quality.dropped_windows) == (21, 0)
    assert market.quality.notes[-1].startswith("windows: 9 days")
    assert market.recorded.flags.c_contiguous
    assert market.recorded.shape == (720, len(INSTRUMENT_FIELDS))


@pytest.mark.parametrize(
    ("name", "coin", "noted"),
    [("BTCUSDT-1h.csv", "BTC", 0), ("eth-2024.csv", "ETH", 0), ("prices.csv", "BTC", 1)],
)
def test_a_coin_is_named_by_its_file_and_noted_where_it_is_not(name, coin, noted, tmp_path):
    path = written(tmp_path, hourly(24 * 30), name=name)
    market = history.windows(history.load(path), "7D", warm_up=48)
    assert (market.coin, market.hedge_coin) == (coin, coin)
    assert sum(note.startswith("coin: BTC, since") for note in market.quality.notes) == noted


@pytest.mark.parametrize(
    ("hour", "dropped"),
    [
        # starts 01-04 .. 01-24 with start - 48 h <= gap <= start + 168 h:
        (0, range(7, 17)),  # gap 01-14 00:00 is the last bar of 01-07, first warm-up bar of 01-16
        (1, range(8, 17)),
        (-1, range(7, 16)),
    ],
)
def test_windows_that_touch_a_missing_bar_are_dropped_and_counted(hour, dropped, tmp_path):
    row = 13 * 24 - 1 + hour  # label 01-01 01:00 is row 0, so 01-14 00:00 is row 311
    rows = cell(hourly(24 * 30), row + 2, "spot_close", "")
    market = history.windows(history.load(written(tmp_path, rows)), "7D", warm_up=48)
    assert market.quality.dropped_windows == len(dropped)
    assert market.quality.windows == market.n_paths == 21 - len(dropped)
    assert {int(str(t)[8:10]) for t in market.times} == set(range(4, 25)) - set(dropped)
    for start in market.starts:
        assert np.isfinite(market.recorded[start - 48 : start + 169]).all()


def test_bars_need_not_be_hours(tmp_path):
    four = history.windows(history.load(written(tmp_path, hourly(300, 4.0))), "7D", warm_up=12)
    assert (four.n_bars, four.bar_hours) == (42, 4.0)
    assert (four.times.astype("int64") % (86_400 * 10**9) == 0).all()


def test_a_window_never_starts_within_the_first_day(tmp_path):
    # sigma is started with the first 24 returns: bar 24 is the first that looks at nothing later
    market = history.windows(history.load(written(tmp_path, hourly(100))), "1D", warm_up=0)
    assert market.starts.tolist() == [47, 71]


@pytest.mark.parametrize(
    ("arguments", "kind", "line"),
    [
        ({"length": "soon"}, ParameterError, "length is 'soon'"),
        ({"length": "90min"}, ParameterError, "not a whole number of bars"),
        ({"length": "-42D"}, ParameterError, "not a whole number of bars"),
        ({"warm_up": -1}, ParameterError, "warm_up is -1"),
        ({"length": "60D"}, DataError, "no window of 60D"),
        ({"length": "25D", "warm_up": 48}, DataError, "touches a missing bar"),
    ],
)
def test_windows_that_cannot_be_cut_get_one_line(arguments, kind, line, tmp_path):
    prices = history.load(written(tmp_path, cell(hourly(24 * 30), 302, "spot_close", "")))
    with pytest.raises(kind, match=line) as caught:
        history.windows(prices, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not REAL.exists(), reason="the real price file is not here")
def test_real_windows_agree_with_the_file_read_by_hand():
    market = history.windows(history.load(REAL))
    with gzip.open(REAL, "rt") as file:
        rows = list(csv.DictReader(file))
    n_rows = len(rows)
    blank = [n for n, row in enumerate(rows) if not row["spot_close"]]
    assert market.quality.rows == n_rows == 48_048
    assert market.quality.missing == len(blank) == 32
    # label 00:00 is the row that opens at 23:00
    fits = [
        n
        for n, row in enumerate(rows)
        if row["time"][11:13] == "23" and n - 336 >= 0 and n + 1008 < n_rows
    ]
    whole = [n for n in fits if not any(n - 336 <= b <= n + 1008 for b in blank)]
    assert market.starts.tolist() == whole
    assert market.quality.dropped_windows == len(fits) - len(whole)
    rates = [float(row["funding_rate"] or 0.0) for row in rows]
    field = {name: market.recorded[:, at] for at, name in enumerate(INSTRUMENT_FIELDS)}
    for window in (0, 700, len(whole) - 1):
        n = whole[window]
        spot = [float(row["spot_close"]) for row in rows[n : n + 1009]]
        mark = [float(row["mark_close"]) for row in rows[n : n + 1009]]
        assert_array_equal(field["index"][n : n + 1009], spot)
        assert_array_equal(field["mark"][n : n + 1009], mark)
        assert_allclose(
            field["index_return"][n + 1 : n + 1009].sum(), math.log(spot[-1] / spot[0]), rtol=1e-9
        )
        # paid at the labels after t0 up to T: the rates on rows that open at those times
        paid = sum(rates[n + 2 : n + 1010])
        assert_allclose(field["funding"][n + 1 : n + 1009].sum(), paid, rtol=1e-12)
        assert str(market.times[window])[:16] == (
            datetime.fromisoformat(rows[n]["time"]) + timedelta(hours=1)
        ).strftime("%Y-%m-%dT00:00")
