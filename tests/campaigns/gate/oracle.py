"""What the gate should do, said another way: one candidate after the other, in plain Python.

It knows nothing of SQL, batches or rounds. Of each customer it keeps what went out, and asks every
policy about every candidate in the order in which they compete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from campaigns.models import Arbitration, Candidate, Content, FrequencyCap

MEMORY = timedelta(days=90)


@dataclass(slots=True)
class Sent:
    """A message that went out, and whether she answered it."""

    at: datetime
    candidate: Candidate
    answered_at: datetime | None = None


@dataclass(slots=True)
class Word:
    """The verdict on one candidate."""

    verdict: str
    rule: str = "passed"
    lost_to: int | None = None
    by: str = ""


@dataclass(slots=True)
class Oracle:
    """`decide` is called with what is due at one moment; it remembers the rest."""

    caps: Sequence[FrequencyCap]
    arbitrations: Sequence[Arbitration] = ()
    contents: dict[int, Content] = field(default_factory=dict)
    zone_of: Callable[[Candidate], str] = lambda _candidate: "UTC"
    address_of: Callable[[Candidate], str] = lambda candidate: f"{candidate.customer_id}"
    sent: dict[int, list[Sent]] = field(default_factory=lambda: defaultdict(list))

    def decide(self, candidates: Sequence[Candidate], now: datetime) -> dict[int, Word]:
        words: dict[int, Word] = {}
        by_customer: dict[int, list[Candidate]] = defaultdict(list)
        for each in candidates:
            by_customer[each.customer_id].append(each)
        for hers in by_customer.values():
            keys = {each.pk: self.rank(each, hers, now) for each in hers}
            taken: list[Candidate] = []
            for each in sorted(hers, key=lambda c: keys[c.pk]):
                word = self.judge(each, taken, keys, now)
                words[each.pk] = word
                if word.verdict == "allowed":
                    taken.append(each)
            self.sent[hers[0].customer_id] += [Sent(now, each) for each in taken]
        return words

    # the order in which they compete

    def rank(self, candidate: Candidate, rivals: Sequence[Candidate], now: datetime) -> tuple:
        content = self.contents.get(candidate.content_id)
        return (
            -candidate.priority,
            -self.leaning(candidate, rivals, now),
            -(content.worth if content else Decimal(0)),
            candidate.wanted_at,
            candidate.due_at,
            candidate.pk,
        )

    def leaning(self, candidate: Candidate, rivals: Sequence[Candidate], now: datetime) -> int:
        if not any(each.is_active for each in self.arbitrations):
            return 0
        competing = [each for each in rivals if each.purpose != "transactional"]
        counts: dict[int, int] = defaultdict(int)
        for each in competing:
            counts[each.priority] += 1
        if all(n < 2 for n in counts.values()):
            return 0
        seen = [
            sent
            for sent in self.sent[candidate.customer_id]
            if now - MEMORY < sent.at <= now and sent.candidate.purpose != "transactional"
        ]
        same = [sent for sent in seen if sent.candidate.journey_id == candidate.journey_id] or [
            sent for sent in seen if sent.candidate.channel == candidate.channel
        ]
        answered = sum(s.answered_at is not None and s.answered_at <= now for s in same)
        return (answered + 1) * 1000 // (len(same) + 4)

    # the word

    def judge(
        self,
        candidate: Candidate,
        taken: Sequence[Candidate],
        keys: dict[int, tuple],
        now: datetime,
    ) -> Word:
        history = [(s.at, s.candidate) for s in self.sent[candidate.customer_id]]
        everything = [*history, *((now, each) for each in taken)]
        for cap in self.caps:
            if judges(cap, candidate) and self.places(cap, candidate, everything, now) >= cap.limit:
                return Word("stopped", "frequency_cap")
        rule = self.arbitration_of(candidate)
        if rule is None:
            return Word("allowed")
        since = now - timedelta(seconds=rule.window_seconds)
        rivals = [
            (at, other)
            for at, other in everything
            if at > since and self.arbitration_of(other) is rule
        ]
        if not rivals:
            return Word("allowed")
        _at, winner = rivals[-1]
        content = self.contents[candidate.content_id]
        verdict = "deferred" if content.on_loss == "defer" else "stopped"
        by = "earlier" if winner not in taken else reason(keys[winner.pk], keys[candidate.pk])
        return Word(verdict, "arbitration", winner.pk, by)

    def arbitration_of(self, candidate: Candidate) -> Arbitration | None:
        own = [each for each in self.arbitrations if each.brand_id == candidate.brand_id]
        rule = next(iter(own or [a for a in self.arbitrations if a.brand_id is None]), None)
        if rule is None or not rule.is_active:
            return None
        purposes = {"marketing", "service"} if rule.includes_service else {"marketing"}
        return rule if candidate.purpose in purposes else None

    def places(
        self,
        cap: FrequencyCap,
        candidate: Candidate,
        everything: Sequence[tuple[datetime, Candidate]],
        now: datetime,
    ) -> int:
        zone = ZoneInfo(self.zone_of(candidate))
        return sum(
            self.is_within(cap, at, now, zone)
            and takes_place(cap, other)
            and (not cap.per_address or self.address_of(other) == self.address_of(candidate))
            for at, other in everything
        )

    @staticmethod
    def is_within(cap: FrequencyCap, at: datetime, now: datetime, zone: ZoneInfo) -> bool:
        """Whether what was sent *at* counts *now*: by dates on the clock, or by elapsed time."""
        then, today = at.astimezone(zone).date(), now.astimezone(zone).date()
        match cap.period:
            case "day":
                return then == today
            case "week":
                return then.isocalendar()[:2] == today.isocalendar()[:2]
            case "month":
                return (then.year, then.month) == (today.year, today.month)
        return at > now - timedelta(seconds=cap.window_seconds)


def judges(cap: FrequencyCap, candidate: Candidate) -> bool:
    """Whether the cap may stop it."""
    return _in_scope(cap, candidate) and (
        cap.purpose == candidate.purpose
        or (not cap.purpose and candidate.purpose != "transactional")
    )


def takes_place(cap: FrequencyCap, candidate: Candidate) -> bool:
    """Whether it counts under the cap."""
    return judges(cap, candidate) or (
        _in_scope(cap, candidate)
        and not cap.purpose
        and cap.counts_transactional
        and candidate.purpose == "transactional"
    )


def reason(winner: tuple, loser: tuple) -> str:
    """By which of the four it won."""
    for name, mine, other in zip(("priority", "leaning", "worth"), winner, loser, strict=False):
        if mine != other:
            return name
    return "age"


def _in_scope(cap: FrequencyCap, candidate: Candidate) -> bool:
    return (
        cap.brand_id in (None, candidate.brand_id)
        and cap.channel in ("", candidate.channel)
        and cap.campaign_id in (None, candidate.campaign_id)
        and cap.journey_id in (None, candidate.journey_id)
        and cap.content_id in (None, candidate.content_id)
    )
