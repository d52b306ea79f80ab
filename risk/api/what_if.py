"""`/api/risk/…/what-if`: every figure before anything is bought. Nothing is written."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from portfolios.models import Portfolio
from portfolios.selectors import own_portfolios_for
from risk.api.limit_serializers import WhatIfInputSerializer, WhatIfSerializer
from risk.api.views import owned_portfolio
from risk.parameters import parameters
from risk.selectors.what_if import what_if
from risk.what_if import Trade


def _asked(request: Request) -> tuple[list[Trade], dict[str, Any]]:
    """The trades, and the rest of the question."""
    given = WhatIfInputSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    rest = dict(given.validated_data)
    trades = [
        Trade(one["symbol"].strip().upper(), one.get("quantity"), one.get("weight"))
        for one in rest.pop("trades")
    ]
    return trades, rest


def _answer(request: Request, portfolio: Portfolio | list[Portfolio]) -> Response:
    assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated ran before
    trades, rest = _asked(request)
    fee_rate = rest.pop("fee_rate")
    found = what_if(
        request.user,
        portfolio,
        trades,
        asked=parameters(**rest),
        base=None if isinstance(portfolio, Portfolio) else request.user.preferences.base_currency,
        fee_rate=fee_rate,
    )
    return Response(found)


class PortfolioWhatIf(APIView):
    @extend_schema(request=WhatIfInputSerializer, responses=WhatIfSerializer)
    def post(self, request: Request, portfolio_id: int) -> Response:
        """What every figure of a portfolio would be after trades; a field error names the trade."""
        return _answer(request, owned_portfolio(request, portfolio_id))


class TogetherWhatIf(APIView):
    @extend_schema(request=WhatIfInputSerializer, responses=WhatIfSerializer)
    def post(self, request: Request) -> Response:
        """The same for all your portfolios taken together, in your base currency."""
        assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated ran before
        return _answer(request, list(own_portfolios_for(request.user)))
