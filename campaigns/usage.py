"""What the floor above knows of things on this one: who uses a content, which journeys run.

Journeys register a function; pages here ask. Each function answers for many ids with a constant
number of queries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.utils.safestring import SafeString

from customers.models import AuditEntry


class Use(NamedTuple):
    """Something that uses a content: its name, its page, and a note such as its state."""

    name: str
    url: str = ""
    note: str = ""


class JourneyOf(NamedTuple):
    """A journey of a campaign, with its counts."""

    id: int
    name: str
    url: str = ""
    state: str = ""
    tone: str = ""
    entered: int = 0
    here_now: int = 0
    goal: int = 0
    is_alive: bool = False  # it lets people in, or has some on their way
    is_send: bool = False  # it carries out a send, which has a page of its own


class SendOf(NamedTuple):
    """A send of a campaign, in words, with its counts."""

    id: int
    name: str
    words: SafeString
    url: str = ""
    state: str = ""
    tone: str = ""
    icon: str = ""
    next_at: datetime | None = None
    expected: int | None = None  # foretold before it began
    sent: int = 0
    stopped: int = 0
    waiting: int = 0


class LogOf(NamedTuple):
    """Something whose entries the log of a campaign tells, as the audit log names it; but not
    those `without`, which another entry says already."""

    type: str
    id: str
    without: tuple[str, ...] = ()


class JourneyChoice(NamedTuple):
    """A journey that a policy may be narrowed to."""

    id: int
    name: str
    brand_id: int


F = TypeVar("F")
ContentUses = Callable[[Sequence[int]], dict[int, list[Use]]]
CampaignJourneys = Callable[[Sequence[int]], dict[int, list[JourneyOf]]]
CampaignSends = Callable[[int, datetime], list[SendOf]]
CampaignObjects = Callable[[int], list[LogOf]]
LogWords = Callable[[AuditEntry], str]
JourneyNames = Callable[[Sequence[int]], dict[int, Use]]
JourneyChoices = Callable[[Sequence[int]], list[JourneyChoice]]

_content_uses: list[ContentUses] = []
_campaign_journeys: list[CampaignJourneys] = []
_campaign_sends: list[CampaignSends] = []
_campaign_objects: list[CampaignObjects] = []
_log_words: list[LogWords] = []
_journey_names: list[JourneyNames] = []
_journey_choices: list[JourneyChoices] = []


def register_content_uses(function: ContentUses) -> ContentUses:
    """`function(content ids)` tells by content what uses it."""
    return _once(_content_uses, function)


def register_campaign_journeys(function: CampaignJourneys) -> CampaignJourneys:
    """`function(campaign ids)` tells by campaign its journeys."""
    return _once(_campaign_journeys, function)


def register_campaign_sends(function: CampaignSends) -> CampaignSends:
    """`function(campaign id, now)` lists the sends of a campaign, those that began last first."""
    return _once(_campaign_sends, function)


def register_campaign_log(objects: CampaignObjects, words: LogWords) -> None:
    """`objects(campaign id)` lists what else the log of a campaign tells, and `words(entry)` says
    it; empty for an entry that it does not know."""
    _once(_campaign_objects, objects)
    _once(_log_words, words)


def register_journey_names(function: JourneyNames) -> JourneyNames:
    """`function(journey ids)` tells by id the name and page of a journey."""
    return _once(_journey_names, function)


def register_journey_choices(function: JourneyChoices) -> JourneyChoices:
    """`function(brand ids)` lists the journeys of these brands that are not archived."""
    return _once(_journey_choices, function)


def uses_of_contents(content_ids: Sequence[int]) -> dict[int, list[Use]]:
    """By content everything that uses it, as far as anybody knows."""
    found: dict[int, list[Use]] = {pk: [] for pk in content_ids}
    for function in _content_uses:
        for pk, uses in function(content_ids).items():
            found.setdefault(pk, []).extend(uses)
    return found


def journeys_of_campaigns(campaign_ids: Sequence[int]) -> dict[int, list[JourneyOf]]:
    """By campaign its journeys."""
    found: dict[int, list[JourneyOf]] = {pk: [] for pk in campaign_ids}
    for function in _campaign_journeys:
        for pk, journeys in function(campaign_ids).items():
            found.setdefault(pk, []).extend(journeys)
    return found


def sends_of_campaign(campaign_id: int, now: datetime) -> list[SendOf]:
    """The sends of a campaign."""
    return [send for function in _campaign_sends for send in function(campaign_id, now)]


def objects_of_campaign(campaign_id: int) -> list[LogOf]:
    """What else belongs to the log of a campaign."""
    return [each for function in _campaign_objects for each in function(campaign_id)]


def words_of_entry(entry: AuditEntry) -> str:
    """An entry of the audit log in the words of the floor above; empty when it knows none."""
    return next((said for words in _log_words if (said := words(entry))), "")


def names_of_journeys(journey_ids: Sequence[int]) -> dict[int, Use]:
    """By id the name and page of each journey that somebody knows."""
    found: dict[int, Use] = {}
    for function in _journey_names:
        found |= function(journey_ids)
    return found


def journeys_of_brands(brand_ids: Sequence[int]) -> list[JourneyChoice]:
    """The journeys of these brands that are not archived, by name."""
    found = [each for function in _journey_choices for each in function(brand_ids)]
    return sorted(found, key=lambda each: (each.name.casefold(), each.id))


# helpers


def _once(registry: list[F], function: F) -> F:
    if function not in registry:
        registry.append(function)
    return function
