"""Every address of the product."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from config import health
from config.api import account
from config.api.docs import docs
from config.api.errors import not_found
from config.pages import (
    account_data,
    dashboard,
    portfolio_list,
    risk,
    risk_limit_dialogs,
    risk_report,
)

api: list[URLPattern | URLResolver] = [
    path("health", health.readiness, name="api-health"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    path("account/export", account.AccountExport.as_view(), name="api-account-export"),
    path("account/import", account.AccountImport.as_view(), name="api-account-import"),
    path("", include("accounts.api_urls")),
    path("", include("markets.api_urls")),
    path("", include("portfolios.api_urls")),
    path("", include("risk.api_urls")),
    path("", include("alerts.api_urls")),
    re_path("", not_found, name="api-not-found"),
]

urlpatterns = [
    path("health", health.liveness, name="health"),
    path("metrics", health.metrics, name="metrics"),
    path("api/", include(api)),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", dashboard.dashboard, name="dashboard"),
    path("portfolios/", portfolio_list.portfolio_list, name="portfolios"),
    path("risk/", risk.page, name="risk"),
    path("risk/<int:portfolio_id>/", risk.page, name="risk-portfolio"),
    path("risk/report/", risk_report.report, name="risk-report"),
    path("risk/<int:portfolio_id>/report/", risk_report.report, name="risk-report-portfolio"),
    path("risk/figures.csv", risk_report.figures_csv, name="risk-csv"),
    path("risk/<int:portfolio_id>/figures.csv", risk_report.figures_csv, name="risk-csv-portfolio"),
    path("risk/limits/new/", risk_limit_dialogs.new, name="risk-limit-new"),
    path("risk/limits/<int:limit_id>/", risk_limit_dialogs.change, name="risk-limit"),
    path("settings/data/", account_data.account_data, name="account-data"),
    path("", include("accounts.urls")),
    path("", include("markets.urls")),
    path("", include("portfolios.urls")),
    path("", include("alerts.urls")),
]

handler400 = "config.unavailable.bad_request"
handler500 = "config.unavailable.server_error"
