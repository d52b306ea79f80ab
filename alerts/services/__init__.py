"""Writes over alerts: keyword-only, one transaction each."""

from alerts.services.channels import (
    create_channel,
    default_channels,
    delete_channel,
    send_test,
    update_channel,
)
from alerts.services.delivery import deliver_due, due_count, retry_delivery
from alerts.services.evaluation import evaluate_prices, evaluate_risk, evaluate_rules
from alerts.services.events import mark_read
from alerts.services.preview import Preview, preview
from alerts.services.rules import create_rule, delete_rule, update_rule

__all__ = [
    "Preview",
    "create_channel",
    "create_rule",
    "default_channels",
    "delete_channel",
    "delete_rule",
    "deliver_due",
    "due_count",
    "evaluate_prices",
    "evaluate_risk",
    "evaluate_rules",
    "mark_read",
    "preview",
    "retry_delivery",
    "send_test",
    "update_channel",
    "update_rule",
]
