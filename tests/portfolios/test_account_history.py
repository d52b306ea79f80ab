"""The history and the channels in an account file: told again, and nothing taken on trust."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from alerts.models import Channel, Rule
from alerts.services import create_rule
from config import account_file
from portfolios import services
from portfolios.models import Portfolio, TransactionChange
from tests.portfolios.conftest import Add

Json = dict[str, Any]


@pytest.fixture
def told(portfolio: Portfolio, add: Add, owner: User, stranger: User) -> Portfolio:
    """Added, edited by a guest, deleted, brought back; and one that is gone."""
    portfolio.basis_method = "specific"
    portfolio.save()
    kept = add("buy", "1", "BTC", 60, price="100", user=owner)
    newer = add("buy", "2", "BTC", 50, price="300", user=owner)
    sale = add("sell", "1", "BTC", 40, price="500", user=owner)
    services.choose_lots(transaction=sale, choices=[(newer.pk, 1)], user=owner)
    services.edit_transaction(transaction=kept, user=stranger, note="checked")
    services.delete_transaction(transaction=sale, user=owner)
    gone = portfolio.changes.latest("pk")
    services.undo_change(change=gone, user=owner)
    extra = add("deposit", "5", "ETH", 30, user=owner)
    services.delete_transaction(transaction=extra, user=owner)
    return portfolio


@pytest.fixture
def mate(person: Any) -> User:
    found: User = person("mate")
    return found


def document_of(user: User) -> Json:
    found: Json = json.loads(json.dumps(account_file.account_document(user)))
    return found


def taken_in(mate: User, document: Json) -> Portfolio:
    account_file.import_account(user=mate, document=document)
    return mate.portfolios.get(name="Core")


def outline(portfolio: Portfolio) -> list[tuple[Any, ...]]:
    rows = portfolio.changes.order_by("pk")
    return [
        (one.action, one.at, one.undone_by is not None, (one.after or one.before or {})["symbol"])
        for one in rows
    ]


def test_the_history_comes_along(told: Portfolio, mate: User) -> None:
    theirs = taken_in(mate, document_of(told.owner))
    assert outline(theirs) == outline(told)
    actions = [one[0] for one in outline(theirs)]
    assert actions == ["add", "add", "add", "edit", "edit", "delete", "undo", "add", "delete"]
    guest = theirs.changes.filter(action="edit").latest("pk")
    assert guest.user is None  # other people's accounts are not this file's to name
    assert set(theirs.changes.exclude(pk=guest.pk).values_list("user", flat=True)) == {mate.pk}
    ids = set(theirs.transactions.values_list("pk", flat=True))
    numbers = set(theirs.changes.values_list("transaction_id", flat=True))
    assert len(numbers - ids) == 1  # of the deposit that was deleted
    assert not numbers & set(told.changes.values_list("transaction_id", flat=True))


def test_what_was_deleted_can_be_brought_back_there(told: Portfolio, mate: User) -> None:
    theirs = taken_in(mate, document_of(told.owner))
    services.undo_change(change=theirs.changes.latest("pk"), user=mate)
    assert theirs.transactions.get(type="deposit").quantity == 5
    edited = theirs.changes.get(action="edit", after__note="checked")
    services.undo_change(change=edited, user=mate)
    assert not theirs.transactions.filter(note="checked").exists()


def test_a_file_without_a_history_begins_one(told: Portfolio, mate: User) -> None:
    document = document_of(told.owner)
    for one in document["portfolios"]:
        del one["changes"]
    theirs = taken_in(mate, document)
    assert {one[0] for one in outline(theirs)} == {"add"}
    assert theirs.changes.count() == theirs.transactions.count()


BAD: list[tuple[str, Any]] = [
    ("action", "praise"),
    ("at", "2024-13-45T00:00:00Z"),
    ("at", "2024-01-01T00:00:00"),
    ("transaction", "7"),
    ("transaction", True),
    ("after", []),
    ("after", {"price": {"deep": 1}}),
    ("after", {"secret": "1"}),
    ("after", {"note": "a\x00b", "executed_at": "2024-01-01T00:00:00+00:00"}),
    ("after", {"note": "\ud800", "executed_at": "2024-01-01T00:00:00+00:00"}),
    ("after", {"executed_at": "soon"}),
    ("after", {"lots": "all", "executed_at": "2024-01-01T00:00:00+00:00"}),
    ("after", None),
    ("undone_by", 1.5),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_is_no_history_is_refused(name: str, value: Any, told: Portfolio, mate: User) -> None:
    document = document_of(told.owner)
    document["portfolios"][0]["changes"][1][name] = value
    with pytest.raises(ValidationError) as refused:
        taken_in(mate, document)
    assert list(refused.value.message_dict) == ["portfolios.0.changes.1"]
    assert account_file.is_empty(mate)
    assert not TransactionChange.objects.filter(portfolio__owner=mate).exists()


@pytest.mark.parametrize("name", ["id", "undone_by"])
def test_each_change_is_itself(name: str, told: Portfolio, mate: User) -> None:
    document = document_of(told.owner)
    changes = document["portfolios"][0]["changes"]
    changes[0][name] = changes[1][name] = changes[2]["id"]
    with pytest.raises(ValidationError):
        taken_in(mate, document)
    assert account_file.is_empty(mate)


def test_channels_come_along_where_the_address_is_ones_own(
    portfolio: Portfolio, mate: User
) -> None:
    owner = portfolio.owner
    EmailAddress.objects.create(user=mate, email="both@example.com", verified=True)
    app = Channel.objects.create(owner=owner, kind="in_app")
    hers = Channel.objects.create(owner=owner, kind="email", address="hers@example.com")
    both = Channel.objects.create(
        owner=owner, kind="email", address="both@example.com", enabled=False
    )
    main = Channel.objects.create(owner=owner, kind="email", address=owner.email)
    for price, channels in {"1": [app, both], "2": [hers], "3": [], "4": [main]}.items():
        create_rule(
            owner=owner,
            subject="price",
            measure="price",
            symbol="BTC",
            direction="above",
            threshold=Decimal(price),
            channels=[channel.pk for channel in channels],
        )
    made = account_file.import_account(user=mate, document=document_of(owner))
    assert (made["alert_channels"], made["alert_rules"]) == (3, 4)
    heard = {
        int(rule.threshold): sorted(rule.channels.values_list("kind", "address", "enabled"))
        for rule in Rule.objects.filter(owner=mate)
    }
    assert heard[1] == [("email", "both@example.com", False), ("in_app", "", True)]
    usual = [("email", mate.email, True), ("in_app", "", True)]
    assert heard[2] == usual  # hers is not his
    assert heard[3] == []
    assert heard[4] == [("email", mate.email, True)]  # where he signs in
    assert not Channel.objects.filter(owner=mate, address="hers@example.com").exists()


def test_the_page_says_what_is_not_in_it(owner: User, client: Client) -> None:
    client.force_login(owner)
    page = client.get("/settings/data/").content.decode()
    assert "What you share with others" in page
