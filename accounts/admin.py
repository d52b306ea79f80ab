# ruff: noqa: ARG002 - the admin calls these hooks with more than they need
"""What an operator sees of people. Secrets are never shown; trails and tokens are read-only."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import services
from accounts.models import AuditEntry, Preferences, RefreshToken, User
from accounts.services import Action

# The admin's own form knows no second factor: its login page sends people to ours.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

for theirs in (Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(theirs)


class ReadOnly(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Looked at, searched and filtered; never written by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PreferencesInline(StackedInline):  # type: ignore[misc]  # unfold ships no types
    model = Preferences
    can_delete = False


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    """A new password, or the end of `is_active`, ends the person's sessions and tokens."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ["email"]
    list_display = ["email", "name", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups", "date_joined"]
    search_fields = ["email", "name"]
    readonly_fields = ["date_joined", "last_login"]
    filter_horizontal = ["groups", "user_permissions"]
    actions = ["end_api_sign_ins"]
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        ("Times", {"fields": ("date_joined", "last_login")}),
        (
            "May",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return [PreferencesInline] if obj else []

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """New people come by the same door as everyone: with preferences."""
        if change:
            super().save_model(request, obj, form, change)
            return
        User.objects.save_new(obj)
        services.record(obj, Action.REGISTERED, obj.email, {"by": "admin"}, request)

    @action(description="End all API sign-ins")  # type: ignore[untyped-decorator]
    def end_api_sign_ins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        ended = sum(
            services.end_sign_ins(user=user, reason="by an operator", request=request)
            for user in queryset
        )
        self.message_user(request, f"{ended} tokens revoked.")


@admin.register(Preferences)
class PreferencesAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    list_display = ["user", "base_currency", "theme", "locale", "time_zone", "privacy"]
    list_filter = ["base_currency", "theme", "locale", "privacy", "risk_tolerance"]
    search_fields = ["user__email"]
    list_select_related = ["user"]
    readonly_fields = ["user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """They go with the person only."""
        return False


@admin.register(RefreshToken)
class RefreshTokenAdmin(ReadOnly):
    """Rows hold no token: the token itself is signed, and only the client has it."""

    list_display = ["user", "family", "issued_at", "expires_at", "used_at", "revoked_at"]
    list_filter = ["issued_at", "expires_at", "revoked_at"]
    search_fields = ["user__email", "family", "user_agent"]
    list_select_related = ["user"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["at", "action", "user", "target", "ip"]
    list_filter = ["action", "at"]
    search_fields = ["user__email", "action", "target", "ip"]
    date_hierarchy = "at"
    list_select_related = ["user"]


@admin.register(EmailAddress)
class EmailAddressAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["primary", "verified"]
    search_fields = ["email", "user__email", "user__name"]
    autocomplete_fields = ["user"]
    list_select_related = ["user"]


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    """An operator may remove a lost second factor, and see nothing of it."""

    fields: ClassVar[list[str]] = ["user", "type", "created_at", "last_used_at"]
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at", "last_used_at"]
    search_fields = ["user__email"]
    list_select_related = ["user"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(ModelAdmin.has_delete_permission(self, request, obj))

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        detail = {"by": "admin"}
        services.record(obj.user, Action.SECOND_FACTOR_REMOVED, str(obj.type), detail, request)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        for authenticator in queryset:
            self.delete_model(request, authenticator)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnly):
    fields: ClassVar[list[str]] = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    list_filter = ["created_at", "last_seen_at"]
    search_fields = ["user__email", "ip", "user_agent"]
    list_select_related = ["user"]


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    pass
