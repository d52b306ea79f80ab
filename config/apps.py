from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself: its schedule, demo, template tags and system checks."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415  (registers the system checks)
