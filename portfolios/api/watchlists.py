"""`/api/watchlists/`: lists of assets that a person keeps an eye on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios.api.doors import person
from portfolios.models import Watchlist, WatchlistItem
from portfolios.selectors.watchlists import watchlists_for
from portfolios.services import watchlists as services


class WatchedSerializer(serializers.Serializer[Any]):
    """An asset of a list; `position` from 0."""

    symbol = serializers.CharField(source="asset.symbol", max_length=20)
    name = serializers.CharField(source="asset.name", read_only=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    position = serializers.IntegerField(read_only=True)
    added_at = serializers.DateTimeField(read_only=True)


class WatchlistSerializer(serializers.Serializer[Any]):
    """A list with its assets in order. Prices are at /api/market/…."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    created_at = serializers.DateTimeField(read_only=True)
    items = WatchedSerializer(many=True, read_only=True)


class WatchlistChangeSerializer(serializers.Serializer[Any]):
    """`symbols`: these first, in this order."""

    name = serializers.CharField(max_length=80, required=False)
    symbols = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, max_length=100
    )


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=200, allow_blank=True)


class WatchlistList(ListAPIView[Watchlist]):
    """Your watchlists."""

    serializer_class = WatchlistSerializer
    cursor_ordering = "id"
    queryset = Watchlist.objects.none()

    def get_queryset(self) -> QuerySet[Watchlist]:
        return watchlists_for(person(self.request))

    @extend_schema(request=WatchlistSerializer, responses={201: WatchlistSerializer})
    def post(self, request: Request) -> Response:
        """Make a list."""
        given = WatchlistSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.create_watchlist(owner=person(request), **given.validated_data)
        return Response(WatchlistSerializer(made).data, status=status.HTTP_201_CREATED)


class WatchlistDetail(APIView):
    """One of your watchlists."""

    @extend_schema(responses=WatchlistSerializer)
    def get(self, request: Request, watchlist_id: int) -> Response:
        return Response(WatchlistSerializer(_list(request, watchlist_id)).data)

    @extend_schema(request=WatchlistChangeSerializer, responses=WatchlistSerializer)
    def patch(self, request: Request, watchlist_id: int) -> Response:
        """Rename it or order it."""
        watchlist = _list(request, watchlist_id)
        given = WatchlistChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if "symbols" in given.validated_data:
            services.reorder(watchlist=watchlist, symbols=given.validated_data["symbols"])
        if "name" in given.validated_data:
            services.rename_watchlist(watchlist=watchlist, name=given.validated_data["name"])
        return Response(WatchlistSerializer(_list(request, watchlist_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, watchlist_id: int) -> Response:
        services.delete_watchlist(watchlist=_list(request, watchlist_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class WatchlistItems(APIView):
    """What is on a list."""

    @extend_schema(request=WatchedSerializer, responses={201: WatchedSerializer})
    def post(self, request: Request, watchlist_id: int) -> Response:
        """Put an asset on it; one that is there already is answered as it is."""
        watchlist = _list(request, watchlist_id)
        given = WatchedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        symbol, note = given.validated_data["asset"]["symbol"], given.validated_data.get("note", "")
        item = services.watch(watchlist=watchlist, symbol=symbol, note=note)
        return Response(WatchedSerializer(item).data, status=status.HTTP_201_CREATED)


class WatchlistItemDetail(APIView):
    """One asset of a list."""

    @extend_schema(request=NoteSerializer, responses=WatchedSerializer)
    def patch(self, request: Request, watchlist_id: int, symbol: str) -> Response:
        """Change its note."""
        item = _item(request, watchlist_id, symbol)
        given = NoteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changed = services.change_note(item=item, **given.validated_data)
        return Response(WatchedSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, watchlist_id: int, symbol: str) -> Response:
        services.unwatch(item=_item(request, watchlist_id, symbol))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _list(request: Request, watchlist_id: int) -> Watchlist:
    return get_object_or_404(watchlists_for(person(request)), pk=watchlist_id)


def _item(request: Request, watchlist_id: int, symbol: str) -> WatchlistItem:
    rows = _list(request, watchlist_id).items.select_related("asset")
    return get_object_or_404(rows, asset__symbol=symbol.upper())
