"""`/api/wallets/`."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import selectors, services
from portfolios.api.doors import editable_portfolio_of, person
from portfolios.api.serializers import WalletLabelSerializer, WalletSerializer
from portfolios.models import Wallet


class WalletList(ListAPIView[Wallet]):
    """On-chain addresses of the portfolios that you may look at."""

    serializer_class = WalletSerializer
    cursor_ordering = "id"
    queryset = Wallet.objects.none()

    def get_queryset(self) -> QuerySet[Wallet]:
        return selectors.wallets_for(person(self.request))

    @extend_schema(request=WalletSerializer, responses={201: WalletSerializer})
    def post(self, request: Request) -> Response:
        """Watch an address."""
        given = WalletSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        content = dict(given.validated_data)
        portfolio = editable_portfolio_of(request, content.pop("portfolio_id"))
        wallet = services.add_wallet(portfolio=portfolio, **content)
        return Response(WalletSerializer(wallet).data, status=status.HTTP_201_CREATED)


class WalletDetail(APIView):
    """One address."""

    @extend_schema(responses=WalletSerializer)
    def get(self, request: Request, wallet_id: int) -> Response:
        wallet = get_object_or_404(selectors.wallets_for(person(request)), pk=wallet_id)
        return Response(WalletSerializer(wallet).data)

    @extend_schema(request=WalletLabelSerializer, responses=WalletSerializer)
    def patch(self, request: Request, wallet_id: int) -> Response:
        """Rename it; another address is another wallet."""
        wallet = selectors.wallet_to_edit(person(request), wallet_id)
        given = WalletLabelSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changed = services.rename_wallet(wallet=wallet, **given.validated_data)
        return Response(WalletSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, wallet_id: int) -> Response:
        services.delete_wallet(wallet=selectors.wallet_to_edit(person(request), wallet_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
