"""Another user's object is 404, on every route there is.

The URL table is walked: a route with an id in it that no case below covers fails the test, so a
new route cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from alerts.models import Channel, Event, Rule
from markets.models import Asset, AssetKind
from portfolios import services
from portfolios.models import (
    ImportJob,
    Portfolio,
    Share,
    Transaction,
    TransactionChange,
    Wallet,
    Watchlist,
)
from portfolios.services.imports.options import DEFAULTS
from portfolios.services.watchlists import watch
from risk.models import Limit

#: Routes of libraries, with their own ownership rules, and of no owned object at all.
NOT_OURS = ("admin/", "accounts/", "static/")
#: Parameters that name something everybody may see.
PUBLIC = {"symbol", "figure"}
METHODS = ["get", "post", "put", "patch", "delete"]


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    parameters: frozenset[str]


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, pattern)
        elif isinstance(entry, URLPattern):
            named = entry.pattern.converters.keys() | entry.pattern.regex.groupindex.keys()
            yield Route(entry.name or "", pattern, frozenset(named))


def owned_routes() -> list[Route]:
    return [
        route
        for route in routes()
        if route.parameters - PUBLIC - {"format"} and not route.pattern.startswith(NOT_OURS)
    ]


@dataclass(frozen=True)
class Belongings:
    """One object of each kind, all of them the owner's."""

    portfolio: Portfolio
    transaction: Transaction
    wallet: Wallet
    rule: Rule
    event: Event
    channel: Channel
    limit: Limit
    family: str
    job: ImportJob
    change: TransactionChange
    share: Share
    invitation: Share
    watchlist: Watchlist

    def ids(self, route: Route) -> dict[str, object]:
        """The route's parameters, filled with the owner's ids."""
        return {name: self._id(name, route.name) for name in route.parameters}

    def _id(self, name: str, route: str) -> object:
        by_name = {
            "portfolio_id": self.portfolio.pk,
            "portfolio_pk": self.portfolio.pk,
            "transaction_id": self.transaction.pk,
            "wallet_id": self.wallet.pk,
            "rule_id": self.rule.pk,
            "event_id": self.event.pk,
            "channel_id": self.channel.pk,
            "limit_id": self.limit.pk,
            "family": self.family,
            "job_id": self.job.pk,
            "change_id": self.change.pk,
            "share_id": self._share(route).pk,
            "watchlist_id": self.watchlist.pk,
            "figure": "value",
            "symbol": "BTC",
        }
        if name in by_name:
            return by_name[name]
        kinds = ["transaction", "wallet", "rule", "event", "channel", "portfolio"]
        for kind in kinds:
            if kind in route:
                return getattr(self, kind).pk
        pytest.fail(f"No case for {route} <{name}>: name the owner's object in Belongings.")

    def _share(self, route: str) -> Share:
        """One that she gave; where a route is for the guest, one that somebody offers to her."""
        guests = ("api-share-accept", "api-share-decline", "invitation-answer")
        return self.invitation if route.removesuffix("-other") in guests else self.share


@pytest.fixture
def belongings(owner: User, person: Callable[[str], User]) -> Belongings:
    asset, _ = Asset.objects.get_or_create(symbol="BTC", defaults={"kind": AssetKind.COIN})
    portfolio = services.create_portfolio(owner=owner, name="Hers")
    transaction = services.add_transaction(
        portfolio=portfolio,
        type="buy",
        symbol="BTC",
        quantity=Decimal(1),
        price=Decimal(100),
        executed_at=datetime.now(UTC) - timedelta(days=1),
    )
    rule = Rule.objects.create(
        owner=owner, subject="price", measure="price", asset=asset, direction="above", threshold=1
    )
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    friend = person("friend")
    theirs = services.create_portfolio(owner=friend, name="Theirs")
    return Belongings(
        portfolio=portfolio,
        transaction=transaction,
        wallet=Wallet.objects.create(portfolio=portfolio, address="0x" + "a" * 40),
        rule=rule,
        event=Event.objects.create(
            rule=rule, owner=owner, fired=True, value=2, threshold=1, title="t", message="m"
        ),
        channel=Channel.objects.create(owner=owner, kind="in_app", address="hers"),
        limit=Limit.objects.create(owner=owner, measure="var", threshold=0.5),
        job=ImportJob.objects.create(
            portfolio=portfolio,
            user=owner,
            filename="hers.csv",
            format="generic",
            options=dict(DEFAULTS),
            state="ready",
        ),
        change=TransactionChange.objects.filter(portfolio=portfolio).latest("pk"),
        share=Share.objects.create(
            portfolio=portfolio, email="guest@example.com", invited_by=owner
        ),
        invitation=Share.objects.create(portfolio=theirs, email=owner.email, invited_by=friend),
        watchlist=_watching_bitcoin(owner),
        family=str(owner.refresh_tokens.create(expires_at=datetime.now(UTC)).family),
    )


def _watching_bitcoin(owner: User) -> Watchlist:
    watchlist = Watchlist.objects.create(owner=owner, name="Hers")
    watch(watchlist=watchlist, symbol="BTC")
    return watchlist


def test_there_are_routes_to_walk() -> None:
    assert len(owned_routes()) > 10


@pytest.mark.parametrize("route", owned_routes(), ids=lambda route: route.name or route.pattern)
def test_a_stranger_finds_nothing(
    route: Route, belongings: Belongings, stranger: User, client: Client
) -> None:
    client.force_login(stranger)
    path = reverse(route.name, kwargs=belongings.ids(route))
    for method in METHODS:
        response = getattr(client, method)(path, data={}, content_type="application/json")
        assert response.status_code in {404, 405}, f"{method.upper()} {path}"
    assert client.get(path).status_code in {404, 405}


@pytest.mark.parametrize("route", owned_routes(), ids=lambda route: route.name or route.pattern)
def test_nobody_signed_out_finds_anything(
    route: Route, belongings: Belongings, client: Client
) -> None:
    path = reverse(route.name, kwargs=belongings.ids(route))
    response = client.get(path)
    assert response.status_code in {302, 401, 405}
    if response.status_code == 302:
        assert "/accounts/login" in response["Location"]


@pytest.mark.parametrize("route", owned_routes(), ids=lambda route: route.name or route.pattern)
def test_the_owner_does_find_it(
    route: Route, belongings: Belongings, owner: User, client: Client
) -> None:
    """Or the two tests above would pass on a table of dead routes."""
    client.force_login(owner)
    path = reverse(route.name, kwargs=belongings.ids(route))
    methods = ("get", "post", "delete")
    codes = {getattr(client, method)(path).status_code for method in methods}
    assert codes - {404, 405}, f"{path} answers nobody"
