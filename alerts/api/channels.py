"""`/api/alerts/channels`."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts import services
from alerts.api.serializers import (
    ChannelChangeSerializer,
    ChannelInputSerializer,
    ChannelSerializer,
    TestSerializer,
)
from alerts.api.signed_in import person
from alerts.models import Channel
from alerts.selectors import channels_for


class ChannelList(ListAPIView[Channel]):
    """Your channels."""

    serializer_class = ChannelSerializer
    cursor_ordering = "id"
    queryset = Channel.objects.none()

    def get_queryset(self) -> QuerySet[Channel]:
        return channels_for(person(self.request))

    @extend_schema(request=ChannelInputSerializer, responses={201: ChannelSerializer})
    def post(self, request: Request) -> Response:
        """Add a channel. An e-mail channel goes to one of your own confirmed addresses."""
        given = ChannelInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        channel = services.create_channel(owner=person(request), **given.validated_data)
        return Response(ChannelSerializer(channel).data, status=status.HTTP_201_CREATED)


class ChannelDetail(APIView):
    """One of your channels."""

    def _channel(self, request: Request, channel_id: int) -> Channel:
        return get_object_or_404(channels_for(person(request)), pk=channel_id)

    @extend_schema(responses=ChannelSerializer)
    def get(self, request: Request, channel_id: int) -> Response:
        return Response(ChannelSerializer(self._channel(request, channel_id)).data)

    @extend_schema(request=ChannelChangeSerializer(partial=True), responses=ChannelSerializer)
    def patch(self, request: Request, channel_id: int) -> Response:
        channel = self._channel(request, channel_id)
        given = ChannelChangeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = services.update_channel(channel=channel, **given.validated_data)
        return Response(ChannelSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, channel_id: int) -> Response:
        """Remove a channel and what is still owed to it; the app's can only be switched off."""
        services.delete_channel(channel=self._channel(request, channel_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChannelTest(APIView):
    """Trying a channel out."""

    @extend_schema(request=None, responses={202: TestSerializer})
    def post(self, request: Request, channel_id: int) -> Response:
        """Queue a test message, on the same road as every alert."""
        channel = get_object_or_404(channels_for(person(request)), pk=channel_id)
        event = services.send_test(channel=channel)
        delivery = event.deliveries.get()
        answer = {"event": event.pk, "state": delivery.state}
        return Response(TestSerializer(answer).data, status=status.HTTP_202_ACCEPTED)
