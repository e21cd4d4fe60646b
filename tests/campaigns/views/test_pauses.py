"""Pausing and resuming from the policies page and from a campaign's."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.actions.campaigns import create_campaign
from campaigns.models import SendingPause
from customers.access import Actor
from tests.campaigns.making import Shop

pytestmark = pytest.mark.django_db


def test_pages(ada: Client, mia: Client, vera: Client, shop: Shop, other: Shop) -> None:
    url = reverse("campaigns:pause")
    values = {"brand": shop.brand.pk, "channel": "sms", "note": "Gateway is down."}
    assert mia.post(url, values).status_code in (403, 422)
    assert ada.post(url, values).status_code == 302
    pause = SendingPause.objects.get()
    page = ada.get(reverse("campaigns:policies")).content.decode()
    assert "Gateway is down." in page
    assert "Sending is paused" in ada.get("/").content.decode()
    resume = reverse("campaigns:resume", args=[pause.pk])
    assert vera.post(resume).status_code == 403
    assert ada.post(resume).status_code == 302
    assert not SendingPause.objects.exists()


def test_a_campaign_is_paused_on_its_page(mia: Client, shop: Shop, now: datetime) -> None:
    plan = create_campaign(
        Actor.of_command("test"), shop.brand, code="tea", name="Tea", kind="daily", now=now
    )
    detail = reverse("campaigns:detail", args=[plan.pk])
    assert mia.post(reverse("campaigns:pause_campaign", args=[plan.pk])).status_code == 302
    pause = SendingPause.objects.get()
    assert "Paused since" in mia.get(detail).content.decode()
    again = mia.post(reverse("campaigns:pause_campaign", args=[plan.pk]), follow=True)
    assert "paused already" in again.content.decode()
    assert mia.post(reverse("campaigns:resume", args=[pause.pk])).status_code == 302
    assert "Paused since" not in mia.get(detail).content.decode()
