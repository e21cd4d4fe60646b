from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        """Let the home page and the page of a customer know what this floor has to say."""
        from campaigns import attention, profile  # noqa: F401
