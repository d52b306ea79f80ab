"""Pages of the ledger."""

from django.urls import path

from portfolios.views import editing, pages, transactions

_ONE = "portfolios/<int:portfolio_id>/"
_ROW = f"{_ONE}transactions/<int:transaction_id>/"

urlpatterns = [
    path("portfolios/", pages.portfolio_list, name="portfolios"),
    path("portfolios/new/", editing.portfolio_new, name="portfolio-new"),
    path(
        "portfolios/transactions/new/", transactions.transaction_new_any, name="transaction-new-any"
    ),
    path(_ONE, pages.portfolio_detail, name="portfolio-detail"),
    path(f"{_ONE}edit/", editing.portfolio_edit, name="portfolio-edit"),
    path(f"{_ONE}delete/", editing.portfolio_delete, name="portfolio-delete"),
    path(f"{_ONE}lots/<str:symbol>/", pages.portfolio_lots, name="portfolio-lots"),
    path(f"{_ONE}transactions/", transactions.transactions, name="portfolio-transactions"),
    path(f"{_ONE}transactions/new/", transactions.transaction_new, name="transaction-new"),
    path(f"{_ROW}edit/", transactions.transaction_edit, name="transaction-edit"),
    path(f"{_ROW}delete/", transactions.transaction_delete, name="transaction-delete"),
]
