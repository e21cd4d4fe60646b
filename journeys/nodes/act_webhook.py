"""act.webhook: call another system, and go on with what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content.render import one_line
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
    SettingError,
    Stay,
    setting,
)
from journeys.nodes.effects import Done, Effect
from journeys.nodes.forms import Form, asked_by
from journeys.nodes.labels import label_of
from journeys.nodes.templates import TemplateFault, Words, asks_customer, template
from journeys.nodes.values import VALUES_HELP, properties_for, read_properties

if TYPE_CHECKING:
    from journeys.engine.run import Run

OK, FAILED = "ok", "failed"
CALL = "journeys.webhooks.call"
LONGEST = timedelta(days=2)
LONGEST_BODY = 8_000
LARGEST_BODY = 64_000  # characters, filled in
MOST_HEADERS = 10
PLAIN = "".join(map(chr, range(0x20, 0x7F)))
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
# What the call itself says, and what would change how it is sent.
OURS = frozenset(
    {"host", "content-length", "content-type", "connection", "transfer-encoding", "te", "trailer",
     "upgrade", "expect", "keep-alive", "accept", "accept-encoding", "user-agent"}
)  # fmt: skip


@asked_by(Form("values", example="{X-Tenant: larkfell, X-Customer: '{{ customer.id }}'}"))
def read_headers(given: Any) -> dict[str, str]:
    """{name: text}, each text perhaps a template."""
    if not isinstance(given, Mapping) or len(given) > MOST_HEADERS:
        text = _("Expected at most %(most)s headers, such as {X-Tenant: larkfell}.")
        raise SettingError(text % {"most": MOST_HEADERS})
    read = template(500)
    found = {}
    for name, value in given.items():
        if not isinstance(name, str) or not HEADER.fullmatch(name):
            text = _("“%(name)s” is no name of a header: letters, digits and hyphens are.")
            raise SettingError(text % {"name": name})
        if name.lower() in OURS or name.lower().startswith("webhook-"):
            raise SettingError(_("“%(name)s” is set by Waypost itself.") % {"name": name})
        found[name] = read(value if isinstance(value, str) else str(value))
    return found


@dataclass(frozen=True, slots=True)
class CallWebhook(Effect):
    """A row that a worker of the default queue works off; no call is made here."""

    webhook_id: int
    body: str  # JSON
    headers: str  # JSON
    gives_up_at: datetime

    def say(self) -> str:
        return format_html(_("Would post: <em>{body}</em>"), body=self.body)

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
                "headers": [one.effect.headers for one in done],
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
        help=VALUES_HELP,
    )
    body: str = setting(
        template(LONGEST_BODY),
        gettext_lazy("The whole body"),
        default="",
        example='{"name": {{ customer.name | json }}, "order": {{ event.order_id | json }}}',
        help=gettext_lazy(
            "JSON, sent instead of Waypost's own. “json” writes a value with its quotation marks."
        ),
    )
    headers: dict[str, str] = setting(
        read_headers,
        gettext_lazy("Headers"),
        default=None,
        help=gettext_lazy("Names with their texts, which may say {{ customer.… }} too."),
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
        place = f"nodes.{self.key}"
        if self.settings.at_most > LONGEST:
            yield Problem(f"{place}.at_most", _("Calls are tried for two days at most."))
        if self.settings.body and self.settings.send:
            yield Problem(
                f"{place}.body", _("Say the whole body, or what is sent along; not both.")
            )

    @property
    def sees_customers(self) -> bool:
        return asks_customer(self._written)

    @property
    def _written(self) -> list[Any]:
        send, headers = self.settings.send or {}, self.settings.headers or {}
        return [*send.values(), *headers.values(), self.settings.body]

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
        words = Words(members, run, self._written)
        for member in members:
            end = member.arrived_at + self.settings.at_most
            reply = found.get(member.enrollment_id)
            if reply is not None and reply[0] == member.visit:
                yield self._go_on(member, *reply[1:])
            elif end <= run.now:
                yield Leave(FAILED, end, {"error": "too late"}, does=(DropCall(),))
            elif member.wakes:
                yield Stay(end)
            else:
                yield self._call(webhook_id, member, run, words)

    def _call(self, webhook_id: int, member: Member, run: Run, words: Words) -> Answer:
        """Write the call down; whoever's texts can't be made goes on by “failed”, uncalled."""
        try:
            body, headers = self._body(member, run, words), self._headers(member, words)
        except TemplateFault as fault:
            return Leave(FAILED, member.arrived_at, {"error": str(fault)[:300]})
        end = member.arrived_at + self.settings.at_most
        return Stay(end, does=(CallWebhook(webhook_id, body, headers, end),))

    def _go_on(
        self, member: Member, state: str, status: int | None, answer: str | None, error: str
    ) -> Leave:
        at = next((wake.at for wake in member.wakes if wake.label), member.arrived_at)
        why = {"status": status, **({"error": error} if error else {})}
        if state != OK or (self.settings.needs_answer and answer is None):
            return Leave(FAILED, at, why)
        kept = json.loads(answer) if answer is not None else None
        return Leave(OK, at, why, puts={self.settings.variable: kept})

    def _body(self, member: Member, run: Run, words: Words) -> str:
        if self.settings.body:
            return _checked(words.fill(self.settings.body, member))
        about = {
            "journey": run.journey.code,
            "node": self.key,
            "customer_id": member.customer_id,
            "entry_key": member.entry_key,
        }
        data = properties_for(self.settings.send or {}, member, words)
        body = {
            "type": "journey.webhook",
            "timestamp": member.arrived_at.isoformat(),
            "data": {**about, "values": data},
        }
        return json.dumps(body, ensure_ascii=False)

    def _headers(self, member: Member, words: Words) -> str:
        written = self.settings.headers or {}
        filled = {name: words.fill(text, member) for name, text in written.items()}
        # A line break would begin another header, and headers are ASCII: the rest as in addresses.
        return json.dumps({name: quote(one_line(text), PLAIN) for name, text in filled.items()})


# helpers


def _checked(text: str) -> str:
    """A filled-in body, when it is JSON that the database can keep."""
    if len(text) > LARGEST_BODY:
        raise TemplateFault(f"The body takes more than {LARGEST_BODY} characters.")
    try:
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise TemplateFault(f"The body is not JSON: {error}") from error
    kept = json.dumps(body, ensure_ascii=False)
    if "\x00" in text or "\\u0000" in kept:
        raise TemplateFault("The body holds a null character.")
    return kept


def _no_constant(name: str) -> None:
    raise ValueError(name)
