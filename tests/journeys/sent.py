"""Sends of two journeys in every state that there is, for those who count them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from campaigns.models import Campaign, Candidate, Content, Message
from customers.models import Brand
from journeys.models import Enrollment, Journey, JourneyVersion
from tests.campaigns.making import Shop, make_candidate, make_content, make_customers
from tests.journeys.flow import T0, at

EARLY = ("consent", "reachability", "suppression", "duplicate_address", "merged", "erased")
STOPPING = (*EARLY, "control_group", "quiet_hours", "frequency_cap", "quota", "expired", "paused")
STATES = ("accepted", "handed_over", "delivered", "failed", "uncertain", "held")


def sent(shop: Shop, seed: int, sends: int = 300) -> list[Candidate]:
    """Sends of two journeys over ten days, in every state that there is; one is of a campaign."""
    chance = random.Random(seed)
    campaign = Campaign.objects.create(
        brand=shop.brand, code="spring", name="Spring", kind="daily", currency="EUR"
    )
    versions = [_journey(shop.brand, code) for code in ("one", "two")]
    contents = [make_content(shop.brand, channel) for channel in ("email", "email", "sms")]
    people = make_customers(shop, 20, T0)
    for n in range(sends):
        moment = at(chance.uniform(0, 240))
        version, content = chance.choice(versions), chance.choice(contents)
        walk = Enrollment.objects.create(
            journey=version.journey, version=version, customer=people[n % 20], bucket=0,
            entered_at=moment, arrived_at=moment, node="wait", entry_guard=str(n),
            goal_at=chance.choice((None, None, moment + timedelta(hours=chance.uniform(-3, 3)))),
        )  # fmt: skip
        state = chance.choice(("stopped", "stopped", "waiting", "deferred", *["allowed"] * 8))
        wanted = make_candidate(
            shop, people[n % 20], moment, channel=content.channel, content=content, save=False,
            journey_id=version.journey_id, campaign=campaign if version is versions[0] else None,
            rule=chance.choice(STOPPING) if state == "stopped" else "", state=state,
        )  # fmt: skip
        wanted.enrollment_id, wanted.node = walk.pk, chance.choice(("hello", "again"))
        wanted.save()
        if state == "allowed" and chance.random() < 0.97:
            _message(wanted, content, chance, moment)
    return list(Candidate.objects.select_related("message").order_by("pk"))


def recount(rows: list[Candidate]) -> tuple[list[int], Counter[tuple[int, str]]]:
    """The six counts of these sends, one by one, and how many came no further by stage and why."""
    told = [_stage(row) for row in rows]
    counts = [sum(stage >= least for stage, _why, _goal in told) for least in range(5)]
    why = Counter((stage, reason) for stage, reason, _goal in told if stage < 3)
    return [*counts, sum(goal for _stage, _why, goal in told)], why


def _stage(wanted: Candidate) -> tuple[int, str, bool]:
    """How far one send came, why no further, and whether the goal followed, said once more."""
    message = getattr(wanted, "message", None)
    goal = Enrollment.objects.get(pk=wanted.enrollment_id).goal_at
    if wanted.state == "stopped":
        return int(wanted.rule not in EARLY), wanted.rule, False
    if wanted.state in ("waiting", "deferred"):
        return 1, "waiting", False
    if message is None or message.state == "accepted":
        return 1, "underway", False
    if message.state == "held":
        return 1, "held", False
    if message.state == "uncertain":
        return 2, "uncertain", False
    if message.state == "failed":
        return 1 + bool(message.handed_over_at), message.error.partition("|")[0], False
    converted = goal is not None and goal >= message.accepted_at
    return 3 + bool(message.opened_at), "", converted


def _message(wanted: Candidate, content: Content, chance: random.Random, moment: datetime) -> None:
    state = chance.choice((*STATES, "delivered", "delivered", "delivered", "handed_over"))
    handed = state in ("handed_over", "delivered") or (state == "failed" and chance.random() < 0.5)
    opened = state == "delivered" and chance.random() < 0.5
    Message.objects.create(
        candidate=wanted, brand=wanted.brand, customer=wanted.customer, node=wanted.node,
        journey_id=wanted.journey_id, campaign=wanted.campaign, content=content,
        channel=wanted.channel, purpose=wanted.purpose, state=state, accepted_at=moment,
        handed_over_at=moment if handed else None,
        delivered_at=moment if state == "delivered" else None,
        opened_at=moment if opened else None,
        clicked_at=moment if opened and chance.random() < 0.4 else None,
        error=chance.choice(("bounced|no such box", "refused|no")) if state == "failed" else "",
    )  # fmt: skip


def _journey(brand: Brand, code: str) -> JourneyVersion:
    journey = Journey.objects.create(brand=brand, code=code, name=code)
    version = JourneyVersion.objects.create(
        journey=journey, number=1, graph={"nodes": {}}, published_at=T0
    )
    journey.current = version
    journey.save()
    return version
