"""What stands around a ledger, as the API reads and writes it: shares."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from portfolios.models import Share, ShareRole


class ShareSerializer(serializers.Serializer[Any]):
    """Somebody who may look at a portfolio or edit it; `pending` until they accept.

    Whether an address belongs to a member is not said: an invitation reads the same for all.
    """

    id = serializers.IntegerField(read_only=True)
    portfolio = serializers.IntegerField(source="portfolio_id", read_only=True)
    portfolio_name = serializers.CharField(source="portfolio.name", read_only=True)
    owner = serializers.EmailField(source="portfolio.owner.email", read_only=True)
    email = serializers.CharField(max_length=254)
    role = serializers.ChoiceField(ShareRole.choices, default=ShareRole.VIEWER)
    state = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    accepted_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_state(self, share: Share) -> str:
        """`pending` or `accepted`."""
        return "accepted" if share.accepted_at else "pending"


class RoleSerializer(serializers.Serializer[Any]):
    """The one thing of a share that changes."""

    role = serializers.ChoiceField(ShareRole.choices)
