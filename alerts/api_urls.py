"""REST paths of alerts, under `/api/`."""

from django.urls import path

from alerts.api import channels, history, rules

urlpatterns = [
    path("alerts/rules", rules.RuleList.as_view(), name="api-alert-rules"),
    path("alerts/rules/preview", rules.RulePreview.as_view(), name="api-alert-preview"),
    path("alerts/rules/<int:rule_id>", rules.RuleDetail.as_view(), name="api-alert-rule"),
    path("alerts/history", history.EventList.as_view(), name="api-alert-history"),
    path("alerts/history/read", history.EventsRead.as_view(), name="api-alert-read"),
    path("alerts/channels", channels.ChannelList.as_view(), name="api-alert-channels"),
    path(
        "alerts/channels/<int:channel_id>",
        channels.ChannelDetail.as_view(),
        name="api-alert-channel",
    ),
    path(
        "alerts/channels/<int:channel_id>/test",
        channels.ChannelTest.as_view(),
        name="api-alert-channel-test",
    ),
    path("alerts/monitor/status", history.MonitorStatus.as_view(), name="api-alert-monitor"),
]
