"""The central bank's rates: its XML over a real socket, what is believed of it, and who uses it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from redis import Redis

from markets import selectors
from markets.models import Asset, Candle, SourceHealth, Venue
from markets.services import currencies, ensure_market, ensure_venue, upsert_candles
from markets.sources import ecb
from markets.sources.base import Bar, SourceError
from markets.sources.ecb.document import MOST_DAYS, NotFixingsError, read
from tests.markets.loopback import Reply, scripted

Settings = Any
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope '
    'xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates'
    "</gesmes:subject><Cube>"
)
TAIL = "</Cube></gesmes:Envelope>"
TODAY = date(2026, 11, 20)


def day(when: date | str, **rates: str) -> str:
    cubes = "".join(f'<Cube currency="{code}" rate="{rate}"/>' for code, rate in rates.items())
    return f'<Cube time="{when}">{cubes}</Cube>'


def document(*days: str) -> str:
    return HEAD + "".join(days) + TAIL


def told(*days: str) -> dict[date, dict[str, Decimal]]:
    return read(document(*days).encode(), TODAY)


def test_a_document_is_read_as_the_bank_writes_it() -> None:
    found = told(day("2026-11-20", USD="1.1580", GBP="0.8826"), day("2026-11-19", USD="1.1550"))
    assert found == {
        date(2026, 11, 20): {"USD": Decimal("1.1580"), "GBP": Decimal("0.8826")},
        date(2026, 11, 19): {"USD": Decimal("1.1550")},
    }


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<Cube><Cube time="2026-11-19"><Cube currency="USD" rate="1.1"/></Cube>&b;</Cube>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    '<Cube><Cube time="2026-11-19"><Cube currency="USD" rate="1.1"/></Cube>&a;</Cube>'
)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (BOMB, "declares a document type"),
        (OUTSIDE, "declares a document type"),
        ('<?xml version="1.0"?><?xml-stylesheet href="x"?><Cube/>', "declares"),
        (document(day("2026-11-20", USD="1.1"))[:-40], "broken XML"),
        (HEAD[:60], "broken XML"),
        ("", "broken XML"),
        ("\x00\x01", "broken XML"),
        ("<Cube>" * 40 + "</Cube>" * 40, "too deep"),
        (document(), "no day with a rate"),
        (document(day("2026-11-20")), "no day with a rate"),
        (document(day("2026-11-21", USD="1.1")), "no day with a rate"),  # tomorrow
        (document(day("1998-12-31", USD="1.1")), "no day with a rate"),  # before the euro
        (document(day("2026-13-40", USD="1.1")), "no day with a rate"),
    ],
)
def test_a_hostile_document_is_refused(body: str, why: str) -> None:
    with pytest.raises(NotFixingsError, match=why):
        read(body.encode(), TODAY)


def test_too_many_days_are_refused() -> None:
    first = date(1999, 1, 1).toordinal()
    one = "".join(day(date.fromordinal(first + n % 9000), USD="1") for n in range(9000))
    assert len(read((HEAD + one + TAIL).encode(), TODAY)) == 9000
    assert MOST_DAYS > 27 * 260


@pytest.mark.parametrize(
    "rate", ["0", "-1.1", "NaN", "Infinity", "1e5", "1,1", "", "1.1.1", "9" * 40, "\u0661"]
)
def test_a_rate_that_is_no_positive_number_is_left_out(rate: str) -> None:
    assert told(day("2026-11-19", USD="1.1", GBP=rate)) == {
        date(2026, 11, 19): {"USD": Decimal("1.1")}
    }


def test_a_code_that_is_none_is_left_out() -> None:
    found = told(day("2026-11-19", USD="1.1", usd="2", GBPX="3", G1P="4"))
    assert found[date(2026, 11, 19)] == {"USD": Decimal("1.1")}


def test_rates_become_dollars() -> None:
    days = document(day("2026-11-19", USD="1.2000", GBP="0.8000", JPY="180"))
    with scripted(Reply(days)) as server:
        found = ecb.CentralBank(server.url).fixings(today=TODAY)
    assert found == {
        date(2026, 11, 19): {
            "EUR": Decimal("1.2000"),
            "GBP": Decimal("1.5"),
            "JPY": Decimal("0.006666666666666667"),
        }
    }


def test_the_short_file_is_asked_for_where_it_reaches() -> None:
    with scripted(Reply(document(day("2026-11-19", USD="1.2")))) as server:
        bank = ecb.CentralBank(server.url)
        bank.fixings(today=TODAY, since=date(2026, 11, 1))
        bank.fixings(today=TODAY, since=date(2026, 1, 1))
        bank.fixings(today=TODAY)
    paths = [asked.path for asked in server.asked]
    assert paths == ["/eurofxref-hist-90d.xml", "/eurofxref-hist.xml", "/eurofxref-hist.xml"]
    assert server.asked[0].headers["Accept"] == "application/xml"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply("<!DOCTYPE html><html><body>Maintenance</body></html>"), "page instead of data"),
        (Reply("<html>Sign in to the hotel</html>"), "page instead of data"),
        (Reply(BOMB), "declares a document type"),
        (Reply(document(day("2026-11-19", GBP="0.8"))), "no rate of the dollar"),
        (Reply("gone", status=404), "HTTP 404"),
        (Reply('{"rates": {}}'), "broken XML"),
        (Reply(b"<" + b"x" * (16 * 1024 * 1024 + 1)), "more than"),
    ],
)
def test_what_is_no_answer_is_an_error(
    reply: Reply, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("markets.sources.wire._BACKOFF_SECONDS", 0.001)
    with scripted(reply) as server, pytest.raises(SourceError, match=why):
        ecb.CentralBank(server.url).fixings(today=TODAY)


# stored and used


@pytest.fixture
def bank(db: None, valkey: Redis) -> Venue:
    """Fixings of the last working days up to a Friday that lies in the past."""
    friday = last_friday()
    fixings = {
        friday - timedelta(days=back): {"EUR": Decimal("1.2"), "GBP": Decimal("1.5") + back}
        for back in (0, 1, 2, 3, 4)
    }
    currencies.store_fixings(fixings, datetime.now(UTC).date())
    return Venue.objects.get(slug="ecb")


def last_friday() -> date:
    """The last Friday whose weekend is over or lies at least a day back."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=(today.weekday() - 4) % 7 or 7)


def real(symbol: str = "BTC") -> Venue:
    venue = ensure_venue("binance")
    market = ensure_market(venue, f"{symbol}USDT", symbol, "USDT")
    friday = last_friday()
    bars = []
    for n in range(-4, 3):
        opened = datetime.combine(friday + timedelta(days=n), datetime.min.time(), UTC)
        price = Decimal(30)
        if opened.date() < datetime.now(UTC).date():
            bars.append(Bar(opened, price, price, price, price, Decimal(1)))
    upsert_candles(market, "1d", bars)
    return venue


def test_the_bank_is_never_where_coins_are_priced(bank: Venue) -> None:
    assert selectors.current_venue() is None
    venue = real()
    assert selectors.current_venue() == venue


def test_a_real_venue_borrows_the_banks_rates(bank: Venue) -> None:
    venue, friday = real(), last_friday()
    exact = selectors.daily_closes_exact(["BTC"], friday, friday, "GBP", venue)
    assert exact == {friday: {"BTC": Decimal(20)}}
    closes = selectors.daily_closes(["BTC", "GBP"], end=friday, days=2, base="USD", venue=venue)
    assert closes.values.tolist() == [[30.0, 2.5], [30.0, 1.5]]
    assert selectors.convert_rate("GBP", "USD", friday, venue) == Decimal("1.5")
    assert selectors.convert_rate("EUR", "GBP", friday, venue) == Decimal("0.8")


def test_a_weekend_has_fridays_rate_and_a_week_later_none(bank: Venue) -> None:
    venue, friday = real(), last_friday()
    rows = selectors.daily_closes_exact(["GBP"], friday, friday + timedelta(days=9), "USD", venue)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    for n in range(10):
        when = friday + timedelta(days=n)
        known = rows.get(when, {}).get("GBP")
        assert known == (Decimal("1.5") if n <= 7 and when <= yesterday else None)


def test_a_simulated_venue_never_gets_real_rates(bank: Venue) -> None:
    venue, friday = ensure_venue("simulated"), last_friday()
    rows = selectors.daily_closes_exact(["GBP"], friday, friday, "USD", venue)
    assert "GBP" not in rows[friday]
    assert selectors.quotes(["GBP"], venue) == {}
    closes = selectors.daily_closes(["GBP"], end=friday, days=5, venue=venue)
    assert closes.values.shape == (0, 1)


def test_the_venues_own_pair_goes_before_the_bank(bank: Venue) -> None:
    venue, friday = real("GBP"), last_friday()
    exact = selectors.daily_closes_exact(["GBP"], friday, friday, "USD", venue)
    assert exact[friday]["GBP"] == Decimal(30)
    assert selectors.quotes(["GBP"], venue)["GBP"].venue == "binance"


def test_the_newest_rate_is_a_quote(bank: Venue) -> None:
    quote = selectors.quotes(["GBP", "XAU"], real())["GBP"]
    assert (quote.price, quote.venue) == (Decimal("1.5"), "ecb")
    assert not quote.is_stale or quote.age_seconds > 6 * 86_400
    assert quote.change_24h in [0.0, pytest.approx(1.5 / 2.5 - 1)]


def test_every_currency_is_known_and_none_is_a_coin(db: None) -> None:
    kinds = dict(
        Asset.objects.filter(symbol__in=["GBP", "JPY", "CAD", "AUD", "SEK"]).values_list(
            "symbol", "kind"
        )
    )
    assert kinds == dict.fromkeys(["GBP", "JPY", "CAD", "AUD", "SEK"], "fiat")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T14:59+00:00", "2026-11-19"),
        ("2026-11-20T15:00+00:00", "2026-11-20"),
        ("2026-11-21T20:00+00:00", "2026-11-20"),
        ("2026-11-23T09:00+00:00", "2026-11-20"),
        ("2026-11-23T15:30+00:00", "2026-11-23"),
    ],
)
def test_what_is_due(now: str, expected: str) -> None:
    assert currencies.due(datetime.fromisoformat(now)) == date.fromisoformat(expected)


def test_rates_are_fetched_once(db: None, settings: Settings) -> None:
    settings.MARKET_FEED = "auto"
    now = datetime(2026, 11, 20, 16, tzinfo=UTC)
    days = [day("2026-11-20", USD="1.2", GBP="0.8"), day("2026-11-19", USD="1.1", GBP="0.8")]
    with scripted(Reply(document(*days))) as server:
        settings.ECB_URL = server.url
        assert currencies.refresh_currencies(now) == 4
        assert currencies.refresh_currencies(now) == 0
        assert currencies.refresh_currencies(now + timedelta(days=3)) == 0  # Monday: asked again
    assert [asked.path for asked in server.asked] == [
        "/eurofxref-hist.xml",
        "/eurofxref-hist-90d.xml",
    ]
    assert Candle.objects.filter(market__symbol="GBPUSD").count() == 2
    assert SourceHealth.objects.get(source="ecb").state == "ok"


def test_an_offline_feed_asks_nobody(db: None, settings: Settings) -> None:
    settings.MARKET_FEED, settings.ECB_URL = "simulated", "http://127.0.0.1:9"
    assert currencies.refresh_currencies() == 0
    assert SourceHealth.objects.get(source="ecb").state == "off"


def test_a_failure_is_noted_and_raised(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("markets.sources.wire._BACKOFF_SECONDS", 0.001)
    settings.MARKET_FEED, settings.ECB_URL = "live", "http://127.0.0.1:9"
    with pytest.raises(SourceError, match="did not answer"):
        currencies.refresh_currencies()
    assert SourceHealth.objects.get(source="ecb").failures == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM markets_market")
        assert cursor.fetchone()[0] == 0
