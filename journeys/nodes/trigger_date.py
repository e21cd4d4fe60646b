"""trigger.date: a date of the customer, with an offset, once or every year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.rules import say_duration
from journeys.nodes import readers, register
from journeys.nodes.base import Problem, Reference, setting
from journeys.nodes.entry import EntrySettings, Trigger, say_limits, with_limits

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(EntrySettings):
    attribute: str = setting(readers.name, gettext_lazy("Attribute"), noun="attribute")
    offset: timedelta = setting(
        readers.offset,
        gettext_lazy("Before (-) or after"),
        default=timedelta(0),
        help=gettext_lazy("In whole days, such as -30d."),
    )
    yearly: bool = setting(
        readers.flag,
        gettext_lazy("Every year"),
        default=False,
        help=gettext_lazy("29 February is kept on the 28th when a year has none."),
    )
    at: time = setting(readers.clock_time, gettext_lazy("At this time of her day"), default=time(9))


@register
class TriggerDate(Trigger[Settings]):
    """Looked up an hour ahead and once more at the moment itself, on her own clock."""

    kind = "trigger.date"
    label = gettext_lazy("Date")
    icon = "gift"
    Settings = Settings

    def check(self) -> Iterable[Problem]:
        yield from super().check()
        if self.settings.offset % DAY:
            yield Problem(f"nodes.{self.key}.offset", _("Expected whole days, such as -30d."))

    def refers(self) -> Iterable[Reference]:
        return [Reference("attribute", self.settings.attribute, "attribute")]

    def sentence(self) -> str:
        settings, limits = self.settings, say_limits(self.settings)
        span, name = say_duration(abs(settings.offset)), settings.attribute
        if settings.offset < timedelta(0):
            words = format_html(_("<em>{span}</em> before <em>{name}</em>"), span=span, name=name)
        elif settings.offset:
            words = format_html(_("<em>{span}</em> after <em>{name}</em>"), span=span, name=name)
        else:
            words = format_html(_("On <em>{name}</em>"), name=name)
        more = _(", ").join(filter(None, [_("every year") if settings.yearly else "", limits]))
        return with_limits(words, more)
