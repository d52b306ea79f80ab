"""Answers kept for a second, as the bytes that go out: who polls a figure many times a second, or
opens it in five tabs, has it computed once. An edit raises the portfolio's revision, which is part
of the key, so nobody is shown a ledger from before their own edit.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from markets.api.cached import kept_for
from portfolios.models import Portfolio
from risk.parameters import Parameters


def kept(
    portfolio: Portfolio, asked: Parameters, answer: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """`answer()`, or what it was at most `settings.RISK_ANSWER_SECONDS` ago (0: never kept)."""
    question = blake2b(repr(asked).encode(), digest_size=12).hexdigest()
    key = f"risk:answer:{portfolio.pk}:{portfolio.revision}:{question}"
    return kept_for(settings.RISK_ANSWER_SECONDS, key, answer)
