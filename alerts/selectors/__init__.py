"""Reads over alerts. Owned rows are reached only through the `…_for(user)` doors."""

from alerts.selectors.history import Series, price_series, risk_series
from alerts.selectors.lines import load_lines
from alerts.selectors.monitor import MonitorStatus, monitor_status
from alerts.selectors.owned import catch_up, channels_for, events_for, rules_for, unread_count
from alerts.selectors.readings import Reading, readings_for, spec_of
from risk.limits import LoadLine

__all__ = [
    "LoadLine",
    "MonitorStatus",
    "Reading",
    "Series",
    "catch_up",
    "channels_for",
    "events_for",
    "load_lines",
    "monitor_status",
    "price_series",
    "readings_for",
    "risk_series",
    "rules_for",
    "spec_of",
    "unread_count",
]
