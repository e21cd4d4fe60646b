"""What messages brought, as the report shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from campaigns.evaluation.attribution import WINDOWS, Brought, Touch
from campaigns.models import Content
from customers.formats import MINUS, money, number, percent
from customers.models import Channel
from customers.sheets import Cell
from journeys.models import Journey
from journeys.queries.attribution import Attributed, Question, attributed
from journeys.queries.experiments import goal_of
from journeys.queries.reports import Period

TOUCHES = {
    Touch.LAST: gettext_lazy("The last message before it"),
    Touch.FIRST: gettext_lazy("The first message before it"),
    Touch.ANY: gettext_lazy("Every message before it"),
}
USUAL = 30


@dataclass(frozen=True)
class Asked:
    """What the form asks: days after a message, which touch, and whether she has to respond."""

    window: int
    touch: Touch
    only_responded: bool

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Asked:
        """Read the parameters of an address; what makes no sense is the usual."""
        window, touch = given.get("window", ""), given.get("touch", "")
        return cls(
            next((days for days in WINDOWS if str(days) == window), USUAL),
            next((each for each in Touch if each.value == touch), Touch.LAST),
            given.get("responded") == "1",
        )

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        responded = "&responded=1" if self.only_responded else ""
        return f"&window={self.window}&touch={self.touch.value}{responded}"


@dataclass(frozen=True)
class Row:
    """A content on a channel, or all together, ready to be read."""

    name: str
    channel: str
    handed: int
    conversions: int
    value: str
    cost: str
    per_conversion: str
    roi: str


@dataclass(frozen=True)
class Card:
    """The card: its form, a sentence, the rows and last, when there are several, their sum."""

    asked: Asked
    say: str
    rows: Sequence[Row]
    has_value: bool
    has_cost: bool
    windows: Sequence[tuple[int, str]]
    touches: Sequence[tuple[str, str]]
    counted_at: datetime | None
    is_counting: bool


def card_of(journey: Journey, period: Period, asked: Asked, now: datetime) -> Card | None:
    """What the messages of a period brought; None when the journey has no goal."""
    goal, found = goal_of(journey), found_of(journey, period, asked, now)
    if found is None or goal is None:
        return None
    names = names_of(found)
    currency = journey.campaign.currency if journey.campaign else journey.brand.currency
    rows = [_row(part, names.get(part.content, "–"), currency) for part in found.parts]
    if len(rows) > 1:
        rows.append(_row(found.total, _("All together"), currency))
    return Card(
        asked=asked,
        say=sentence_of(found, currency, bool(goal.value)),
        rows=rows,
        has_value=bool(goal.value),
        has_cost=any(part.cost is not None for part in found.parts),
        windows=[
            (days, ngettext("%(n)s day", "%(n)s days", days) % {"n": number(days)})
            for days in WINDOWS
        ],
        touches=[(touch.value, str(label)) for touch, label in TOUCHES.items()],
        counted_at=found.read_at if found.read_at and found.read_at < now else None,
        is_counting=found.is_counting,
    )


def found_of(
    journey: Journey, period: Period, asked: Asked, now: datetime, *, wait: bool = False
) -> Attributed | None:
    """The count behind the card; None without a goal."""
    goal = goal_of(journey)
    if goal is None:
        return None
    question = Question(
        journey, goal, period.since, period.until, asked.window, asked.only_responded
    )
    return attributed(question, asked.touch, now, wait=wait)


def sentence_of(found: Attributed, currency: str, has_value: bool) -> str:
    """What came after the messages, in one sentence."""
    total = found.total
    if not total.conversions:
        return _("Nobody has reached the goal after a message of this period yet.")
    values = {"n": number(total.conversions), "value": money(total.value, currency)}
    if has_value:
        text = ngettext(
            "The goal was reached %(n)s time after a message, worth %(value)s.",
            "The goal was reached %(n)s times after a message, worth %(value)s.",
            total.conversions,
        )
    else:
        text = ngettext(
            "The goal was reached %(n)s time after a message.",
            "The goal was reached %(n)s times after a message.",
            total.conversions,
        )
    return text % values


def sheet_of(
    journey: Journey, period: Period, asked: Asked, now: datetime
) -> tuple[list[str], list[list[Cell]]]:
    """The same as plain numbers, for a file."""
    header = [
        _("Content"), _("Channel"), _("Handed over"), _("Goals"),
        pgettext("of goals", "Value"), _("Cost"), _("Cost per goal"), _("Return on it"),
    ]  # fmt: skip
    found = found_of(journey, period, asked, now, wait=True)
    if found is None:
        return header, []
    names = names_of(found)
    rows: list[list[Cell]] = []
    for part in found.parts:
        money_of = (part.cost, part.per_conversion, part.roi)
        rows.append(
            [names.get(part.content, ""), part.channel, part.handed, part.conversions,
             float(part.value), *(None if each is None else float(each) for each in money_of)]
        )  # fmt: skip
    return header, rows


def names_of(found: Attributed) -> dict[int, str]:
    """What the contents are called; one query."""
    wanted = [part.content for part in found.parts]
    return dict(Content.objects.filter(pk__in=wanted).values_list("pk", "name"))


# helpers


def _row(part: Brought, name: str, currency: str) -> Row:
    each = part.per_conversion
    return Row(
        name=name,
        channel=str(Channel(part.channel).label) if part.channel else "",
        handed=part.handed,
        conversions=part.conversions,
        value=money(part.value, currency),
        cost=money(None if part.cost is None else round(part.cost, 2), currency),
        per_conversion=money(None if each is None else round(each, 2), currency),
        roi="–" if part.roi is None else _signed(float(part.roi)),
    )


def _signed(share: float) -> str:
    text = percent(abs(share), 0)
    return f"{MINUS}{text}" if share < 0 else f"+{text}"
