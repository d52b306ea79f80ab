"""Alerts: rules (pure), durable events, delivery channels."""
