"""A shop with people of every kind, a campaign, and a clock that walks its sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from campaigns.actions.campaigns import create_campaign
from campaigns.gate import decide
from campaigns.models import (
    Campaign,
    Candidate,
    Message,
    QuietHours,
    Suppression,
    SuppressionReason,
    SuppressionScope,
)
from config.wake import no_wakes
from customers.access import Actor
from customers.models import Consent, Customer, Identity, Segment, SegmentMember
from journeys.actions.sends import count_send, save_send, start_send
from journeys.engine.advance import advance
from journeys.engine.by_time import enter_by_time
from journeys.models import Send
from journeys.sends.plan import Plan
from tests.campaigns.making import Shop, make_candidate, make_cap, make_customers, make_shop

ELSEWHERE = 10**9  # a journey of long ago
ME = Actor.of_command("tests")


@dataclass
class World:
    """One brand with a campaign; `members` are the audience, `barred` the exclusion."""

    now: datetime
    shop: Shop
    campaign: Campaign
    members: list[Customer] = field(default_factory=list)
    barred: set[int] = field(default_factory=set)

    @classmethod
    def make(cls, now: datetime, code: str = "tea", **values: Any) -> World:
        shop = make_shop(now, code, timezone="Asia/Shanghai")
        campaign = create_campaign(
            ME, shop.brand, now=now, code="spring", name="Spring tea", kind="promotion",
            ends_at=now + timedelta(days=30), **values,
        )  # fmt: skip
        return cls(now, shop, campaign)

    def segment(self, code: str, members: list[Customer]) -> Segment:
        made = Segment.objects.create(
            code=code, name=code.title(), kind="list", brand=self.shop.brand, built_at=self.now
        )
        SegmentMember.objects.bulk_create(
            SegmentMember(segment=made, customer=each, since=self.now) for each in members
        )
        return made

    def fill(self, n: int = 120, seed: int = 7) -> None:
        """People who can be reached, and who can't for every reason that there is."""
        chance = Random(seed)
        self.members = make_customers(self.shop, n, self.now)
        barred = [each for each in self.members if chance.random() < 0.1]
        self.barred = {each.pk for each in barred}
        self.segment("members", self.members)
        self.segment("barred", [*barred, *make_customers(self.shop, 3, self.now)])
        make_customers(self.shop, 4, self.now)  # of nobody's audience
        for each in self.members:
            zone = chance.choice(["", "Asia/Shanghai", "Europe/Berlin", "America/New_York"])
            Customer.objects.filter(pk=each.pk).update(timezone=zone)
            mine = Consent.objects.filter(customer=each)
            fate = chance.random()
            if fate < 0.12:
                mine.filter(channel="email").delete()
            elif fate < 0.2:
                mine.update(state="denied")
            elif fate < 0.3:
                Identity.objects.filter(customer=each, namespace__code="email").delete()
            elif fate < 0.38:
                self._suppress(each, chance.choice(list(SuppressionScope)))
            elif fate < 0.55:
                self._has_got(each)
        QuietHours.objects.create(brand=self.shop.brand, starts=time(21), ends=time(8))
        make_cap(1, timedelta(days=7), name="One a week")

    def _suppress(self, customer: Customer, scope: str) -> None:
        values: dict[str, Any] = {
            "scope": scope, "reason": SuppressionReason.values[0], "at": self.now,
        }  # fmt: skip
        if scope == SuppressionScope.CUSTOMER:
            Suppression.objects.create(customer=customer, **values)
            return
        address = f"c{customer.pk}@example.com"
        if scope == SuppressionScope.DOMAIN:
            address = f"c{customer.pk}@bad.example"
            Identity.objects.filter(customer=customer, namespace__code="email").update(
                value=address
            )
        value = "bad.example" if scope == SuppressionScope.DOMAIN else address
        Suppression.objects.get_or_create(
            scope=scope, value=value, defaults={"reason": values["reason"], "at": self.now}
        )

    def _has_got(self, customer: Customer) -> None:
        """A message of yesterday."""
        at = self.now - timedelta(days=1)
        content = self.shop.content("sms")
        candidate = make_candidate(
            self.shop, customer, at, channel="sms", content=content, state="allowed",
            decided_at=at, journey_id=ELSEWHERE,
        )  # fmt: skip
        Message.objects.create(
            candidate=candidate, brand=self.shop.brand, customer=customer,
            journey_id=ELSEWHERE, node="send", channel="sms", purpose="marketing",
            state="delivered", accepted_at=at,
        )  # fmt: skip

    def plan(self, **values: Any) -> Plan:
        first = self.shop.content("email").code
        return Plan(**{"name": "First mail", "contents": (first,), "segment": "members", **values})

    def save(self, **values: Any) -> Send:
        return save_send(ME, self.campaign, self.plan(**values), now=self.now)

    def start(self, send: Send, *, now: datetime | None = None, typed: str = "Spring tea") -> Send:
        at = now or self.now
        with no_wakes():
            count_send(ME, send, now=at)
            return start_send(ME, send, now=at, typed=typed)

    def go(self, moment: datetime) -> None:
        """Entry, engine and gate at *moment*, until nothing is left to do."""
        with no_wakes():
            for _round in range(50):
                entered, more = enter_by_time(moment)
                walked = advance(moment)
                done = decide(moment)
                if not (entered or more or walked.more or done.total):
                    return
        raise AssertionError("It never comes to an end.")


def verdicts(send: Send) -> dict[tuple[str, str], int]:
    """Candidates of a send by state and rule."""
    found: dict[tuple[str, str], int] = {}
    rows = Candidate.objects.filter(journey_id=send.journey_id).values_list("state", "rule")
    for key in rows:
        found[key] = found.get(key, 0) + 1
    return found
