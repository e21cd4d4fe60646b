"""The demo's people are the same for the same seed, plausible, and nobody's."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest

from customers.ingest import TagFact
from journeys.demo.labels import labels_of
from journeys.demo.people import SPAN, Person, make_people, phone_of
from journeys.demo.rhythms import Happening, life_of
from journeys.demo.words import AREAS_US, GOODS

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return list(make_people(1000, 7, NOW))


@pytest.fixture(scope="module")
def lives(people: list[Person]) -> list[Happening]:
    return [each for person in people for each in life_of(person, 7, NOW)]


def test_the_same_seed_makes_the_same_people_and_lives(people: list[Person]) -> None:
    again = list(make_people(1000, 7, NOW))

    assert again == people
    assert life_of(again[3], 7, NOW) == life_of(people[3], 7, NOW)
    assert list(make_people(10, 8, NOW)) != people[:10]


def test_a_person_does_not_depend_on_how_many_there_are(people: list[Person]) -> None:
    assert list(make_people(5, 7, NOW)) == people[:5]


def test_addresses_belong_to_nobody(people: list[Person]) -> None:
    for person in people:
        if person.email:
            assert person.email.rpartition("@")[2] in ("example.com", "example.org", "example.net")
        if person.phone:
            number = phonenumbers.parse(person.phone)
            assert phonenumbers.is_possible_number(number)
            kept_free = re.fullmatch(r"\+1\d{3}55501\d\d|\+447700900\d{3}", person.phone)
            assert kept_free or not phonenumbers.is_valid_number(number)


def test_numbers_are_given_once() -> None:
    for chinese in (True, False):
        numbers = [phone_of(number * 2 + chinese, chinese) for number in range(20_000)]
        given = [number for number in numbers if number]
        assert len(given) == len(set(given))
    assert phone_of(2 * (1000 + 100 * len(AREAS_US)), False) == ""


def test_about_half_are_chinese_and_everybody_has_an_identity(people: list[Person]) -> None:
    chinese = [person for person in people if person.language == "zh-hans"]

    assert 480 <= len(chinese) <= 520
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,3}", person.name) for person in chinese)
    assert all(person.identities(brand) for person in people for brand in person.brands)
    emails = [person.email for person in people if person.email]
    assert len(emails) == len(set(emails))


def test_lives_have_a_plausible_rhythm(people: list[Person], lives: list[Happening]) -> None:
    joined = {person.number: person.joined_at for person in people}
    left = {person.number: person.leaves_at or NOW for person in people}
    by_person = Counter(each.number for each in lives)
    kinds = Counter(each.name for each in lives)
    hours = Counter(each.at.hour for each in lives if each.brand == "yunzhu")

    assert all(NOW - SPAN <= each.at <= NOW for each in lives)
    assert all(joined[each.number] <= each.at for each in lives)
    late = [each for each in lives if each.at > left[each.number] + timedelta(hours=2)]
    assert {each.name for each in late} <= {"member_joined"}
    # A tenth of the people does more than a third of everything.
    busiest = sum(count for _number, count in by_person.most_common(100))
    assert busiest > len(lives) / 3
    assert kinds["product_viewed"] > 5 * kinds["order_paid"] > 0
    # Nine in the evening in Shanghai against four in the morning.
    assert hours[13] > 4 * hours[20]


def test_events_carry_what_the_journeys_ask_for(lives: list[Happening]) -> None:
    sold = {product.category for goods in GOODS.values() for product in goods}
    for each in lives:
        assert each.properties["brand"] == each.brand
        if each.name == "order_paid":
            assert each.properties["amount"] > 0
            assert each.properties["currency"] in ("CNY", "GBP")
            assert each.properties["category"] in sold
    keys = [each.key for each in lives if each.key]
    assert len(keys) == len(set(keys))


def test_labels_follow_from_what_was_done(people: list[Person]) -> None:
    person = people[0]
    day = timedelta(days=1)
    order = {"brand": person.home, "amount": 500, "category": "x"}
    life = [
        Happening(NOW - day * 3, 0, person.home, "product_viewed", {"category": "packs"}),
        Happening(NOW - day * 2, 0, person.home, "order_paid", order),
        Happening(NOW - day, 0, person.home, "order_paid", order),
    ]
    assert labels_of(life, NOW) == [TagFact("churn_risk", "low")]
    assert labels_of([], NOW) == [TagFact("churn_risk", "high")]
