"""Doors without an id in their path: ids in the body, chosen owners, CSRF, redirects, policies."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from portfolios.models import Portfolio
from tests.test_strangers import Belongings, belongings

__all__ = ["belongings"]  # a fixture


def test_what_is_made_by_ids_in_the_body_takes_only_ones_own(
    belongings: Belongings, stranger: User, client: Client
) -> None:
    """Collections have no id in their path, and so no case above."""
    client.force_login(stranger)
    line = {"direction": "above", "threshold": "0.1"}
    price = {**line, "subject": "price", "symbol": "BTC"}
    risk = {**line, "subject": "risk", "portfolio": belongings.portfolio.pk}
    refused = [
        ("/api/alerts/rules", risk, "portfolio"),
        ("/api/alerts/rules/preview", risk, "portfolio"),
        ("/api/alerts/rules", {**price, "channels": [belongings.channel.pk]}, "channels"),
        (
            "/api/wallets/",
            {"portfolio": belongings.portfolio.pk, "address": "0x" + "b" * 40},
            "portfolio",
        ),
    ]
    for path, body, field in refused:
        answer = client.post(path, data=body, content_type="application/json")
        assert answer.status_code in {400, 404}, path
        if answer.status_code == 400:
            assert list(answer.json()["error"]["fields"]) == [field]
    read = client.post(
        "/api/alerts/history/read",
        data={"ids": [belongings.event.pk]},
        content_type="application/json",
    )
    assert read.json()["marked"] == 0
    belongings.event.refresh_from_db()
    assert belongings.event.read_at is None


def test_an_owner_cannot_be_chosen(belongings: Belongings, owner: User, stranger: User) -> None:
    """Nor an id, nor what only an operator gives."""
    client = Client()
    client.force_login(stranger)
    extra = {"id": belongings.portfolio.pk, "owner": owner.pk, "owner_id": owner.pk}
    made = client.post(
        "/api/portfolios/", data={"name": "Mine", **extra}, content_type="application/json"
    )
    assert made.status_code == 201
    portfolio = Portfolio.objects.get(pk=made.json()["id"])
    assert (portfolio.owner, portfolio.pk != belongings.portfolio.pk) == (stranger, True)
    rise = {"is_staff": True, "is_superuser": True, "email": "owner@example.com", "id": owner.pk}
    client.patch("/api/users/me", data=rise, content_type="application/json")
    stranger.refresh_from_db()
    assert (stranger.is_staff, stranger.is_superuser) == (False, False)
    assert stranger.email == "stranger@example.com"


def test_a_session_writes_only_with_its_csrf_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post("/api/portfolios/", data={"name": "x"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"
    assert not Portfolio.objects.filter(owner=owner).exists()


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_nobody_is_sent_elsewhere(owner: User, following: str) -> None:
    client = Client()
    client.force_login(owner)
    switched = client.post(reverse("settings-theme"), {"theme": "dark", "next": following})
    assert switched.status_code == 204
    out = Client().post(
        f"{reverse('account_login')}?next={following}",
        {"login": owner.email, "password": "a-long-enough-pass-phrase", "next": following},
    )
    assert "evil" not in out.headers.get("Location", "")
    assert "javascript" not in out.headers.get("Location", "")


@pytest.mark.parametrize(
    "path",
    ["/", "/portfolios/", "/accounts/login/", "/nothing/", "/api/portfolios/", "/admin/login/"],
)
def test_every_answer_has_a_content_policy(owner: User, path: str) -> None:
    client = Client()
    client.force_login(owner)
    policy = client.get(path, follow=True).headers["Content-Security-Policy"]
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    if not path.startswith("/admin/"):
        assert "unsafe" not in policy
