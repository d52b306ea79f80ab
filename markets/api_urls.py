from django.urls import path

from markets.api import views

urlpatterns = [
    path("symbols", views.Symbols.as_view(), name="api-symbols"),
    path("market/prices", views.Prices.as_view(), name="api-market-prices"),
    path("market/overview", views.OverviewView.as_view(), name="api-market-overview"),
    path("ticks/<str:symbol>", views.Ticks.as_view(), name="api-ticks"),
    path("ohlc/<str:symbol>", views.Ohlc.as_view(), name="api-ohlc"),
    path("stats/<str:symbol>", views.StatsView.as_view(), name="api-stats"),
]
