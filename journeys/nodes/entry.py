"""What all triggers share: who may enter how often, and the entry limits as a group of settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.formats import number
from customers.rules import say_duration
from journeys.nodes import readers
from journeys.nodes.base import (
    Answer,
    Family,
    Leave,
    Member,
    Node,
    Outcome,
    Pass,
    Plan,
    Problem,
    SettingError,
    setting,
)
from journeys.nodes.forms import Form, asked_by

if TYPE_CHECKING:
    from journeys.engine.run import Run

NEVER, AFTER_EXIT, AFTER_TIME = "never", "after_exit", "after_time"
ONE_AT_A_TIME, PER_KEY, ALWAYS = "one_at_a_time", "per_key", "always"
REENTRY: Final = {
    NEVER: gettext_lazy("never"),
    AFTER_EXIT: gettext_lazy("after she has left"),
    AFTER_TIME: gettext_lazy("when some time has passed since she entered"),
    ONE_AT_A_TIME: gettext_lazy("one walk at a time (per key)"),
    PER_KEY: gettext_lazy("once per key"),
    ALWAYS: gettext_lazy("always"),
}
LIMITS = "limits"
MOST_GROUPS = 48


class Waves(NamedTuple):
    """An audience enters in portions of `size`, one each `every`; or in so many equal `groups`."""

    size: int  # 0: by groups
    every: timedelta
    groups: int = 0


@asked_by(
    Form(
        "group",
        example="{size: 5000, every: 1h}",
        parts={
            "size": Form("number", lowest=1, label=gettext_lazy("So many at once")),
            "groups": Form(
                "number",
                lowest=2,
                highest=MOST_GROUPS,
                label=gettext_lazy("Or in so many equal groups"),
            ),
            "every": Form("duration", label=gettext_lazy("The next after")),
        },
    )
)
def read_waves(given: Any) -> Waves:
    """{size, every} or {groups, every}."""
    given = readers.only_keys(given, ["every"], ["size", "groups"])
    size, groups = given.get("size"), given.get("groups")
    if (size is None) == (groups is None):
        raise SettingError(_("Say either how many enter at once (size) or in how many groups."))
    every = readers.duration(given["every"])
    if groups is not None:
        return Waves(0, every, readers.whole(2, MOST_GROUPS)(groups))
    return Waves(readers.whole(1, 100_000_000)(size), every)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySettings:
    """The entry limits of a trigger. All of them are looked at in the statement that enrolls."""

    reentry: str = setting(
        readers.choice(REENTRY), gettext_lazy("Enter again"), default=NEVER, group=LIMITS
    )
    again_after: timedelta | None = setting(
        readers.duration,
        gettext_lazy("After so long"),
        default=None,
        group=LIMITS,
        example="30d",
        help=gettext_lazy("With “after she has left” since then, else since she entered last."),
    )
    only_if: dict[str, Any] | None = setting(
        readers.rule, gettext_lazy("Only customers who"), default=None, group=LIMITS
    )
    exclude: dict[str, Any] | None = setting(
        readers.rule,
        gettext_lazy("Never customers who"),
        default=None,
        group=LIMITS,
        example="{segment: staff}",
    )
    most: int | None = setting(
        readers.whole(1, 2_000_000_000),
        gettext_lazy("Most entries in all"),
        default=None,
        group=LIMITS,
        example="10000",
    )
    opens: datetime | None = setting(
        readers.moment,
        gettext_lazy("Open from"),
        default=None,
        group=LIMITS,
        help=gettext_lazy("Without a zone it is read on the journey's clock."),
    )
    closes: datetime | None = setting(
        readers.moment, gettext_lazy("Open until"), default=None, group=LIMITS
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings(EntrySettings):
    """The limits of triggers that let an audience in, run by run."""

    most_per_run: int | None = setting(
        readers.whole(1, 2_000_000_000),
        gettext_lazy("Most entries per run"),
        default=None,
        group=LIMITS,
        example="1000",
    )
    waves: Waves | None = setting(
        read_waves,
        gettext_lazy("In waves"),
        default=None,
        group=LIMITS,
        help=gettext_lazy(
            "So many at once, the next so many after that time; or everybody in equal groups."
        ),
    )


S = TypeVar("S", bound=EntrySettings)


class Trigger(Node[S]):
    """A node at which customers enter; entering itself is one statement of the engine."""

    family = Family.TRIGGER
    has_key = False  # whether its entries have a key

    def check(self) -> Iterable[Problem]:
        settings, place = self.settings, f"nodes.{self.key}"
        if settings.reentry == PER_KEY and not self.has_key:
            yield Problem(f"{place}.reentry", _("These entries have no key; choose another rule."))
        if settings.reentry == AFTER_TIME and not settings.again_after:
            yield Problem(f"{place}.again_after", _("Say after how long somebody may enter again."))
        if settings.again_after and settings.reentry not in (AFTER_TIME, AFTER_EXIT):
            yield Problem(
                f"{place}.again_after",
                _("This has a meaning only for entering again after a time or after an exit."),
            )
        opens, closes = settings.opens, settings.closes
        is_backward = (
            opens is not None
            and closes is not None
            and (opens.tzinfo is None) == (closes.tzinfo is None)
            and closes <= opens
        )
        if is_backward:
            yield Problem(f"{place}.closes", _("The entry closes before it opens."))

    def rules(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        for name in ("only_if", "exclude"):
            rule = getattr(self.settings, name)
            if rule:
                yield name, rule

    @property
    def sees_customers(self) -> bool:
        return False  # the rules are asked when she enters, not when she walks on

    def outcomes(self) -> Sequence[Outcome]:
        return [Outcome("next", "")]

    def compile(self, run: Run) -> Plan | None:
        return Pass("next")

    def walk(self, members: Sequence[Member], run: Run) -> Iterable[Answer]:
        return [Leave("next", member.arrived_at) for member in members]

    @property
    def is_limited(self) -> bool:
        """Whether any limit but the re-entry rule is set."""
        names = ("only_if", "exclude", "most", "opens", "closes", "most_per_run", "waves")
        return any(getattr(self.settings, name, None) is not None for name in names)


def say_limits(settings: EntrySettings) -> str:
    """The limits that a card's sentence tells, such as “at most 500 per run”; "" without any."""
    said = []
    if settings.reentry == AFTER_TIME and settings.again_after:
        said.append(_("again after %(span)s") % {"span": say_duration(settings.again_after)})
    if isinstance(settings, RunSettings):
        if settings.most_per_run:
            said.append(_("at most %(n)s per run") % {"n": number(settings.most_per_run)})
        if settings.waves and settings.waves.groups:
            words = {"n": number(settings.waves.groups), "span": say_duration(settings.waves.every)}
            said.append(_("in %(n)s groups, one each %(span)s") % words)
        elif settings.waves:
            words = {"n": number(settings.waves.size), "span": say_duration(settings.waves.every)}
            said.append(_("%(n)s each %(span)s") % words)
    if settings.most:
        said.append(_("at most %(n)s in all") % {"n": number(settings.most)})
    return _(", ").join(said)


def with_limits(words: str, limits: str) -> SafeString:
    """A card's sentence with the limits behind it, after the comma of the reader's language."""
    return format_html("{}{}{}", words, _(", ") if limits else "", limits)
