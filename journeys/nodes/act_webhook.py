"""act.webhook: call another system, and go on with what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.wake import wake
from journeys.engine.statements import execute, fetch
from journeys.nodes import readers, register
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Problem,
    Reference,
    Stay,
    setting,
)
from journeys.nodes.effects import Done, Effect
from journeys.nodes.labels import label_of
from journeys.nodes.values import properties_for, read_properties

if TYPE_CHECKING:
    from journeys.engine.run import Run

OK, FAILED = "ok", "failed"
CALL = "journeys.webhooks.call"
LONGEST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CallWebhook(Effect):
    """A row that a worker of the default queue works off; no call is made here."""

    webhook_id: int
    body: str
    gives_up_at: datetime

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        execute(
            "call_webhooks",
            {
                "now": now,
                "webhooks": [one.effect.webhook_id for one in done],
                "enrollments": [one.enrollment_id for one in done],
                "visits": [one.visit for one in done],
                "customers": [one.customer_id for one in done],
                "nodes": [one.node for one in done],
                "bodies": [one.effect.body for one in done],
                "ats": [one.at for one in done],
                "ends": [one.effect.gives_up_at for one in done],
            },
        )
        wake(CALL)


@dataclass(frozen=True, slots=True)
class DropCall(Effect):
    """The walk waits no longer."""

    @classmethod
    def write(cls, done: Sequence[Done], now: datetime) -> None:
        execute(
            "drop_webhook_calls",
            {
                "enrollments": [one.enrollment_id for one in done],
                "visits": [one.visit for one in done],
            },
        )


@dataclass(frozen=True, slots=True)
class Settings:
    webhook: str = setting(readers.name, gettext_lazy("Webhook"), noun="webhook")
    send: dict[str, Any] = setting(
        read_properties,
        gettext_lazy("What is sent along"),
        default=None,
        help=gettext_lazy("Literals, or $entry.property, $vars.name, $entry_key."),
    )
    variable: str = setting(
        readers.name,
        gettext_lazy("Variable for the answer"),
        default="answer",
        example="answer",
        help=gettext_lazy("What came back, as {{ vars.answer.tier }}."),
    )
    needs_answer: bool = setting(
        readers.flag,
        gettext_lazy("Needs an answer"),
        default=False,
        help=gettext_lazy("An answer that is no JSON, or larger than 16 kB, counts as failed."),
    )
    at_most: timedelta = setting(
        readers.duration,
        gettext_lazy("Try for at most"),
        default=timedelta(hours=1),
        example="1h",
        help=gettext_lazy("Then she goes on by “failed”."),
    )


@register
class ActWebhook(Node[Settings]):
    """The call is signed (Standard Webhooks), tried again after 5 s, 30 s, 2 min, 10 min and so on,
    takes at most ten seconds, and is never made into the local network."""

    kind = "act.webhook"
    family = Family.ACT
    label = gettext_lazy("Webhook")
    icon = "hook"
    Settings = Settings
    waits = True

    def check(self) -> Iterable[Problem]:
        if self.settings.at_most > LONGEST:
            yield Problem(f"nodes.{self.key}.at_most", _("Calls are tried for two days at most."))

    def refers(self) -> Iterable[Reference]:
        return [Reference("webhook", self.settings.webhook, "webhook")]

    def outcomes(self) -> Sequence[Outcome]:
        ok = label_of(OK, self.labels) or _("Answered")
        failed = label_of(FAILED, self.labels) or _("Failed")
        return [Outcome(OK, ok), Outcome(FAILED, failed, is_timeout=True)]

    def sentence(self) -> str:
        return format_html(_("Call <em>{webhook}</em>"), webhook=self.settings.webhook)

    def carry(self, visits: Sequence[tuple[int, int]], run: Run) -> None:
        """A call of another system than the one that is called from now on stays behind."""
        ids, numbers = [v[0] for v in visits], [v[1] for v in visits]
        webhook = {"brand": run.journey.brand_id, "code": self.settings.webhook}
        execute("carry_webhook_calls", {"ids": ids, "visits": numbers, **webhook})

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        webhook_id = run.webhook_id(self.settings.webhook)
        # Also for who has just arrived: she may have been moved here, with her call.
        ids = [member.enrollment_id for member in members]
        rows = fetch("webhook_answers", {"ids": ids, "node": self.key})
        found = {row[0]: row[1:] for row in rows}
        for member in members:
            end = member.arrived_at + self.settings.at_most
            reply = found.get(member.enrollment_id)
            if reply is not None and reply[0] == member.visit:
                yield self._go_on(member, *reply[1:])
            elif end <= run.now:
                yield Leave(FAILED, end, {"error": "too late"}, does=(DropCall(),))
            else:
                body = self._body(member, run)
                yield Stay(end, does=(CallWebhook(webhook_id, body, end),))

    def _go_on(
        self, member: Member, state: str, status: int | None, answer: str | None, error: str
    ) -> Leave:
        at = next((wake.at for wake in member.wakes if wake.label), member.arrived_at)
        why = {"status": status, **({"error": error} if error else {})}
        if state != OK or (self.settings.needs_answer and answer is None):
            return Leave(FAILED, at, why)
        kept = json.loads(answer) if answer is not None else None
        return Leave(OK, at, why, puts={self.settings.variable: kept})

    def _body(self, member: Member, run: Run) -> str:
        about = {
            "journey": run.journey.code,
            "node": self.key,
            "customer_id": member.customer_id,
            "entry_key": member.entry_key,
        }
        data = properties_for(self.settings.send or {}, member)
        body = {
            "type": "journey.webhook",
            "timestamp": member.arrived_at.isoformat(),
            "data": {**about, "values": data},
        }
        return json.dumps(body, ensure_ascii=False)
