"""The story of a simulation: what happened, when, at which step and why, as lines for a reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.gate import why
from campaigns.models import Candidate, CandidateState, Message, MessageState, RecordedMessage
from campaigns.outbox.words import what_became_of
from customers.formats import at_moment, duration, masked
from journeys.canvas.words import end_name, outcome_name
from journeys.engine.versions import Version
from journeys.engine.walk import EXIT_RULE, GOAL
from journeys.graph.schema import Graph
from journeys.models import Enrollment, EnrollmentState, Step
from journeys.nodes.base import Answer, Family, Finish, Leave, Listen, Member, Node, Stay
from journeys.nodes.telling import Telling
from journeys.queries.titles import Titles
from journeys.queries.walk import plain
from journeys.simulation.world import FIRST_MESSAGE

MOST_LINES = 1_500
KIND_OF = {"email": "email", "sms": "phone"}
TONES = {
    CandidateState.ALLOWED: "ok",
    CandidateState.STOPPED: "bad",
    CandidateState.DEFERRED: "warn",
    CandidateState.WAITING: "info",
}


@dataclass(frozen=True)
class Sent:
    """A message as she would get it."""

    channel: str
    content: str
    address: str
    subject: str
    body: str
    html: str
    language: str
    variant: str


@dataclass(frozen=True)
class Line:
    """One thing that happened. `step` is the number of the script's step that brought it."""

    at: datetime
    kind: str  # clock, event, entry, refused, step, wait, gate, message, end, fault
    step: int
    title: SafeString
    reasons: Sequence[SafeString] = ()
    node: str = ""
    outcome: str = ""
    tone: str = ""
    message: Sent | None = None

    @property
    def is_way(self) -> bool:
        """Whether she went on by it from one step to the next."""
        return self.kind in ("entry", "step") and bool(self.outcome)

    def to_json(self) -> dict[str, Any]:
        """For the API: plain words in the reader's language."""
        found: dict[str, Any] = {
            "at": self.at,
            "kind": self.kind,
            "step": self.step,
            "text": plain(self.title),
            "reasons": [plain(each) for each in self.reasons],
        }
        if self.node:
            found["node"] = self.node
        if self.outcome:
            found["outcome"] = self.outcome
        if self.message is not None:
            found["message"] = {
                name: getattr(self.message, name) for name in Sent.__dataclass_fields__
            }
        return found


@dataclass
class Teller:
    """Listens to the nodes, and reads what was written since it looked last."""

    version: Version
    titles: Titles
    personal: frozenset[str]  # attributes that the reader may not read
    is_masked: bool  # whether addresses are masked
    lines: list[Line] = field(default_factory=list)
    step: int = -1
    now: datetime | None = None
    _reasons: dict[tuple[int, int], list[SafeString]] = field(default_factory=dict)
    _visits: dict[int, int] = field(default_factory=dict)
    _states: dict[int, str] = field(default_factory=dict)
    _stands: dict[int, tuple[int, str, datetime | None]] = field(default_factory=dict)
    _wishes: dict[int, tuple[str, str]] = field(default_factory=dict)
    _messages: dict[int, str] = field(default_factory=dict)
    _waits: dict[tuple[int, int], Stay] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        """The graph that is walked."""
        graph = self.version.graph
        if graph is None:  # it was read before anything began
            raise ValueError(self.version.fault)
        return graph

    def hear(
        self, node: Node[Any], members: Sequence[Member], answers: Sequence[Answer], run: Any
    ) -> None:
        """What a node has just answered; see journeys.engine.walk.witness."""
        telling = Telling(run, self.personal)
        for member, answer in zip(members, answers, strict=True):
            key = (member.enrollment_id, member.visit)
            if isinstance(answer, Stay):
                again = key in self._waits
                self._waits[key] = answer
                if again:
                    continue
            said = [SafeString(each) for each in node.explain(member, answer, telling)]
            self._reasons[key] = [*said, *self._effects(node, answer)]

    def say(self, at: datetime, kind: str, title: str, **more: Any) -> None:
        """Add a line."""
        self.lines.append(Line(at, kind, self.step, SafeString(title), **more))

    def look(self) -> None:
        """Tell all that has happened since the last look."""
        found: list[tuple[datetime, int, Line]] = []
        for walk in Enrollment.objects.order_by("pk"):
            if self._stands.get(walk.pk) == (walk.visit, walk.state, walk.goal_at):
                continue
            found += [(line.at, 0, line) for line in self._walk(walk)]
        found += [(line.at, 1, line) for line in self._gate()]
        found += [(line.at, 2, line) for line in self._sent()]
        found.sort(key=lambda one: (one[0], one[1]))
        self.lines += [line for _at, _order, line in found]

    # helpers

    def _line(self, at: datetime, kind: str, title: str, **more: Any) -> Line:
        return Line(at, kind, self.step, SafeString(title), **more)

    def _walk(self, walk: Enrollment) -> Iterator[Line]:
        told = self._visits.get(walk.pk, 0)
        steps = list(Step.objects.filter(enrollment_id=walk.pk, visit__gt=told).order_by("visit"))
        if walk.pk not in self._visits:
            yield self._entry(walk, steps)
        for step in steps:
            node = self.graph.nodes.get(step.node)
            is_entry = step.visit == 1 and node is not None and node.family is Family.TRIGGER
            if not is_entry or step.left_at > step.arrived_at:
                yield self._visit(walk, step)
        self._visits[walk.pk] = steps[-1].visit if steps else told
        before = self._stands.get(walk.pk)
        self._stands[walk.pk] = (walk.visit, walk.state, walk.goal_at)
        if before is not None and before[1] == EnrollmentState.FINISHED:
            if walk.goal_at and walk.goal_at != before[2]:
                yield self._line(walk.goal_at, "goal", _goal_words(walk), tone="ok")
        else:
            yield from self._standing(walk)

    def _entry(self, walk: Enrollment, steps: Sequence[Step]) -> Line:
        """She enters; passing the trigger takes no time, as a rule, and is told with it."""
        key = steps[0].node if steps else walk.node
        outcome = steps[0].outcome if steps and steps[0].left_at == steps[0].arrived_at else ""
        name = self._name(self.graph.nodes.get(key), key)
        title = format_html(_("She enters: {trigger}"), trigger=name)
        about = {"node": key, "outcome": outcome, "tone": "ok"}
        return self._line(walk.entered_at, "entry", title, **about)

    def _standing(self, walk: Enrollment) -> Iterator[Line]:
        if walk.state == EnrollmentState.FINISHED:
            reason = end_name(walk.exit_reason, self.graph.heading.labels)
            reasons = (_goal_words(walk),) if walk.goal_at else ()
            title = format_html(_("Her walk ends: <em>{reason}</em>"), reason=reason)
            at = walk.finished_at or walk.arrived_at
            yield self._line(at, "end", title, node=walk.node, reasons=reasons)
        elif walk.state == EnrollmentState.SET_ASIDE:
            title = format_html(_("She is set aside: {error}"), error=walk.error)
            yield self._line(walk.arrived_at, "fault", title, node=walk.node, tone="bad")
        elif (stay := self._waits.get((walk.pk, walk.visit))) is not None:
            said = self._reasons.get((walk.pk, walk.visit), [])
            waits = [*said, *self._wait_words(stay, walk.node)]
            name = self._name(self.graph.nodes.get(walk.node), walk.node)
            title = format_html(_("She waits: {step}"), step=name)
            yield self._line(walk.arrived_at, "wait", title, node=walk.node, reasons=waits)

    def _visit(self, walk: Enrollment, row: Step) -> Line:
        node = self.graph.nodes.get(row.node)
        reasons = self._reasons.get((walk.pk, row.visit), [])
        outcomes = {outcome.name: outcome for outcome in node.outcomes()} if node else {}
        name = self._name(node, row.node)
        labels = self.graph.heading.labels
        if row.outcome == GOAL:
            text = _("{step} – the goal of the journey is reached")
            title = format_html(text, step=name)
        elif row.outcome == EXIT_RULE:
            title = format_html(_("{step} – the exit rule takes her out"), step=name)
        elif row.outcome in outcomes and len(outcomes) > 1:
            way = outcome_name(outcomes[row.outcome])
            title = format_html("{step} → <em>{way}</em>", step=name, way=way)
        elif (
            row.outcome in outcomes
            or row.outcome == "next"
            or (node is not None and node.family is Family.EXIT)
        ):
            title = format_html("{}", name)
        else:
            way = end_name(row.outcome, labels)
            title = format_html("{step} → <em>{way}</em>", step=name, way=way)
        said = list(reasons)
        if row.outcome in outcomes and outcomes[row.outcome].is_timeout:
            said.insert(0, format_html("{}", _("Time was up.")))
        elif isinstance(row.detail, Mapping) and row.detail.get("event"):
            said.insert(0, format_html("{}", _("The event came that was waited for.")))
        if row.left_at > row.arrived_at:
            span = duration(row.left_at - row.arrived_at)
            said.append(format_html(_("after {span}"), span=span))
        if isinstance(row.detail, Mapping) and row.detail.get("error"):
            said.append(format_html("{}", str(row.detail["error"])))
        at = row.left_at
        return self._line(at, "step", title, node=row.node, outcome=row.outcome, reasons=said)

    def _gate(self) -> Iterator[Line]:
        for wish in Candidate.objects.select_related("brand", "content").order_by("pk"):
            # One that is looked at again and again with the same word is told once.
            state = (wish.state, wish.rule)
            if self._wishes.get(wish.pk) == state or wish.state == CandidateState.WAITING:
                continue
            self._wishes[wish.pk] = state
            words = {"content": wish.content.name, "verdict": CandidateState(wish.state).label}
            title = format_html(_("Gate: <em>{content}</em> is {verdict}"), **words)
            yield self._line(
                wish.decided_at or wish.wanted_at,
                "gate",
                title,
                node=wish.node,
                outcome=wish.state,
                reasons=[format_html("{}", each) for each in why(wish)],
                tone=TONES[CandidateState(wish.state)],
            )

    def _sent(self) -> Iterator[Line]:
        rows = Message.objects.filter(pk__gte=FIRST_MESSAGE)
        recorded = {row.message_id: row for row in RecordedMessage.objects.all()}
        for row in rows.select_related("content", "candidate").order_by("pk"):
            told = f"{row.state}|{row.error}|{row.opened_at}|{row.clicked_at}"
            if row.state == MessageState.ACCEPTED and not row.error:
                continue
            if self._messages.get(row.pk) == told:
                continue
            first = row.pk not in self._messages
            self._messages[row.pk] = told
            kept = recorded.get(row.pk)
            if kept is not None and first:
                kind = KIND_OF.get(row.channel, "")
                sent = Sent(
                    channel=row.channel,
                    content=row.content.code if row.content else "",
                    address=masked(kept.address, kind) if self.is_masked else kept.address,
                    subject=kept.subject,
                    body=kept.body,
                    html=kept.html,
                    language=row.language,
                    variant=row.variant,
                )
                title = format_html(_("She would get <em>{name}</em>"), name=name_of(row))
                at = row.handed_over_at or kept.at
                yield self._line(at, "message", title, node=row.node, message=sent, tone="ok")
            elif kept is None:
                title = format_html(_("<em>{name}</em> does not go out"), name=name_of(row))
                reasons = [format_html("{}", each) for each in what_became_of(row) if each]
                at = self.now or row.accepted_at
                yield self._line(at, "message", title, node=row.node, reasons=reasons, tone="bad")

    def _effects(self, node: Node[Any], answer: Answer) -> list[SafeString]:
        """What a visit does beside moving; not what may name her to who may not read that."""
        if isinstance(answer, Finish):
            return []
        if answer.does and self.is_masked and node.sees_customers:
            return [format_html("{}", _("What it says is hidden here: it may name the customer."))]
        said = [SafeString(words) for effect in answer.does if (words := effect.say())]
        if isinstance(answer, Leave):
            for tag_id, value, added in answer.tags:
                said.append(self._tag_words(tag_id, value, added))
            for name, value in (answer.puts or {}).items():
                if name not in ("rounds", "sends"):
                    text = json.dumps(value, ensure_ascii=False, default=str)[:200]
                    said.append(
                        format_html(_("Remembers {name} = <em>{value}</em>"), name=name, value=text)
                    )
        return said

    def _tag_words(self, tag_id: int, value: str, added: bool) -> SafeString:
        from customers.models import Tag

        tag = Tag.objects.filter(pk=tag_id).first()
        name = tag.title if tag else str(tag_id)
        if not added:
            return format_html(_("Takes the tag <em>{tag}</em> away."), tag=name)
        if not value:
            return format_html(_("Gives her the tag <em>{tag}</em>."), tag=name)
        text = _("Gives her the tag <em>{tag}</em>: <em>{value}</em>.")
        return format_html(text, tag=name, value=value)

    def _wait_words(self, stay: Stay, key: str) -> list[SafeString]:
        """Until when she waits, and what for."""
        said = []
        heard: dict[str, list[Listen]] = {}
        for listen in stay.listens:
            heard.setdefault(listen.label, []).append(listen)
        outcomes = {o.name: o for o in self.graph.nodes[key].outcomes()}
        for label, listens in heard.items():
            names = [self.titles.names.get(("event", one.event), one.event) for one in listens]
            events = format_html_join(_(" or "), "<em>{}</em>", ((name,) for name in names))
            way = outcome_name(outcomes[label]) if label in outcomes else label
            said.append(format_html(_("When {events} happens: {way}."), events=events, way=way))
        if stay.until is not None:
            when = at_moment(stay.until, self.now)
            said.append(format_html(_("She continues {when} at the latest."), when=when))
        if stay.look is not None and (stay.until is None or stay.look < stay.until):
            when = at_moment(stay.look, self.now)
            said.append(format_html(_("It is looked at again {when}."), when=when))
        return said

    def _name(self, node: Node[Any] | None, key: str) -> SafeString:
        return self.titles.say(node) if node is not None else format_html("<em>{}</em>", key)


def name_of(message: Message) -> str:
    """What the content of a message is called."""
    return message.content.name if message.content else ""


# helpers


def _goal_words(walk: Enrollment) -> SafeString:
    when = at_moment(walk.goal_at) if walk.goal_at else ""
    return format_html(_("The goal of the journey was reached {when}."), when=when)
