"""A shared portfolio over the socket: heard while it is shared, written by editors alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.services import issue
from markets.models import Asset
from portfolios import services
from portfolios.models import Portfolio, Share, ShareRole

pytestmark = pytest.mark.django_db(transaction=True)
Dial = Callable[..., Any]
People = dict[str, Any]
WAIT = 20


def bought(book: Portfolio) -> None:
    services.add_transaction(
        portfolio=book,
        type="buy",
        symbol="BTC",
        quantity=Decimal(1),
        price=Decimal(100),
        executed_at=datetime.now(UTC) - timedelta(days=2),
    )


@pytest.fixture
def book(people: People) -> Portfolio:
    Asset.objects.get_or_create(symbol="BTC")
    portfolio = services.create_portfolio(owner=people["owner"], name="Hers")
    bought(portfolio)
    return portfolio


@pytest.fixture
def share(book: Portfolio, people: People) -> Share:
    """The stranger is a guest here."""
    return Share.objects.create(
        portfolio=book,
        email=people["stranger"].email,
        user=people["stranger"],
        role=ShareRole.VIEWER,
        invited_by=people["owner"],
        accepted_at=datetime.now(UTC),
    )


async def test_a_guest_hears_edits_until_the_share_ends(
    dial: Dial, people: People, book: Portfolio, share: Share
) -> None:
    token = (await sync_to_async(issue)(user=people["stranger"])).access
    async with dial(token) as client, asyncio.timeout(WAIT):
        await client.say(type="subscribe", channel="portfolio", id=book.pk)
        first = await client.hear("portfolio_update")
        await sync_to_async(bought)(book)
        second = await client.hear("portfolio_update")
        await sync_to_async(services.end_share)(share=share, user=people["owner"])
        ended = time.monotonic()
        cut = await client.hear("error")
        assert time.monotonic() - ended < 10
        await sync_to_async(bought)(book)
        await client.say(type="ping", id=1)
        heard = []
        async for text in client.socket:
            heard.append(text)
            if '"pong"' in text:
                break
        await client.say(type="subscribe", channel="portfolio", id=book.pk)
        again = await client.hear("error")
    assert [m["positions"][0]["quantity"] for m in (first, second)] == ["1", "2"]
    assert (cut["code"], cut["id"]) == ("not_found", book.pk)
    assert not [text for text in heard if "portfolio_update" in text]
    assert again["code"] == "not_found"


async def test_a_viewer_commands_nothing_and_an_editor_does(
    dial: Dial, people: People, book: Portfolio, share: Share
) -> None:
    row = await sync_to_async(book.transactions.get)()
    buy = {
        "portfolio": book.pk,
        "type": "buy",
        "symbol": "BTC",
        "quantity": "1",
        "price": "5",
        "executed_at": "2024-01-01T00:00:00Z",
    }
    commands = {
        "transaction.create": buy,
        "transaction.update": {"id": row.pk, "note": "x"},
        "transaction.delete": {"id": row.pk},
    }
    token = (await sync_to_async(issue)(user=people["stranger"])).access
    async with dial(token) as client, asyncio.timeout(WAIT):
        for action, payload in commands.items():
            await client.say(type="command", id=action, action=action, payload=payload)
            refused = await client.hear("result")
            assert not refused["ok"]
            assert refused["error"]["code"] == "permission_denied"
            assert "to look at" in refused["error"]["message"]
        assert await sync_to_async(book.transactions.count)() == 1
        await sync_to_async(services.change_role)(
            share=share, user=people["owner"], role=ShareRole.EDITOR
        )
        await client.say(type="command", id="e", action="transaction.create", payload=buy)
        assert (await client.hear("result"))["ok"]
