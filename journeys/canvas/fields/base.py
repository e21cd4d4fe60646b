"""What a field of a step's form shows, and what comes back from it.

Each kind of field is a pair: `show` makes of a written setting what its template draws, `read`
makes of what was typed the setting as it is written. What is wrong with it says the reader of the
setting, in a sentence under the field; a field never refuses what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from journeys.nodes.forms import Form

OMIT: Final = object()  # the setting is not given: its default holds


@dataclass(frozen=True)
class Ask:
    """One setting that is asked for: its form, the name of its inputs, and what stands there."""

    form: Form
    name: str
    value: Any = OMIT
    label: str = ""
    is_needed: bool = False
    default: Any = None
    words: Mapping[str, str] = field(default_factory=dict)  # outcome → what it is called
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (noun, code) → name

    def part(self, name: str, form: Form, value: Any, label: str = "") -> Ask:
        """A field inside of this one."""
        return Ask(form, f"{self.name}.{name}", value, label, True, None, self.words, self.titles)

    @property
    def given(self) -> Any:
        """What was written, else None."""
        return None if self.value is OMIT else self.value


@dataclass(frozen=True)
class Shown:
    """A field as its template draws it. `more` differs by type."""

    type: str
    name: str
    label: str
    value: Any = ""
    help: str = ""
    error: str = ""
    warning: str = ""
    is_needed: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """An id that no other step's form has: what was typed elsewhere must not be morphed in."""
        return "f-" + self.name.replace(".", "-")

    @property
    def template(self) -> str:
        """The template of this type."""
        return f"journeys/fields/{self.type}.html"


class Typed:
    """What a form brought back."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self.data = data

    def text(self, name: str) -> str:
        """What was typed, without blanks around it."""
        return self.data.get(name, "").replace("\x00", "").strip()

    def flag(self, name: str) -> bool:
        """Whether it was ticked."""
        return name in self.data

    def all(self, name: str) -> list[str]:
        """Every value of a field that may stand several times."""
        getlist: Callable[[str], list[str]] | None = getattr(self.data, "getlist", None)
        found = getlist(name) if getlist else [self.data[name]] if name in self.data else []
        return [value.strip() for value in found]

    def has(self, name: str) -> bool:
        """Whether the field stood in the form at all."""
        return name in self.data


Show = Callable[[Ask], Mapping[str, Any]]
Read = Callable[[Ask, Typed], Any]
