from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _


class JourneysConfig(AppConfig):
    name = "journeys"
    verbose_name = gettext_lazy("Journeys")
    verbose_name = _("Journeys")

    def ready(self) -> None:
        """Let the home page know what of this floor may need somebody, and hear of events."""
        from customers.identity.merging import on_merge
        from customers.ingest import on_events
        from customers.naming import name_relations
        from customers.profile.comparing import register_block
        from journeys import (  # noqa: F401
            attention,
            comparing,
            erasing,
            merging,
            metrics,
            profile,
            tag_success,
            usage,
        )
        from journeys.engine.enter import awaits_events, enroll_events
        from journeys.nodes.checks import check_nodes

        on_events(enroll_events, awaits=awaits_events)
        erasing.set_up()
        on_merge(merging.move_walks, lock=merging.lock, undone=merging.walk_apart)
        register_block(comparing.walks, order=60)
        checks.register(check_nodes)
        metrics.set_up()
        name_relations(self)
