"""The contract of a node: typed settings, a sentence, outcomes, and what it does with a cohort.

A node never moves anybody. It says where each member of a cohort goes and when; the engine alone
moves people, writes history and commits. A kind of node is one module beside this one.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from django.utils.functional import Promise

if TYPE_CHECKING:
    from journeys.engine.run import Run
    from journeys.models import TimerKind

Text = str | Promise


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


class Outcome(NamedTuple):
    """A named exit of a node. `label` is what the reader sees on the line."""

    name: str
    label: Text
    is_timeout: bool = False


def setting(
    read: Callable[[Any], Any], label: Text, *, default: Any = dataclasses.MISSING, help: Text = ""
) -> Any:
    """Declare a setting: *read* turns what was written into a value or raises SettingError.

    Without *default* the setting must be given.
    """
    metadata = {"read": read, "label": label, "help": help}
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
    context: dict[str, Any]
    wakes: list[Wake]


class Listen(NamedTuple):
    """An event to listen for; a property may have to equal a value, compared as text."""

    event: str  # code of the event type
    label: str
    match_property: str = ""
    match_value: str = ""


class Want(NamedTuple):
    """A message that the member is to get; the gate decides whether she does."""

    content_id: int
    priority: int | None = None
    expires_at: datetime | None = None


class Leave(NamedTuple):
    """Go on by *outcome*; the visit ended at *at* (virtual time, not after `run.now`)."""

    outcome: str
    at: datetime
    why: Mapping[str, Any] | None = None
    wants: tuple[Want, ...] = ()
    tags: tuple[tuple[int, str, bool], ...] = ()  # (tag id, value, added)


class Stay(NamedTuple):
    """Stay until *until* (None: for ever) or until one of *listens* is heard."""

    until: datetime | None
    listens: tuple[Listen, ...] = ()


class Finish(NamedTuple):
    """Leave the journey for good with a reason."""

    reason: str
    at: datetime


Answer = Leave | Stay | Finish
S = TypeVar("S")


class Node(ABC, Generic[S]):
    """One kind of node; an instance is one node of one graph with its settings."""

    kind: ClassVar[str]  # such as "wait.event"; the part before the dot is the family
    family: ClassVar[Family]
    label: ClassVar[Text]
    icon: ClassVar[str]  # a symbol of static/icons.svg
    Settings: ClassVar[type]
    waits: ClassVar[bool] = False  # a loop must pass through a node that waits

    def __init__(self, key: str, settings: S) -> None:
        self.key = key
        self.settings = settings

    @classmethod
    def read(cls, key: str, given: Mapping[str, Any]) -> tuple[Node[S] | None, list[Problem]]:
        """Read settings as written in a graph; return the node, or None and every problem."""
        problems: list[Problem] = []
        values: dict[str, Any] = {}
        fields = {field.name: field for field in dataclasses.fields(cls.Settings)}
        for name in given.keys() - fields.keys():
            problems.append(
                Problem(
                    f"nodes.{key}.{name}",
                    f"“{name}” is not a setting of {cls.kind}. "
                    f"Expected one of: {', '.join(fields) or 'none'}.",
                )
            )
        for name, field in fields.items():
            if name not in given:
                if field.default is dataclasses.MISSING:
                    problems.append(
                        Problem(f"nodes.{key}.{name}", f"{cls.kind} needs the setting “{name}”.")
                    )
                continue
            try:
                values[name] = field.metadata["read"](given[name])
            except SettingError as error:
                problems.append(Problem(f"nodes.{key}.{name}", str(error)))
        if problems:
            return None, problems
        node = cls(key, cls.Settings(**values))
        problems = list(node.check())
        return (None if any(not p.is_warning for p in problems) else node), problems

    def check(self) -> Iterable[Problem]:
        """Problems that lie between settings, or between a setting and what exists."""
        return ()

    @abstractmethod
    def outcomes(self) -> Sequence[Outcome]:
        """The exits of this node, in the order in which they are drawn."""

    @abstractmethod
    def sentence(self) -> str:
        """The card's sentence as safe HTML in the active language, settings marked by <em>."""

    @abstractmethod
    def walk(self, members: Sequence[Member], run: Run) -> Iterator[Answer]:
        """Answer for every member, in order. Queries go over the whole cohort at once."""
