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
        from customers.bits import follow
        from customers.erasure.rows import set_up
        from customers.identity.merging import on_merge
        from customers.ingest import on_events
        from customers.naming import name_relations
        from customers.profile import (
            comparing,
            dossier,
            identity,
            menu,
            merging,
            orders,
            register_action,
            register_section,
            register_timeline,
            sides,
            tags,
        )
        from customers.segments import uses as segment_uses  # noqa: F401
        from customers.tags import changed, uses  # noqa: F401

        on_events(changed.mark, awaits=changed.follows)
        on_events(follow.hear_events, awaits=follow.awaits)
        on_merge(changed.merged, undone=changed.unmerged)
        set_up()
        register_section("orders", orders.tiles, place="tiles", order=10)
        register_section("stage", tags.stage, place="tiles", order=20)
        register_section("seen", orders.seen, place="tiles", order=30)
        register_section("merges", merging.merges, place="side", order=90)
        dossier.register_own()
        register_action("export", menu.export, order=30)
        register_action("merge", menu.merge, order=70)
        register_action("erase", menu.erase, order=90)
        register_timeline(identity.identities, kind="identity")
        register_timeline(identity.consents, kind="identity")
        name_relations(self)
        for order, block in enumerate(
            (sides.who, sides.identities, sides.attributes, sides.consents, sides.tags)
        ):
            comparing.register_block(block, order=order * 10)
