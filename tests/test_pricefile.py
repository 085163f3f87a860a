"""Price files that are refused: one line each, with file, row and column, and what to do."""

import gzip
import math
import os
import sys
import zlib

import pandas as pd
import pytest

from hedgelab import history
from hedgelab.errors import DataError, MissingInput, Refused
from tests.prices import HEADER, as_gzip, as_parquet, cell, hourly, written


def refusal(path, kind=DataError, **arguments):
    with pytest.raises(kind) as caught:
        history.load(path, **arguments)
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)  # says what to do
    return str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "line"),
    [
        (
            "mark_close",
            "NaN",
            "'NaN' is not a finite number, prices.csv:77:mark_close; leave",
        ),
        ("mark_close", "null", "leave a gap blank"),
        ("spot_close", "inf", "'inf' is not a finite number"),
        ("spot_close", "-Infinity", "is not a finite number"),
        ("spot_close", "1e400", "is not a finite number"),
        ("mark_open", "0x10", "is not a finite number"),
        ("mark_open", "1_000", "is not a finite number"),
        ("mark_open", "1d-8", "is not a finite number"),
        ("mark_open", "٤", "is not a finite number"),
        ("perp_close", "0", "the price is 0, prices.csv:77:perp_close"),
        ("spot_low", "-1", "the price is -1"),
        ("mark_high", "1", "beyond its high or low, prices.csv:77:mark_high"),
        ("mark_low", "60000", "beyond its high or low"),
        ("spot_close", "60000", "beyond its high or low, prices.csv:77:spot_high"),
        ("funding_rate", "0.5", "which no venue pays at once"),
        ("perp_volume", "-3", "the volume is -3, prices.csv:77:perp_volume"),
        ("time", "2024-01-04T03:00:00", "no time zone, prices.csv:77:time; append Z"),
        ("time", "2024-01-04", "no time zone"),
        ("time", "01/04/2024 03:00", "is no time"),
        ("time", "", "'' is no time from 2009 until now, prices.csv:77:time"),
        ("time", "2024-02-30T03:00:00Z", "'2024-02-30T03:00:00Z' is no time from 2009 until now"),
        ("time", "0024-01-04T03:00:00Z", "is no time from 2009 until now"),
        ("time", "2024-01-04T24:00:00Z", "is no time"),
        ("time", "2024-01-04T03:59:60Z", "is no time"),
        ("time", "2024-01-04T03:17:00Z", "off the clock of 60-minute bars, prices.csv:77:time"),
        ("time", "2024-01-04T02:00:00Z", "comes again with other values, prices.csv:77"),
        ("time", "2024-01-04T01:00:00Z", "the time is before the last, prices.csv:77"),
    ],
)
def test_one_bad_cell_is_refused_with_its_row_and_column(column, value, line, tmp_path):
    rows = hourly(200)
    assert rows[75][0] == "2024-01-04T03:00:00Z"  # row 77 of the file
    assert line in refusal(written(tmp_path, cell(rows, 77, column, value)))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"time,open,high,low,close,volume\n", "a header and no row"),
        (b"time,open,high,low,close,volume\n2024-01-01T00:00Z,1,1,1,1,1\n", "one row only"),
        (b"time,open;high\n2024", "the header has comma and semicolon"),
        (b"time\n2024-01-01T00:00Z\n", "no delimiter"),
        (b"price,volume\n1,2\n", "no time column, only price, volume"),
        (b"1704067200000,1,2,1,2,5\n", "the first row is numbers"),
        (b"time,open,Open\n", "two columns mean open"),
        (b"time,c,close\n", "two columns mean close"),
        (b"timestamp,date,close\n", "two columns mean time"),
        (b"time,open,high,low,volume\n2024-01-01T00:00Z,1,1,1,1\n2024-01-01T01:00Z,1,1,1,1\n",
         "no column close"),
        (b"time,high,low,close,volume\n2024-01-01T00:00Z,1,1,1,1\n2024-01-01T01:00Z,1,1,1,1\n",
         "no column open"),
        (b"time,open,high,low,close\n2024-01-01T00:00Z,1,1,1,1\n2024-01-01T01:00Z,1,1,1,1\n",
         "no column volume"),
        (b"time,close\n2024-01-01T00:00Z,1,2\n", "3 cells and the header 2, prices.csv:2"),
        (b'time,close\n2024-01-01T00:00Z,"1\n', "not CSV"),
        (b"time,close\n2024-01-01T00:00Z,\xe9\n", "a byte is not UTF-8, prices.csv:2"),
        (b"time,close\n2024-01-01T00:00Z,\x00\n", "NUL byte, prices.csv:2"),
        (b"time;close\n2024-01-01T00:00Z;1,234\n", "'1,234' may be a decimal or a thousand"),
        (b"time,close\n99,1\n", "'99' is no time from 2009 until now"),
        (b"time,close\n2004-01-01T00:00Z,1\n2004-01-01T01:00Z,1\n",
         "'2004-01-01T00:00Z' is no time from 2009 until now, prices.csv:2"),
        (b"time,close\n2024-01-01T00:00Z,1\n2099-01-01T01:00Z,1\n",
         "'2099-01-01T01:00Z' is no time from 2009 until now, prices.csv:3"),
        (b"time,close\n2024-01-01T00:00Z,1\n2024-01-01T00:07Z,1\n", "7 minutes long"),
        (b"time,close\n2024-01-01T00:01Z,1\n2024-01-01T01:01Z,1\n", "do not start on the clock"),
        (b"time,close\n2024-01-01T02:00Z,1\n2024-01-01T01:00Z,1\n", "the rows run backwards"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_price_history_is_refused(content, line, tmp_path):
    (tmp_path / "prices.csv").write_bytes(content)
    assert line in refusal(tmp_path / "prices.csv")


def test_a_row_that_is_too_short_or_too_long_is_refused(tmp_path):
    rows = hourly(100)
    rows[40] = rows[40][:-1]
    assert "15 cells and the header 16, prices.csv:42" in refusal(written(tmp_path, rows))
    rows[40] += ["", ""]
    assert "17 cells" in refusal(written(tmp_path, rows))


@pytest.mark.parametrize("how", ["rows", "cells"])
def test_more_than_one_percent_missing_is_refused(how, tmp_path):
    def holed(count):
        rows = hourly(1000)
        if how == "rows":
            return [*rows[:500], *rows[500 + count :]]
        for row in rows[500 : 500 + count]:
            row[HEADER.index("spot_close")] = ""
        return rows

    assert history.load(written(tmp_path, holed(10))).quality.missing == 10
    assert "11 of 1,000 bars are missing" in refusal(written(tmp_path, holed(11)))


def test_funding_in_percent_is_refused(tmp_path):
    rows = hourly(100)
    for row in rows:
        row[15] = row[15] and f"{100 * float(row[15])}"
    assert "looks like percent" in refusal(written(tmp_path, rows))


@pytest.mark.parametrize(
    ("name", "kind", "line"),
    [
        ("https://example.org/prices.csv", Refused, "a network address"),
        ("file:///etc/passwd", Refused, "a network address"),
        ("s3://bucket/prices.csv", Refused, "a network address"),
        (r"\\server\share\prices.csv", Refused, "a network address"),
        ("prices.pkl", Refused, ".pkl files are not supported"),
        ("prices.XLSX", Refused, "not supported"),
        ("prices.h5", Refused, "not supported"),
        ("/dev/zero", MissingInput, "not a regular file"),
        ("no-such-file.csv", MissingInput, "no such file"),
        ("a\0b.csv", MissingInput, "no such file"),
    ],
)
def test_what_is_not_a_local_price_file_is_not_opened(name, kind, line):
    assert line in refusal(name, kind)


def test_directories_and_pipes_are_refused_at_once(tmp_path):
    assert "a directory" in refusal(tmp_path, MissingInput)
    os.mkfifo(tmp_path / "pipe.csv")  # reading it would wait for ever
    assert "not a regular file" in refusal(tmp_path / "pipe.csv", MissingInput)


def test_exit_codes_follow_the_kind_of_failure(tmp_path):
    for path, code in (("x.pkl", 77), (tmp_path, 66), (written(tmp_path, []), 65)):
        with pytest.raises((DataError, MissingInput, Refused)) as caught:
            history.load(path)
        assert caught.value.exit_code == code


def test_gzip_that_lies_is_refused(tmp_path):
    path = tmp_path / "prices.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 50_000_000))  # expands a thousandfold
    assert "unpacks to over 100 times its size" in refusal(path)
    whole = as_gzip(tmp_path, hourly(100)).read_bytes()
    path.write_bytes(whole[:-20])
    assert "end early" in refusal(path)
    path.write_bytes(whole[:60] + b"\xff" * 20 + whole[80:])
    assert "damaged" in refusal(path)
    half = len(zlib.decompress(whole, wbits=31)) // 2
    text = zlib.decompress(whole, wbits=31)
    path.write_bytes(gzip.compress(text[:half]) + gzip.compress(text[half:]))  # two members
    assert history.load(path).quality.rows == 100


def test_parquet_that_is_not_what_it_says_is_refused(tmp_path):
    path = as_parquet(tmp_path, hourly(50))
    frame = pd.read_parquet(path)
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:-30])
    assert "not a readable Parquet file" in refusal(tmp_path / "cut.parquet")
    frame.assign(time=frame["time"].dt.tz_localize(None)).to_parquet(path)
    assert "no time zone" in refusal(path)
    frame.assign(mark_close="dear").to_parquet(path)
    assert "'dear' is not a finite number, prices.parquet:2:mark_close" in refusal(path)
    frame.assign(mark_close=math.inf).to_parquet(path)
    assert "'inf' is not a finite number" in refusal(path)


def test_parquet_without_its_extra_says_how_to_get_it(tmp_path, monkeypatch):
    path = as_parquet(tmp_path, hourly(50))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "install hedgelab[parquet]" in refusal(path, MissingInput)
