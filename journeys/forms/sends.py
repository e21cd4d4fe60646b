"""The form of a send: what goes to whom and when, without drawing a journey."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Content
from customers.models import EventType, Segment
from journeys.nodes.entry import MOST_GROUPS
from journeys.sends.plan import LARGEST_CONTROL, Plan, Repeat
from journeys.sends.words import WEEKDAYS

EVERYBODY = "*"
NOW, ONCE, DAILY, WEEKLY, MONTHLY = "now", "once", "daily", "weekly", "monthly"
WHEN = (
    (NOW, gettext_lazy("as soon as it is started")),
    (ONCE, gettext_lazy("once")),
    (DAILY, gettext_lazy("every day")),
    (WEEKLY, gettext_lazy("every week")),
    (MONTHLY, gettext_lazy("every month")),
)
MOST = 500  # of events to choose from
BRANDS, MINE, OWN = "brand", "mine", "own"
# Minutes between two waves.
STEPS = (
    (5, gettext_lazy("5 minutes")),
    (15, gettext_lazy("15 minutes")),
    (30, gettext_lazy("30 minutes")),
    (60, gettext_lazy("1 hour")),
    (120, gettext_lazy("2 hours")),
    (240, gettext_lazy("4 hours")),
    (720, gettext_lazy("12 hours")),
    (1440, gettext_lazy("1 day")),
    (10080, gettext_lazy("7 days")),
)


class SendForm(forms.Form):
    """A plan. What belongs to another way of repeating is left aside, not refused."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    content = forms.ChoiceField(label=gettext_lazy("What"))
    instead = forms.ChoiceField(
        label=gettext_lazy("Whom it can't reach gets"), required=False,
        help_text=gettext_lazy("Such as an SMS for whom no e-mail can be sent to."),
    )  # fmt: skip
    instead2 = forms.ChoiceField(label=gettext_lazy("And else"), required=False)
    segment = forms.ChoiceField(
        label=gettext_lazy("To whom"),
        help_text=gettext_lazy("Who is in the segment when it goes out."),
    )
    exclude = forms.ChoiceField(label=gettext_lazy("But not to"), required=False)
    when = forms.ChoiceField(
        label=gettext_lazy("When"), choices=WHEN, widget=forms.RadioSelect, initial=ONCE
    )
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    at = forms.TimeField(
        label=gettext_lazy("Time"), required=False, initial=time(10),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On"), required=False, choices=tuple(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    month_day = forms.IntegerField(
        label=gettext_lazy("Day of the month"), required=False, min_value=1, max_value=28,
        help_text=gettext_lazy("1 to 28, which every month has."),
    )  # fmt: skip
    clock = forms.ChoiceField(label=gettext_lazy("On whose clock"))
    waves = forms.IntegerField(
        label=gettext_lazy("In so many waves"), min_value=1, max_value=MOST_GROUPS, initial=1,
        help_text=gettext_lazy("Equal groups, one after the other. 1: all at once."),
    )  # fmt: skip
    every = forms.TypedChoiceField(
        label=gettext_lazy("One wave each"), choices=STEPS, coerce=int, initial=60
    )
    control = forms.DecimalField(
        label=gettext_lazy("Control group, per cent"), min_value=0, max_value=int(LARGEST_CONTROL),
        decimal_places=1, initial=0,
        help_text=gettext_lazy(
            "They get none of this campaign's sends, always the same people, so that it can be "
            "told what the rest did because of it. 0: none."
        ),
    )  # fmt: skip

    goal = forms.ChoiceField(
        label=gettext_lazy("What counts as a success"), required=False,
        help_text=gettext_lazy("Counted of everybody who came in, and for the campaign's target."),
    )  # fmt: skip
    goal_days = forms.IntegerField(
        label=gettext_lazy("Within so many days"), min_value=1, max_value=90, initial=7
    )

    def __init__(
        self, *args: Any, campaign: Campaign, segments: Sequence[Segment], zone: str,
        plan: Plan | None = None, **kwargs: Any,
    ):  # fmt: skip
        if plan is not None:
            kwargs["initial"] = {**initial_of(plan, zone), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.zone = zone
        brand = campaign.brand
        named = plan.contents if plan else ()
        contents = [
            (each.code, f"{each.name} · {each.get_channel_display()}")
            for each in Content.objects.filter(brand=brand).order_by("name", "pk")
            if each.code in named or not each.is_archived
        ]
        self._offer("content", [("", _("choose…")), *contents])
        for name in ("instead", "instead2"):
            self._offer(name, [("", _("nothing")), *contents])
        names = [(each.code, each.title) for each in segments]
        self._offer(
            "segment", [("", _("choose…")), *names, (EVERYBODY, _("everybody, without exception"))]
        )
        self._offer("exclude", [("", _("nobody is kept out")), *names])
        events = [(each.code, each.title) for each in EventType.objects.order_by("name")[:MOST]]
        if plan and plan.goal and plan.goal not in dict(events):
            events.append((plan.goal, plan.goal))
        self._offer("goal", [("", _("nothing is counted")), *events])
        clocks = [(BRANDS, _("the brand's (%s)") % brand.timezone)]
        if zone != brand.timezone:
            clocks.append((MINE, _("my own (%s)") % zone))
        self._offer("clock", [*clocks, (OWN, _("each customer's own"))])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        when = values.get("when")
        if when == ONCE and not values.get("day") and "day" not in self.errors:
            self.add_error("day", _("Say on which day it goes."))
        if when not in (NOW, None) and not values.get("at") and "at" not in self.errors:
            self.add_error("at", _("Say at what time it goes."))
        if when == WEEKLY and not values.get("weekdays"):
            self.add_error("weekdays", _("Choose at least one day of the week."))
        if when == MONTHLY and not values.get("month_day") and "month_day" not in self.errors:
            self.add_error("month_day", _("Say on which day of the month it goes."))
        return values

    def plan(self) -> Plan:
        """What was filled in; the form must be valid."""
        given = self.cleaned_data
        when, at = given["when"], given["at"]
        repeat = None
        if when in (DAILY, WEEKLY, MONTHLY):
            days = tuple(day for day in WEEKDAYS if day in given["weekdays"])
            repeat = Repeat(
                at.replace(second=0, microsecond=0),
                days if when == WEEKLY else (),
                given["month_day"] if when == MONTHLY else None,
            )
        others = [given[name] for name in ("instead", "instead2") if given[name]]
        is_now = when == NOW
        return Plan(
            name=given["name"].strip(),
            contents=(given["content"], *others),
            segment="" if given["segment"] == EVERYBODY else given["segment"],
            exclude=given["exclude"],
            at=datetime.combine(given["day"], at.replace(second=0)) if when == ONCE else None,
            repeat=repeat,
            zone=self.zone if given["clock"] == MINE and not is_now else "",
            own_clock=given["clock"] == OWN and not is_now,
            waves=given["waves"],
            every=timedelta(minutes=given["every"]),
            control=float(given["control"]),
            goal=given["goal"],
            within=timedelta(days=given["goal_days"]),
        )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


# helpers


def initial_of(plan: Plan, zone: str) -> dict[str, Any]:
    """The fields as they were filled in."""
    repeat = plan.repeat
    others = [*plan.contents[1:], "", ""]
    when = NOW if plan.is_at_once else ONCE
    if repeat:
        when = MONTHLY if repeat.day else WEEKLY if repeat.weekdays else DAILY
    return {
        "name": plan.name,
        "content": plan.contents[0],
        "instead": others[0],
        "instead2": others[1],
        "segment": plan.segment or EVERYBODY,
        "exclude": plan.exclude,
        "when": when,
        "day": plan.at.date() if plan.at else None,
        "at": plan.at.time() if plan.at else repeat.at if repeat else time(10),
        "weekdays": list(repeat.weekdays) if repeat else [],
        "month_day": repeat.day if repeat else None,
        "clock": OWN if plan.own_clock else MINE if plan.zone and plan.zone == zone else BRANDS,
        "waves": plan.waves,
        "every": int(plan.every / timedelta(minutes=1)),
        "control": plan.control,
        "goal": plan.goal,
        "goal_days": max(1, plan.within // timedelta(days=1)),
    }
