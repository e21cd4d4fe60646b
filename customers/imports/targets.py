"""What a column of a file may become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from customers.ingest.attributes import CODE
from customers.ingest.limits import NAME_LENGTH
from customers.models import ImportKind, Namespace, Tag

# Targets with a name behind a colon, and those without.
NAMED: Final = ("identity", "attribute", "tag", "property")
PLAIN: Final = ("time", "event", "ignore")


def problem_of(target: str, kind: str) -> str:
    """Why a column of an import of this kind can't become *target*, or ""."""
    what, _colon, name = target.partition(":")
    if what in PLAIN and not name:
        if what in ("time", "event") and kind != ImportKind.EVENTS:
            return _("only events have a name and a time.")
        return ""
    if what not in NAMED or not name:
        return _("“%(target)s” is no target. Use %(named)s with a name, or %(plain)s.") % {
            "target": target[:60],
            "named": ", ".join(f"{one}:" for one in NAMED),
            "plain": ", ".join(PLAIN),
        }
    if what == "attribute" and not CODE.fullmatch(name):
        return _("“%(name)s” can't be the code of an attribute.") % {"name": name[:60]}
    if what == "property":
        if kind != ImportKind.EVENTS:
            return _("only events have properties.")
        if len(name) > NAME_LENGTH or not name.isprintable():
            return _("The name of a property is too long or can't be printed.")
    return ""


def unknown_names(columns: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Namespaces and tags that don't exist."""
    named: dict[str, set[str]] = {}
    for target in (target for targets in columns.values() for target in targets):
        what, _colon, name = target.partition(":")
        named.setdefault(what, set()).add(name)
    problems = []
    if wanted := named.get("identity", set()):
        known = set(Namespace.objects.values_list("code", flat=True))
        problems += [
            _("“%(code)s” is no kind of identity here. Known are: %(known)s.")
            % {"code": code[:40], "known": ", ".join(sorted(known))}
            for code in sorted(wanted - known)
        ]
    if wanted := named.get("tag", set()):
        tags = set(Tag.objects.filter(code__in=wanted).values_list("code", flat=True))
        problems += [
            _("There is no tag “%(code)s”. Make it on the page Tags first.") % {"code": code[:40]}
            for code in sorted(wanted - tags)
        ]
    return problems
