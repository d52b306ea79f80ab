"""REST paths of risk, under `/api/`."""

from django.urls import path

from risk.api import backtests, futures, limits, scenarios, views, what_if

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
        "risk/portfolios/<int:portfolio_id>/correlation",
        futures.PortfolioCorrelation.as_view(),
        name="api-risk-correlation",
    ),
    path(
        "risk/portfolios/<int:portfolio_id>/monte-carlo",
        futures.PortfolioMonteCarlo.as_view(),
        name="api-risk-monte-carlo",
    ),
    path(
        "risk/portfolios/<int:portfolio_id>/history",
        views.PortfolioHistory.as_view(),
        name="api-risk-history",
    ),
    path(
        "risk/portfolios/<int:portfolio_id>/scenarios",
        scenarios.PortfolioScenarios.as_view(),
        name="api-risk-scenarios",
    ),
    path(
        "risk/portfolios/<int:portfolio_id>/what-if",
        what_if.PortfolioWhatIf.as_view(),
        name="api-risk-what-if",
    ),
    path("risk/what-if", what_if.TogetherWhatIf.as_view(), name="api-risk-what-if-all"),
    path("risk/limits", limits.LimitList.as_view(), name="api-risk-limits"),
    path("risk/limits/breaches", limits.BreachList.as_view(), name="api-risk-breaches"),
    path("risk/limits/<int:limit_id>", limits.LimitDetail.as_view(), name="api-risk-limit"),
    path(
        "risk/limits/<int:limit_id>/restore",
        limits.LimitRestore.as_view(),
        name="api-risk-limit-restore",
    ),
    path(
        "risk/portfolios/<int:portfolio_id>/backtest",
        backtests.PortfolioBacktest.as_view(),
        name="api-risk-backtest",
    ),
    path("risk/assets/<str:symbol>", views.AssetRisk.as_view(), name="api-risk-asset"),
]
