"""What an admin changes leaves an audit entry, without secrets and personal data."""

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from campaigns.models import ChannelAccount, FrequencyCap, Suppression
from campaigns.secrets import unseal
from customers.admin import exchange
from customers.models import ApiKey, AuditEntry, Brand, Customer, Membership, Tag, User
from tests.customers.admin.samples import a_brand, a_member, a_user, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(a_user("boss@example.com", is_staff=True, is_superuser=True))
    return client


def url(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def act(client: Client, model: Any, action: str, *rows: Any) -> Any:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(url(model, "changelist"), chosen, follow=True)


def entry(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action, actor__email="boss@example.com")


def test_a_change_is_noted_with_before_and_after(boss: Client, now: datetime) -> None:
    cap = one_of_each(a_brand(), now)[FrequencyCap]
    boss.post(
        url(FrequencyCap, "change", cap.pk),
        {"name": cap.name, "brand": cap.brand_id, "limit": 5, "period": "rolling",
         "window_seconds": 86400,
         "campaign": cap.campaign_id, "is_active": "on"},
    )  # fmt: skip

    noted = entry("cap.change")
    assert noted.changes == {"limit": [2, 5]}
    assert (noted.via, noted.brand, noted.object_id) == ("admin", cap.brand, str(cap.pk))


def test_saving_without_a_change_notes_nothing(boss: Client, now: datetime) -> None:
    tag = one_of_each(a_brand(), now)[Tag]
    page = boss.get(url(Tag, "change", tag.pk))
    form = page.context["adminform"].form
    data = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    sent = boss.post(
        url(Tag, "change", tag.pk),
        {
            **{name: "" if value is None else value for name, value in data.items()},
            "names": "{}",
            "definition": "{}",
        },
    )

    assert sent.status_code == 302
    assert list(AuditEntry.objects.filter(action="tag.change").values_list("changes")) == []


def test_a_secret_is_sealed_never_shown_and_never_noted(boss: Client, now: datetime) -> None:
    account = one_of_each(a_brand(), now)[ChannelAccount]
    fields = {
        "name": "Mail", "channel": "email", "brand": account.brand_id, "provider": "smtp",
        "rate_per_second": 50, "settings": "{}", "new_secret": "s3cret-token",
    }  # fmt: skip
    assert boss.post(url(ChannelAccount, "change", account.pk), fields).status_code == 302
    account.refresh_from_db()

    assert unseal(account.secret) == "s3cret-token"
    assert b"s3cret" not in bytes(account.secret)
    page = boss.get(url(ChannelAccount, "change", account.pk)).content.decode()
    assert "s3cret-token" not in page
    assert "s3cret-token" not in str(list(AuditEntry.objects.values_list("changes", flat=True)))
    boss.post(url(ChannelAccount, "change", account.pk), {**fields, "new_secret": ""})
    account.refresh_from_db()
    assert unseal(account.secret) == "s3cret-token"


def test_a_user_is_made_by_address_and_gets_a_role(boss: Client) -> None:
    brand = a_brand()
    boss.post(
        url(User, "add"),
        {"email": "New.One@Example.com", "display_name": "New", "usable_password": "false"},
    )
    user = User.objects.get(email="new.one@example.com")
    sent = boss.post(
        url(User, "change", user.pk),
        {
            "email": user.email,
            "display_name": "New",
            "theme": "system",
            "timezone": "UTC",
            "is_active": "on",
            "memberships-TOTAL_FORMS": 1,
            "memberships-INITIAL_FORMS": 0,
            "memberships-0-user": user.pk,
            "memberships-0-brand": brand.pk,
            "memberships-0-role": "marketer",
        },
    )

    assert sent.status_code == 302
    assert not user.has_usable_password()
    assert Membership.objects.get(user=user).role == "marketer"
    assert AuditEntry.objects.filter(action="user.create").count() == 1
    noted = entry("user.change").changes
    assert any("membership" in name for name in noted)


def test_the_password_is_not_in_the_log(boss: Client) -> None:
    user = a_user()
    form = {"password1": "a-long-passphrase-7", "password2": "a-long-passphrase-7",
            "usable_password": "true", "set-password": "1"}  # fmt: skip
    boss.post(f"/admin/customers/user/{user.pk}/password/", form)
    user.refresh_from_db()

    assert user.check_password("a-long-passphrase-7")
    assert entry("user.set_password").object_id == str(user.pk)


def test_the_last_superuser_stays(boss: Client) -> None:
    me = User.objects.get(email="boss@example.com")
    page = boss.post(
        url(User, "change", me.pk),
        {"email": me.email, "theme": "system", "timezone": "UTC", "is_staff": "on",
         "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0},
    )  # fmt: skip
    act(boss, User, "deactivate", me)
    me.refresh_from_db()

    assert "last superuser" in page.content.decode()
    assert me.is_active


def test_bulk_actions_go_through_the_actions_and_say_what_was_refused(
    boss: Client, now: datetime
) -> None:
    first, second = one_of_each(a_brand(), now), one_of_each(a_brand(), now)
    act(boss, ApiKey, "revoke", first[ApiKey])
    page = act(boss, ApiKey, "revoke", first[ApiKey], second[ApiKey])
    act(boss, FrequencyCap, "deactivate", first[FrequencyCap])
    act(boss, ChannelAccount, "pause", first[ChannelAccount], second[ChannelAccount])
    act(boss, ChannelAccount, "resume", first[ChannelAccount])
    act(boss, User, "deactivate", first[User])
    act(boss, PeriodicTask, "disable", first[PeriodicTask])

    assert "1 keys are revoked" in page.content.decode()
    assert "was revoked before" in page.content.decode()
    assert not ApiKey.objects.filter(revoked_at=None).exists()
    done = sorted(
        AuditEntry.objects.filter(via="admin", at__gt=now).values_list("action", flat=True)
    )
    assert done == [
        "apikey.revoke", "apikey.revoke", "cap.change", "channelaccount.pause",
        "channelaccount.pause", "channelaccount.resume", "periodictask.change", "user.deactivate",
    ]  # fmt: skip


def test_an_action_of_a_viewer_is_not_offered(client: Client, now: datetime) -> None:
    made = one_of_each(a_brand(), now)
    client.force_login(a_member(made[Brand], "marketer"))
    act(client, FrequencyCap, "deactivate", made[FrequencyCap])

    made[FrequencyCap].refresh_from_db()
    assert made[FrequencyCap].is_active


def test_personal_data_are_masked(boss: Client, now: datetime) -> None:
    made = one_of_each(a_brand(), now)
    customer = made[Customer]
    page = boss.get(url(Customer, "change", customer.pk)).content.decode()
    listed = boss.get(url(Customer, "changelist")).content.decode()
    phone = customer.identities.get().value

    for secret in ("Chen Xi", phone, "Xixi99"):
        assert secret not in page
        assert secret not in listed
    assert "Oslo" in page
    found = boss.get(url(Customer, "changelist"), {"q": phone}).context["cl"].queryset
    assert list(found) == [customer]


def upload(client: Client, model: Any, text: str) -> Any:
    file = SimpleUploadedFile("rows.csv", text.encode(), "text/csv")
    page = client.post(url(model, "import"), {"import_file": file, "format": "0", "resource": "0"})
    confirm = page.context.get("confirm_form")
    if confirm is None:
        return page
    return client.post(url(model, "process_import"), confirm.initial, follow=True)


def test_an_import_keeps_to_ones_brands_and_is_noted(client: Client, now: datetime) -> None:
    mine, other = a_brand("mine"), a_brand("theirs")
    client.force_login(a_member(mine))
    refused = upload(
        client, FrequencyCap, "name,brand,limit,window_seconds,is_active\nx,theirs,1,3600,1\n"
    )
    upload(client, FrequencyCap, "name,brand,limit,window_seconds,is_active\ny,mine,1,3600,1\n")

    assert refused.context["result"].has_errors()
    assert [(cap.name, cap.brand) for cap in FrequencyCap.objects.all()] == [("y", mine)]
    assert other.caps.count() == 0
    noted = AuditEntry.objects.get(action="cap.create")
    assert noted.changes["by"] == "import"


def test_an_import_of_users_gives_no_password_and_no_rights(boss: Client) -> None:
    upload(boss, User, "email,display_name,is_superuser\nA.B@Example.com,Ann,1\n")

    user = User.objects.get(email="a.b@example.com")
    assert not user.has_usable_password()
    assert not user.is_superuser


def test_a_file_that_is_too_large_is_refused(boss: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(exchange, "MAX_BYTES", 10)
    page = upload(boss, Tag, "code,name\nabc,Abc\n")

    assert "at most 10" in page.content.decode()
    assert not Tag.objects.exists()


def test_an_export_holds_no_formula_and_comes_back_as_it_was(boss: Client, now: datetime) -> None:
    brand = a_brand()
    tag = one_of_each(brand, now)[Tag]
    Tag.objects.filter(pk=tag.pk).update(name="=HYPERLINK(1)", description="+1")
    Suppression.objects.filter(brand=brand).update(value="+8613800000001")
    sheet = boss.post(url(Tag, "export"), {"format": "0", "resource": "0"}).content.decode()
    numbers = boss.post(url(Suppression, "export"), {"format": "0", "resource": "0"})

    assert "'=HYPERLINK(1)" in sheet
    assert "'+1" in sheet
    assert "'+8613800000001" in numbers.content.decode()
    upload(boss, Tag, sheet.lstrip("\ufeff"))
    tag.refresh_from_db()
    assert (tag.name, tag.description) == ("=HYPERLINK(1)", "+1")
    assert entry("tag.export").changes == {"rows": 1}
