"""Calls that are sent again, limits that are told, and answers that have not changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from config.clock import utc_now
from customers.access import Actor, keys
from customers.api import repeats
from customers.models import AnsweredCall, ApiKey, Brand, Customer, Event, Segment
from customers.tasks import forget_keys

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
BODY = {"name": "Guests", "kind": "list"}


@pytest.fixture
def ask() -> Call:
    cache.clear()
    brand = Brand.objects.create(code="tea", name="Tea")
    scopes = ("ingest", "see", "edit")
    token = keys.create(Actor.of_command("t"), brand, name="k", scopes=scopes, now=utc_now())[1]

    def send(method: str, path: str, body: Any = None, key: str = "", **headers: str) -> Any:
        if key:
            headers["Idempotency-Key"] = key
        return Client().generic(
            method,
            f"/api/v1/{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {headers.pop('token', token)}", **headers},
        )

    return send


def test_a_call_that_is_sent_again_does_nothing_and_answers_the_same(ask: Call) -> None:
    first = ask("POST", "segments", BODY, "one")
    again = ask("POST", "segments", BODY, '"one"')
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first.headers.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (
        None,
        "true",
    )
    assert again["Content-Type"] == "application/json"
    assert Segment.objects.count() == 1
    assert ask("POST", "segments", BODY, "two").status_code == 201
    assert Segment.objects.count() == 2


def test_events_without_keys_of_their_own_count_once(ask: Call) -> None:
    body = {"batch": [{"event": "came", "customer": {"user_id": f"u{n}"}} for n in range(3)]}
    for _time in range(3):
        assert ask("POST", "events", body, "batch-1").json()["accepted"] == 3
    assert (Event.objects.count(), Customer.objects.count()) == (3, 3)


def test_a_key_stands_for_one_call(ask: Call) -> None:
    ask("POST", "segments", BODY, "one")
    for method, path, body in (
        ("POST", "segments", {**BODY, "name": "Others"}),
        ("POST", "events", BODY),
        ("POST", "segments?x=1", BODY),
    ):
        refused = ask(method, path, body, "one")
        assert refused.status_code == 422, path
        assert refused["Content-Type"] == "application/problem+json"
        assert "was used for another call" in refused.json()["detail"]
    brand = Brand.objects.create(code="cup", name="Cup")
    token = keys.create(Actor.of_command("t"), brand, name="c", scopes=["edit"], now=utc_now())[1]
    assert ask("POST", "segments", BODY, "one", token=token).status_code == 201


def test_what_was_refused_may_be_mended_and_sent_again(ask: Call) -> None:
    assert ask("POST", "segments", {"name": ""}, "one").status_code == 400
    assert ask("POST", "segments", BODY, "one").status_code == 201


@pytest.mark.parametrize("key", ["", '""', "ä", "a b", "x" * 256, '"a"b"', "\x7f"])
def test_a_key_of_another_form_is_refused(ask: Call, key: str) -> None:
    answer = ask("POST", "segments", BODY, **{"Idempotency-Key": key})
    assert answer.status_code == 400
    assert "such as a UUID" in answer.json()["detail"]
    assert not Segment.objects.exists()


def test_while_a_call_is_at_work_the_same_call_waits(ask: Call) -> None:
    api_key = ApiKey.objects.get()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            name = f"answered:{api_key.pk}:one"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
            busy = ask("POST", "segments", BODY, "one")
            assert (busy.status_code, busy["Retry-After"]) == (409, "1")
            assert ask("POST", "segments", BODY, "two").status_code == 201
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert ask("POST", "segments", BODY, "one").status_code == 201


def test_a_change_whose_answer_is_lost_did_not_happen(
    ask: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(repeats.Attempt, "keep", fail)
        with pytest.raises(ZeroDivisionError):
            ask("POST", "segments", BODY, "one")
    assert not Segment.objects.exists()
    assert ask("POST", "segments", BODY, "one").status_code == 201


def test_a_deadlock_is_tried_again(ask: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    real, broken = repeats.Attempt.keep, [1, 1]

    def keep(self: repeats.Attempt, response: Any) -> None:
        if broken:
            broken.pop()
            raise OperationalError from Deadlock()
        real(self, response)

    monkeypatch.setattr(repeats.Attempt, "keep", keep)
    assert ask("POST", "segments", BODY, "one").status_code == 201
    assert Segment.objects.count() == 1
    broken += [1, 1, 1]
    with pytest.raises(OperationalError):
        ask("POST", "segments", BODY, "two")
    assert Segment.objects.count() == 1


def test_after_a_day_a_key_is_forgotten(ask: Call) -> None:
    ask("POST", "segments", BODY, "one")
    AnsweredCall.objects.update(at=utc_now() - timedelta(hours=24))
    assert ask("POST", "segments", {"name": "New", "kind": "list"}, "one").status_code == 201
    AnsweredCall.objects.update(at=utc_now() - timedelta(hours=25))
    forget_keys()
    assert not AnsweredCall.objects.exists()


def test_limits_are_told_and_kept_per_key(ask: Call) -> None:
    ApiKey.objects.update(calls_per_minute=2)
    told = ask("GET", "segments")
    assert told["RateLimit-Policy"] == '"minute";q=2;w=60'
    assert told["RateLimit"].startswith('"minute";r=1;t=')
    ask("GET", "segments")
    over = ask("GET", "segments")
    assert over.status_code == 429
    assert over["RateLimit"].startswith('"minute";r=0;t=')
    assert 1 <= int(over["Retry-After"]) <= 61
    assert "RateLimit" not in ask("GET", "segments", token="wp_nobody").headers


def test_an_answer_that_has_not_changed_is_not_sent_again(ask: Call) -> None:
    first = ask("GET", "segments")
    assert ask("GET", "segments", **{"If-None-Match": first["ETag"]}).status_code == 304
    ask("POST", "segments", BODY)
    after = ask("GET", "segments", **{"If-None-Match": first["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != first["ETag"]
