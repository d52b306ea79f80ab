"""A part of a page is not kept by the browser under the page's address."""

from __future__ import annotations

from django.test import Client

from accounts.models import User


def test_a_part_is_not_stored_and_the_page_varies(client: Client, owner: User) -> None:
    client.force_login(owner)
    page = client.get("/portfolios/")
    assert "HX-Request" in page.headers["Vary"]
    assert "no-store" not in page.headers.get("Cache-Control", "")
    part = client.get("/portfolios/", headers={"HX-Request": "true"})
    assert part.headers["Cache-Control"] == "no-store"
