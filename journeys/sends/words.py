"""Sends in words: the sentence that a send is, and when it goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Content
from customers.formats import day, percent
from customers.models import Brand, EventType, Segment
from customers.rules import say_duration
from journeys.nodes.clock import zone_of
from journeys.sends.plan import Plan, Repeat

WEEKDAYS = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}


class Names:
    """What codes in plans are called; three queries for any number of plans."""

    def __init__(self, plans: Iterable[Plan | None], brand_ids: Iterable[int]) -> None:
        known = [plan for plan in plans if plan is not None]
        contents = {code for plan in known for code in plan.contents}
        rows = Content.objects.filter(brand__in=list(brand_ids), code__in=contents)
        self._contents = {(each.brand_id, each.code): each for each in rows}
        codes = {code for plan in known for code in (plan.segment, plan.exclude) if code}
        goals = {plan.goal for plan in known if plan.goal}
        self._events = {each.code: each.title for each in EventType.objects.filter(code__in=goals)}
        self._segments = {each.code: each for each in Segment.objects.filter(code__in=codes)}

    def content(self, brand: Brand, code: str) -> str:
        """ "Spring news by e-mail", or the code of one that is gone."""
        found = self._contents.get((brand.pk, code))
        if found is None:
            return code
        return _("%(content)s by %(channel)s") % {
            "content": found.name,
            "channel": found.get_channel_display(),
        }

    def channels(self, brand: Brand, plan: Plan) -> list[str]:
        """The channels of a plan, each once."""
        found = [self._contents.get((brand.pk, code)) for code in plan.contents]
        return list(dict.fromkeys(each.channel for each in found if each))

    def segment(self, code: str) -> str:
        """The name of a segment, or the code of one that is gone."""
        found = self._segments.get(code)
        return found.title if found else code

    def event(self, code: str) -> str:
        """The name of an event, or its code as long as none has come in."""
        return self._events.get(code, code)

    def segment_of(self, code: str) -> Segment | None:
        """The segment itself."""
        return self._segments.get(code)


def say(plan: Plan, brand: Brand, names: Names) -> SafeString:
    """A send as a sentence, its settings marked."""
    first, *others = plan.contents
    said = [
        format_html(
            _("<em>{content}</em> to <em>{audience}</em>, {when}"),
            content=names.content(brand, first),
            audience=names.segment(plan.segment) if plan.segment else _("everybody"),
            when=when(plan, brand),
        )
    ]
    if plan.exclude:
        said.append(
            format_html(_("not to <em>{segment}</em>"), segment=names.segment(plan.exclude))
        )
    if others:
        said.append(
            format_html(
                _("whom it can't reach gets {others}"),
                others=format_html_join(
                    _(", else "), "<em>{}</em>", ((names.content(brand, code),) for code in others)
                ),
            )
        )
    if plan.waves > 1:
        said.append(
            format_html(
                _("in <em>{n} waves</em>, one each {span}"),
                n=plan.waves,
                span=say_duration(plan.every),
            )
        )
    if plan.control:
        share = percent(plan.control / 100, 0 if float(plan.control).is_integer() else 1)
        said.append(format_html(_("<em>{share}</em> get nothing, to compare with"), share=share))
    if plan.goal:
        said.append(
            format_html(
                _("a success is <em>{event}</em> within {span}"),
                event=names.event(plan.goal),
                span=say_duration(plan.within),
            )
        )
    return format_html(_("{}."), format_html_join(_("; "), "{}", ((part,) for part in said)))


def when(plan: Plan, brand: Brand) -> SafeString:
    """When it goes, and on whose clock."""
    if plan.is_at_once:
        return format_html("<em>{}</em>", _("as soon as it is started"))
    at = plan.at
    if at and at.tzinfo:
        at = at.astimezone(zone_of(plan.zone or brand.timezone))
    text = moment_words(at) if at else repeat_words(plan.repeat) if plan.repeat else ""
    clock = (
        _("on each customer's own clock") if plan.own_clock
        else _("on the clock of %s") % (plan.zone or brand.timezone)
    )  # fmt: skip
    return format_html("<em>{}</em> {}", text, clock)


def moment_words(at: datetime) -> str:
    """A moment on a clock that is told beside it."""
    return _("on %(day)s at %(time)s") % {"day": day(at.date()), "time": f"{at:%H:%M}"}


def repeat_words(repeat: Repeat) -> str:
    """ "every Monday, Thursday at 09:00" """
    values = {"time": f"{repeat.at:%H:%M}", "day": repeat.day or ""}
    if repeat.day:
        return _("on day %(day)s of every month at %(time)s") % values
    if not repeat.weekdays:
        return _("every day at %(time)s") % values
    days = _(", ").join(str(WEEKDAYS[name]) for name in repeat.weekdays)
    return _("every %(days)s at %(time)s") % {**values, "days": days}
