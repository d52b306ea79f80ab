"""REST paths of risk, under `/api/`."""

from django.urls import path

from risk.api import views

urlpatterns = [
    path(
        "risk/portfolios/<int:portfolio_id>",
        views.PortfolioRisk.as_view(),
        name="api-risk-portfolio",
    ),
    path(
        "risk/portfolios/<int:portfolio_id>/contributions",
        views.PortfolioContributions.as_view(),
        name="api-risk-contributions",
    ),
    path(
        "risk/portfolios/<int:portfolio_id>/history",
        views.PortfolioHistory.as_view(),
        name="api-risk-history",
    ),
    path("risk/assets/<str:symbol>", views.AssetRisk.as_view(), name="api-risk-asset"),
]
