"""`/api/alerts/history` and `/api/alerts/monitor/status`."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts import services
from alerts.api.serializers import (
    EventSerializer,
    MonitorSerializer,
    ReadInputSerializer,
    ReadSerializer,
)
from alerts.api.signed_in import person
from alerts.models import Event
from alerts.selectors import events_for, monitor_status, unread_count


class EventFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Which events: `fired`, `rule`, `unread`, and a time span."""

    fired = django_filters.BooleanFilter()
    rule = django_filters.NumberFilter(field_name="rule_id")
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")
    after = django_filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    before = django_filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")

    class Meta:
        model = Event
        fields: list[Any] = []


class EventList(ListAPIView[Event]):
    """Your alerts, newest first."""

    serializer_class = EventSerializer
    filterset_class = EventFilter
    queryset = Event.objects.none()

    def get_queryset(self) -> QuerySet[Event]:
        return events_for(person(self.request))


class EventsRead(APIView):
    """Marking alerts as read."""

    @extend_schema(request=ReadInputSerializer, responses=ReadSerializer)
    def post(self, request: Request) -> Response:
        """Mark some of your alerts, or all of them; ids that are not yours change nothing."""
        given = ReadInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user, chosen = person(request), given.validated_data
        marked = services.mark_read(user, "all" if chosen.get("all") else chosen["ids"])
        return Response(ReadSerializer({"marked": marked, "unread": unread_count(user)}).data)


class MonitorStatus(APIView):
    """Whether alerting is alive."""

    @extend_schema(responses=MonitorSerializer)
    def get(self, request: Request) -> Response:
        return Response(MonitorSerializer(monitor_status(person(request))).data)
