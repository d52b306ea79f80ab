"""BOOTSTRAP (lead): includes what exists; replaced by the final table once all rooms landed."""

from importlib.util import find_spec
from typing import Any

from django.contrib import admin
from django.urls import include, path

from config.api import errors

urlpatterns: list[Any] = [path("admin/", admin.site.urls), path("accounts/", include("allauth.urls"))]
for name in ("accounts", "markets", "portfolios", "risk", "alerts"):
    if find_spec(f"{name}.api_urls"):
        urlpatterns.append(path("api/", include(f"{name}.api_urls")))
    if find_spec(f"{name}.urls"):
        urlpatterns.append(path("", include(f"{name}.urls")))
if find_spec("config.pages.dashboard"):
    from config.pages import dashboard

    urlpatterns.append(path("", dashboard.dashboard, name="dashboard"))
if find_spec("config.pages.risk"):
    from config.pages import risk

    urlpatterns += [
        path("risk/", risk.page, name="risk"),
        path("risk/<int:portfolio_id>/", risk.page, name="risk-portfolio"),
    ]
