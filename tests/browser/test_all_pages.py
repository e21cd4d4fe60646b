"""Every main page with something on it: no wider than its window, usable by everybody, quiet."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse

from campaigns.models import (
    Arbitration,
    Campaign,
    Candidate,
    Content,
    ContentBlock,
    FrequencyCap,
    Holiday,
    Message,
    Offer,
    QuietHours,
    Quota,
    SeedAddress,
    SendingPause,
    Task,
)
from config.wake import no_wakes
from customers.access import Actor
from customers.actions.tag_evaluation import draw
from customers.actions.tag_evaluation import mark as say
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import (
    Attribute,
    Customer,
    Merge,
    MergeReview,
    Namespace,
    Segment,
    Source,
    Tag,
    TagCategory,
    User,
)
from customers.segments import build
from customers.tags import count, flag
from customers.tags.evaluation import evaluate
from journeys.actions.sends import count_send, save_send, start_send
from journeys.models import Enrollment, Journey
from journeys.sends.plan import Plan, Repeat
from tests.browser.conftest import LOOKS, OF_LOOKS, Open
from tests.journeys.flow import Flow, at

pytestmark = pytest.mark.browser

JOURNEY = """
goal: {event: paid, within: 7d, stay: true}
nodes:
  received: {kind: trigger.event, event: received, reentry: always, next: hello}
  hello: {kind: send.message, content: note, next: wait}
  wait:
    kind: wait.event
    until: {viewed: {event: viewed}}
    at_most: 24h
    timeout: missed
    next: {viewed: kept, missed: done}
  kept: {kind: branch.holdout, share: 40, next: {held_out: seen, next: seen}}
  seen: {kind: exit.leave, reason: viewed}
  done: {kind: exit.leave, reason: reminded}
"""
NAME = "Maximiliane Wolfeschlegelsteinhausen von und zu Hohenlohe-Langenburg"
LONG = "A name that is long enough to show whether the page folds it or breaks in two"


@pytest.fixture
def house(transactional_db: None) -> dict[str, str]:
    """A small house with one of everything, and the pages that show it."""
    flow = Flow.make()
    journey = flow.journey(JOURNEY)
    now = datetime.now(UTC)
    Journey.objects.filter(pk=journey.pk).update(name=LONG)
    shelf = TagCategory.objects.create(name=LONG)
    tag = Tag.objects.create(
        code="tier", name="Member tier", kind="model", category=shelf, description=LONG
    )
    people = [
        Item(
            str(n),
            [("user_id", f"p{n}"), ("phone", f"+861540000{n:04}"),
             ("email", f"a.person.with.a.long.address.{n}@example.com"),
             ("device", f"device-{n:020}")],
            attributes={"name": NAME if n == 0 else f"陈曦{n}", "gender": "f", "city": "Hangzhou",
                        "birthday": "1990-02-03", "timezone": "Asia/Shanghai"},
            tags=[TagFact("tier", "gold")],
            consents=[ConsentFact(channel, purpose, state)
                      for channel in ("email", "sms", "push", "wechat")
                      for purpose, state in (("marketing", "denied"), ("service", "granted"))],
            events=[EventFact("order_paid", now - timedelta(days=n), {"amount": 99.5, "sku": LONG})
                    for n in range(3)],
        )
        for n in range(6)
    ]  # fmt: skip
    ids = ingest(Batch("shop", people, brand_id=flow.brand.pk), now=now).customer_ids
    flow.happen(*[(f"p{n}", "received", n / 10) for n in range(6)])
    flow.run(1)
    flow.happen(("p0", "viewed", 2), ("p0", "paid", 3))
    flow.run(4)
    segment = Segment.objects.create(
        code="all", name=LONG, kind="rule",
        rule={"any": [{"tag": "tier", "op": "eq", "value": "gold"}, {"all": [
            {"event": "order_paid", "count": {"gte": 2}, "within": "90d",
             "where": {"property": "sku", "op": "eq", "value": LONG},
             "then": {"event": "order_paid", "is": False, "within": "7d"}},
            {"not": {"attribute": "city", "op": "in", "value": ["Hangzhou", LONG]}},
        ]}]},
    )  # fmt: skip
    build(segment, now=now - timedelta(days=1))
    build(segment, now=now)
    few = Segment.objects.create(code="few", name="Few", kind="list", size=2, built_at=now)
    for customer in Customer.objects.order_by("pk")[:2]:
        few.members.create(customer=customer, since=now)
    count(now=now)
    flag(now=now)
    me = Actor.of_command("tests")
    sample = draw(me, tag, size=10, now=now)
    for mark, verdict in zip(sample.marks.all(), ("right", "wrong", "unsure"), strict=False):
        say(me, mark, verdict, now=now)
    evaluate(now=now)
    wish, stopped, *_rest = Candidate.objects.order_by("pk")
    Candidate.objects.filter(pk=wish.pk).update(state="allowed", decided_at=at(1))
    Candidate.objects.filter(pk=stopped.pk).update(
        state="stopped", rule="consent", decided_at=at(1), detail={"state": "denied"}
    )
    Message.objects.create(
        candidate=wish, brand=flow.brand, customer_id=wish.customer_id, journey_id=journey.pk,
        node=wish.node, channel="sms", purpose="service", state="delivered", accepted_at=at(1),
        handed_over_at=at(1), delivered_at=at(1), opened_at=at(2),
    )  # fmt: skip
    kind = Namespace.objects.get(code="phone")
    review, merged = who_is_who(flow.brand.pk, now)
    cap = FrequencyCap.objects.create(name=LONG[:80], limit=3, window_seconds=7 * 86400)
    quiet = QuietHours.objects.create(starts="21:00", ends="08:00")
    coming = now.date() + timedelta(days=30)
    holiday = Holiday.objects.create(name=LONG[:80], starts_on=coming, ends_on=coming)
    Arbitration.objects.create()
    Quota.objects.create(brand=flow.brand, channel="email", limit=1000)
    SendingPause.objects.create(channel="push", since=now, note=LONG)
    campaign = Campaign.objects.create(brand=flow.brand, code="c", name=LONG, kind="monthly")
    Journey.objects.filter(pk=journey.pk).update(campaign=campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state="running", budget=1, currency="USD")
    plan = Plan(LONG[:100], ("note",), "few", "", None, Repeat(time(9), ("mon", "sun")), waves=2)
    counted = save_send(me, campaign, plan, now=now)
    count_send(me, counted, now=now)
    whole = save_send(me, campaign, Plan("To everybody", ("note",)), now=now)
    count_send(me, whole, now=now)
    started = save_send(me, campaign, plan, now=now)
    count_send(me, started, now=now)
    with no_wakes():
        start_send(me, started, now=now)
    walk = Enrollment.objects.order_by("pk")[0]
    content = Content.objects.get()
    block = ContentBlock.objects.create(brand=flow.brand, code="footer", source=LONG * 3)
    SeedAddress.objects.create(brand=flow.brand, channel="email", address="a@b.cd", name=LONG[:80])
    offer = Offer.objects.create(brand=flow.brand, code="o", name=LONG, kind="gift", value=0)
    for visit in range(3):
        is_done = visit == 2
        Task.objects.create(
            brand=flow.brand, customer_id=walk.customer_id, title=LONG, instructions=LONG * 2,
            journey_id=journey.pk, enrollment_id=walk.pk, node="call", visit=visit + 90,
            state="done" if is_done else "open", note=LONG if is_done else "",
            finished_at=now if is_done else None, opened_at=at(1),
            due_at=now + timedelta(days=visit - 1),
        )  # fmt: skip
    return {
        "home": "/",
        "journeys": "/journeys/",
        "journey": f"/journeys/{journey.pk}/",
        "journey-new": "/journeys/new/",
        "journey-edit": f"/journeys/{journey.pk}/edit/?step=wait",
        "journey-text": f"/journeys/{journey.pk}/text/",
        "journey-new-text": "/journeys/new/text/",
        "people": f"/journeys/{journey.pk}/people/wait/",
        "refusals": f"/journeys/{journey.pk}/gate/hello/",
        "walk": f"/walks/{walk.pk}/",
        "campaigns": "/campaigns/",
        "campaign": f"/campaigns/{campaign.pk}/",
        "campaign-edit": f"/campaigns/{campaign.pk}/edit/",
        "calendar": "/campaigns/calendar/",
        "calendar-week": "/campaigns/calendar/?view=week",
        "send": f"/sends/{started.pk}/",
        "send-counted": f"/sends/{counted.pk}/",
        "send-start": f"/sends/{whole.pk}/start/",
        "send-new": f"/campaigns/{campaign.pk}/sends/new/",
        "send-edit": f"/sends/{counted.pk}/edit/",
        "contents": "/content/",
        "content": f"/content/{content.pk}/",
        "content-edit": f"/content/{content.pk}/edit/",
        "content-settings": f"/content/{content.pk}/settings/",
        "blocks": "/content/blocks/",
        "block": f"/content/blocks/{block.pk}/",
        "block-new": "/content/blocks/new/",
        "seeds": "/content/seeds/",
        "sending": f"/policies/sending/{flow.brand.pk}/",
        "content-new": "/content/new/",
        "suppressions": "/policies/suppressions/",
        "segments": "/segments/",
        "segment": f"/segments/{segment.pk}/",
        "segment-members": f"/segments/{segment.pk}/members/",
        "segment-insight": f"/segments/{few.pk}/insight/?noise=1",
        "segment-compared": f"/segments/{few.pk}/insight/?against={segment.pk}",
        "segment-history": f"/segments/{segment.pk}/history/",
        "segment-uses": f"/segments/{segment.pk}/uses/",
        "segment-overlap": f"/segments/overlap/?s={segment.pk}&s={few.pk}",
        "segment-new": "/segments/new/",
        "segment-edit": f"/segments/{segment.pk}/edit/",
        "customers": "/customers/",
        "customers-filtered": "/customers/?q=15&tag=tier:gold&has=phone&seen=in365&col=tags",
        "customers-jobs": "/customers/jobs/",
        "customer": f"/customers/{ids[0]}/",
        "reviews": "/customers/reviews/",
        "review": f"/customers/reviews/{review.pk}/",
        "merge": f"/customers/{ids[0]}/merge/?q=p1",
        "merge-two": f"/customers/{ids[0]}/merge/{ids[1]}/",
        "merge-done": f"/customers/merges/{merged.pk}/",
        "recognition": "/customers/recognition/",
        "recognition-kind": f"/customers/recognition/{kind.pk}/",
        "recognition-new": "/customers/recognition/new/",
        "recognition-rules": "/customers/recognition/rules/",
        "recognition-rule": f"/customers/recognition/rules/{Attribute.objects.all()[0].pk}/",
        "recognition-sources": "/customers/recognition/sources/",
        "recognition-source": f"/customers/recognition/sources/{Source.objects.all()[0].pk}/",
        "imports": "/customers/imports/",
        "import-new": "/customers/imports/new/",
        "tags": "/tags/",
        "tag": f"/tags/{tag.pk}/",
        "tag-evaluation": f"/tags/{tag.pk}/evaluation/",
        "tag-sample": f"/tags/samples/{sample.pk}/",
        "tag-weights": "/tags/weights/",
        "tag-changes": f"/tags/{tag.pk}/changes/",
        "tag-new": "/tags/new/",
        "tag-new-rfm": "/tags/new/rfm/",
        "tag-edit": f"/tags/{tag.pk}/edit/",
        "tag-categories": "/tags/categories/",
        "tag-category": f"/tags/categories/{tag.category_id}/",
        "reports": "/reports/",
        "report": f"/reports/?journey={journey.pk}&days=90&against=periods",
        "experiment": f"/journeys/{journey.pk}/experiments/holdout.holdout/",
        "policies": "/policies/",
        "cap": f"/policies/caps/{cap.pk}/",
        "cap-new": "/policies/caps/new/",
        "quiet-hours": f"/policies/quiet-hours/{quiet.pk}/",
        "holiday": f"/policies/holidays/{holiday.pk}/",
        "arbitration": "/policies/arbitration/new/",
        "quota": "/policies/quotas/new/",
        "approval": "/policies/approvals/new/",
        "control-group": "/policies/control-group/",
        "pause": "/policies/pause/",
        "tasks": "/tasks/",
        "tasks-done": "/tasks/?done",
        "offer-codes": f"/offers/{offer.pk}/codes/",
        "developers": "/developers/",
        "messages": "/messages/",
        "message": f"/messages/{wish.pk}/",
        "message-stopped": f"/messages/{stopped.pk}/",
    }


def who_is_who(brand_id: int, now: datetime) -> tuple[MergeReview, Merge]:
    """A pair that waits for a decision, and two who became one."""

    def come(*keys: tuple[str, str]) -> None:
        ingest(Batch("crm", [Item(LONG, keys)], brand_id=brand_id), now=now)

    for space, values in (("unionid", "abc"), ("external_id", "de")):
        for value in values:
            come((space, value), ("user_id", f"{space}-{values.index(value) // 2}"))
    come(("user_id", "unionid-0"), ("user_id", "unionid-1"))
    come(("external_id", "f"))
    come(("external_id", "d"), ("external_id", "f"))
    return MergeReview.objects.get(), Merge.objects.get()


def test_every_page_fits_and_can_be_used_by_everybody(
    visit: Open, wei: User, house: dict[str, str]
) -> None:
    wrong: list[str] = []
    for lang, theme, width in LOOKS:
        shown = visit(wei, lang, theme, width, judged=True)
        for name, path in house.items():
            view = f"{name}-{lang}-{theme}"
            answer = shown.page.goto(shown.origin + path)
            assert answer is not None
            assert answer.ok, f"{view}: {answer.status}"
            assert shown.page.evaluate("document.querySelectorAll('h1').length") == 1, view
            wrong += shown.look(view, None if lang == "en" else OF_LOOKS)
    assert wrong == [], "\n".join(wrong)


def test_the_timeline_is_filtered_without_leaving_the_page(
    visit: Open, wei: User, house: dict[str, str]
) -> None:
    page = visit(wei).go(house["customer"])
    timeline = page.locator("#timeline")
    with page.expect_response("**kind=journeys"):
        timeline.get_by_role("link", name="Journeys").click()
    timeline.locator("[aria-current]", has_text="Journeys").wait_for()
    titles = timeline.locator(".at").all_inner_texts()
    assert titles
    assert all(LONG in title for title in titles)
    assert page.url.endswith(reverse("customers:detail", args=[house["customer"].split("/")[2]]))
