"""Sign-in with its limit, new passwords by mail, and one's own preferences."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from customers import attempts
from customers.access import Actor
from customers.actions.account import change_account
from customers.models import AuditEntry, Brand, Membership, User, Via

PASSWORD = "a long pass phrase"
NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("wei@example.com", PASSWORD, display_name="Lin Wei")


def sign_in(client: Client, email: str, password: str) -> tuple[int, str]:
    answer = client.post("/sign-in/", {"username": email, "password": password})
    return answer.status_code, answer.content.decode()


def test_sign_in_takes_the_address_in_any_case(client: Client, user: User) -> None:
    status, _html = sign_in(client, " Wei@Example.COM ", PASSWORD)
    assert status == 302
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client, user: User) -> None:
    wrong = sign_in(client, "wei@example.com", "nope")
    unknown = sign_in(client, "who@example.com", "nope")
    assert wrong[0] == unknown[0] == 422
    assert "do not belong together" in wrong[1]
    assert "do not belong together" in unknown[1]
    assert 'value="wei@example.com"' in wrong[1]


def test_after_too_many_attempts_even_the_right_password_waits(client: Client, user: User) -> None:
    for _n in range(attempts.PER_ACCOUNT):
        sign_in(client, "wei@example.com", "nope")
    status, html = sign_in(client, "WEI@example.com", PASSWORD)
    assert status == 429
    assert "Wait 15 minutes" in html


def test_the_limit_ends_and_does_not_grow_by_waiting() -> None:
    for n in range(attempts.PER_ACCOUNT):
        attempts.note_failure("a@b.c", "10.0.0.1", NOW + timedelta(minutes=n))
    last = NOW + timedelta(minutes=attempts.PER_ACCOUNT)
    assert attempts.wait_for("a@b.c", "10.0.0.1", last) == timedelta(minutes=7)
    assert attempts.wait_for("other@b.c", "10.0.0.1", last) == timedelta(0)
    assert attempts.wait_for("a@b.c", "10.0.0.2", last) == timedelta(0)


def test_one_network_address_can_not_try_many_accounts() -> None:
    for n in range(attempts.PER_ADDRESS):
        attempts.note_failure(f"{n}@b.c", "10.0.0.1", NOW)
    assert attempts.wait_for("fresh@b.c", "10.0.0.1", NOW) > timedelta(0)


def test_a_right_password_forgets_the_wrong_ones(client: Client, user: User) -> None:
    for _n in range(attempts.PER_ACCOUNT - 1):
        sign_in(client, "wei@example.com", "nope")
    assert sign_in(client, "wei@example.com", PASSWORD)[0] == 302
    client.post("/sign-out/")
    assert sign_in(client, "wei@example.com", "nope")[0] == 422


def test_sign_out_is_a_post_and_says_so(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get("/sign-out/").status_code == 405
    answer = client.post("/sign-out/", follow=True)
    assert "You are signed out." in answer.content.decode()


def test_the_way_to_a_new_password(client: Client, user: User) -> None:
    answer = client.post("/password/reset/", {"email": "wei@example.com"}, follow=True)
    assert "Look into your mailbox" in answer.content.decode()
    (sent,) = mail.outbox
    assert sent.subject == "A new password for Waypost"
    link = re.search(r"http://testserver(/password/reset/\S+)", str(sent.body))
    assert link is not None
    form = client.get(link[1], follow=True)
    assert "Choose one that you use nowhere else" in form.content.decode()
    new = "another long phrase"
    done = client.post(
        form.redirect_chain[-1][0], {"new_password1": new, "new_password2": new}, follow=True
    )
    assert "Your new password is set" in done.content.decode()
    assert noted() == [("user.set_password", "Lin Wei", {})]
    assert sign_in(client, "wei@example.com", new)[0] == 302
    assert "no longer works" in Client().get(link[1], follow=True).content.decode()


def test_the_mail_is_in_the_language_of_its_reader(client: Client, user: User) -> None:
    user.language = "zh-hans"
    user.save()
    client.post("/password/reset/", {"email": user.email}, headers={"accept-language": "en"})
    (sent,) = mail.outbox
    assert sent.subject == "重设 Waypost 密码"
    assert "一小时内有效" in str(sent.body)
    assert "设置新密码" in str(sent.alternatives[0][0])  # type: ignore[attr-defined]


def test_an_unknown_address_gets_no_mail_and_the_same_page(client: Client, db: None) -> None:
    answer = client.post("/password/reset/", {"email": "who@example.com"}, follow=True)
    assert "Look into your mailbox" in answer.content.decode()
    assert mail.outbox == []


def test_preferences_are_kept_and_used_at_once(client: Client, user: User) -> None:
    client.force_login(user)
    fields = {"display_name": "林薇", "language": "zh-hans", "theme": "dark"}
    answer = client.post("/account/", {**fields, "timezone": "Asia/Shanghai"}, follow=True)
    html = answer.content.decode()
    assert '<html lang="zh-Hans" data-theme="dark">' in html
    assert "已保存" in html
    user.refresh_from_db()
    assert (user.display_name, user.timezone) == ("林薇", "Asia/Shanghai")


def noted() -> list[tuple[str, str, dict[str, object]]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "actor_label", "changes"))


def test_what_changed_about_an_account_is_noted_once(client: Client, user: User) -> None:
    client.force_login(user)
    fields = {"display_name": "Lin Wei", "language": "", "theme": "dark", "timezone": "UTC"}
    for _again in range(2):
        assert client.post("/account/", fields).status_code == 302
    assert noted() == [("user.change", "Lin Wei", {"theme": ["system", "dark"]})]


def test_the_switches_are_noted_for_a_user_and_cookies_for_a_visitor(
    client: Client, user: User
) -> None:
    client.post("/language/", {"language": "zh-hans"})
    client.post("/theme/", {"theme": "dark"})
    assert client.cookies["waypost_theme"].value == "dark"
    assert noted() == []
    client.force_login(user)
    client.post("/language/", {"language": "zh-hans"})
    client.post("/theme/", {"theme": "light"})
    client.post("/theme/", {"theme": "pink"})
    user.refresh_from_db()
    assert (user.language, user.theme) == ("zh-hans", "light")
    assert [changes for _action, _by, changes in noted()] == [
        {"language": ["", "zh-hans"]},
        {"theme": ["system", "light"]},
    ]


@pytest.mark.parametrize(
    "values",
    [{"language": "tlh"}, {"theme": "pink"}, {"timezone": "Mars/Base"}, {"display_name": "x" * 99}],
)
def test_an_account_takes_no_value_that_can_not_be(user: User, values: dict[str, str]) -> None:
    actor = Actor(via=Via.PAGE, user=user)
    with pytest.raises(ValidationError) as refused:
        change_account(actor, values, now=NOW)
    assert list(refused.value.message_dict) == list(values)
    assert noted() == []


def test_nobody_changes_more_than_the_own_preferences(user: User) -> None:
    with pytest.raises(TypeError, match="is_superuser"):
        change_account(Actor(via=Via.PAGE, user=user), {"is_superuser": "1"}, now=NOW)
    with pytest.raises(TypeError, match="no user"):
        change_account(Actor.of_command("x"), {"theme": "dark"}, now=NOW)


def test_a_new_password_is_noted_without_it(client: Client, user: User) -> None:
    client.force_login(user)
    new = "another long phrase"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/account/password/", fields).status_code == 302
    assert noted() == [("user.set_password", "Lin Wei", {})]


def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(
    client: Client, user: User
) -> None:
    client.force_login(user)
    fields = {"display_name": "Typed", "language": "", "theme": "dark", "timezone": "Mars/Base"}
    answer = client.post("/account/", fields)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Typed"' in html
    assert 'aria-invalid="true"' in html
    assert "data-theme" not in html.split("<head>")[0]
    user.refresh_from_db()
    assert user.display_name == "Lin Wei"


def test_the_account_page_says_what_one_may_do(client: Client, user: User) -> None:
    client.force_login(user)
    assert "you are a member of no brand" in client.get("/account/").content.decode()
    brand = Brand.objects.create(code="tea", name="Cloud Teahouse")
    Membership.objects.create(user=user, brand=brand, role="marketer")
    html = client.get("/account/").content.decode()
    assert "Cloud Teahouse" in html
    assert "Marketer: also edits drafts" in html


def test_changing_the_password_keeps_this_device_signed_in(client: Client, user: User) -> None:
    client.force_login(user)
    other = Client()
    other.force_login(user)
    new = "another long phrase"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/account/password/", fields).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
