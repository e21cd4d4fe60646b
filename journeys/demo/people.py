"""Who the customers of the demo are. Pure: the same seed makes the same people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from journeys.demo import words

SPAN = timedelta(days=180)
STARTS_AS_OLD = 0.42  # share of customers who were there before the demo's history begins
LARKFELL, YUNZHU = "larkfell", "yunzhu"
# How lively each hour of the person's own day is: lunch, and the evening on the sofa.
HOURS = (1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2.2, 3.5, 4, 4, 4.4, 6, 5, 3.8, 3.6, 3.8, 4.4, 5.4, 7, 9,
         9.2, 6.4, 3)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One customer: who she is, how the brands know her, and her habits.

    `sessions` is how often she looks in, per 30 days; `leaves_at` is when she loses interest.
    """

    number: int
    name: str
    language: str
    city: str
    zone: str
    gender: str
    birthday: str
    phone: str
    email: str
    unionid: str
    openid: str
    device: str
    brands: tuple[str, ...]
    joined_at: datetime
    leaves_at: datetime | None
    sessions: float
    buys: float
    favourite: str
    says_yes: tuple[str, ...]

    @property
    def home(self) -> str:
        """The brand she came in by."""
        return self.brands[0]

    def identities(self, brand: str) -> list[tuple[str, str]]:
        """(namespace, value) pairs by which *brand* knows her."""
        # The second brand knows her by the number of the first, which makes one customer of both.
        shops = dict.fromkeys((brand, self.home))
        known = [(f"{shop}_member", f"{shop[:1].upper()}{100_000 + self.number}") for shop in shops]
        pairs = {
            "phone": self.phone, "email": self.email, "unionid": self.unionid,
            "openid": self.openid, "device": self.device,
        }  # fmt: skip
        return known + [(space, value) for space, value in pairs.items() if value]

    def attributes(self) -> dict[str, Any]:
        """Lasting properties by attribute code."""
        return {
            "name": self.name,
            "language": self.language,
            "timezone": self.zone,
            "city": self.city,
            "gender": self.gender,
            "birthday": self.birthday,
            "member_since": self.joined_at.date().isoformat(),
        }


def make_people(count: int, seed: int, now: datetime) -> Iterator[Person]:
    """Make *count* people whose history ends at *now*, about half of them Chinese."""
    for number in range(count):
        yield make_person(number, seed, now)


def make_person(number: int, seed: int, now: datetime) -> Person:
    """Make the person of this number; nobody else's number matters."""
    draw = Random(f"{seed}:person:{number}")
    chinese = number % 2 == 1
    name, mailbox = _chinese_name(draw) if chinese else _english_name(draw)
    place = draw.choice(words.PLACES_ZH if chinese else words.PLACES_EN)
    brands = _brands(draw, chinese)
    joined = _joined_at(draw, now, place.zone)
    favourite = draw.choice(words.GOODS[brands[0]]).category
    born = now.date() - timedelta(days=int(draw.triangular(18, 70, 33) * 365.25))
    mark = f"{draw.getrandbits(64):016x}"
    return Person(
        number=number,
        name=name,
        language="zh-hans" if chinese else "en",
        city=place.name,
        zone=place.zone,
        gender=draw.choices(("f", "m", ""), (52, 42, 6))[0],
        birthday=born.isoformat(),
        phone=phone_of(number, chinese) if draw.random() < (0.97 if chinese else 0.7) else "",
        email=_email(draw, mailbox, number) if draw.random() < (0.62 if chinese else 0.96) else "",
        unionid=f"demo-u-{mark}" if chinese and draw.random() < 0.8 else "",
        openid=f"demo-o-{mark}" if chinese and draw.random() < 0.7 else "",
        device=f"demo-d-{mark}" if draw.random() < 0.45 else "",
        brands=brands,
        joined_at=joined,
        leaves_at=_leaves_at(draw, joined, now),
        # Few look in every day, most hardly ever: a long tail.
        sessions=min(22.0, 0.6 * draw.paretovariate(1.15)),
        buys=min(0.55, draw.betavariate(1.6, 8)),
        favourite=favourite,
        says_yes=_consents(draw),
    )


def phone_of(number: int, chinese: bool) -> str:
    """A number that nobody has: a never assigned Chinese prefix, or one kept for stories."""
    place = number // 2
    if chinese:
        return f"+86154{place:08d}"
    if place < 1000:
        return f"+447700900{place:03d}"
    area, last = divmod(place - 1000, 100)
    return f"+1{words.AREAS_US[area]}55501{last:02d}" if area < len(words.AREAS_US) else ""


# helpers


def _english_name(draw: Random) -> tuple[str, str]:
    given, family = draw.choice(words.GIVEN_EN), draw.choice(words.FAMILY_EN)
    return f"{given} {family}", f"{given}.{family}".lower()


def _chinese_name(draw: Random) -> tuple[str, str]:
    family, sound = draw.choice(words.FAMILY_ZH)
    given = draw.sample(words.GIVEN_ZH, draw.choices((1, 2), (35, 65))[0])
    spoken = "".join(part[1] for part in given)
    return family + "".join(part[0] for part in given), f"{sound}.{spoken}"


def _email(draw: Random, mailbox: str, number: int) -> str:
    return f"{mailbox}{number}@{draw.choice(words.DOMAINS)}"


def _brands(draw: Random, chinese: bool) -> tuple[str, ...]:
    home, other = (YUNZHU, LARKFELL) if chinese else (LARKFELL, YUNZHU)
    chance = draw.random()
    if chance < 0.14:
        return home, other
    return (other,) if chance < 0.19 else (home,)


def _joined_at(draw: Random, now: datetime, zone: str) -> datetime:
    if draw.random() < STARTS_AS_OLD:
        return now - SPAN - timedelta(days=draw.expovariate(1 / 240))
    # The group grows: more people join in the later months. They do it when they are awake.
    share = 1 - math.sqrt(draw.random())
    local = (now - share * SPAN).astimezone(ZoneInfo(zone))
    hour = draw.choices(range(24), HOURS)[0]
    joined = local.replace(hour=hour, minute=draw.randrange(60)).astimezone(UTC)
    return joined if joined < now else joined - timedelta(days=1)


def _leaves_at(draw: Random, joined: datetime, now: datetime) -> datetime | None:
    stays = timedelta(days=draw.expovariate(1 / 260))
    leaves = max(joined, now - SPAN) + stays
    return leaves if leaves < now else None


def _consents(draw: Random) -> tuple[str, ...]:
    return tuple(
        channel
        for channel, share in (("email", 0.78), ("sms", 0.6), ("push", 0.4), ("wechat", 0.55))
        if draw.random() < share
    )
