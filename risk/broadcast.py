"""Group and payload of a new risk figure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone

from portfolios.models import Portfolio
from portfolios.selectors import own_portfolios_for
from risk.models import RiskSnapshot
from risk.selectors import Answer, latest_snapshot, risk_answer

if TYPE_CHECKING:
    from accounts.models import User

GROUP = "live.risk"

#: What of the answer a page needs at once; the rest it can ask for.
PUSHED = (
    "as_of",
    "base_currency",
    "value",
    "observations",
    "confidence",
    "horizon_days",
    "window_days",
    "score",
    "level",
    "trend",
    "volatility",
    "cvar",
    "max_drawdown",
    "current_drawdown",
    "beta",
    "sentence",
    "sentence_parts",
    "simulated",
)


def payload(snapshot: RiskSnapshot) -> dict[str, Any]:
    """The `risk_update` of one snapshot; `seq` is its primary key, so it only ever grows."""
    return _message(snapshot.portfolio_id, snapshot.pk, snapshot.answer)


def combined(user: User) -> dict[str, Any] | None:
    """The `risk_update` of all of a person's own portfolios together; None if there are none.

    Nothing is stored of it: `seq` is the time in milliseconds.
    """
    portfolios = list(own_portfolios_for(user))
    if not portfolios:
        return None
    answer = risk_answer(portfolios, base=user.preferences.base_currency)
    return _message("all", int(time.time() * 1000), answer)


def _message(identity: int | str, seq: int, answer: Answer) -> dict[str, Any]:
    return {
        "type": "risk_update",
        "id": identity,
        "seq": seq,
        "ts": timezone.now().isoformat(),
        "var": answer["var"]["historical"],
        "vars": answer["var"],
        **{name: answer[name] for name in PUSHED},
    }


def risk_update(snapshot: RiskSnapshot, owner_id: int) -> None:
    """Push a stored snapshot to its owner's open pages. Call it on commit."""
    message = {
        "type": "live.message",
        "channel": "risk",
        "id": snapshot.portfolio_id,
        "owner": owner_id,
        "payload": payload(snapshot),
    }
    async_to_sync(get_channel_layer().group_send)(GROUP, message)


def catch_up(portfolio: Portfolio) -> dict[str, Any] | None:
    """The newest state for a page that was away; None if nothing was computed yet."""
    newest = latest_snapshot(portfolio)
    return None if newest is None else payload(newest)
