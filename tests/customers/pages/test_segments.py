"""Pages of segments: brands apart, people masked, as many queries for many rows as for few."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse

from config.clock import utc_now
from customers.ingest import Batch, EventFact, Item, TagFact, ingest
from customers.models import (
    Attribute,
    AuditEntry,
    Brand,
    BulkJob,
    InsightState,
    Role,
    Segment,
    SegmentInsight,
    SegmentMember,
    SegmentSize,
    Tag,
)
from customers.names import catch_up
from customers.segments import build
from customers.views import segment_frame as views
from tests.customers.pages.test_pages import queries, reader, text

pytestmark = pytest.mark.django_db
_numbers = count()


@pytest.fixture
def tea() -> Brand:
    return Brand.objects.create(code="tea", name="Tea")


@pytest.fixture
def cup() -> Brand:
    return Brand.objects.create(code="cup", name="Cup")


def come(brand: Brand, n: int, *, city: str, tag: str = "") -> list[int]:
    now = utc_now()
    Attribute.objects.get_or_create(code="city", defaults={"name": "City"})
    if tag:
        Tag.objects.get_or_create(code=tag, defaults={"name": tag.title(), "brand": brand})
    items = [
        Item(
            str(i),
            [("phone", f"+861381234{i:04d}"), ("email", f"person{i}@example.com")],
            attributes={"name": "王小明", "city": city},
            tags=[TagFact(tag)] if tag else [],
            events=[EventFact("order_paid", now - timedelta(days=3), {})] if tag else [],
        )
        for i in (next(_numbers) for _ in range(n))
    ]
    done = ingest(Batch("test", items, brand_id=brand.pk), now=now)
    assert not done.refused
    return [id for id in done.customer_ids if id is not None]


def group(code: str, ids: list[int], brand: Brand | None = None) -> Segment:
    segment = Segment.objects.create(
        code=code, name=code.title(), kind="list", brand=brand, size=len(ids), built_at=utc_now()
    )
    for id in ids:
        SegmentMember.objects.create(segment=segment, customer_id=id, since=utc_now())
    return segment


def page(name: str, *args: int) -> str:
    return reverse(f"customers:{name}", args=args)


def test_members_are_searched_and_masked(tea: Brand) -> None:
    ids = come(tea, 3, city="Hangzhou")
    come(tea, 2, city="Hangzhou")
    catch_up(seconds=10)
    url = page("segment_members", group("loyal", ids).pk)
    manager, viewer = reader(Role.MANAGER, tea), reader(Role.VIEWER, tea)
    for q in ("", "王小明", "wangxiaoming", "wxm"):
        shown = text(manager, f"{url}?q={q}")
        assert shown.count(reverse("customers:detail", args=[ids[0]])) == 1, q
        assert shown.count("王**</a>") == 3, q
    manager.post(reverse("customers:show", args=[ids[0]]), {"reason": "service"})
    shown = text(manager, url)
    assert (shown.count("王小明</a>"), shown.count("王**</a>")) == (1, 2)
    hidden = text(viewer, url)
    assert "王小明" not in hidden
    assert "王**" in hidden
    # A beginning would tell a masked name sign by sign.
    assert "Nobody in this segment fits" in text(viewer, f"{url}?q=wang")
    assert "Nobody in this segment fits" in text(manager, f"{url}?q=nobody@example.com")
    for odd in ("%00", "'", "%25", "1.99999999999"):
        assert manager.get(f"{url}?q={odd}&after={odd}").status_code == 200


def test_all_members_are_tagged_and_exported_by_the_jobs(tea: Brand) -> None:
    segment = group("loyal", come(tea, 3, city="Hangzhou"))
    come(tea, 2, city="Suzhou")
    manager = reader(Role.MANAGER, tea)
    shown = text(manager, page("segment_members", segment.pk))
    assert 'name="query" value="segment=loyal"' in shown
    answer = manager.post(page("bulk"), {"act": "export", "all": "1", "query": "segment=loyal"})
    assert 'name="confirmed" value="3"' in answer.content.decode()
    viewer = text(reader(Role.VIEWER, tea), page("segment_members", segment.pk))
    assert "Export" not in viewer
    assert 'value="tag"' not in viewer


def test_insight_is_worked_out_shown_and_kept(tea: Brand) -> None:
    ids = come(tea, 40, city="Hangzhou", tag="vip")
    come(tea, 60, city="Suzhou")
    segment = group("loyal", ids)
    url = page("segment_insight", segment.pk)
    shown = text(reader(Role.VIEWER, tea), url)
    assert "More frequent than among everybody" in shown
    assert "× 2.50" in shown
    assert "Suzhou" in shown
    assert "order paid" in shown
    row = SegmentInsight.objects.get()
    assert (row.state, row.brand_ids) == (InsightState.DONE, [tea.pk])
    assert text(reader(Role.MARKETER, tea), url)
    assert SegmentInsight.objects.get().computed_at == row.computed_at
    assert "What marks them out" in text(reader(Role.MANAGER, tea), page("segment", segment.pk))


def test_nothing_of_another_brand_is_in_an_insight(tea: Brand, cup: Brand) -> None:
    mine = come(tea, 30, city="Hangzhou")
    theirs = come(cup, 30, city="Secret City", tag="secret")
    segment = group("all", mine + theirs)
    other = group("theirs", theirs, cup)
    viewer = reader(Role.VIEWER, tea)
    url = page("segment_insight", segment.pk)
    shown = text(viewer, f"{url}?noise=1")
    for secret in ("Secret", "secret", "Theirs"):
        assert secret not in shown
    assert SegmentInsight.objects.get().result["sizes"]["people"] == [0, 30, 0]
    assert viewer.get(f"{url}?against={other.pk}").status_code == 404
    for name in ("segment_insight", "segment_history", "segment_uses", "segment_members"):
        assert viewer.get(page(name, other.pk)).status_code == 404
    assert viewer.post(page("segment_insight_ask", other.pk)).status_code == 404
    overlap = text(viewer, f"{page('segment_overlap')}?s={segment.pk}&s={other.pk}")
    assert "Choose at least two" in overlap
    third = group("third", theirs[:10] + mine[:5])
    regions = text(viewer, f"{page('segment_overlap')}?s={segment.pk}&s={third.pk}")
    assert "<b>30</b>" in regions  # in any of the two, of those whom the brand knows
    come(cup, 2, city="Suzhou")
    group_wide = text(reader(Role.MANAGER, None), f"{url}?noise=1")
    assert "Secret City" in group_wide


def test_a_large_house_works_it_out_in_the_background(
    tea: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 0)
    segment = group("loyal", come(tea, 5, city="Hangzhou"))
    url = page("segment_insight", segment.pk)
    viewer, marketer = reader(Role.VIEWER, tea), reader(Role.MARKETER, tea)
    assert "Not worked out yet" in text(viewer, url)
    assert not SegmentInsight.objects.exists()
    marketer.post(page("segment_insight_ask", segment.pk))
    assert SegmentInsight.objects.get().state == InsightState.WAITING
    assert "It waits for a worker" in text(viewer, url)
    # She neither asked for it nor may she change the segment.
    assert viewer.post(page("segment_insight_stop", segment.pk)).status_code == 403
    marketer.post(page("segment_insight_stop", segment.pk))
    assert SegmentInsight.objects.get().state == InsightState.STOPPED
    assert "It was stopped before it was done" in text(viewer, url)
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"segment.insight", "segment.insight_stop"} <= actions


def test_two_segments_are_compared_and_laid_over_each_other(tea: Brand) -> None:
    ids = come(tea, 8, city="Hangzhou")
    one, two = group("one", ids[:5], tea), group("two", ids[3:], tea)
    marketer, viewer = reader(Role.MARKETER, tea), reader(Role.VIEWER, tea)
    chosen = f"s={one.pk}&s={two.pk}"
    answer = marketer.get(f"{page('segment_compare')}?{chosen}")
    assert answer["Location"] == f"{page('segment_insight', one.pk)}?against={two.pk}"
    assert "In the other" in text(marketer, f"{answer['Location']}&noise=1")
    assert marketer.get(f"{page('segment_compare')}?s={one.pk}")["Location"] == page("segments")
    shown = text(marketer, f"{page('segment_overlap')}?{chosen}")
    for number in (3, 2, 8):
        assert f"<b>{number}</b>" in shown
    given = {"s": [one.pk, two.pk], "mask": 3, "confirmed": 2, "name": "Both of them"}
    assert viewer.post(page("segment_overlap_save"), given).status_code == 403
    assert not BulkJob.objects.exists()
    marketer.post(page("segment_overlap_save"), given)
    kept = Segment.objects.get(name="Both of them")
    assert set(kept.members.values_list("customer_id", flat=True)) == set(ids[3:5])
    assert kept.brand == tea
    for odd in ({"mask": "x"}, {"mask": 4}, {"s": [one.pk]}, {"confirmed": 900}):
        before = Segment.objects.count()
        assert marketer.post(page("segment_overlap_save"), {**given, **odd}).status_code == 302
        assert Segment.objects.count() == before


def test_history_tells_who_came_and_went_by_day(tea: Brand) -> None:
    ids, now = come(tea, 4, city="Hangzhou"), utc_now()
    rule = {"attribute": "city", "op": "eq", "value": "Hangzhou"}
    segment = Segment.objects.create(code="h", name="H", kind="rule", rule=rule)
    build(segment, now=now - timedelta(days=2))
    come(tea, 2, city="Hangzhou")
    build(segment, now=now)
    SegmentSize.objects.create(segment=segment, at=now - timedelta(days=4), size=9)
    shown = text(reader(Role.VIEWER, tea), page("segment_history", segment.pk))
    sizes = SegmentSize.objects.order_by("at").values_list("size", "entered", "left")
    assert list(sizes) == [(9, None, None), (4, 4, 0), (6, 2, 0)]
    assert shown.count('class="spot"') == 3
    assert "+2 since yesterday" in shown
    assert "only by hand" in shown
    listed = group("listed", ids)
    SegmentMember.objects.filter(segment=listed, customer=ids[0]).update(
        since=now - timedelta(days=5)
    )
    shown = text(reader(Role.MARKETER, tea), page("segment_history", listed.pk))
    assert shown.count('class="spot"') == 2


def test_uses_are_told_and_those_of_others_only_counted(tea: Brand, cup: Brand) -> None:
    used = group("used", [])
    for name, brand in (("Mine", tea), ("Hidden", cup)):
        Segment.objects.create(
            code=name.lower(), name=name, kind="rule", brand=brand, rule={"segment": "used"}
        )
    shown = text(reader(Role.VIEWER, tea), page("segment_uses", used.pk))
    assert "Mine" in shown
    assert "Hidden" not in shown
    assert "1 more belongs to another brand" in shown
    assert "Used by 2" in shown


def test_the_list_is_filtered_and_sorted(tea: Brand, cup: Brand) -> None:
    group("small", [], tea)
    large = group("large", [], None)
    Segment.objects.filter(pk=large.pk).update(size=9)
    Segment.objects.create(code="odd", name="Odd", kind="rule", rule={}, problem="Broken.")
    group("hidden", [], cup)
    manager = reader(Role.MANAGER, tea)
    manager_both = reader(Role.ADMIN, None)

    def names(client: Client, query: str) -> list[str]:
        shown = text(client, f"{page('segments')}?{query}")
        found = {name: shown.find(f">{name}</a>") for name in ("Small", "Large", "Odd", "Hidden")}
        return sorted((name for name, at in found.items() if at > 0), key=lambda n: found[n])

    assert names(manager, "") == ["Large", "Odd", "Small"]
    assert names(manager, "sort=size")[0] == "Large"
    assert names(manager, "kind=rule") == ["Odd"]
    assert names(manager, "state=failed") == ["Odd"]
    assert names(manager, "state=kept") == []
    assert names(manager, "q=sma") == ["Small"]
    assert names(manager_both, "brand=shared") == ["Large", "Odd"]
    assert names(manager_both, f"brand={cup.pk}") == ["Hidden"]
    assert names(manager, "brand=x&kind=x&state=x&sort=x") == ["Large", "Odd", "Small"]


def test_queries_do_not_grow(tea: Brand) -> None:
    ids = come(tea, 4, city="Hangzhou", tag="vip")
    one, two = group("one", ids[:3]), group("two", ids[1:])
    Segment.objects.create(
        code="x", name="X", kind="rule", rule={"all": [{"segment": "one"}, {"tag": "vip"}]}
    )
    client = reader(Role.MANAGER, tea)
    urls = [
        page("segment_insight", one.pk),
        page("segments"),
        page("segment", one.pk),
        page("segment_members", one.pk),
        page("segment_history", one.pk),
        page("segment_uses", one.pk),
        f"{page('segment_overlap')}?s={one.pk}&s={two.pk}",
    ]
    before = [queries(client, url) for url in urls]
    more = come(tea, 25, city="Suzhou", tag="vip")
    for n in range(12):
        Segment.objects.create(code=f"x{n}", name="X", kind="rule", rule={"segment": "one"})
        Tag.objects.create(code=f"t{n}", name="T")
    for id in more:
        SegmentMember.objects.create(segment=one, customer_id=id, since=utc_now())
    assert [queries(client, url) for url in urls] == before
