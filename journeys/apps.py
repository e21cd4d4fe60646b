from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "journeys"

    def ready(self) -> None:
        """Let the home page know what of this floor may need somebody."""
        from journeys import attention  # noqa: F401
