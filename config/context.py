"""What the shell around every page needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.models import Locale, Privacy, Theme
from alerts.selectors import unread_count
from config.middleware import live_url
from markets.selectors import feed_state
from portfolios.selectors import portfolios_for


@dataclass(frozen=True)
class NavEntry:
    """One entry of the main navigation; `icon` names a symbol of the icon sprite."""

    label: str
    path: str
    icon: str
    is_active: bool


_NAV = [
    ("Dashboard", "/", "dashboard"),
    ("Portfolios", "/portfolios/", "portfolio"),
    ("Risk", "/risk/", "risk"),
    ("Markets", "/markets/", "markets"),
    ("Alerts", "/alerts/", "alerts"),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Signed-out pages get the neutral half of it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.path.startswith("/admin/"):
        return {
            "theme": Theme.SYSTEM.value,
            "locale": Locale.EN_US.value,
            "privacy": Privacy.SHOWN.value,
        }
    preferences = user.preferences
    return {
        "theme": preferences.theme,
        "locale": preferences.locale,
        "privacy": preferences.privacy,
        "base_currency": preferences.base_currency,
        "live_url": live_url(request),
        "feed": feed_state(),
        "nav": _navigation(request.path),
        "portfolios": list(portfolios_for(user)),
        "unread_alerts": unread_count(user),
    }


def _navigation(path: str) -> list[NavEntry]:
    def active(root: str) -> bool:
        here = "/markets/" if path.startswith("/watchlists/") else path
        return here == root if root == "/" else here.startswith(root)

    return [NavEntry(label, root, icon, active(root)) for label, root, icon in _NAV]
