"""People come, and change what is theirs."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest

from accounts.models import Preferences, User
from accounts.services.audit import Action, record


@transaction.atomic
def register(
    *,
    email: str,
    password: str,
    name: str = "",
    is_email_verified: bool = False,
    request: HttpRequest | None = None,
    **extra: Any,
) -> User:
    """Make a person with preferences and the address allauth verifies and mails to.

    IntegrityError when the address is taken, in any case of letters. Validating the password is
    the caller's part, because its errors belong on a field.
    """
    user = User.objects.create_user(email, password, name=name, **extra)
    EmailAddress.objects.create(
        user=user, email=user.email, primary=True, verified=is_email_verified
    )
    record(user, Action.REGISTERED, target=user.email, request=request)
    return user


@transaction.atomic
def update_profile(*, user: User, name: str, request: HttpRequest | None = None) -> User:
    """Change the name by which a person is addressed; ValidationError names the field."""
    if name == user.name:
        return user
    user.name = name
    user.clean_fields(exclude=["password", "email"])
    user.save(update_fields=["name"])
    record(user, Action.PROFILE_CHANGED, detail={"name": name}, request=request)
    return user


@transaction.atomic
def update_preferences(
    *, user: User, request: HttpRequest | None = None, **changes: Any
) -> Preferences:
    """Change what is named in `changes`; ValidationError names the field. No change, no entry."""
    preferences = Preferences.objects.select_for_update().get(user=user)
    changed = {
        name: value for name, value in changes.items() if getattr(preferences, name) != value
    }
    for name, value in changed.items():
        setattr(preferences, name, value)
    preferences.full_clean(validate_unique=False)
    if changed:
        preferences.save(update_fields=list(changed))
        detail = {name: str(value) for name, value in changed.items()}
        record(user, Action.PREFERENCES_CHANGED, detail=detail, request=request)
    user.preferences = preferences
    return preferences
