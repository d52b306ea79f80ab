"""Pages of alerts."""

from django.urls import path

from alerts.views import channels, page, rules

urlpatterns = [
    path("alerts/", page.page, name="alerts"),
    path("alerts/lines", page.lines, name="alert-lines"),
    path("alerts/history", page.history, name="alert-history"),
    path("alerts/read", page.read_all, name="alert-read-all"),
    path("alerts/rules/new", rules.new, name="alert-rule-new"),
    path("alerts/rules/preview", rules.preview, name="alert-rule-preview"),
    path("alerts/rules/<int:rule_id>/edit", rules.edit, name="alert-rule-edit"),
    path("alerts/rules/<int:rule_id>/switch", rules.switch, name="alert-rule-switch"),
    path("alerts/rules/<int:rule_id>/delete", rules.delete, name="alert-rule-delete"),
    path("alerts/channels/new", channels.new, name="alert-channel-new"),
    path("alerts/channels/<int:channel_id>/test", channels.test, name="alert-channel-test"),
    path("alerts/channels/<int:channel_id>/switch", channels.switch, name="alert-channel-switch"),
    path("alerts/channels/<int:channel_id>/delete", channels.delete, name="alert-channel-delete"),
]
