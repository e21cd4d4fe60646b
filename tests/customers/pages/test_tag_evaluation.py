"""The pages on which a tag is evaluated: who may do what, bad input, marks by the page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from config.clock import utc_now
from customers.models import (
    Brand,
    Customer,
    EventType,
    Role,
    Tag,
    TagMark,
    TagOutcome,
    TagSample,
    TagSettings,
)
from customers.tags import TagSet, apply, count
from customers.tags.evaluation import evaluate
from tests.customers.pages.test_tags import reader, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def tier() -> Tag:
    now = utc_now()
    tag = Tag.objects.create(code="tier", name="Tier")
    rows = Customer.objects.bulk_create(
        Customer(created_at=now, display_name="Chen Xi") for _n in range(30)
    )
    apply([TagSet(row.pk, tag.pk, "gold") for row in rows], source_id=None, now=now)
    EventType.objects.create(code="bought", name="Bought", first_seen_at=now, last_seen_at=now)
    count(now=now)
    return tag


def page(name: str, *args: object) -> str:
    return reverse(f"customers:{name}", args=args)


def test_a_sample_is_drawn_and_marked_on_its_page(tier: Tag) -> None:
    client = reader(Role.MARKETER, None)
    assert client.post(page("tag_draw", tier.pk), {"size": "5"}).status_code == 422
    assert client.post(page("tag_draw", tier.pk), {"size": "x", "value": "no"}).status_code == 422
    answer = client.post(page("tag_draw", tier.pk), {"size": "25", "value": "gold"})
    sample = TagSample.objects.get()
    assert answer["Location"] == page("tag_sample", sample.pk)
    first = text(client, page("tag_sample", sample.pk))
    assert first.count('class="marks"') == 20
    # Of who is nobody's customer here a marketer sees no names.
    assert "Chen Xi" not in first
    marks = list(TagMark.objects.filter(sample=sample).order_by("place"))
    url = page("tag_mark", marks[0].pk)
    moved = client.post(url, {"verdict": "right"}, headers={"HX-Request": "true"})
    said = " ".join(moved.content.decode().split())
    assert "<em>24</em> left to check" in said
    assert said.count('aria-pressed="true"') == 1
    # The same again takes it back; nonsense changes nothing; without scripts it works, too.
    client.post(url, {"verdict": "right"}, headers={"HX-Request": "true"})
    client.post(url, {"verdict": "maybe"}, headers={"HX-Request": "true"})
    assert not TagMark.objects.exclude(verdict="").exists()
    assert client.post(url, {"verdict": "wrong"}).status_code == 302
    assert TagMark.objects.get(verdict="wrong").pk == marks[0].pk


def test_an_outcome_is_set_and_taken_away(tier: Tag) -> None:
    client = reader(Role.MARKETER, None)
    url = page("tag_outcome", tier.pk)
    good = {"value": "gold", "expects": "more", "event": "bought", "days": "30"}
    for bad in (
        {"days": "0"},
        {"days": "x"},
        {"event": "none"},
        {"value": "none"},
        {"expects": ""},
    ):
        assert client.post(url, good | bad).status_code == 422
    assert client.post(url, good).status_code == 302
    assert TagOutcome.objects.get().value == "gold"
    assert client.post(url, {"verb": "remove"}).status_code == 302
    assert not TagOutcome.objects.exists()


def test_the_evaluation_says_its_parts_and_never_nan(tier: Tag) -> None:
    client = reader(Role.VIEWER, None)
    url = page("tag_evaluation", tier.pk)
    assert "Not evaluated yet" in text(client, url)
    evaluate(now=utc_now())
    shown = text(client, url)
    for words in ("30 of 30 customers", "not measured", "Nothing that runs reads it"):
        assert words in shown
    assert "nan" not in shown.replace("finance", "").lower().split()
    assert "What it is worth" in text(client, page("tag", tier.pk))


def test_rights_and_brands_hold(tier: Tag) -> None:
    cup = Brand.objects.create(code="cup", name="Cup")
    tea = Brand.objects.create(code="tea", name="Tea")
    sample = TagSample.objects.create(tag=tier, seed=1, population=30, drawn_at=utc_now())
    mark = TagMark.objects.create(
        sample=sample, place=1, customer=Customer.objects.earliest("pk"), value="gold"
    )
    viewer = reader(Role.VIEWER, None)
    posts = [
        page("tag_draw", tier.pk), page("tag_outcome", tier.pk), page("tag_evaluate", tier.pk),
        page("tag_mark", mark.pk),
    ]  # fmt: skip
    data = {"size": "10", "expects": "more", "event": "bought", "days": "3", "verdict": "right"}
    for url in posts:
        assert viewer.post(url, data).status_code == 403
    assert viewer.get(page("tag_weights")).status_code == 403
    Tag.objects.filter(pk=tier.pk).update(brand=cup)
    other = reader(Role.ADMIN, tea)
    for url in posts:
        assert other.post(url, data).status_code == 404
    for url in (page("tag_evaluation", tier.pk), page("tag_sample", sample.pk)):
        assert other.get(url).status_code == 404
    assert other.get(page("tag_weights")).status_code == 403


def test_an_admin_sets_the_weights_by_page_and_admin(tier: Tag, admin_client: Client) -> None:
    evaluate(now=utc_now())
    client = reader(Role.ADMIN, None)
    good = {"coverage": "50", "use": "50", "accuracy": "0", "success": "0", "stale_days": "9",
            "unused_days": "9"}  # fmt: skip
    assert "average of its parts" in text(client, page("tag_weights"))
    for bad in ({"use": "101"}, {"use": ""}, {"coverage": "0", "use": "0"}, {"stale_days": "0"}):
        assert client.post(page("tag_weights"), good | bad).status_code == 422
    assert client.post(page("tag_weights"), good).status_code == 302
    tier.measure.refresh_from_db()
    assert tier.measure.score == pytest.approx(50)
    url = reverse("admin:customers_tagsettings_change", args=[1])
    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, good | {"use": "0"}).status_code == 302
    assert TagSettings.current().use == 0
    tier.measure.refresh_from_db()
    assert tier.measure.score == pytest.approx(100)
