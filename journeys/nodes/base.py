"""The contract of a node: typed settings, a sentence, outcomes, and what it does with a cohort.

A node never moves anybody. It says where each member of a cohort goes and when; the engine alone
moves people, writes history and commits. A kind of node is one module beside this one.

`walk` is all that a kind needs. One that says the same in SQL, by `compile`, is walked with its
neighbours in one statement, many times faster.
"""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from django.utils.translation import gettext as _

from customers.rules import Compiled
from journeys.nodes.effects import Effect
from journeys.nodes.forms import Form, Text, form_of

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.models import JourneyVersion, TimerKind
    from journeys.nodes.telling import Telling


class Family(StrEnum):
    """The six families, each with a waymark of its own shape."""

    TRIGGER = "trigger"
    WAIT = "wait"
    BRANCH = "branch"
    SEND = "send"
    ACT = "act"
    EXIT = "exit"


class SettingError(ValueError):
    """A setting that can't be read: the text says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a graph at one place, such as `nodes.wait.at_most`."""

    place: str
    text: str
    is_warning: bool = False


class Reference(NamedTuple):
    """Something outside the graph that a node names by its code."""

    noun: str  # "content", "event", "segment", "tag"…; see journeys/graph/references.py
    code: str
    setting: str  # where it stands, such as "until.viewed"


class Outcome(NamedTuple):
    """A named exit of a node. `label` is what the reader sees on the line."""

    name: str
    label: Text
    is_timeout: bool = False


def setting(
    read: Callable[[Any], Any],
    label: Text,
    *,
    default: Any = dataclasses.MISSING,
    help: Text = "",
    noun: str = "",
    example: str = "",
    group: str = "",
) -> Any:
    """Declare a setting: *read* turns what was written into a value or raises SettingError.

    Without *default* the setting must be given. The readers stand in journeys/nodes/readers.py and
    bring the field of the form along; *noun* makes it one that searches, such as "event". *group*
    puts settings that several kinds share together.
    """
    form = form_of(read)
    if form is not None and noun and form.type == "rows":
        form = dataclasses.replace(form, parts={"": Form("noun", noun=noun)})
    elif form is not None and noun:
        form = dataclasses.replace(form, type="noun", noun=noun)
    if form is not None and example:
        form = dataclasses.replace(form, example=example)
    metadata = {"read": read, "label": label, "help": help, "form": form, "group": group}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


# What a cohort is, and what a node answers for each member of it


class Wake(NamedTuple):
    """Why the engine looks at a member that was waiting."""

    kind: TimerKind
    at: datetime  # when the timer fell due, or the event's own time
    event_id: int | None = None
    label: str = ""  # which of several waits the event matched


@dataclass(slots=True)
class Member:
    """One enrollment standing at the node. `wakes` is empty for one that has just arrived."""

    enrollment_id: int
    customer_id: int
    bucket: int
    visit: int
    entry_key: str
    entered_at: datetime
    arrived_at: datetime
    context_json: str
    wakes: list[Wake]
    spent: frozenset[int] = frozenset()  # ids of events that this walk has already been moved by
    _context: dict[str, Any] | None = None

    @property
    def context(self) -> dict[str, Any]:
        """What the walk carries: `event`, the one that she entered by, and `vars`, what acts have
        found out. Read when first asked."""
        if self._context is None:
            self._context = json.loads(self.context_json)
        return self._context

    @property
    def payload(self) -> Mapping[str, Any]:
        """The properties of the event that she entered by."""
        event = self.context.get("event")
        found = event.get("properties") if isinstance(event, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    @property
    def variables(self) -> Mapping[str, Any]:
        """What acts of this walk have found out, by name. Not parsed when there is nothing."""
        if self._context is None and '"vars"' not in self.context_json:
            return {}
        found = self.context.get("vars")
        return found if isinstance(found, Mapping) else {}

    def put(self, values: Mapping[str, Any]) -> None:
        """Remember *values* for the nodes that follow."""
        self.context["vars"] = {**self.variables, **values}


class Listen(NamedTuple):
    """An event to listen for; a property may have to equal a value, compared as text."""

    event: str  # code of the event type
    label: str  # the outcome that it leads to
    match_property: str = ""
    match_value: str = ""


class Want(NamedTuple):
    """A message that the member is to get; the gate decides whether she does."""

    content_id: int
    priority: int | None = None
    expires_at: datetime | None = None
    variables: str | None = None  # JSON; the engine fills it in


class Leave(NamedTuple):
    """Go on by *outcome*; the visit ended at *at* (virtual time, not after `run.now`)."""

    outcome: str
    at: datetime
    why: Mapping[str, Any] | None = None
    wants: tuple[Want, ...] = ()
    tags: tuple[tuple[int, str, bool], ...] = ()  # (tag id, value, added)
    spends: int | None = None  # id of the event that moved her; no later wait takes it again
    puts: Mapping[str, Any] | None = None  # variables that the walk carries from here on
    does: tuple[Effect, ...] = ()
    again: bool = False  # arrive at this very node once more; *outcome* needs no way then


class Stay(NamedTuple):
    """Stay until *until* (None: for ever) or until one of *listens* is heard.

    *look* is when the engine shall ask the node again before that. Answered again for a member that
    was waiting already, it changes nothing, but a time that was up is set anew.
    """

    until: datetime | None
    listens: tuple[Listen, ...] = ()
    ahead: Wake | None = None  # an event that is known already and lies ahead of run.now
    look: datetime | None = None
    does: tuple[Effect, ...] = ()  # at arrival only
    wants: tuple[Want, ...] = ()  # at arrival only

    @property
    def due(self) -> datetime | None:
        """When time is up or the node is to be asked again, whichever comes first."""
        return min(filter(None, (self.until, self.look)), default=None)


class Finish(NamedTuple):
    """Leave the journey for good with a reason of [a-z][a-z0-9_]*, at most 40 characters."""

    reason: str
    at: datetime


Answer = Leave | Stay | Finish


# What a node may say of itself to the compiler, which makes one statement of a whole stretch (see
# journeys/engine/compiled). SQL is a `Compiled` with %s places. It sees `x`, the walk, with the
# columns id, customer_id, bucket, entry_key, entered_at, context and moment (when she arrives at
# this node), and `c`, her row of customers_customer.


class Ask(NamedTuple):
    """A `Want` of everybody who passes; it expires *late* after the moment of passing."""

    content_id: int
    priority: int | None = None
    late: timedelta | None = None


class Pass(NamedTuple):
    """Everybody goes on by *outcome* at the moment of arrival, with the effects of a `Leave`."""

    outcome: str
    wants: tuple[Ask, ...] = ()
    tags: tuple[tuple[int, str, bool], ...] = ()


class Choose(NamedTuple):
    """The first case whose SQL condition is true says the outcome; she goes on at once."""

    cases: tuple[tuple[Compiled, str], ...]
    otherwise: str


class Rest(NamedTuple):
    """Stay until a time, then go on by *outcome*; no event is listened for.

    *until* gives SQL of that time from SQL of the moment of arrival.
    """

    until: Callable[[str], Compiled]
    outcome: str = "next"


class End(NamedTuple):
    """Everybody leaves the journey for *reason* at the moment of arrival."""

    reason: str


Plan = Pass | Choose | Rest | End
S = TypeVar("S")


class Node(ABC, Generic[S]):
    """One kind of node; an instance is one node of one graph with its settings."""

    kind: ClassVar[str]  # such as "wait.event"; the part before the dot is the family
    family: ClassVar[Family]
    label: ClassVar[Text]
    icon: ClassVar[str]  # a symbol of static/icons.svg
    Settings: ClassVar[type]
    waits: ClassVar[bool] = False  # a loop must pass through a node that waits
    listens: ClassVar[bool] = False  # it may answer Stay with events to listen for
    looks: ClassVar[bool] = False  # it asks what customers are like, without a rule of its own
    changes: ClassVar[bool] = False  # it changes customers or what is known of them
    # Whether it may be walked in the transaction of the door, which holds its customers: not what
    # goes through the door itself or waits for a row that other walks hold.
    at_door: ClassVar[bool] = True

    def __init__(self, key: str, settings: S) -> None:
        self.key = key
        self.settings = settings
        # What the graph calls outcomes and ends; see journeys/nodes/labels.py.
        self.labels: Mapping[str, str | Mapping[str, str]] = {}

    @classmethod
    def read(cls, key: str, given: Mapping[str, Any]) -> tuple[Node[S] | None, list[Problem]]:
        """Read settings as written in a graph; return the node, or None and every problem."""
        values, problems = cls._read_settings(key, given)
        if problems:
            return None, problems
        problems = list((node := cls(key, cls.Settings(**values))).check())
        return (None if any(not p.is_warning for p in problems) else node), problems

    @classmethod
    def restore(cls, key: str, given: Mapping[str, Any]) -> Node[S]:
        """The node of a published graph. What it names isn't looked up: it was, when published.
        Raises SettingError when the settings can't be read (any more)."""
        values, problems = cls._read_settings(key, given)
        if problems:
            raise SettingError("; ".join(f"{p.place}: {p.text}" for p in problems))
        return cls(key, cls.Settings(**values))

    @classmethod
    def _read_settings(
        cls, key: str, given: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Problem]]:
        problems, values = list[Problem](), dict[str, Any]()
        fields = {field.name: field for field in dataclasses.fields(cls.Settings)}
        for name in given.keys() - fields.keys():
            text = _("“%(name)s” is not a setting of %(kind)s. Expected one of: %(known)s.")
            words = {"name": name, "kind": cls.kind, "known": ", ".join(fields) or _("none")}
            problems.append(Problem(f"nodes.{key}.{name}", text % words))
        for name, field in fields.items():
            if name not in given:
                if field.default is dataclasses.MISSING:
                    text = _("%(kind)s needs the setting “%(name)s”.")
                    text %= {"kind": cls.kind, "name": name}
                    problems.append(Problem(f"nodes.{key}.{name}", text))
                continue
            try:
                values[name] = field.metadata["read"](given[name])
            except SettingError as error:
                problems.append(Problem(f"nodes.{key}.{name}", str(error)))
        return values, problems

    def check(self) -> Iterable[Problem]:
        """Problems that lie between settings. What must exist is named by `refers`."""
        return ()

    def refers(self) -> Iterable[Reference]:
        """What this node names, so that a whole graph is looked up with one query per noun."""
        return ()

    def names_nodes(self) -> Iterable[tuple[str, str, Family]]:
        """(setting, key, family) of other nodes of this graph that the settings name."""
        return ()

    @classmethod
    def stand(cls, nodes: Sequence[Node[S]], version: JourneyVersion, now: datetime) -> None:
        """Set up what stands outside the graph while *version* is the one that runs.

        Called for each kind in the transaction that publishes, with all its nodes, also when there
        are none (any more). Does nothing unless a kind says otherwise.
        """

    def carry(self, visits: Sequence[tuple[int, int]], run: Run) -> None:
        """Hand what these visits of an older version have begun at arrival over to the next ones.

        Called in the transaction that moves people who stand here to this version, with
        (enrollment, visit that ends): she arrives once more, but what was done is not done again.
        A kind that answers `Stay` with `does` or `wants` has something to hand over.
        """

    def rules(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """(setting, rule over customers) for each audience rule of this node."""
        return ()

    def conditions(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """(setting, condition over an event's properties) for each that this node has."""
        return ()

    @property
    def sees_customers(self) -> bool:
        """Whether its answer depends on what customers are like when it looks."""
        return self.looks or any(True for _rule in self.rules())

    @abstractmethod
    def outcomes(self) -> Sequence[Outcome]:
        """The exits of this node, in the order in which they are drawn."""

    def codes(self) -> Iterable[str]:
        """What `labels` of the graph may name of this node: outcomes, and the reason of an exit."""
        return [outcome.name for outcome in self.outcomes()]

    @abstractmethod
    def sentence(self) -> str:
        """The card's sentence as safe HTML in the active language, settings marked by <em>."""

    def explain(self, member: Member, answer: Answer, telling: Telling) -> Iterable[str]:
        """Why it gave *answer* to *member*, beyond what outcome and time say: sentences as safe
        HTML in the active language. Asked right after `walk`, when somebody looks on."""
        return ()

    def compile(self, run: Run) -> Plan | None:
        """What this node does with everybody, for the compiler of stretches; None: ask `walk`.

        It must mean the same as `walk`, to the letter: the tests let both walk the same customers.
        It may raise what `walk` raises; then the batch interpreter meets it and says so.
        """
        return None

    @abstractmethod
    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        """Answer for every member, in order. Queries go over the whole cohort at once."""
