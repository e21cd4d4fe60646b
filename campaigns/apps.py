from django.apps import AppConfig
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = gettext_lazy("Campaigns")
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        """Let the home page and the page of a customer know what this floor has to say."""
        from campaigns import attention, merging, profile  # noqa: F401
        from customers.identity.merging import on_merge

        on_merge(merging.move_messages, lock=merging.lock)
