"""Candles from CSV: the real file, and files that people really have."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from markets.models import Asset, AssetKind, Candle, Interval, Market
from markets.selectors import daily_closes, daily_closes_exact
from markets.services import ImportFailedError, ensure_venue, import_candles

pytestmark = pytest.mark.django_db

DAILY = Path(__file__).parents[3] / "shared/data/daily_46_coins_2021_2025.csv"
HEADER = "date,symbol,open,high,low,close,volume\n"
GOOD = "2024-01-01,BTCUSDT,42000,43000,41000,42500.5,10\n"


def bad_rows(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ImportFailedError) as caught:
        import_candles(text.splitlines(keepends=True))
    assert not Candle.objects.exists()
    return [(row.line, row.column, row.message) for row in caught.value.bad]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("2024-13-01,BTCUSDT,1,1,1,1,1", "date", "no time like"),
        ("01.02.2024,BTCUSDT,1,1,1,1,1", "date", "no time like"),
        ("2124-01-01,BTCUSDT,1,1,1,1,1", "date", "in the future"),
        ("1970-01-01,BTCUSDT,1,1,1,1,1", "date", "before the first coin"),
        ("2024-01-02,,1,1,1,1,1", "symbol", "is no symbol"),
        ("2024-01-02,BTC USDT,1,1,1,1,1", "symbol", "is no symbol"),
        ("2024-01-02,BTCUSDT,x,1,1,1,1", "open", "is no number"),
        ('2024-01-02,BTCUSDT,"1,5",2,1,1,1', "open", "is no number"),
        ("2024-01-02,BTCUSDT,,1,1,1,1", "open", "is no number"),
        ("2024-01-02,BTCUSDT,1,inf,1,1,1", "high", "not finite"),
        ("2024-01-02,BTCUSDT,1,1,1,nan,1", "close", "not finite"),
        ("2024-01-02,BTCUSDT,1,1,0,1,1", "low", "not positive"),
        ("2024-01-02,BTCUSDT,1,1,-1,1,1", "low", "not positive"),
        ("2024-01-02,BTCUSDT,1,1,1,1,-1", "volume", "not positive"),
        ("2024-01-02,BTCUSDT,1,1,1,1,1e21", "volume", "too large"),
        ("2024-01-02,BTCUSDT,1e-19,1,1,1,1", "open", "18 decimals"),
        ("2024-01-02,BTCUSDT,1,1,2,1,1", "low", "above the high"),
        ("2024-01-02,BTCUSDT,3,2,1,1,1", "open", "not between"),
        ("2024-01-02,BTCUSDT,1,2,1,3,1", "close", "not between"),
        ("2024-01-01,BTCUSDT,1,1,1,1,1", "date", "has this time already"),
        ("2024-01-02,BTCUSDT,1,1,1", "close", "ends before this column"),
    ],
)
def test_a_bad_row_is_named_and_nothing_imported(row: str, column: str, words: str) -> None:
    [(line, found, message)] = bad_rows(HEADER + GOOD + row + "\n")
    assert (line, found) == (3, column)
    assert words in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("\n", "empty"),
        ("<!DOCTYPE html>\n<html></html>\n", "HTML"),
        ("date,symbol,open\n", "lacks high, low, close, volume"),
        ("symbol,open,high,low,close,volume\n", "lacks date (or timestamp)"),
        (HEADER, "it has no rows"),
        (HEADER + "x\nx\n", "none of its 2 rows is good"),
        (HEADER + GOOD + "2024-01-03,BTCUSDT,1,1,1,1,1\n", "2 days, 0:00:00 apart"),
    ],
)
def test_a_file_that_is_no_candles_says_why(text: str, words: str) -> None:
    with pytest.raises(ImportFailedError, match=re.escape(words)):
        import_candles(text.splitlines(keepends=True))


def test_all_bad_rows_are_listed_and_the_good_ones_can_be_kept(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text(HEADER + GOOD + "x\n" * 150)
    errors = StringIO()
    with pytest.raises(CommandError, match="150 rows are bad"):
        call_command("import_candles", file, "--all-or-nothing", stderr=errors)
    assert errors.getvalue().count("line ") == 100
    assert "50 more bad rows" in errors.getvalue()
    assert not Candle.objects.exists()
    said = StringIO()
    call_command("import_candles", file, stdout=said, stderr=StringIO())
    assert "1 inserted" in said.getvalue()
    assert Candle.objects.count() == 1


def test_a_missing_file_says_so() -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_candles", "/nowhere/at/all.csv")


def test_bytes_that_are_no_text_say_so(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_bytes(HEADER.encode() + b"2024-01-01,\xff\xfe,1,1,1,1,1\n")
    with pytest.raises(ImportFailedError, match="UTF-8"):
        import_candles(file)


def test_excel_and_windows_files_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "excel.csv"
    file.write_bytes(b"\xef\xbb\xbf" + (HEADER + GOOD).replace("\n", "\r\n").encode())
    assert import_candles(file).inserted == 1


def test_columns_in_any_order_new_assets_and_a_venue_of_its_own() -> None:
    text = "Close,Low,High,Open,Volume,Symbol,Date,note\n2,1,3,2,0,newfdusd,2024-01-01,hello\n"
    report = import_candles(text.splitlines(), "my-own")
    market = Market.objects.get(venue__slug="my-own")
    assert (report.interval, report.rows) == ("1d", 1)
    assert (market.symbol, market.base.symbol, market.quote.symbol) == ("NEWFDUSD", "NEW", "FDUSD")
    assert (market.base.kind, market.quote.kind) == (AssetKind.COIN, AssetKind.STABLECOIN)


def test_real_history_never_enters_a_simulated_venue() -> None:
    with pytest.raises(ImportFailedError, match="simulated"):
        import_candles([HEADER, GOOD], "simulated")


@pytest.mark.parametrize(
    ("times", "interval"),
    [
        (("2024-01-01 00:00:00", "2024-01-01 00:01:00"), Interval.M1),
        (("2024-01-01T00:05:00Z", "2024-01-01T00:10:00+00:00"), Interval.M5),
        (("1704067200", "1704070800"), Interval.H1),
        (("1704067200000", "1704067201000"), Interval.S1),
        (("2024-01-02 02:00:00+02:00", "2024-01-03"), Interval.D1),
    ],
)
def test_the_interval_comes_from_the_spacing(times: tuple[str, str], interval: str) -> None:
    lines = ["timestamp,symbol,open,high,low,close,volume"]
    lines += [f"{time},ETHUSDT,1,1,1,1,1" for time in times]
    assert import_candles(lines).interval == interval
    assert set(Candle.objects.values_list("interval", flat=True)) == {interval}


def test_a_second_import_changes_nothing_and_a_correction_one_row() -> None:
    first = import_candles([HEADER, GOOD])
    again = import_candles([HEADER, GOOD])
    mended = import_candles([HEADER, GOOD.replace("42500.5", "42600")])
    assert [(r.inserted, r.updated) for r in (first, again, mended)] == [(1, 0), (0, 0), (0, 1)]
    assert Candle.objects.get().close == Decimal(42600)


def test_the_real_file() -> None:
    if not DAILY.exists():
        pytest.fail(f"{DAILY} is absent: the real import cannot be checked")
    with pytest.raises(ImportFailedError) as caught:
        import_candles(DAILY)
    assert [str(row) for row in caught.value.bad] == ["line 10889, open: 0 is not positive"]
    assert not Candle.objects.exists()
    report = import_candles(DAILY, skip_bad=True)
    assert (report.inserted, report.symbols, report.interval) == (71_650, 46, "1d")
    again = import_candles(DAILY, skip_bad=True)
    assert (again.rows, again.inserted, again.updated) == (71_650, 0, 0)
    venue = ensure_venue("import")
    closes = daily_closes(["BTC", "USD", "NONE"], end=date(2025, 11, 12), days=3, venue=venue)
    assert closes.days == [date(2025, 11, 10), date(2025, 11, 11), date(2025, 11, 12)]
    exact = daily_closes_exact(["BTC"], date(2025, 11, 10), date(2025, 11, 12), venue=venue)
    assert [float(exact[day]["BTC"]) for day in closes.days] == closes.values[:, 0].tolist()
    assert Asset.objects.filter(symbol="SHIB1000").exists()
    assert Candle.objects.filter(open_time__gt=datetime(2025, 11, 12, tzinfo=UTC)).count() == 0
