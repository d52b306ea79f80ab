"""Watchlists over REST and on the page: several a person, ordered, with notes and prices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from markets.models import Venue
from portfolios.models import Watchlist, WatchlistItem

JSON = "application/json"


@pytest.fixture
def hers(client: Client, owner: User, venue: Venue) -> Client:
    client.force_login(owner)
    return client


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type=JSON)


def symbols(client: Client, pk: int) -> list[str]:
    return [item["symbol"] for item in client.get(f"/api/watchlists/{pk}/").json()["items"]]


def test_lists_are_made_filled_ordered_and_removed(hers: Client) -> None:
    pk = post(hers, "/api/watchlists/", name="Layer one").json()["id"]
    items = f"/api/watchlists/{pk}/items"
    for symbol in ("btc", "ETH", "BNB"):
        assert post(hers, items, symbol=symbol).status_code == 201
    assert symbols(hers, pk) == ["BTC", "ETH", "BNB"]
    assert post(hers, items, symbol="BTC").json()["position"] == 0
    hers.patch(f"/api/watchlists/{pk}/", {"symbols": ["BNB"]}, content_type=JSON)
    assert symbols(hers, pk) == ["BNB", "BTC", "ETH"]
    hers.patch(f"{items}/ETH", {"note": "after the merge"}, content_type=JSON)
    assert WatchlistItem.objects.get(asset__symbol="ETH").note == "after the merge"
    assert hers.delete(f"{items}/BTC").status_code == 204
    assert symbols(hers, pk) == ["BNB", "ETH"]
    renamed = hers.patch(f"/api/watchlists/{pk}/", {"name": "L1"}, content_type=JSON)
    assert renamed.json()["name"] == "L1"
    assert hers.delete(f"/api/watchlists/{pk}/").status_code == 204
    assert hers.get("/api/watchlists/").json()["results"] == []


def test_what_is_wrong_is_named(hers: Client) -> None:
    pk = post(hers, "/api/watchlists/", name="One").json()["id"]
    for path, body, field in [
        ("/api/watchlists/", {"name": "One"}, "name"),
        ("/api/watchlists/", {"name": " "}, "name"),
        (f"/api/watchlists/{pk}/items", {"symbol": "NOPE"}, "symbol"),
        (f"/api/watchlists/{pk}/items", {"symbol": "BTC", "note": "x" * 201}, "note"),
    ]:
        answer = post(hers, path, **body)
        assert answer.status_code == 400, path
        assert list(answer.json()["error"]["fields"]) == [field]
    wrong = hers.patch(f"/api/watchlists/{pk}/", {"symbols": ["BTC"]}, content_type=JSON)
    assert list(wrong.json()["error"]["fields"]) == ["symbols"]


def test_anothers_list_is_not_found(hers: Client, stranger: User) -> None:
    pk = Watchlist.objects.create(owner=stranger, name="Theirs").pk
    assert hers.get(f"/api/watchlists/{pk}/").status_code == 404
    assert post(hers, f"/api/watchlists/{pk}/items", symbol="BTC").status_code == 404
    assert hers.post(reverse("watchlist-change", args=[pk]), {"delete": "1"}).status_code == 404


def test_the_page_from_empty_to_ordered(hers: Client, owner: User) -> None:
    page = reverse("watchlists")
    assert "No watchlist yet" in hers.get(page).content.decode()
    assert hers.post(page, {"name": "Mine"}).status_code == 302
    pk = Watchlist.objects.get(owner=owner).pk
    change = reverse("watchlist-change", args=[pk])
    for symbol in ("BTC", "ETH"):
        assert hers.post(change, {"symbol": symbol, "add": ""}).status_code == 302
    refused = hers.post(change, {"symbol": "NOPE", "add": ""})
    assert refused.status_code == 422
    assert f'id="add-{pk}-error"' in refused.content.decode()
    hers.post(reverse("watched-change", args=[pk, "ETH"]), {"up": ""})
    assert symbols(hers, pk) == ["ETH", "BTC"]
    shown = hers.get(page).content.decode()
    assert 'data-live="price:ETH"' in shown
    assert "49,990" in shown
    hers.post(reverse("watched-change", args=[pk, "ETH"]), {"remove": ""})
    assert symbols(hers, pk) == ["BTC"]


def test_a_list_swaps_itself(hers: Client, owner: User) -> None:
    """htmx gets the list alone, as it is now: no page is loaded anew."""
    first, other = (Watchlist.objects.create(owner=owner, name=name) for name in ("One", "Two"))
    htmx = {"HX-Request": "true", "HX-Target": f"list-{first.pk}"}
    change = reverse("watchlist-change", args=[first.pk])
    for symbol in ("BTC", "ETH"):
        added = hers.post(change, {"symbol": symbol, "add": ""}, headers=htmx)
        assert added.status_code == 200
    one = reverse("watched-change", args=[first.pk, "ETH"])
    moved = hers.post(one, {"up": ""}, headers=htmx).content.decode()
    assert re.findall(r'<tr data-symbol="(\w+)"', moved) == ["ETH", "BTC"]
    assert moved.count("<section") == 1
    assert "<html" not in moved
    assert f'id="list-{other.pk}"' not in moved
    kept = hers.post(one, {"note": "after the merge"}, headers=htmx)
    assert 'value="after the merge"' in kept.content.decode()
    assert "The note on ETH is kept" in kept["HX-Trigger"]
    refused = hers.post(one, {"note": "x" * 201}, headers=htmx)
    assert refused.status_code == 200
    assert "At most 200 characters." in refused.content.decode()
    assert WatchlistItem.objects.get(asset__symbol="ETH").note == "after the merge"
    renamed = hers.post(change, {"name": "Best", "rename": ""}, headers=htmx).content.decode()
    assert ">Best</h2>" in renamed
    gone = hers.post(one, {"remove": ""}, headers=htmx).content.decode()
    assert re.findall(r'<tr data-symbol="(\w+)"', gone) == ["BTC"]
    nope = hers.post(change, {"symbol": "NOPE", "add": ""}, headers=htmx).content.decode()
    assert f'id="add-{first.pk}-error"' in nope
    page = hers.get(reverse("watchlists")).content.decode()
    assert page.count(f'hx-target="#list-{first.pk}"') == 4  # rename, note, order, add


def test_the_star_on_the_market_pages(hers: Client, owner: User) -> None:
    star = reverse("watch-toggle", args=["BTC"])
    on = hers.post(star, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in on
    assert Watchlist.objects.get(owner=owner).items.get().asset.symbol == "BTC"
    detail = hers.get(reverse("market-detail", args=["BTC"])).content.decode()
    assert 'aria-pressed="true"' in detail
    assert 'aria-label="Watch ETH"' in hers.get(reverse("markets")).content.decode()
    assert (
        'aria-pressed="false"' in hers.post(star, headers={"HX-Request": "true"}).content.decode()
    )
    assert not WatchlistItem.objects.exists()
    assert hers.post(reverse("watch-toggle", args=["NOPE"])).status_code == 404
