"""Loads the demo, from an empty database to a group whose journeys have been running for weeks."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from campaigns.actions.contents import set_archived
from campaigns.models import Campaign, Content, Message
from config.wake import no_wakes
from customers import tags
from customers.access import Actor
from customers.ingest import TagFact
from customers.models import Brand, Segment, User
from customers.segments import build
from customers.tags.evaluation import evaluate
from journeys.actions import load, pause, publish
from journeys.demo.contents import write_contents
from journeys.demo.door import Door
from journeys.demo.group import Group, actor_of, set_up
from journeys.demo.history import History
from journeys.demo.labels import labels_of
from journeys.demo.people import LARKFELL, SPAN, YUNZHU, Person, make_people
from journeys.demo.plans import RUNNING
from journeys.demo.pulse import register
from journeys.demo.rhythms import Happening, life_of
from journeys.demo.segments import write_segments
from journeys.demo.sends import AGO, plan_sends, send_last_week
from journeys.demo.tags import refresh_tags
from journeys.demo.twins import add_twins
from journeys.engine.audience import enter_audiences
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, Journey
from journeys.sends.follow import finish_sends

FOLDER = Path(__file__).parent
LIVE = timedelta(days=30)
YOUNGER = timedelta(days=16)
YOUNGER_JOURNEYS = ((LARKFELL, "after_order"), (YUNZHU, "birthday"), (YUNZHU, "gold_care"))
WIN_BACK_RUNS = timedelta(days=9)
WIN_BACK_PAUSED = timedelta(days=2)
STEP = timedelta(days=5)  # how much of the older history comes in at once
Say = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """What was made, for the last line of the command."""

    group: Group
    customers: int
    events: int
    enrollments: int
    messages: int


def load_demo(count: int, seed: int, now: datetime, say: Say) -> Loaded:
    """Write the whole demo with *count* customers; the same seed makes the same.

    The database must hold none of it. No wake-up is sent: this process is the only engine.
    """
    start, live_from = now - SPAN, now - LIVE
    with no_wakes(), _without_waiting_for_the_disk():
        with _step(say, "Brands, people who work there, definitions"):
            group = set_up(start, now)
            actor = actor_of(group.admin)
            write_contents(actor, group.brands, live_from - timedelta(days=2))
        with _step(say, f"{count:,} customers and what they did in half a year"):
            people = list(make_people(count, seed, now))
            lives = {person.number: life_of(person, seed, now) for person in people}
            door = Door(group.brands, people)
            staff = {LARKFELL: group.accounts[1][0], YUNZHU: group.accounts[2][0]}
            history = _history(door, lives, staff, seed, now)
            door.take_in(*history.before(start), start)
            events = history.only_facts(start, live_from, STEP)
            _analyze()
            _tags(door, people, lives, live_from)
        with _step(say, "Segments and journeys"):
            write_segments(actor, group.brands, live_from)
            welcome = _journey(actor, group, LARKFELL, "welcome", live_from)
            publish(actor, welcome, live_from, note="First version")
            _draft(actor, group, live_from)
        with _step(say, "The last 30 days, with engine, gate and outbox"):
            win_back_from = now - WIN_BACK_RUNS
            _walk(history, live_from, now - YOUNGER, say)
            for brand, code in YOUNGER_JOURNEYS:
                journey = _journey(actor, group, brand, code, now - YOUNGER)
                publish(actor, journey, now - YOUNGER)
            _walk(history, now - YOUNGER, win_back_from, say)
            win_back = _win_back(actor, group, win_back_from)
            _walk(history, win_back_from, now - AGO, say)
            send_last_week(actor, group.brands, now - AGO)
            _walk(history, now - AGO, now - WIN_BACK_PAUSED, say)
            pause(actor, win_back, now - WIN_BACK_PAUSED)
            _walk(history, now - WIN_BACK_PAUSED, now, say)
            history.finish()
            _analyze()
        with _step(say, "Tags and segments as of now"):
            twins = add_twins(door, seed, now)
            _tags(door, people, lives, now)
            _build_segments(now)
            tags.count(now=now)
            tags.flag(now=now)
            evaluate(now=now)
            finish_sends(now)
            plan_sends(actor, group.brands, now)
            register(count, seed)
            _dates(start)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_event")
        row = cursor.fetchone()
    events = int(row[0]) if row else events
    return Loaded(group, count + twins, events, Enrollment.objects.count(), Message.objects.count())


def is_loaded() -> bool:
    """Whether the demo's brands are here, whatever else is."""
    return Brand.objects.filter(code__in=(LARKFELL, YUNZHU)).exists()


def note_sign_in(group: Group, folder: Path) -> Path:
    """Write who signs in with which password into var/demo.json, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "demo.json"
    (admin, password), *others = group.accounts
    content = {
        "url": settings.PUBLIC_URL,
        "email": admin.email,
        "password": password,
        "others": [{"email": user.email, "password": word} for user, word in others],
    }
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    return path


# helpers


@contextmanager
def _step(say: Say, title: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"{time.monotonic() - began:6.1f} s  {title}")


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    # Thousands of small transactions; a demo that a power cut tears is simply loaded again.
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _analyze() -> None:
    # Tables that were empty a moment ago: the planner would take them for small. A tenth of the
    # usual sample says as much about them; the server's own analysis refines it later.
    with connection.cursor() as cursor:
        cursor.execute("SET default_statistics_target = 10")
        cursor.execute("ANALYZE")
        cursor.execute("RESET default_statistics_target")


def _history(
    door: Door, lives: dict[int, list[Happening]], staff: dict[str, User], seed: int, now: datetime
) -> History:
    everything = [each for life in lives.values() for each in life]
    everything.sort(key=lambda each: (each.at, each.number))
    return History(door, everything, staff, seed, now)


def _labels(
    people: list[Person], lives: dict[int, list[Happening]], moment: datetime
) -> dict[int, list[TagFact]]:
    found = {}
    for person in people:
        if person.joined_at <= moment:
            past = [each for each in lives[person.number] if each.at <= moment]
            found[person.number] = labels_of(past, moment)
    return found


def _tags(
    door: Door, people: list[Person], lives: dict[int, list[Happening]], moment: datetime
) -> None:
    """What the product computes, and what a model outside the product would send."""
    refresh_tags(moment)
    door.label(_labels(people, lives, moment), moment)


def _journey(actor: Actor, group: Group, brand: str, code: str, now: datetime) -> Journey:
    graph = load_yaml((FOLDER / f"{code}.yaml").read_text(encoding="utf-8"))
    journey = load(actor, group.brands[brand], graph, now).journey
    journey.campaign = Campaign.objects.get(brand=group.brands[brand], code=RUNNING[brand])
    journey.save(update_fields=["campaign"])
    return journey


def _win_back(actor: Actor, group: Group, now: datetime) -> Journey:
    build(Segment.objects.get(code="sleeping_tea"), now=now)
    journey = _journey(actor, group, YUNZHU, "win_back", now)
    publish(actor, journey, now, note="第一版")
    while enter_audiences(now)[1]:
        pass
    return journey


def _draft(actor: Actor, group: Group, now: datetime) -> None:
    """A draft with something left to do: a content that it names has been put away."""
    _journey(actor, group, YUNZHU, "left_cart", now)
    content = Content.objects.get(brand=group.brands[YUNZHU], code="cart_sms")
    set_archived(actor, content, True, now=now)


def _build_segments(moment: datetime) -> None:
    """Once a day is enough for a history of their sizes."""
    for segment in Segment.objects.all():
        build(segment, now=moment)


def _walk(history: History, start: datetime, end: datetime, say: Say) -> None:
    day = built = start.date()
    for moment in history.live(start, end):
        if moment.date() > built:
            built = moment.date()
            _build_segments(moment)
        if moment.date() >= day + timedelta(days=7):
            day = moment.date()
            say(f"          … {day:%d %b}")
            _analyze()
            refresh_tags(moment)


def _dates(start: datetime) -> None:
    # These columns are set by the clock of the machine; the group is older than this minute.
    Brand.objects.filter(code__in=(LARKFELL, YUNZHU)).update(created_at=start)
    Journey.objects.filter(brand__code__in=(LARKFELL, YUNZHU)).update(
        created_at=start + timedelta(days=140)
    )
