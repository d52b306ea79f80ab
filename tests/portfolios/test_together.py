"""Two editors at once end in one consistent ledger, and open pages hear of every change."""

from __future__ import annotations

import asyncio
import threading
from decimal import Decimal
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.core.exceptions import ValidationError
from django.db import connection
from redis import Redis

from markets.models import Venue
from portfolios import broadcast, ledger, services
from portfolios.models import Disposal, Holding, Portfolio, Transaction
from tests.portfolios.conftest import Add, noon
from tests.portfolios.test_stored_ledger import stored

pytestmark = pytest.mark.django_db(transaction=True)


def sell(portfolio: Portfolio, quantity: str, outcomes: list[object], start: Any) -> None:
    start.wait()
    try:
        outcomes.append(
            services.add_transaction(
                portfolio=portfolio,
                type="sell",
                symbol="BTC",
                quantity=quantity,
                price="50000",
                executed_at=noon(1),
            )
        )
    except ValidationError as error:
        outcomes.append(error.message_dict)
    finally:
        connection.close()


def test_two_sales_that_together_oversell(add: Add, portfolio: Portfolio, venue: Venue) -> None:
    add("buy", "1", "BTC", 10, price="40000")
    outcomes: list[object] = []
    start = threading.Barrier(2)
    threads = [
        threading.Thread(target=sell, args=(portfolio, "0.6", outcomes, start)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    refused = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    assert len(outcomes) == 2
    assert len(refused) == 1
    assert "Only 0.4 BTC is held" in refused[0]["quantity"][0]
    assert Transaction.objects.count() == 2
    assert Holding.objects.get().quantity == Decimal("0.4")
    assert Disposal.objects.get().gain == Decimal(6000)


async def heard(action: Any, count: int) -> list[dict[str, Any]]:
    """The messages that reach the group while `action` runs in a thread."""
    layer = get_channel_layer()
    name = await layer.new_channel()
    await layer.group_add(broadcast.GROUP, name)
    await asyncio.to_thread(action)
    messages = [await asyncio.wait_for(layer.receive(name), 5) for _ in range(count)]
    await layer.group_discard(broadcast.GROUP, name)
    return messages


def test_a_change_is_pushed_and_asks_for_a_cycle(
    portfolio: Portfolio, add: Add, valkey: Redis
) -> None:
    def change() -> None:
        try:
            add("buy", "0.5", "BTC", 10, price="40000")
            add("sell", "0.1", "BTC", 5, price="45000")
        finally:
            connection.close()

    messages = asyncio.run(heard(change, 2))
    first, second = (message["payload"] for message in messages)
    assert messages[0]["type"] == "live.message"
    assert (messages[0]["channel"], messages[0]["id"]) == ("portfolio", portfolio.pk)
    assert messages[0]["owner"] == portfolio.owner_id
    assert (first["type"], first["id"], first["currency"]) == (
        "portfolio_update",
        portfolio.pk,
        "USD",
    )
    assert first["positions"][0]["quantity"] == "0.5"
    assert first["value"] == "24995"
    assert second["positions"][0]["quantity"] == "0.4"
    assert second["seq"] > first["seq"]
    caught = broadcast.catch_up(portfolio)
    assert (caught["seq"], caught["value"]) == (second["seq"], second["value"])
    assert valkey.llen("pipeline") >= 2


def test_numbers_rise_even_after_valkey_was_emptied(
    portfolio: Portfolio, add: Add, valkey: Redis
) -> None:
    add("buy", "1", "BTC", 10, price="40000")
    before = broadcast.catch_up(portfolio)["seq"]
    valkey.flushdb()
    services.revalue([portfolio.pk])
    assert broadcast.catch_up(portfolio)["seq"] > before


def test_an_edit_is_kept_when_nobody_can_be_told(
    portfolio: Portfolio, settings: Any, venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    broadcast.client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        services.add_transaction(
            portfolio=portfolio,
            type="buy",
            symbol="BTC",
            quantity="1",
            price="1",
            executed_at=noon(3),
        )
    finally:
        broadcast.client.cache_clear()
    assert Holding.objects.get().quantity == 1
    assert "edit_not_announced" in caplog.text


def busy(portfolio: Portfolio, shared: int, who: int, start: Any) -> None:
    """One of two editors: adds, edits the transaction that both edit, deletes and undoes."""
    start.wait()
    try:
        for turn in range(4):
            row = services.add_transaction(
                portfolio=portfolio,
                type="buy",
                symbol="BTC",
                quantity="1",
                price=str(100 * who + turn),
                executed_at=noon(60 - 2 * turn - who),
            )
            both = Transaction.objects.get(pk=shared)
            services.edit_transaction(transaction=both, quantity=str(1 + turn))
            if turn % 2:
                services.delete_transaction(transaction=row)
                services.undo_change(
                    change=portfolio.changes.filter(transaction_id=row.pk, action="delete").get(),
                    user=None,
                )
    finally:
        connection.close()


def test_two_busy_editors_end_in_one_consistent_ledger(
    add: Add, portfolio: Portfolio, venue: Venue
) -> None:
    add("buy", "5", "BTC", 90, price="10")
    shared = add("sell", "1", "BTC", 5, price="500")
    start = threading.Barrier(2)
    threads = [
        threading.Thread(target=busy, args=(portfolio, shared.pk, who, start)) for who in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert Transaction.objects.count() == 10
    assert portfolio.changes.filter(action="add").count() == 10
    before = stored(portfolio)
    ledger.rebuild_all(Portfolio.objects.get(pk=portfolio.pk))
    assert stored(portfolio) == before
