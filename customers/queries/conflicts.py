"""Which source a value of an attribute came from, and which rule let it stay, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from customers.formats import moment
from customers.models import Attribute, Conflict, Customer, Source


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value that stands came from: its source (None: not known any more), the moment of
    the fact, and the rule that decides when another one comes."""

    code: str
    source: Source | None
    at: datetime | None
    rule: Conflict

    @property
    def words(self) -> str:
        """ "Shop, 19 Nov, 12:37. The latest value stays." """
        return " ".join(each for each in (say_origin(self), say_rule(self.rule)) if each)


def origins_of(customer: Customer) -> dict[str, Origin]:
    """The origin of every attribute that a customer has, by code; two queries."""
    rules = rules_of(list(customer.attributes))
    sources = sources_by_id()
    return {
        code: origin_of(customer.provenance, code, rules, sources) for code in customer.attributes
    }


def origin_of(
    provenance: Mapping[str, Any],
    code: str,
    rules: Mapping[str, Conflict],
    sources: Mapping[int, Source],
) -> Origin:
    source_id, at = provenance.get(code) or (None, None)
    return Origin(
        code,
        sources.get(source_id) if source_id is not None else None,
        datetime.fromisoformat(at) if at else None,
        rules.get(code, Conflict.LATEST),
    )


def rules_of(codes: Sequence[str]) -> dict[str, Conflict]:
    """The rule of each attribute that is defined; one query."""
    rows = Attribute.objects.filter(code__in=codes).values_list("code", "conflict")
    return {code: Conflict(rule) for code, rule in rows}


def sources_by_id() -> dict[int, Source]:
    return {source.pk: source for source in Source.objects.all()}


def say_origin(origin: Origin) -> str:
    """ "Shop, 19 Nov, 12:37." """
    parts = [origin.source.title if origin.source else "", moment(origin.at) if origin.at else ""]
    said = ", ".join(each for each in parts if each)
    return _("%(origin)s.") % {"origin": said} if said else ""


def say_rule(rule: Conflict) -> str:
    """What a rule does, as a sentence."""
    match rule:
        case Conflict.FIRST:
            return _("The first value stays.")
        case Conflict.TRUSTED:
            return _("The value of the most trusted source stays.")
        case _other:
            return _("The latest value stays.")


def say_winner(won: Origin, lost: Origin) -> str:
    """Why one of two values stays, with what decided."""
    if won.at is None or lost.at is None:
        return _("Nobody knows when it was said: the kept customer's stays.")
    if won.rule == Conflict.TRUSTED:
        more, less = _trust(won), _trust(lost)
        if more != less:
            words = {"won": won.source or "–", "more": more, "lost": lost.source or "–",
                     "less": less}  # fmt: skip
            return _("Most trusted: %(won)s (%(more)s) before %(lost)s (%(less)s).") % words
    if won.at == lost.at:
        return _("Said at the same moment: the kept customer's stays.")
    words = {"source": won.source or "–", "when": moment(won.at)}
    if won.rule == Conflict.FIRST:
        return _("The first: %(source)s, %(when)s.") % words
    if won.rule == Conflict.TRUSTED:
        return _("Equally trusted, so the latest: %(source)s, %(when)s.") % words
    return _("The latest: %(source)s, %(when)s.") % words


# helpers


def _trust(origin: Origin) -> int:
    return origin.source.trust if origin.source else 0
