"""The person signed in, and their API sign-ins."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, services
from accounts.api.serializers import MeSerializer, SignInSerializer
from accounts.models import RefreshToken, User


class MeView(APIView):
    """Profile and preferences."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who am I, and how do I want to see things."""
        return Response(MeSerializer(_user(request)).data)

    @extend_schema(request=MeSerializer(partial=True), responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change the name, or some of the preferences; what is not sent stays."""
        user = _user(request)
        serializer = MeSerializer(user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        given: dict[str, Any] = serializer.validated_data
        http = request._request  # noqa: SLF001 - DRF has no public name for it
        if "preferences" in given:
            services.update_preferences(user=user, request=http, **given["preferences"])
        if "name" in given:
            services.update_profile(user=user, name=given["name"], request=http)
        return Response(MeSerializer(user).data)


class SignInsView(generics.ListAPIView[RefreshToken]):
    """Living API sign-ins, newest first. Browser sessions are listed at /accounts/sessions/."""

    serializer_class = SignInSerializer
    queryset = RefreshToken.objects.none()  # for the schema
    cursor_ordering = ("-issued_at", "-id")

    def get_queryset(self) -> QuerySet[RefreshToken]:
        return selectors.sign_ins_for(_user(self.request))


class SignInView(APIView):
    """One API sign-in."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, family: uuid.UUID) -> Response:
        """Revoke it: its tokens stop working at once."""
        http = request._request  # noqa: SLF001 - DRF has no public name for it
        if not services.end_sign_in(user=_user(request), family=family, request=http):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


def _user(request: Request) -> User:
    """IsAuthenticated has let only people through."""
    return cast(User, request.user)
