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
        from journeys import attention, merging, profile, usage  # noqa: F401
        from journeys.engine.enter import enroll_events
        from journeys.nodes.checks import check_nodes

        on_events(enroll_events)
        on_merge(merging.move_walks, lock=merging.lock, undone=merging.walk_apart)
        checks.register(check_nodes)
