"""The operator's pages of every model, and what may be changed there."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from portfolios import services
from portfolios.models import (
    BasisElection,
    DailyValue,
    Disposal,
    Holding,
    Lot,
    LotChoice,
    Portfolio,
    Recalculation,
    Transaction,
    TransactionChange,
    Wallet,
)
from tests.portfolios.conftest import Add

pytestmark = pytest.mark.django_db
DERIVED = [Transaction, Lot, Disposal, Holding, DailyValue]
DERIVED += [TransactionChange, BasisElection, LotChoice, Recalculation]


@pytest.fixture
def filled(add: Add, portfolio: Portfolio) -> Portfolio:
    add("buy", "2", "BTC", 10, price="40000")
    add("sell", "1", "BTC", 5, price="45000")
    services.add_wallet(portfolio=portfolio, address="0x" + "1" * 40)
    services.revalue([portfolio.pk])
    job = services.request_recalculation(
        portfolio=portfolio, user=None, method="specific", elections={2020: "acb"}
    )
    services.run_recalculation(job.pk)
    bought, sold = Transaction.objects.order_by("executed_at")
    services.choose_lots(transaction=sold, choices=[(bought.pk, "1")], user=None)
    return portfolio


@pytest.mark.parametrize("model", [Portfolio, Wallet, *DERIVED])
def test_every_model_has_its_list_and_page(
    model: type, filled: Portfolio, admin_client: Client
) -> None:
    name = model.__name__.lower()
    found = admin_client.get(reverse(f"admin:portfolios_{name}_changelist"), {"q": "Core"})
    assert found.status_code == 200
    row = admin.site._registry[model].get_queryset(found.wsgi_request).first()
    assert row is not None
    page = admin_client.get(reverse(f"admin:portfolios_{name}_change", args=[row.pk]))
    assert page.status_code == 200


@pytest.mark.parametrize("model", DERIVED)
def test_what_a_replay_writes_is_not_edited(
    model: type, filled: Portfolio, admin_client: Client
) -> None:
    name = model.__name__.lower()
    assert admin_client.get(reverse(f"admin:portfolios_{name}_add")).status_code == 403
    row = admin.site._registry[model].model._default_manager.first()
    assert row is not None
    page = reverse(f"admin:portfolios_{name}_delete", args=[row.pk])
    assert admin_client.post(page, {"post": "yes"}).status_code == 403


def test_a_portfolio_goes_with_all_that_is_in_it(filled: Portfolio, admin_client: Client) -> None:
    page = reverse("admin:portfolios_portfolio_delete", args=[filled.pk])
    assert admin_client.post(page, {"post": "yes"}).status_code == 302
    assert not Transaction.objects.exists()


def test_valuing_again_from_the_list(filled: Portfolio, admin_client: Client) -> None:
    DailyValue.objects.update(value=None)
    page = reverse("admin:portfolios_portfolio_changelist")
    content = {"action": "value_again", "_selected_action": [filled.pk]}
    answer = admin_client.post(page, content, follow=True)
    assert "1 portfolios valued" in answer.content.decode()
    assert not DailyValue.objects.filter(value=None).exists()
