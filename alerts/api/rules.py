"""`/api/alerts/rules`."""

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
    PreviewInputSerializer,
    PreviewSerializer,
    RuleInputSerializer,
    RuleSerializer,
)
from alerts.api.signed_in import person
from alerts.models import Rule
from alerts.selectors import rules_for


class RuleList(ListAPIView[Rule]):
    """Your rules, in the order they were made."""

    serializer_class = RuleSerializer
    cursor_ordering = "id"
    queryset = Rule.objects.none()

    def get_queryset(self) -> QuerySet[Rule]:
        return rules_for(person(self.request)).prefetch_related("channels")

    @extend_schema(request=RuleInputSerializer, responses={201: RuleSerializer})
    def post(self, request: Request) -> Response:
        """Make a rule; it is judged at once."""
        given = RuleInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        rule = services.create_rule(owner=person(request), **given.validated_data)
        rule.refresh_from_db()
        return Response(RuleSerializer(rule).data, status=status.HTTP_201_CREATED)


class RuleDetail(APIView):
    """One of your rules."""

    def _rule(self, request: Request, rule_id: int) -> Rule:
        return get_object_or_404(rules_for(person(request)), pk=rule_id)

    @extend_schema(responses=RuleSerializer)
    def get(self, request: Request, rule_id: int) -> Response:
        return Response(RuleSerializer(self._rule(request, rule_id)).data)

    @extend_schema(request=RuleInputSerializer(partial=True), responses=RuleSerializer)
    def patch(self, request: Request, rule_id: int) -> Response:
        """Change a rule; another line starts from clear."""
        rule = self._rule(request, rule_id)
        given = RuleInputSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        services.update_rule(rule=rule, **given.validated_data)
        return Response(RuleSerializer(self._rule(request, rule_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, rule_id: int) -> Response:
        """Remove a rule; its events stay in the history."""
        services.delete_rule(rule=self._rule(request, rule_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RulePreview(APIView):
    """When a rule would have fired."""

    @extend_schema(request=PreviewInputSerializer, responses=PreviewSerializer)
    def post(self, request: Request) -> Response:
        given = PreviewInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        found = services.preview(owner=person(request), **given.validated_data)
        return Response(PreviewSerializer(found).data)
