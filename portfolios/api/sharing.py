"""`/api/portfolios/{id}/shares` for the owner, `/api/shares/` for the guest."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios import selectors, services
from portfolios.api.around_serializers import RoleSerializer, ShareSerializer
from portfolios.api.doors import own_portfolio_of, person, portfolio_of
from portfolios.models import Share


class ShareList(ListAPIView[Share]):
    """Who a portfolio is shared with. A guest sees their own share alone."""

    serializer_class = ShareSerializer
    cursor_ordering = "id"
    queryset = Share.objects.none()

    def get_queryset(self) -> QuerySet[Share]:
        portfolio = portfolio_of(self.request, self.kwargs["portfolio_id"])
        return selectors.shares_for(person(self.request)).filter(portfolio=portfolio)

    @extend_schema(request=ShareSerializer, responses={201: ShareSerializer})
    def post(self, request: Request, portfolio_id: int) -> Response:
        """Invite an address as viewer or editor; it is mailed. Only the owner may."""
        portfolio = own_portfolio_of(request, portfolio_id)
        given = ShareSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        share = services.invite(
            portfolio=portfolio,
            user=person(request),
            link=request.build_absolute_uri(reverse("portfolios")),
            **given.validated_data,
        )
        return Response(ShareSerializer(share).data, status=status.HTTP_201_CREATED)


class ShareDetail(APIView):
    """One share of a portfolio."""

    def _share(self, request: Request, portfolio_id: int, share_id: int) -> Share:
        portfolio = portfolio_of(request, portfolio_id)
        rows = selectors.shares_for(person(request)).filter(portfolio=portfolio)
        return get_object_or_404(rows, pk=share_id)

    @extend_schema(responses=ShareSerializer)
    def get(self, request: Request, portfolio_id: int, share_id: int) -> Response:
        return Response(ShareSerializer(self._share(request, portfolio_id, share_id)).data)

    @extend_schema(request=RoleSerializer, responses=ShareSerializer)
    def patch(self, request: Request, portfolio_id: int, share_id: int) -> Response:
        """Change the role. Only the owner may."""
        share = self._share(request, portfolio_id, share_id)
        own_portfolio_of(request, portfolio_id)
        given = RoleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changed = services.change_role(share=share, user=person(request), **given.validated_data)
        return Response(ShareSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, portfolio_id: int, share_id: int) -> Response:
        """Take it back (the owner), or leave (the guest, their own)."""
        share = self._share(request, portfolio_id, share_id)
        services.end_share(share=share, user=person(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MyShares(ListAPIView[Share]):
    """Invitations that wait for you and the shares that you accepted."""

    serializer_class = ShareSerializer
    cursor_ordering = "id"
    queryset = Share.objects.none()

    def get_queryset(self) -> QuerySet[Share]:
        user = person(self.request)
        ids = [*selectors.invitations_for(user).values_list("pk", flat=True)]
        ids += selectors.shared_with(user).values_list("pk", flat=True)
        return Share.objects.filter(pk__in=ids).select_related("portfolio__owner")


class AcceptShare(APIView):
    @extend_schema(request=None, responses=ShareSerializer)
    def post(self, request: Request, share_id: int) -> Response:
        """Take an invitation: the portfolio is on your list from now on."""
        share = get_object_or_404(selectors.invitations_for(person(request)), pk=share_id)
        accepted = services.accept(share=share, user=person(request))
        return Response(ShareSerializer(accepted).data)


class DeclineShare(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, share_id: int) -> Response:
        """Throw an invitation away."""
        share = get_object_or_404(selectors.invitations_for(person(request)), pk=share_id)
        services.decline(share=share, user=person(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
