from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Signals and the schema extension need the models, so they are loaded here."""
        from accounts import receivers, schema  # noqa: F401, PLC0415 - schema registers itself

        receivers.connect()
