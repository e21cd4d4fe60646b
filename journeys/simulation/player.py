"""Plays the steps of a script one after the other, on the tables of one simulation."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns.channels import Report, What
from campaigns.models import Message, MessageState, Task
from campaigns.outbox.feedback import take_in
from config.database.limit import TookTooLongError, time_limit
from customers.formats import at_moment, mask_name, number
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Attribute, Customer
from customers.queries.attributes import masked_value
from journeys.canvas.words import outcome_name
from journeys.engine.answer import answer_task
from journeys.engine.by_time import Coming, let_in
from journeys.engine.walk import witness
from journeys.graph.schema import Graph
from journeys.models import Enrollment, EnrollmentState, WebhookCall
from journeys.nodes.act_task import ActTask
from journeys.nodes.act_webhook import OK, ActWebhook
from journeys.nodes.entry import Trigger
from journeys.nodes.trigger_absence import TriggerAbsence
from journeys.nodes.trigger_api import TriggerApi, call_event
from journeys.nodes.trigger_event import TriggerEvent
from journeys.queries.titles import titles_of
from journeys.simulation import script as steps
from journeys.simulation.clock import Clock
from journeys.simulation.entering import why_not_in
from journeys.simulation.result import Simulated, Stand
from journeys.simulation.script import (
    Deed,
    Enter,
    Happen,
    Reply,
    Script,
)
from journeys.simulation.story import MOST_LINES, Teller, name_of
from journeys.simulation.world import FIRST_MESSAGE, SOURCE, World
from journeys.webhooks.post import Reply as Answered
from journeys.webhooks.work import Call, settle

# How long one statement may take, in seconds, and how often the clock may stop.
STATEMENT_SECONDS: Final = 4.0
MOST_MOMENTS: Final = 2_000


class Cut(Exception):
    """The script can't go on; the text says why."""


class Player:
    """Plays the steps one after the other."""

    def __init__(
        self, world: World, graph: Graph, script: Script, *, is_masked: bool, until: float
    ) -> None:
        self.world = world
        self.graph = graph
        self.script = script
        self.is_masked = is_masked
        self.until = until
        self.moments = 0
        self.clock = Clock(world.cursor, world.version, script.start)
        personal = (
            frozenset(Attribute.objects.filter(is_personal=True).values_list("code", flat=True))
            if is_masked
            else frozenset()
        )
        titles = titles_of(graph.nodes.values(), world.brand.pk, _events(script))
        self.teller = Teller(world.version, titles, personal, is_masked)

    def play(self) -> Simulated:
        cut = ""
        token = witness.set(self.teller.hear)
        try:
            self.teller.now = self.clock.now
            if self.world.refused is not None:
                raise Cut(self.world.refused.text)
            for n, step in enumerate(self.script.steps):
                self.teller.step = n
                self._expect_time()
                self._do(step)
        except Cut as error:
            cut = str(error)
        finally:
            witness.reset(token)
        return self._ended(cut)

    # helpers

    def _do(self, step: steps.Step) -> None:
        now = self.clock.now
        match step:
            case Enter(node=key, properties=properties):
                self._enter(key, properties)
            case Happen(event=event, properties=properties):
                self._happen(event, properties)
            case steps.Pass(span=span):
                self._run_until(now + span)
            case steps.Until(at=at):
                if at < now:
                    text = _("The clock shows %(now)s already; it does not go back to %(at)s.")
                    words = {"now": at_moment(now, now), "at": at_moment(at, now)}
                    raise Cut(text % words)
                self._run_until(at)
            case steps.Next(times=times):
                for _n in range(times):
                    if not self._next():
                        break
            case Reply():
                self._answer(step)
            case Deed():
                self._deed(step)

    def _expect_time(self) -> None:
        self.moments += 1
        if time.monotonic() > self.until:
            raise Cut(_("This took too long and was stopped here. Try fewer steps at once."))
        if self.moments > MOST_MOMENTS or len(self.teller.lines) > MOST_LINES:
            text = _("More than %(n)s things would happen; the story ends here.")
            raise Cut(text % {"n": number(MOST_LINES)})

    def _work(self) -> None:
        self._expect_time()
        self.teller.now = self.clock.now
        try:
            with time_limit(STATEMENT_SECONDS):
                if self.clock.work(self._masking):
                    self.teller.look()
        except TookTooLongError:
            raise Cut(busy_words()) from None

    @contextmanager
    def _masking(self) -> Iterator[None]:
        """Texts are made with what the reader may see of her, and with nothing else."""
        if not self.is_masked:
            yield
            return
        held = Customer.objects.get(pk=self.world.customer_id)
        seen = {
            code: masked_value(code, value) if code in self.teller.personal else value
            for code, value in held.attributes.items()
        }
        mine = Customer.objects.filter(pk=held.pk)
        mine.update(display_name=mask_name(held.display_name), attributes=seen)
        yield
        mine.update(display_name=held.display_name, attributes=held.attributes)

    # Time

    def _run_until(self, end: datetime) -> None:
        if end - self.script.start > steps.LONGEST:
            raise Cut(_("The clock goes five years ahead at most."))
        while (moment := self.clock.next_moment(end)) is not None:
            stuck = moment == self.clock.now
            self.clock.now = moment
            self._work()
            if stuck and self.clock.next_moment(end) == moment:
                break  # nobody can do it: sending is paused, or the like
        self.clock.now = max(end, self.clock.now)
        self._work()

    def _next(self) -> bool:
        """To the next moment at which anything happens; False when nothing does, within the
        longest time."""
        told = len(self.teller.lines)
        while len(self.teller.lines) == told:
            moment = self.clock.next_moment(self.script.start + steps.LONGEST)
            if moment is None or moment <= self.clock.now:
                inside = _("Nothing is due any more: she waits for what she or somebody does.")
                over = _("Nothing is due any more.")
                self.teller.say(self.clock.now, "clock", inside if self._is_inside() else over)
                return False
            self.clock.now = moment
            self._work()
        return True

    def _is_inside(self) -> bool:
        return Enrollment.objects.exclude(state=EnrollmentState.FINISHED).exists()

    # What happens

    def _enter(self, key: str, properties: Mapping[str, Any]) -> None:
        node = self.graph.nodes.get(key)
        if not isinstance(node, Trigger):
            known = ", ".join(each.key for each in self.graph.triggers())
            text = _("“%(key)s” is no trigger of this journey. Expected one of: %(known)s.")
            raise Cut(text % {"key": key, "known": known})
        if isinstance(node, TriggerEvent | TriggerAbsence):
            self._happen(node.settings.event, properties)
            return
        if isinstance(node, TriggerApi):
            self._happen(call_event(self.world.version.code), properties)
            return
        now = self.clock.now
        said = {"name": key, "at": now.isoformat(), "properties": dict(properties)}
        context: dict[str, Any] = {"event": said} if properties else {}
        token = f"simulation:{self.teller.step}"
        coming = Coming(
            token, self.world.customer_id, now,
            context=json.dumps({**context, "run": now.isoformat()}, default=str),
        )  # fmt: skip
        before = Enrollment.objects.count()
        with time_limit(STATEMENT_SECONDS):
            let_in(self.world.version, node, [coming], now)
        self._tell_entry(before, [node], properties)
        self._work()

    def _happen(self, event: str, properties: Mapping[str, Any]) -> None:
        now = self.clock.now
        name = self.teller.titles.names.get(("event", event), event)
        title = format_html(_("It happens: <em>{event}</em>"), event=name)
        if properties:
            told = json.dumps(properties, ensure_ascii=False, default=str)
            title = format_html("{} {}", title, told)
        self.teller.say(now, "event", title)
        before = Enrollment.objects.count()
        fact = EventFact(event, now, dict(properties), key=f"{SOURCE}:{self.teller.step}")
        item = Item("event", customer_id=self.world.customer_id, events=[fact])
        done = ingest(Batch(SOURCE, [item], self.world.brand.pk, "journey"), now=now)
        if done.refused:
            raise Cut(done.refused[0].text)
        listening = [
            node
            for node in self.graph.triggers()
            if (isinstance(node, TriggerEvent) and node.settings.event == event)
            or (isinstance(node, TriggerApi) and event == call_event(self.world.version.code))
        ]
        self._tell_entry(before, listening, properties)
        self._work()

    def _tell_entry(self, before: int, triggers: list[Any], properties: Mapping[str, Any]) -> None:
        """Say why she does not enter, where she could have."""
        if Enrollment.objects.count() > before:
            return
        now = self.clock.now
        for node in triggers:
            reasons = why_not_in(self.world, node, properties, now, self.teller.personal)
            title = format_html(
                _("She does not enter: {trigger}"), trigger=self.teller.titles.say(node)
            )
            self.teller.say(now, "refused", title, node=node.key, reasons=reasons, tone="warn")

    def _answer(self, step: Reply) -> None:
        now = self.clock.now
        node = self.graph.nodes.get(step.node)
        ways = dict(self._awaits()).get(step.node)
        if node is None or ways is None:
            text = _("Nobody waits for an answer at “%(key)s” just now.")
            raise Cut(text % {"key": step.node})
        if step.outcome not in ways:
            text = _("For “%(key)s” expected one of %(options)s, got “%(choice)s”.")
            words = {"key": step.node, "options": ", ".join(ways), "choice": step.outcome}
            raise Cut(text % words)
        way = next(outcome_name(o) for o in node.outcomes() if o.name == step.outcome)
        told = {"step": self.teller.titles.say(node), "way": way}
        title = format_html(_("Answer at {step}: <em>{way}</em>"), **told)
        self.teller.say(now, "event", title, node=step.node)
        if isinstance(node, ActTask):
            task = Task.objects.filter(node=step.node, state="open").latest("pk")
            note = step.value if isinstance(step.value, str) else ""
            task.state, task.note, task.finished_at = step.outcome, note[:1000], now
            task.save(update_fields=["state", "note", "finished_at"])
            answer_task(task)
        else:
            row = WebhookCall.objects.filter(node=step.node, state="waiting").latest("pk")
            call = Call(row.pk, 1, row.gives_up_at, "", b"", "", "", row.created_at, True)
            is_ok = step.outcome == OK
            said = step.value if is_ok else None
            settle([call], [Answered(200 if is_ok else 500, said, is_final=True)], now)
        self._work()

    def _deed(self, step: Deed) -> None:
        now = self.clock.now
        rows = Message.objects.filter(
            pk__gte=FIRST_MESSAGE,
            state__in=[MessageState.HANDED_OVER, MessageState.DELIVERED],
        )
        if step.node:
            rows = rows.filter(node=step.node)
        found = rows.select_related("account", "content").order_by("pk").last()
        if found is None or found.account is None:
            raise Cut(_("No message has gone out that this could be said of."))
        words = {"name": name_of(found), "what": str(steps.DEEDS[step.what])}
        title = format_html(_("<em>{name}</em>: {what}"), **words)
        self.teller.say(now, "event", title, node=found.node)
        report = Report(
            What(step.what), message_id=found.pk, at=now, key=f"{SOURCE}:{self.teller.step}"
        )
        take_in(found.account, [report], now)
        self._work()

    # The end

    def _awaits(self) -> list[tuple[str, tuple[str, ...]]]:
        found = []
        for walk in Enrollment.objects.filter(state=EnrollmentState.ACTIVE):
            node = self.graph.nodes.get(walk.node)
            if isinstance(node, ActTask | ActWebhook):
                ways = [outcome.name for outcome in node.outcomes()]
                if isinstance(node, ActTask):
                    ways = [o.name for o in node.outcomes() if not o.is_timeout]
                found.append((walk.node, tuple(ways)))
        return found

    def _ended(self, cut: str) -> Simulated:
        now = self.clock.now
        edges = [(line.node, line.outcome) for line in self.teller.lines if line.is_way]
        stands = [
            Stand(walk.node, walk.state, walk.finished_at or walk.arrived_at, walk.exit_reason)
            for walk in Enrollment.objects.order_by("pk")
        ]
        upcoming = self.clock.next_moment(self.script.start + steps.LONGEST)
        sent = [
            (line.node, line.message.content)
            for line in self.teller.lines
            if line.message is not None
        ]
        return Simulated(
            now=now,
            lines=self.teller.lines,
            edges=edges,
            stands=stands,
            next_at=upcoming if upcoming is not None and upcoming > now else None,
            awaits=self._awaits(),
            messages=list(dict.fromkeys(sent)),
            cut=cut,
        )


def busy_words() -> str:
    """What is said when PostgreSQL stopped it."""
    return _("The database took too long and was stopped. Try again in a moment.")


# helpers


def _events(script: Script) -> list[str]:
    return [step.event for step in script.steps if isinstance(step, Happen)]
