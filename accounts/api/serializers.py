"""What goes over the wire. Secrets only ever go in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from accounts import selectors
from accounts.models import Preferences, RefreshToken, User


class RegisterSerializer(serializers.Serializer[Any]):
    """A new person."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(write_only=True, max_length=1024, trim_whitespace=False)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The password may not resemble the other fields, so it is judged with them."""
        person = User(email=attrs["email"], name=attrs["name"])
        try:
            validate_password(attrs["password"], person)
        except DjangoValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from error
        return attrs


class RegisteredSerializer(serializers.Serializer[Any]):
    """The same for a new and for a known address."""

    email = serializers.EmailField()
    detail = serializers.CharField()


class LoginSerializer(serializers.Serializer[Any]):
    """`code`: of the authenticator app, or a recovery code; needed with a second factor only."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(write_only=True, max_length=1024, trim_whitespace=False)
    code = serializers.CharField(write_only=True, max_length=32, required=False, allow_blank=True)


class TokenPairSerializer(serializers.Serializer[Any]):
    """`access` for `Authorization: Bearer`, `refresh` for one use at /refresh."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class RefreshSerializer(serializers.Serializer[Any]):
    """A refresh token."""

    refresh = serializers.CharField(max_length=4096)


class PreferencesSerializer(serializers.ModelSerializer[Preferences]):
    class Meta:
        model = Preferences
        fields = [
            "base_currency",
            "theme",
            "locale",
            "time_zone",
            "privacy",
            "risk_tolerance",
            "chart_range",
            "benchmark",
        ]


class MeSerializer(serializers.ModelSerializer[User]):
    """The person signed in. The address and the second factor are changed on the pages, which ask
    for the password again.
    """

    preferences = PreferencesSerializer(required=False)
    is_email_verified = serializers.SerializerMethodField()
    has_second_factor = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "date_joined",
            "is_email_verified",
            "has_second_factor",
            "preferences",
        ]
        read_only_fields = ["id", "email", "date_joined"]

    def get_is_email_verified(self, user: User) -> bool:
        return selectors.has_verified_email(user)

    def get_has_second_factor(self, user: User) -> bool:
        return selectors.has_second_factor(user)


class SignInSerializer(serializers.ModelSerializer[RefreshToken]):
    """A living API sign-in; `id` stays the same while its tokens are exchanged."""

    id = serializers.UUIDField(source="family", read_only=True)

    class Meta:
        model = RefreshToken
        fields = ["id", "issued_at", "expires_at", "user_agent"]
        read_only_fields = fields
