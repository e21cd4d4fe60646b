"""The reach waterfall: how many of an audience a send will really reach, told before it goes.

Everybody in the audience becomes an imagined candidate, and the gate's own rules judge her at the
moment at which the send would come to her (see `campaigns.gate.foretell`): wave by wave, or zone by
zone when it goes by the customers' own clocks. Nothing is written.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from campaigns.gate import foretell
from campaigns.gate.rules import RULES
from campaigns.gate.work import Work
from campaigns.models import Content
from campaigns.reach import reach
from config.database.limit import TookTooLongError, time_limit
from customers.models import Brand
from customers.rules import Compiled, Where, audience, compile_rule, fraction_sql, read_rule

EVERYBODY: Mapping[str, Any] = {"all": []}
# Of so many at most everybody is asked about; of more, one in two, three…
MOST_ASKED = 250_000
SECONDS = 20.0

_COUNT = """
SELECT count(*), count(*) FILTER (WHERE {excluded}),
    (SELECT count(*) FROM customers_customer WHERE merged_into_id IS NULL AND erased_at IS NULL)
FROM ({audience}) AS a JOIN customers_customer c ON c.id = a.id
"""
_PEOPLE = """
INSERT INTO gate_people (customer_id, content_id, moment, is_control)
SELECT asked.id, asked.content_id, {moment}, asked.is_control
FROM (
    SELECT c.id, c.timezone, {content} AS content_id, {control} AS is_control
    FROM ({audience}) AS a JOIN customers_customer c ON c.id = a.id
    WHERE NOT ({excluded}) AND hashint8extended(c.id, 7) %% %s = 0
) AS asked
"""
# The n-th wave takes the n-th of equal portions, in the order in which a run lets them in.
_WAVE = """%s::timestamptz + %s::interval * ((row_number() OVER (ORDER BY asked.id) - 1)
    / greatest(1, (count(*) OVER () + %s - 1) / %s))"""
_OWN = """greatest(%s::timestamptz,
    %s::timestamp AT TIME ZONE coalesce(nullif(asked.timezone, ''), %s))"""


class AudienceUnreadable(ValueError):
    """A rule of the audience can't be read (any more); the text says what is wrong."""


class Control(NamedTuple):
    """A part of everybody who deliberately gets nothing: below `share` of the hash of `salt`."""

    salt: str
    share: float


@dataclass(frozen=True, slots=True)
class Question:
    """A send, as far as its reach depends on it.

    `contents` are tried in this order, each for whom those before can't reach. `moment` is when it
    goes; with `local`, a date and time without a zone, when the customer's own clock shows that.
    """

    brand: Brand
    audience: Mapping[str, Any]
    contents: Sequence[Content]
    moment: datetime
    exclude: Mapping[str, Any] | None = None
    control: Control | None = None
    local: datetime | None = None
    waves: int = 1
    every: timedelta = timedelta(0)
    journey_id: int = 0
    campaign_id: int | None = None
    priority: int = 50
    late: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """How many a rule of the gate stops; `control` of them are in the control group."""

    rule: str
    missing: str
    n: int
    control: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """What was found. All figures are people; with `sample` above 1 those behind the exclusion are
    estimates from one in so many, and `sample` 0 says that even those took too long.

    Stops are in the order of the gate's rules. `held` would get the message and are the control
    group; `expected` get it, `later` of them not at once, by the rule that lets them wait.
    """

    asked_at: datetime
    customers: int
    audience: int
    excluded: int
    stops: tuple[Stop, ...] = ()
    held: int = 0
    expected: int = 0
    by_channel: dict[str, int] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)
    sample: int = 1
    seconds: float = 0.0

    @property
    def is_everybody(self) -> bool:
        """Whether the audience leaves nobody out."""
        return 0 < self.customers <= self.audience

    def to_json(self) -> dict[str, Any]:
        """As it can be kept beside a send."""
        return {**asdict(self), "asked_at": self.asked_at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Waterfall:
        """What `to_json` made."""
        stops = tuple(Stop(**stop) for stop in data["stops"])
        asked_at = datetime.fromisoformat(data["asked_at"])
        return cls(**{**data, "stops": stops, "asked_at": asked_at})


def waterfall(question: Question, now: datetime, *, seconds: float = SECONDS) -> Waterfall:
    """Ask the gate about everybody in the audience; a query count that no audience changes.

    It takes about *seconds* at most (wall time): when everybody is too much, one in some is asked,
    and when that is too much too, only the audience is counted. Raises AudienceUnreadable, and
    TookTooLongError when not even that can be counted.
    """
    began = time.monotonic()
    whole, parts = _rules(question, now)
    with time_limit(seconds) as cursor:
        cursor.execute(
            _COUNT.format(excluded=parts.sql, audience=whole.sql), (*parts.params, *whole.params)
        )
        counted, excluded, customers = cursor.fetchone()
    sample = max(1, -(-(counted - excluded) // MOST_ASKED))
    for factor in (1, 16):
        try:
            words = _ask(question, whole, parts, now, sample * factor, seconds / (1 + factor // 8))
        except TookTooLongError:
            continue
        found = _sum_up(words, sample * factor)
        break
    else:
        found = {"sample": 0}
    return Waterfall(
        asked_at=now,
        customers=customers,
        audience=counted,
        excluded=excluded,
        seconds=round(time.monotonic() - began, 3),
        **found,
    )


# helpers


def _rules(question: Question, now: datetime) -> tuple[Compiled, Compiled]:
    """The audience as a SELECT of ids, and the exclusion as a condition over `c`."""
    brand_id = question.brand.pk
    read, problems = read_rule(question.audience)
    if read is None:
        raise AudienceUnreadable(" ".join(problem.text for problem in problems))
    whole = audience(read, now=now, brand_id=brand_id)
    if question.exclude is None:
        return whole, Compiled("false")
    read, problems = read_rule(question.exclude)
    if read is None:
        raise AudienceUnreadable(" ".join(problem.text for problem in problems))
    return whole, compile_rule(read, now=now, brand_id=brand_id)


def _ask(
    question: Question, whole: Compiled, excluded: Compiled, now: datetime, sample: int,
    seconds: float,
) -> list[foretell.Word]:  # fmt: skip
    ends = time.monotonic() + seconds

    def go_on() -> None:
        if time.monotonic() > ends:
            raise TookTooLongError

    message = foretell.Message(
        question.journey_id, question.campaign_id, question.priority, question.late
    )
    with time_limit(seconds) as cursor:
        work = Work(cursor, now, sample=sample)
        foretell.begin(cursor)
        _put(cursor, question, whole, excluded, now, sample)
        cursor.execute("ANALYZE gate_people")
        return foretell.foretell(work, message, go_on=go_on)


def _put(
    cursor: CursorWrapper, question: Question, whole: Compiled, excluded: Compiled, now: datetime,
    sample: int,
) -> None:  # fmt: skip
    """Everybody who is asked about, with her content and her moment."""
    content, moment = _content(question, now), _moment(question)
    control = Compiled("false")
    if question.control:
        point, salt = fraction_sql("c.id", question.control.salt)
        control = Compiled(f"{point} < %s::double precision", (*salt, question.control.share))
    statement = _PEOPLE.format(
        moment=moment.sql, content=content.sql, control=control.sql, audience=whole.sql,
        excluded=excluded.sql,
    )  # fmt: skip
    cursor.execute(
        statement,
        (*moment.params, *content.params, *control.params, *whole.params, *excluded.params, sample),
    )


def _content(question: Question, now: datetime) -> Compiled:
    """The first content that can reach her, as `send.message` chooses; else the first of all."""
    first, *_others = question.contents
    if len(question.contents) == 1:
        return Compiled("%s::bigint", (first.pk,))
    where = Where(now, brand_id=question.brand.pk)
    cases: list[str] = []
    params: list[Any] = []
    for content in question.contents:
        reached = reach(content.channel, content.purpose, question.brand.pk, where)
        cases.append(f"WHEN {reached.sql} THEN %s::bigint")
        params += [*reached.params, content.pk]
    return Compiled(f"CASE {' '.join(cases)} ELSE %s::bigint END", (*params, first.pk))


def _moment(question: Question) -> Compiled:
    """When it comes to her."""
    if question.local is not None:
        return Compiled(_OWN, (question.moment, question.local, question.brand.timezone))
    if question.waves > 1:
        waves = question.waves
        return Compiled(_WAVE, (question.moment, question.every, waves, waves))
    return Compiled("%s::timestamptz", (question.moment,))


def _sum_up(words: Sequence[foretell.Word], sample: int) -> dict[str, Any]:
    """The words by rule, in the order of the gate; each person counts for *sample*."""
    stops: dict[tuple[str, str], list[int]] = {}
    by_channel: dict[str, int] = {}
    later: dict[str, int] = {}
    held = 0
    for word in words:
        n = word.n * sample
        if word.verdict == "stopped":
            both = stops.setdefault((word.rule, word.missing), [0, 0])
            both[0] += n
            both[1] += n if word.is_control else 0
        elif word.is_control:
            held += n
        else:
            by_channel[word.channel] = by_channel.get(word.channel, 0) + n
            if word.verdict == "later":
                later[word.rule] = later.get(word.rule, 0) + n
    order = {rule.code: place for place, rule in enumerate(RULES)}
    return {
        "stops": tuple(
            Stop(rule, missing, *both)
            for (rule, missing), both in sorted(
                stops.items(), key=lambda item: (order.get(item[0][0], 99), item[0][1])
            )
        ),
        "held": held,
        "expected": sum(by_channel.values()),
        "by_channel": by_channel,
        "later": later,
        "sample": sample,
    }
