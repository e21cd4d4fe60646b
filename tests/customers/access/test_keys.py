"""Keys that are renewed: two secrets for a while, each with its end, and plain words after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from config.clock import utc_now
from customers.access import Actor, keys
from customers.models import ApiKey, AuditEntry, Brand, Role, User

pytestmark = pytest.mark.django_db
ME = Actor.of_command("t")


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


def test_both_secrets_open_until_the_old_one_ends(tea: Brand, now: datetime) -> None:
    key, old = keys.create(ME, tea, name="shop", scopes=["see"], now=now)
    until = now + timedelta(days=2)
    new = keys.rotate(ME, key, until=until, now=now)
    assert new != old
    for token in (old, new):
        found = keys.verify(token, now=now)
        assert found is not None
        assert (found.pk, found.scopes) == (key.pk, ["see"])
    assert keys.verify(old, now=until) is None
    assert "renewed on 2026-03-04" in keys.why_not(old, now=until)
    assert keys.verify(new, now=until) is not None
    entry = AuditEntry.objects.get(action="apikey.rotate")
    assert entry.changes["prefix"] == [old[:11], new[:11]]
    assert old not in str(entry.changes)
    assert new not in str(entry.changes)


def test_each_secret_knows_when_it_was_used(tea: Brand, now: datetime) -> None:
    key, old = keys.create(ME, tea, name="shop", now=now)
    keys.verify(old, now=now)
    later = now + timedelta(hours=1)
    new = keys.rotate(ME, key, until=later + timedelta(days=1), now=later)
    key.refresh_from_db()
    assert (key.last_used_at, key.old_used_at) == (None, now)
    keys.verify(old, now=later)
    keys.verify(new, now=later + timedelta(minutes=5))
    key.refresh_from_db()
    assert (key.last_used_at, key.old_used_at) == (later + timedelta(minutes=5), later)


def test_a_key_has_at_most_two_secrets(tea: Brand, now: datetime) -> None:
    key, first = keys.create(ME, tea, name="shop", now=now)
    second = keys.rotate(ME, key, until=now + timedelta(days=1), now=now)
    third = keys.rotate(ME, key, until=now + timedelta(days=1), now=now)
    opens = [keys.verify(token, now=now) is not None for token in (first, second, third)]
    assert opens == [False, True, True]
    assert keys.end_old(ME, key, now=now)
    assert not keys.end_old(ME, key, now=now)
    assert keys.verify(second, now=now) is None
    assert AuditEntry.objects.filter(action="apikey.end_old").count() == 1


def test_what_opens_nothing_is_not_renewed(tea: Brand, now: datetime) -> None:
    key, _token = keys.create(ME, tea, name="a", expires_at=now + timedelta(days=1), now=now)
    for until in (now - timedelta(seconds=1), now + timedelta(days=91)):
        with pytest.raises(ValidationError, match="at most 90 days"):
            keys.rotate(ME, key, until=until, now=now)
    tomorrow = now + timedelta(days=1)
    with pytest.raises(ValidationError, match="Make a new one"):
        keys.rotate(ME, key, until=tomorrow, now=tomorrow)
    other = keys.create(ME, tea, name="b", now=now)[0]
    keys.revoke(ME, other, now=now)
    with pytest.raises(ValidationError, match="Make a new one"):
        keys.rotate(ME, other, until=now, now=now)
    user = User.objects.create_user("m@example.com", "x")
    user.memberships.create(brand=tea, role=Role.MANAGER)
    with pytest.raises(PermissionDenied):
        keys.rotate(Actor(via=ME.via, user=user), key, until=now, now=now)


def test_whoever_holds_a_key_that_ended_is_told_so(tea: Brand) -> None:
    now = utc_now()
    token = keys.create(ME, tea, name="a", scopes=["see"], now=now)[1]
    gone = keys.create(ME, tea, name="b", scopes=["see"], now=now)
    keys.revoke(ME, gone[0], now=now)
    ApiKey.objects.filter(name="a").update(expires_at=now)

    def told(token: str) -> Any:
        answer = Client().get("/api/v1/segments", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Waypost"')
        return answer.json()["detail"]

    assert "ended on" in told(token)
    assert "revoked on" in told(gone[1])
    assert "not known" in told("wp_" + "x" * 43)
    sdk = Client().post(
        "/v1/batch", {"writeKey": gone[1], "batch": []}, content_type="application/json"
    )
    assert (sdk.status_code, sdk.json()["code"]) == (401, "invalid_key")
    assert "revoked on" in sdk.json()["message"]


def test_the_page_renews_a_key_and_shows_the_secret_once(tea: Brand) -> None:
    key, old = keys.create(ME, tea, name="shop", now=utc_now())
    user = User.objects.create_user("a@example.com", "x", language="en")
    user.memberships.create(brand=tea, role=Role.ADMIN)
    client = Client()
    client.force_login(user)
    page = f"/developers/keys/{key.pk}/"
    assert b"New secret" in client.get(page).content
    shown = client.post(page, {"overlap": "3600"})
    key.refresh_from_db()
    assert shown.status_code == 200
    assert f"{key.prefix}".encode() in shown.content
    token = shown.context["token"]
    assert keys.verify(token, now=utc_now()) is not None
    assert token not in client.get(page).content.decode()
    assert client.post(page, {"overlap": "9"}).status_code == 422
    assert client.post(f"{page}end-old/").status_code == 302
    assert keys.verify(old, now=utc_now()) is None
    stranger = User.objects.create_user("s@example.com", "x")
    stranger.memberships.create(brand=Brand.objects.create(code="c", name="C"), role=Role.ADMIN)
    client.force_login(stranger)
    assert client.get(page).status_code == 404
    assert client.post(page, {"overlap": "0"}).status_code == 404


def test_the_command_makes_renews_and_revokes(tea: Brand) -> None:
    def run(*words: str) -> str:
        out = StringIO()
        call_command("keys", *words, stdout=out)
        return out.getvalue().strip()

    old = run("make", "shop", "--brand", "tea", "--scope", "see", "--days", "30")
    assert '"name": "shop"' in run("list", "--json")
    new = run("rotate", old[:11], "--overlap", "2h")
    assert all(keys.verify(token, now=utc_now()) for token in (old, new))
    assert keys.verify(old, now=utc_now() + timedelta(hours=3)) is None
    run("revoke", new[:11])
    assert keys.verify(new, now=utc_now()) is None
    for words in (
        ["rotate", new[:11]], ["rotate", "wp_none"], ["make", "x", "--brand", "none"],
        ["make", "x", "--brand", "tea", "--days", "-1"],
    ):  # fmt: skip
        with pytest.raises(CommandError):
            run(*words)
