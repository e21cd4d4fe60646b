"""The calendar: what goes on lies in lanes, what goes out stands in its day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from campaigns.actions.campaigns import create_campaign
from campaigns.queries.calendar import CAMPAIGN, Point, Span, weeks_of
from customers.access import Actor
from customers.models import User
from tests.campaigns.making import Shop
from tests.campaigns.views.counting import queries_of

MONDAY = date(2026, 3, 2)


def span(name: str, first: int, last: int | None) -> Span:
    """Days counted from the Monday, the last one included."""
    day = datetime(2026, 3, 2, tzinfo=UTC)
    ends = None if last is None else day + timedelta(days=last + 1)
    return Span(CAMPAIGN, name, "", "", "", "", day + timedelta(days=first), ends)


def drawn(weeks: int, lanes: int, *spans: Span) -> list[list[str]]:
    """Each lane of each week as a word of seven letters: the first letter of what lies there."""
    found = []
    for week in weeks_of(MONDAY, weeks, spans, [], today=MONDAY, month=3, lanes=lanes):
        rows = [
            "".join((cell.bar.span.name if cell.bar else ".") * cell.days for cell in lane)
            for lane in week.lanes
        ]
        found.append([*rows, *(["hidden"] * week.hidden)])
    return found


def test_bars_lie_in_the_first_lane_that_is_free() -> None:
    assert drawn(2, 3, span("a", 1, 3), span("b", 3, 9), span("c", 4, 4)) == [
        [".aaac..", "...bbbb"], ["bbb...."],
    ]  # fmt: skip
    # One that ends at a midnight does not reach into the day that begins then.
    assert drawn(1, 3, span("a", 0, 0), span("b", 1, None)) == [["abbbbbb"]]
    assert drawn(1, 1, span("a", -9, 20), span("b", 0, 2)) == [["aaaaaaa", "hidden"]]
    assert drawn(1, 3, span("a", 7, 9), span("b", -3, -1)) == [[]]


def test_moments_stand_in_their_day() -> None:
    at = datetime(2026, 3, 4, 9, tzinfo=UTC)
    point = Point(at, "Mail", "", "", "", "", "")
    [week] = weeks_of(MONDAY, 1, [], [point], today=date(2026, 3, 4), month=3, lanes=1)
    assert [len(day.points) for day in week.days] == [0, 0, 1, 0, 0, 0, 0]
    assert [day.is_today for day in week.days].index(True) == 2


@pytest.mark.django_db
def test_the_page_shows_the_readers_brands_and_filters(
    vera: Client, shop: Shop, other: Shop, now: datetime
) -> None:
    User.objects.filter(email="vera@example.com").update(timezone="Asia/Shanghai")

    def plan(of: Shop, code: str, first: datetime, days: int, kind: str = "weekly") -> None:
        create_campaign(
            Actor.of_command("test"), of.brand, now=now, code=code, name=f"Plan {code}",
            kind=kind, starts_at=first, ends_at=first + timedelta(days=days), release=True,
        )  # fmt: skip

    plan(shop, "march", datetime(2026, 3, 9, 16, tzinfo=UTC), 3)  # the 10th to 12th there
    plan(shop, "april", datetime(2026, 4, 6, tzinfo=UTC), 3, "promotion")
    plan(other, "foreign", datetime(2026, 3, 9, tzinfo=UTC), 3)
    page = vera.get("/campaigns/calendar/?day=2026-03-04").content.decode()
    assert "Plan march" in page
    assert "Plan april" not in page
    assert "Plan foreign" not in page
    assert 'colspan="3"' in page
    assert 'href="?view=month&amp;day=2026-04-01"' in page
    week = vera.get("/campaigns/calendar/?view=week&day=2026-03-12").content.decode()
    assert "9 Mar" in week
    assert "15 Mar" in week
    assert 'colspan="3"' in week
    assert (
        "Plan march"
        not in vera.get("/campaigns/calendar/?day=2026-03-04&kind=promotion").content.decode()
    )
    assert (
        "Plan march"
        not in vera.get("/campaigns/calendar/?day=2026-03-04&channel=sms").content.decode()
    )
    for odd in ("?day=no&view=year&kind=x", "?day=0000-01-01", "?day=9999-12-31"):
        assert vera.get(f"/campaigns/calendar/{odd}").status_code == 200
    few = queries_of(vera, "/campaigns/calendar/?day=2026-03-04")
    for n in range(5):
        plan(shop, f"more_{n}", datetime(2026, 3, 9, tzinfo=UTC), 30)
    assert queries_of(vera, "/campaigns/calendar/?day=2026-03-04") == few
