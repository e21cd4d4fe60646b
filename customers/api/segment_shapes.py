"""How the OpenAPI document describes segments, their members and counts, and how one is said."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import Any

from django.utils.html import strip_tags
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from customers.api.schema import CustomerBody, ErrorAnswer, ProblemAnswer
from customers.models import Segment, SegmentKind, SegmentMode
from customers.queries.segments import sentence
from customers.rules import Vocabulary
from customers.segments.refresh import next_at


class PlaceAnswer(serializers.Serializer):
    place = serializers.CharField(help_text="Such as rule.all[2].value.")
    text = serializers.CharField()


class RefusalAnswer(ProblemAnswer):
    """Why something can't be done; of a rule, every place."""

    problems = PlaceAnswer(many=True, required=False)


class SegmentBody(serializers.Serializer):
    """A new segment, or what is to be changed of one."""

    code = serializers.CharField(
        max_length=40, required=False, help_text="Only for a new one. Default: made of the name."
    )
    name = serializers.CharField(max_length=120)
    names = serializers.DictField(required=False, help_text='Such as {"zh-hans": "…"}.')
    description = serializers.CharField(max_length=240, required=False)
    kind = serializers.ChoiceField(
        choices=SegmentKind.values, required=False, help_text="Only for a new one. Default: rule."
    )
    rule = serializers.DictField(required=False, help_text="See /api/v1/rules/schema.")
    live = serializers.BooleanField(required=False, help_text="Members follow within seconds.")
    refresh_seconds = serializers.IntegerField(
        required=False, allow_null=True, help_text="At least 60; null: only by hand."
    )
    version = serializers.IntegerField(
        required=False,
        help_text="Of the one that was read: 409 when somebody has changed it since.",
    )


class SegmentAnswer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    names = serializers.DictField()
    description = serializers.CharField()
    kind = serializers.ChoiceField(choices=SegmentKind.values)
    brand = serializers.CharField(allow_null=True, help_text="null: shared by every brand.")
    rule = serializers.DictField(allow_null=True)
    words = serializers.CharField(help_text="The rule as a sentence.")
    mode = serializers.ChoiceField(choices=SegmentMode.values)
    refresh_seconds = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField()
    entered = serializers.IntegerField(help_text="With the last change.")
    left = serializers.IntegerField(help_text="With the last change.")
    built_at = serializers.DateTimeField(allow_null=True)
    build_seconds = serializers.FloatField(allow_null=True)
    next_build_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(help_text="Why the last build changed nothing.")
    version = serializers.IntegerField()
    archived_at = serializers.DateTimeField(allow_null=True)


class SegmentsAnswer(serializers.Serializer):
    segments = SegmentAnswer(many=True)
    next = serializers.CharField(help_text="For `after`; empty on the last page.")


class MemberAnswer(serializers.Serializer):
    customer = serializers.IntegerField()
    since = serializers.DateTimeField()
    identities = serializers.DictField(help_text="Of your brand and of the group, by namespace.")


class MembersAnswer(serializers.Serializer):
    members = MemberAnswer(many=True)
    size = serializers.IntegerField()
    built_at = serializers.DateTimeField(allow_null=True)
    next = serializers.IntegerField(allow_null=True, help_text="For `after`.")


class ListedBody(CustomerBody):
    """Somebody who is put on the list, or with `remove` taken off it."""

    remove = serializers.BooleanField(required=False)


class ListedBatchBody(serializers.Serializer):
    batch = ListedBody(many=True)


class ListedAnswer(serializers.Serializer):
    came = serializers.IntegerField()
    went = serializers.IntegerField()
    customers_created = serializers.IntegerField()
    size = serializers.IntegerField()
    errors = ErrorAnswer(many=True)  # type: ignore[assignment]


class UseAnswer(serializers.Serializer):
    kind = serializers.CharField()
    name = serializers.CharField()
    note = serializers.CharField()
    active = serializers.BooleanField()


class UsesAnswer(serializers.Serializer):
    uses = UseAnswer(many=True)
    others = serializers.IntegerField(help_text="Uses by brands that your key can't see.")


class SizeAnswer(serializers.Serializer):
    day = serializers.DateField()
    size = serializers.IntegerField()
    entered = serializers.IntegerField(allow_null=True)
    left = serializers.IntegerField(allow_null=True)


class HistoryAnswer(serializers.Serializer):
    days = SizeAnswer(many=True)


class CountBody(serializers.Serializer):
    rule = serializers.DictField(help_text="See /api/v1/rules/schema.")


class MissingIndexAnswer(serializers.Serializer):
    table = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())


class CountAnswer(serializers.Serializer):
    count = serializers.IntegerField()
    exact = serializers.BooleanField(help_text="False: PostgreSQL's estimate, counting took long.")
    by = serializers.ChoiceField(choices=["bits", "rows", "planner"])
    ms = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    words = serializers.CharField()
    warnings = serializers.ListField(child=serializers.DictField())
    build_rows = serializers.IntegerField(help_text="Rows that a build would read.")
    build_seconds = serializers.FloatField(help_text="What a build is expected to take.")
    missing_indexes = MissingIndexAnswer(many=True)


RULE_EXAMPLE = OpenApiExample(
    "Gold, going quiet",
    value={
        "name": "Gold, going quiet",
        "rule": {
            "all": [
                {"tag": "tier", "value": "gold"},
                {"not": {"event": "order paid", "within": "90d"}},
            ]
        },
        "live": True,
    },
    request_only=True,
)


def said(segment: Segment, now: datetime, words: Vocabulary | None = None) -> dict[str, Any]:
    """A segment as the API says it."""
    is_rule = segment.kind == SegmentKind.RULE
    return {
        "code": segment.code,
        "name": segment.name,
        "names": segment.names,
        "description": segment.description,
        "kind": segment.kind,
        "brand": segment.brand.code if segment.brand else None,
        "rule": segment.rule if is_rule else None,
        "words": plain(sentence(segment, words)),
        "mode": segment.mode,
        "refresh_seconds": segment.refresh_seconds,
        "size": segment.size,
        "entered": segment.entered,
        "left": segment.left,
        "built_at": segment.built_at,
        "build_seconds": segment.build_seconds,
        "next_build_at": None if segment.archived_at else next_at(segment, now),
        "problem": segment.problem,
        "version": segment.version,
        "archived_at": segment.archived_at,
    }


def plain(sentence: str) -> str:
    """A sentence without its marks."""
    return unescape(strip_tags(sentence))
