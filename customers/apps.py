from django.apps import AppConfig
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = gettext_lazy("Customers")
    verbose_name = _("Customers")

    def ready(self) -> None:
        """Let the home page and the page of a customer know what this floor has to say."""
        from customers import attention  # noqa: F401
        from customers.profile import (
            identity,
            merging,
            orders,
            register_section,
            register_timeline,
        )

        register_section("orders", orders.tiles, place="tiles", order=10)
        register_section("merges", merging.merges, place="side", order=90)
        register_timeline(identity.identities, kind="identity")
        register_timeline(identity.consents, kind="identity")
