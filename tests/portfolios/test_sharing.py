"""Sharing: who may see and write what, by every road there is.

The URL table is walked: a viewer gets no 2xx on an unsafe method of any route that names the
owner's portfolio or something in it, and nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.test import Client
from django.urls import reverse
from redis import Redis

from accounts.models import User
from portfolios import selectors, services
from portfolios.broadcast import combined as value_of_all
from portfolios.models import Portfolio, Share
from portfolios.tasks import mail_invitation
from risk.broadcast import combined as risk_of_all
from tests.test_strangers import Belongings, Route, belongings, owned_routes

__all__ = ["belongings"]  # a fixture

JSON = "application/json"
UNSAFE = ("post", "put", "patch", "delete")
#: They reckon and write nothing: what-if and scenarios of one's own making.
QUESTIONS = {"api-risk-what-if", "api-risk-scenarios"}
#: Rows that a request may write without anything of the portfolio being changed.
BESIDES = {"sessions.session", "usersessions.usersession", "accounts.auditentry"}

Give = Callable[[str], Share]


@pytest.fixture
def give(belongings: Belongings, owner: User, mate: User) -> Give:
    """The owner shares with the mate, who has accepted."""

    def make(role: str) -> Share:
        EmailAddress.objects.create(user=mate, email=mate.email, primary=True, verified=True)
        share = services.invite(
            portfolio=belongings.portfolio, user=owner, email=mate.email, role=role
        )
        return services.accept(share=share, user=mate)

    return make


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def in_portfolio() -> list[Route]:
    """Routes of the portfolio itself and of what is in it (limits and rules are a person's)."""
    inside = {"portfolio_id", "transaction_id", "wallet_id", "job_id", "change_id"}
    return [
        route
        for route in owned_routes()
        if route.parameters & inside and not route.name.endswith("-other")  # the same views
    ]


def everything() -> dict[str, int]:
    return {
        model._meta.label_lower: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.label_lower not in BESIDES and model._meta.managed
    }


@pytest.mark.parametrize("route", in_portfolio(), ids=lambda route: route.name)
def test_a_viewer_writes_by_no_road(
    route: Route, belongings: Belongings, give: Give, mate: User
) -> None:
    give("viewer")
    client = signed_in(mate)
    path = reverse(route.name, kwargs=belongings.ids(route))
    before = everything()
    for method in UNSAFE:
        for content in ({"content_type": JSON, "data": {}}, {}):
            if method != "post" and not content:
                continue
            answer = getattr(client, method)(path, **content)
            if route.name in QUESTIONS:
                continue
            assert answer.status_code in {403, 404, 405}, f"{method.upper()} {path}"
    assert everything() == before


@pytest.mark.parametrize("route", in_portfolio(), ids=lambda route: route.name)
def test_a_viewer_sees_what_the_owner_sees(
    route: Route, belongings: Belongings, give: Give, mate: User, owner: User
) -> None:
    give("viewer")
    path = reverse(route.name, kwargs=belongings.ids(route))
    hers = signed_in(owner).get(path).status_code
    theirs = signed_in(mate).get(path).status_code
    if theirs == 404:
        assert route.parameters & {"share_id"}  # the share of somebody else
    elif theirs == 403:
        assert "api-" not in route.name  # a dialog that writes
    else:
        assert theirs == hers


def test_an_editor_writes_the_ledger_and_not_the_settings(
    belongings: Belongings, give: Give, mate: User
) -> None:
    give("editor")
    client, pk = signed_in(mate), belongings.portfolio.pk
    content = {"type": "buy", "symbol": "BTC", "quantity": "1", "price": "5"}
    at = {"executed_at": "2024-05-05T00:00:00Z"}
    one = f"/api/portfolios/{pk}"
    made = client.post(f"{one}/transactions", {**content, **at}, content_type=JSON)
    assert made.status_code == 201
    row = f"{one}/transactions/{made.json()['id']}"
    assert client.patch(row, {"note": "x"}, content_type=JSON).status_code == 200
    assert client.delete(row).status_code == 204
    wishes = {"targets": [{"symbol": "BTC", "weight": "0.5"}]}
    assert client.put(f"{one}/targets", wishes, content_type=JSON).status_code == 200
    changes = belongings.portfolio.changes.filter(user=mate)
    assert changes.count() == 3
    for method, path, body in [
        ("patch", f"{one}/", {"name": "Mine"}),
        ("patch", f"{one}/", {"base_currency": "EUR"}),
        ("delete", f"{one}/", {}),
        ("post", f"{one}/shares", {"email": "x@example.com", "role": "viewer"}),
    ]:
        answer = getattr(client, method)(path, body, content_type=JSON)
        assert answer.status_code == 403, path
        assert answer.json()["error"]["message"] == "Only the owner of this portfolio can do that."
    assert client.get(reverse("portfolio-delete", args=[pk])).status_code == 403


def test_a_viewer_is_told_why(belongings: Belongings, give: Give, mate: User) -> None:
    give("viewer")
    path = f"/api/portfolios/{belongings.portfolio.pk}/transactions"
    answer = signed_in(mate).post(path, {}, content_type=JSON)
    said = answer.json()["error"]
    assert (answer.status_code, said["code"]) == (403, "permission_denied")
    assert "shared with you to look at" in said["message"]


def test_ids_in_a_body_open_no_other_road(
    belongings: Belongings, give: Give, mate: User, stranger: User
) -> None:
    give("viewer")
    client, pk = signed_in(mate), belongings.portfolio.pk
    line = {"direction": "above", "threshold": "0.1", "subject": "risk", "portfolio": pk}
    limit = {"measure": "var", "threshold": 0.1, "portfolio": pk}
    address = {"portfolio": pk, "address": "0x" + "b" * 40}
    before = everything()
    for path, body in [
        ("/api/alerts/rules", line),
        ("/api/risk/limits", limit),
        ("/api/wallets/", address),
    ]:
        assert client.post(path, body, content_type=JSON).status_code in {400, 403}, path
    given = {"portfolio": pk, "type": "buy", "symbol": "BTC", "quantity": "1", "price": "1"}
    form = client.post(reverse("transaction-new-any"), {**given, "executed_at": "2024-01-01T00:00"})
    assert form.status_code in {200, 422}
    assert everything() == before


# --- Invitations --------------------------------------------------------------------


def test_an_address_is_answered_alike_whether_known_or_not(
    belongings: Belongings, owner: User, mate: User
) -> None:
    client, path = signed_in(owner), f"/api/portfolios/{belongings.portfolio.pk}/shares"
    answers = []
    for email in (mate.email, "nobody@example.com"):
        answer = client.post(path, {"email": email, "role": "viewer"}, content_type=JSON)
        assert answer.status_code == 201
        answers.append({k: v for k, v in answer.json().items() if k not in {"id", "created_at"}})
    assert answers[0] | {"email": ""} == answers[1] | {"email": ""}
    assert answers[0]["state"] == "pending"
    again = client.post(path, {"email": mate.email.upper()}, content_type=JSON)
    assert list(again.json()["error"]["fields"]) == ["email"]
    own = client.post(path, {"email": owner.email}, content_type=JSON)
    assert list(own.json()["error"]["fields"]) == ["email"]


def test_the_mail_says_who_and_where(belongings: Belongings, owner: User) -> None:
    share = services.invite(
        portfolio=belongings.portfolio, user=owner, email="new@example.com", role="editor"
    )
    assert mail_invitation(share.pk, "https://plimsoll.example/portfolios/")
    (sent,) = mail.outbox
    assert sent.to == ["new@example.com"]
    assert owner.email in sent.body
    assert "https://plimsoll.example/portfolios/" in sent.body
    share.delete()
    assert not mail_invitation(share.pk, "https://plimsoll.example/portfolios/")


def test_an_invitation_waits_for_whoever_confirms_the_address(
    belongings: Belongings, owner: User, person: Callable[[str], User]
) -> None:
    services.invite(
        portfolio=belongings.portfolio, user=owner, email="Late@example.com", role="viewer"
    )
    late = person("late")  # signs up afterwards
    client = signed_in(late)
    assert client.get("/api/shares/").json()["results"] == []
    confirmed = EmailAddress.objects.create(user=late, email=late.email, verified=False)
    assert client.get("/api/shares/").json()["results"] == []
    confirmed.verified = True
    confirmed.save()
    (waiting,) = client.get("/api/shares/").json()["results"]
    assert (waiting["state"], waiting["portfolio_name"]) == ("pending", "Hers")
    path = f"/api/portfolios/{belongings.portfolio.pk}/"
    assert client.get(path).status_code == 404
    assert "Invitations" in client.get(reverse("portfolios")).content.decode()
    assert client.post(f"/api/shares/{waiting['id']}/accept").status_code == 200
    assert client.get(path).status_code == 200
    assert "shared by owner@example.com" in client.get(reverse("portfolios")).content.decode()
    assert client.post(f"/api/shares/{waiting['id']}/accept").status_code == 404


def test_declining_and_leaving(belongings: Belongings, give: Give, mate: User, owner: User) -> None:
    share = give("viewer")
    client, pk = signed_in(mate), belongings.portfolio.pk
    left = client.post(reverse("share-change", args=[pk, share.pk]), {"end": ""})
    assert left["Location"] == reverse("portfolios")
    assert client.get(f"/api/portfolios/{pk}/").status_code == 404
    again = services.invite(
        portfolio=belongings.portfolio, user=owner, email=mate.email, role="viewer"
    )
    client.post(reverse("invitation-answer", args=[again.pk]), {"decline": ""})
    assert not Share.objects.filter(pk=again.pk).exists()


def test_the_owner_invites_changes_and_takes_back_on_the_page(
    belongings: Belongings, owner: User
) -> None:
    client, pk = signed_in(owner), belongings.portfolio.pk
    page = reverse("portfolio-sharing", args=[pk])
    refused = client.post(page, {"email": "no address", "role": "viewer"})
    assert refused.status_code == 422
    assert "aria-invalid" in refused.content.decode()
    client.post(page, {"email": "friend@example.org", "role": "viewer"})
    share = Share.objects.get(email="friend@example.org")
    client.post(reverse("share-change", args=[pk, share.pk]), {"role": "editor"})
    share.refresh_from_db()
    assert share.role == "editor"
    client.post(reverse("share-change", args=[pk, share.pk]), {"end": ""})
    assert not Share.objects.filter(pk=share.pk).exists()


def test_a_role_holds_from_the_next_request_on(
    belongings: Belongings, give: Give, mate: User, owner: User
) -> None:
    share = give("editor")
    client, pk = signed_in(mate), belongings.portfolio.pk
    path = f"/api/portfolios/{pk}/targets"
    assert client.put(path, {"targets": []}, content_type=JSON).status_code == 200
    services.change_role(share=share, user=owner, role="viewer")
    assert client.put(path, {"targets": []}, content_type=JSON).status_code == 403
    services.end_share(share=share, user=owner)
    assert client.put(path, {"targets": []}, content_type=JSON).status_code == 404
    assert client.get(reverse("portfolio-detail", args=[pk])).status_code == 404
    assert selectors.role_of(mate, belongings.portfolio) is None


def test_invitations_are_not_endless(
    belongings: Belongings, owner: User, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portfolios.services.sharing.A_DAY", 2)
    client, path = signed_in(owner), f"/api/portfolios/{belongings.portfolio.pk}/shares"
    codes = [
        client.post(path, {"email": f"{n}@example.com"}, content_type=JSON).status_code
        for n in range(3)
    ]
    assert codes == [201, 201, 400]


# --- What is added up ---------------------------------------------------------------


def test_all_portfolios_are_ones_own(belongings: Belongings, give: Give, mate: User) -> None:
    give("viewer")
    assert value_of_all(mate) is None
    assert risk_of_all(mate) is None
    mine = services.create_portfolio(owner=mate, name="Mine")
    assert list(selectors.own_portfolios_for(mate)) == [mine]
    assert set(selectors.portfolios_for(mate)) == {mine, belongings.portfolio}
    client = signed_in(mate)
    switcher = client.get("/").content.decode()
    assert re.search(r"Hers <small[^>]*>shared", switcher)
    chosen = client.get("/", {"portfolio": belongings.portfolio.pk})
    assert chosen.context["overview"].portfolios == [belongings.portfolio]


def test_who_owns_none_sees_the_one_that_is_shared(
    belongings: Belongings, give: Give, mate: User
) -> None:
    give("viewer")
    answer = signed_in(mate).get("/")
    assert answer["Location"] == f"/?portfolio={belongings.portfolio.pk}"


def test_two_addresses_of_one_person_are_one_portfolio(
    belongings: Belongings, give: Give, mate: User, owner: User
) -> None:
    give("viewer")
    EmailAddress.objects.create(user=mate, email="other@example.com", verified=True)
    second = services.invite(
        portfolio=belongings.portfolio, user=owner, email="other@example.com", role="editor"
    )
    services.accept(share=second, user=mate)
    assert selectors.portfolios_for(mate).count() == 1
    assert selectors.role_of(mate, belongings.portfolio) == "editor"
    assert isinstance(selectors.editable_portfolios_for(mate).get(), Portfolio)


def test_api_answers_for_guests_list_their_share_alone(
    belongings: Belongings, give: Give, mate: User
) -> None:
    share = give("viewer")
    path = f"/api/portfolios/{belongings.portfolio.pk}/shares"
    found: list[dict[str, Any]] = signed_in(mate).get(path).json()["results"]
    assert [one["id"] for one in found] == [share.pk]
