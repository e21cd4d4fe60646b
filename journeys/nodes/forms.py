"""What a form needs to ask for a setting. Readers carry it; a setting may say more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils.functional import Promise

Text = str | Promise
# The kinds of fields that a form knows.
TYPES = frozenset(
    {
        "text", "code", "number", "switch", "choice", "choices", "duration", "moment", "time",
        "noun", "rule", "condition", "rows", "weights", "match", "values", "group",
    }
)  # fmt: skip
R = TypeVar("R", bound=Callable[[Any], Any])


@dataclass(frozen=True, slots=True)
class Form:
    """The field of one setting.

    `type` is one of TYPES; `noun` names what a field of that type searches ("event", "segment");
    `choices` are values with their labels; `parts` are the fields of a row or group by key.
    """

    type: str
    example: str = ""
    choices: Mapping[str, Text] = field(default_factory=dict)
    noun: str = ""
    lowest: float | None = None
    highest: float | None = None
    longest: int | None = None
    parts: Mapping[str, Form] = field(default_factory=dict)
    label: Text = ""  # of a part; a setting brings its own

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"A form knows no field of the type {self.type!r}.")


def asked_by(form: Form) -> Callable[[R], R]:
    """Decorator of a reader: its values are asked for by *form*."""

    def mark(read: R) -> R:
        read.form = form  # type: ignore[attr-defined]
        return read

    return mark


def form_of(read: Callable[[Any], Any]) -> Form | None:
    """The form that a reader carries."""
    found = getattr(read, "form", None)
    return found if isinstance(found, Form) else None
