from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        """Let the home page and the page of a customer know what this floor has to say."""
        from campaigns import (  # noqa: F401
            attention,
            comparing,
            erasing,
            merging,
            profile,
            reach,
            tag_success,
        )
        from campaigns.queries import funnel  # noqa: F401
        from customers.identity.merging import on_merge
        from customers.naming import name_relations
        from customers.profile.comparing import register_block

        erasing.set_up()
        on_merge(merging.move_messages, lock=merging.lock)
        register_block(comparing.messages, order=50)
        name_relations(self)
