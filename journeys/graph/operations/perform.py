"""An operation by its name, with what a request gave for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from journeys.graph.operations.add import append, insert
from journeys.graph.operations.base import Done, Json, OperationRefused, Slot
from journeys.graph.operations.configure import annotate, configure, describe
from journeys.graph.operations.connect import connect, detach
from journeys.graph.operations.copies import duplicate, paste
from journeys.graph.operations.delete import delete
from journeys.graph.operations.move import move


class Given:
    """What a request gave: names with texts, lists and mappings; what is missing is refused."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def text(self, name: str) -> str:
        """A text; raises OperationRefused when it is none."""
        value = self.values.get(name, "")
        if not isinstance(value, str) or len(value) > 4000:
            raise OperationRefused(_("Expected a text for “%s”.") % name)
        return value

    def flag(self, name: str) -> bool:
        """Whether it is set."""
        return self.values.get(name) in (True, "true", "1", "on")

    def keys(self) -> list[str]:
        """`keys` as a list of texts."""
        value = self.values.get("keys", [])
        if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
            raise OperationRefused(_("Expected a list of steps."))
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A mapping; raises OperationRefused when it is none."""
        value = self.values.get(name) or {}
        if not isinstance(value, Mapping):
            raise OperationRefused(_("Expected names and values for “%s”.") % name)
        return dict(value)

    def slot(self) -> Slot:
        """The place that `source` and `outcome` name."""
        return Slot(self.text("source"), self.text("outcome"))


OPERATIONS: Final[Mapping[str, Callable[[Json, Given], Done]]] = {
    "insert": lambda graph, given: insert(graph, given.text("kind"), given.slot()),
    "append": lambda graph, given: append(graph, given.text("kind"), given.slot()),
    "move": lambda graph, given: move(
        graph, given.text("key"), given.slot(), follow=given.flag("follow")
    ),
    "detach": lambda graph, given: detach(graph, given.slot()),
    "connect": lambda graph, given: connect(graph, given.slot(), given.text("target")),
    "configure": lambda graph, given: configure(
        graph,
        given.text("key"),
        given.mapping("settings"),
        renames=given.mapping("renames"),
        labels=given.mapping("labels"),
    ),
    "duplicate": lambda graph, given: duplicate(graph, given.keys()),
    "paste": lambda graph, given: paste(graph, given.values.get("clip"), given.slot()),
    "delete": lambda graph, given: delete(graph, given.keys(), follow=given.flag("follow")),
    "annotate": lambda graph, given: annotate(graph, given.text("key"), given.text("note")),
    "describe": lambda graph, given: describe(graph, given.mapping("parts")),
}


def perform(graph: Json, operation: str, given: Mapping[str, Any]) -> Done:
    """Do the *operation* of that name; raises OperationRefused for one that nobody knows, for what
    can't be read, and for what the graph can't take."""
    if operation not in OPERATIONS:
        words = _("There is no operation “%(name)s”. Expected one of: %(known)s.")
        raise OperationRefused(words % {"name": operation, "known": ", ".join(OPERATIONS)})
    return OPERATIONS[operation](graph, Given(given))
