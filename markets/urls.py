"""Pages of the markets."""

from django.urls import path

from markets import views

urlpatterns = [
    path("markets/", views.markets, name="markets"),
    path("markets/<str:symbol>/", views.market, name="market-detail"),
]
