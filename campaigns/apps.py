from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        """Let the home page know what of this floor may need somebody."""
        from campaigns import attention  # noqa: F401
