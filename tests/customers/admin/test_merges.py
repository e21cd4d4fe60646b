"""Merges, reviews and kinds of identity in the admin: by right, with their effect said first."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import AuditEntry, Merge, MergeReview, Namespace
from tests.customers.admin.samples import a_brand, a_member
from tests.customers.pages.test_merges import a_pair

pytestmark = pytest.mark.django_db


def act(client: Client, model: str, action: str, pk: int) -> str:
    url = reverse(f"admin:customers_{model}_changelist")
    answer = client.post(url, {"action": action, "_selected_action": [pk]}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_pairs_are_decided_and_merges_undone(client: Client, now: datetime) -> None:
    pair = a_pair(now)
    client.force_login(a_member(None))
    assert "1 pairs are merged." in act(client, "mergereview", "merge_both", pair.pk)
    done = Merge.objects.get()
    assert "Somebody has decided this already." in act(client, "mergereview", "keep_both", pair.pk)
    assert "1 merges are undone." in act(client, "merge", "undo", done.pk)
    assert "undone already" in act(client, "merge", "undo", done.pk)
    assert "to be decided again" in act(client, "mergereview", "open_again", pair.pk)
    assert MergeReview.objects.get().state == "open"
    # Who has a role in one brand only looks.
    client.force_login(a_member(a_brand()))
    act(client, "mergereview", "merge_both", pair.pk)
    assert Merge.objects.filter(undone_at=None).count() == 0


def test_a_change_of_a_kind_says_its_effect_first(client: Client, now: datetime) -> None:
    a_pair(now)
    client.force_login(a_member(None))
    kind = Namespace.objects.get(code="unionid")
    url = reverse("admin:customers_namespace_change", args=[kind.pk])
    values = {"name": kind.name, "names": "{}", "strength": "strong", "limit": 1,
              "is_personal": "on"}  # fmt: skip
    page = client.post(url, values).content.decode()
    assert "1 customer has more than 1 now and keeps them." in page
    kind.refresh_from_db()
    assert kind.limit == 2
    assert client.post(url, {**values, "effect_seen": "on"}).status_code == 302
    kind.refresh_from_db()
    assert kind.limit == 1
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.changes["limit"]) == ("namespace.change", [2, 1])
