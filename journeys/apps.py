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
        from campaigns.actions.campaigns import on_period
        from campaigns.actions.tasks import on_finished
        from customers.identity.merging import on_merge
        from customers.ingest import on_events
        from customers.naming import name_relations
        from customers.profile.comparing import register_block
        from customers.segments import on_membership
        from journeys import (  # noqa: F401
            attention,
            comparing,
            conversions,
            erasing,
            merging,
            metrics,
            profile,
            tag_success,
            usage,
        )
        from journeys.engine.answer import answer_task
        from journeys.engine.enter import awaits_events, enroll_events, enroll_moves
        from journeys.nodes.checks import check_nodes
        from journeys.queries import attribution, durations, experiments  # noqa: F401
        from journeys.sends import calendar as sends_calendar  # noqa: F401
        from journeys.sends import usage as sends_usage  # noqa: F401
        from journeys.sends.follow import follow_period
        from journeys.subscriptions.fanout import awaits_messages, tell_messages, tell_moves

        on_period(follow_period)
        on_events(enroll_events, awaits=awaits_events)
        on_membership(enroll_moves)
        on_events(tell_messages, awaits=awaits_messages)
        on_membership(tell_moves)
        on_finished(answer_task)
        erasing.set_up()
        on_merge(merging.move_walks, lock=merging.lock, undone=merging.walk_apart)
        register_block(comparing.walks, order=60)
        checks.register(check_nodes)
        metrics.set_up()
        name_relations(self)
