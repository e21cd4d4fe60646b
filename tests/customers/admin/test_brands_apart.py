"""Staff see and change what lies in their brands; nobody gives herself rights."""

from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from campaigns.models import Campaign, ChannelAccount, FrequencyCap, Message
from customers.models import AuditEntry, Brand, Source, Tag, User
from tests.customers.admin.samples import a_brand, a_member, key_of, one_of_each, whose

pytestmark = pytest.mark.django_db


def url(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


BRANDED = [
    (model, page)
    for model, page in admin.site._registry.items()
    if getattr(page, "brand_path", None) not in (None, "pk")
]


def listed(client: Client, model: Any, query: dict[str, str]) -> Any:
    """What the list of *model* holds for the reader, without drawing the page."""
    page = admin.site._registry[model]
    answer = page.changelist_view(asked(client, url(model, "changelist"), query))
    return answer.context_data["cl"].queryset  # type: ignore[attr-defined]


def asked(client: Client, path: str, query: dict[str, str]) -> HttpRequest:
    """A request as the reader's who is signed in."""
    request = RequestFactory().get(path, query)
    request.user = User.objects.get(pk=client.session["_auth_user_id"])
    request.session = client.session
    return request


def test_rows_of_another_brand_are_not_there(client: Client, now: datetime) -> None:
    mine, other = one_of_each(a_brand(), now), one_of_each(a_brand(), now)
    client.force_login(a_member(mine[Brand]))

    assert len(BRANDED) > 15
    wrong: dict[str, Any] = {}
    for model, page in BRANDED:
        its, theirs = mine[model], other[model]
        found = (
            client.get(url(model, "change", key_of(page, its))).status_code == 200,
            # Django sends who asks for a row that is not there back to the index.
            client.get(url(model, "change", key_of(page, theirs))).status_code in (302, 403),
            its in listed(client, model, whose(page, its)),
            theirs not in listed(client, model, whose(page, theirs)),
        )
        if not all(found):
            wrong[model._meta.label] = found
    assert wrong == {}


def test_brands_of_others_are_offered_nowhere(client: Client, now: datetime) -> None:
    mine, other = one_of_each(a_brand("mine"), now), one_of_each(a_brand("theirs"), now)
    client.force_login(a_member(mine[Brand]))

    lookups = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "campaigns", "model_name": "frequencycap", "field_name": "campaign"},
    )
    assert [row["id"] for row in lookups.json()["results"]] == [str(mine[Campaign].pk)]
    for model in (FrequencyCap, Message, Tag):
        assert "Theirs" not in client.get(url(model, "changelist")).content.decode()
    sent = client.post(
        url(FrequencyCap, "add"),
        {"name": "x", "brand": other[Brand].pk, "limit": 1, "window_seconds": 3600},
    )
    assert sent.status_code == 200
    assert "brand" in sent.context["adminform"].form.errors


def test_only_a_role_in_every_brand_makes_what_every_brand_shares(
    client: Client, now: datetime
) -> None:
    brand = a_brand()
    cap = {
        "name": "x", "brand": "", "limit": 1, "period": "rolling", "window_seconds": 3600,
        "is_active": "on",
    }  # fmt: skip
    client.force_login(a_member(brand))
    refused = client.post(url(FrequencyCap, "add"), cap)
    client.force_login(a_member(None))
    client.post(url(FrequencyCap, "add"), cap)

    assert "brand" in refused.context["adminform"].form.errors
    assert FrequencyCap.objects.get().brand is None


def test_what_every_brand_shares_is_seen_but_not_changed(client: Client, now: datetime) -> None:
    shared = Source.objects.create(code="web", name="Web", kind="sdk")
    client.force_login(a_member(a_brand()))

    assert client.get(url(Source, "change", shared.pk)).status_code == 200
    assert client.post(url(Source, "change", shared.pk), {"name": "Mine"}).status_code == 403


def test_a_viewer_changes_nothing(client: Client, now: datetime) -> None:
    made = one_of_each(a_brand(), now)
    client.force_login(a_member(made[Brand], "viewer"))

    assert client.get(url(Tag, "change", made[Tag].pk)).status_code == 200
    assert client.post(url(Tag, "change", made[Tag].pk), {"name": "x"}).status_code == 403
    assert client.get(url(ChannelAccount, "changelist")).status_code == 403
    assert client.get(url(AuditEntry, "changelist")).status_code == 403


def test_a_group_of_rights_adds_to_the_role_but_shows_no_other_brand(
    client: Client, now: datetime
) -> None:
    mine, other = one_of_each(a_brand(), now), one_of_each(a_brand(), now)
    user = a_member(mine[Brand], "viewer")
    user.user_permissions.add(Permission.objects.get(codename="change_tag"))
    client.force_login(user)

    page = client.get(url(Tag, "change", mine[Tag].pk))
    assert page.context["has_change_permission"]
    assert client.get(url(Tag, "change", other[Tag].pk)).status_code in (302, 403)


def test_an_admin_of_a_brand_can_not_give_rights(client: Client, now: datetime) -> None:
    made = one_of_each(a_brand(), now)
    user = a_member(made[Brand])
    client.force_login(user)

    assert client.get(url(User, "change", user.pk)).status_code == 200
    sent = client.post(url(User, "change", user.pk), {"is_superuser": "on"})
    assert sent.status_code == 403
    assert client.get(url(User, "add")).status_code == 403
    assert client.post(f"/admin/customers/user/{user.pk}/password/", {}).status_code == 403
    assert client.get("/admin/auth/group/").status_code == 403
    user.refresh_from_db()
    assert not user.is_superuser


def test_colleagues_of_other_brands_are_not_listed(client: Client, now: datetime) -> None:
    mine, other = a_brand(), a_brand()
    me, stranger = a_member(mine), a_member(other)
    client.force_login(me)

    listed = client.get(url(User, "changelist")).context["cl"].queryset
    assert me in listed
    assert stranger not in listed
