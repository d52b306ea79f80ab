"""`/api/risk/limits`: drawn, changed and removed by their owner; another person's are not found."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from risk import services
from risk.api.limit_serializers import (
    BreachSerializer,
    LimitInputSerializer,
    LimitSerializer,
    RestoreQuestionSerializer,
    RestoreSerializer,
)
from risk.models import Breach, Limit
from risk.selectors.limits import breaches_for, limits_for
from risk.selectors.restoring import restore


def _person(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated ran before
    return request.user


def _limit(request: Request, limit_id: int) -> Limit:
    return get_object_or_404(limits_for(_person(request)), pk=limit_id)


class LimitList(ListAPIView[Limit]):
    """Your limits, in the order they were drawn."""

    serializer_class = LimitSerializer
    queryset = Limit.objects.none()
    cursor_ordering = "id"

    def get_queryset(self) -> QuerySet[Limit]:
        return limits_for(_person(self.request))

    @extend_schema(request=LimitInputSerializer, responses={201: LimitSerializer})
    def post(self, request: Request) -> Response:
        """Draw a limit; it is judged at once."""
        given = LimitInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        limit = services.create_limit(owner=_person(request), **given.validated_data)
        return Response(LimitSerializer(limit).data, status=status.HTTP_201_CREATED)


class LimitDetail(APIView):
    """One of your limits."""

    @extend_schema(responses=LimitSerializer)
    def get(self, request: Request, limit_id: int) -> Response:
        return Response(LimitSerializer(_limit(request, limit_id)).data)

    @extend_schema(request=LimitInputSerializer(partial=True), responses=LimitSerializer)
    def patch(self, request: Request, limit_id: int) -> Response:
        """Change a limit; another line ends an open breach and is judged at once."""
        limit = _limit(request, limit_id)
        given = LimitInputSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = services.update_limit(limit=limit, **given.validated_data)
        return Response(LimitSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, limit_id: int) -> Response:
        """Remove a limit and its history of breaches."""
        services.delete_limit(limit=_limit(request, limit_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LimitRestore(APIView):
    @extend_schema(parameters=[RestoreQuestionSerializer], responses=RestoreSerializer)
    def get(self, request: Request, limit_id: int) -> Response:
        """The cheapest sale that brings a breached limit back; it is never made."""
        limit = _limit(request, limit_id)
        given = RestoreQuestionSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        return Response(restore(limit, **given.validated_data))


class BreachList(ListAPIView[Breach]):
    """When your limits were breached, newest first."""

    serializer_class = BreachSerializer
    queryset = Breach.objects.none()
    cursor_ordering = ("-opened_at", "-id")

    def get_queryset(self) -> QuerySet[Breach]:
        return breaches_for(_person(self.request))
