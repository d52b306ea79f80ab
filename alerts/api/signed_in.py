"""Who asks. The default permission lets only people who are signed in come this far."""

from __future__ import annotations

from rest_framework.request import Request

from accounts.models import User


def person(request: Request) -> User:
    """The user of an authenticated request."""
    assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated ran before
    return request.user
