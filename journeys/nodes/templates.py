"""Texts of acts that say something about the customer: Liquid, as in contents, with closer limits.

A template sees `customer` (her attributes), `event` (what she entered by), `vars` (what acts of
this walk have found out), `journey`, `brand` and `entry_key`; it can neither ask for more nor do
anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from liquid import BoundTemplate
from liquid.exceptions import LiquidError, UndefinedError

from campaigns.content.liquid import environment
from campaigns.content.recipient import Recipient
from campaigns.content.render import said
from journeys.engine.statements import fetch
from journeys.nodes import readers
from journeys.nodes.base import Member, SettingError
from journeys.nodes.forms import Form, asked_by

if TYPE_CHECKING:
    from journeys.engine.run import Run

ROOTS: Final = ("customer", "event", "vars", "journey", "brand", "entry_key")
MARKS: Final = ("{{", "{%")
PLACE: Final = re.compile(r"\{\{-?\s*(?:[a-z_]+\.)*([a-z0-9_]+)[^}]*\}\}", re.IGNORECASE)
TAG: Final = re.compile(r"\{%[^%]*%\}")


class TemplateFault(ValueError):
    """A text that can't be made for one customer; says why."""


def is_template(written: Any) -> bool:
    """Whether there is anything to fill in."""
    return isinstance(written, str) and any(mark in written for mark in MARKS)


def template(longest: int, example: str = "") -> Callable[[Any], str]:
    """A text of at most *longest* characters that may be a template."""
    read_text = readers.text(longest)

    def read(given: Any) -> str:
        return check_template(read_text(given))

    return asked_by(Form("text", longest=longest, example=example))(read)


def check_template(source: str) -> str:
    """*source*, when it is no template or one that can be read; raises SettingError."""
    if not is_template(source):
        return source
    try:
        unknown = sorted(set(_compiled(source, False).global_variables()) - set(ROOTS))
    except LiquidError as error:
        text = _("The template can't be read: %(error)s") % {"error": said(error)}
        raise SettingError(text) from error
    if unknown:
        text = _("“%(name)s” is not known here. Expected one of: %(known)s.")
        raise SettingError(text % {"name": unknown[0], "known": ", ".join(ROOTS)})
    return source


def in_short(source: str) -> str:
    """A template as a card shows it: what is filled in stands in brackets by its name."""
    return " ".join(TAG.sub("", PLACE.sub(r"[\1]", source)).split())


def asks_customer(written: Iterable[Any]) -> bool:
    """Whether one of the templates says anything that the customer's row knows."""
    return any(
        "customer" in _compiled(one, False).global_variables()
        for one in written
        if is_template(one)
    )


class Words:
    """Fills templates in for a cohort: at most two queries, however many members there are."""

    def __init__(self, members: Sequence[Member], run: Run, written: Iterable[Any]) -> None:
        self._members = members
        self._run = run
        self._asks_customer = asks_customer(written)
        self._variables: dict[int, dict[str, Any]] = {}

    def fill(self, written: str, member: Member, *, lenient: bool = False) -> str:
        """The text for her; a missing value raises TemplateFault, or is empty when *lenient*."""
        if not is_template(written):
            return written
        try:
            return _compiled(written, lenient).render(**self._of(member))
        except UndefinedError as error:
            name = said(error).removesuffix(" is undefined").strip("'")
            raise TemplateFault(f"“{name}” is missing for this customer.") from error
        except (LiquidError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
            # A filter meets a value of a kind that it can't take: her data, not our code.
            raise TemplateFault(f"The template fails: {said(error)}") from error

    # helpers

    def _of(self, member: Member) -> dict[str, Any]:
        found = self._variables.get(member.enrollment_id)
        if found is None:
            name, language, attributes = self._people.get(member.customer_id, ("", "", {}))
            brand, journey = self._around
            to = Recipient(
                customer_id=member.customer_id,
                display_name=name,
                language=language,
                attributes=attributes,
                brand=brand,
                context={**member.context, "journey": journey},
            )
            found = {**to.variables(), "entry_key": member.entry_key}
            self._variables[member.enrollment_id] = found
        return found

    @cached_property
    def _people(self) -> Mapping[int, tuple[str, str, Mapping[str, Any]]]:
        if not self._asks_customer:
            return {}
        ids = sorted({member.customer_id for member in self._members})
        rows = fetch("people", {"ids": ids})
        return {id: (name, code, json.loads(known)) for id, name, code, known in rows}

    @cached_property
    def _around(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        [(brand, journey)] = fetch("around", {"journey": self._run.journey.journey_id})
        return json.loads(brand), json.loads(journey)


@lru_cache(maxsize=1000)
def _compiled(source: str, lenient: bool) -> BoundTemplate:
    return environment(html=False, lenient=lenient, brief=True).from_string(source)
