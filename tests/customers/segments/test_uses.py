"""What uses a segment on this floor, however deep its rule names it."""

from __future__ import annotations

import pytest

from customers.models import Brand, Segment, Tag
from customers.usage import uses_of_segments

pytestmark = pytest.mark.django_db


def test_segments_and_tags_that_name_a_segment_are_known() -> None:
    brand = Brand.objects.create(code="tea", name="Tea")
    for code in ("loyal", "idle"):
        Segment.objects.create(code=code, name=code, kind="list")
    Segment.objects.create(
        code="both", name="Both", kind="rule", brand=brand,
        rule={"all": [{"not": {"any": [{"segment": "loyal"}]}}, {"tag": "tier"}]},
    )  # fmt: skip
    rules = {"of": "rules", "values": [{"code": "a", "name": "a", "rule": {"segment": "loyal"}}]}
    Tag.objects.create(code="tier", name="Tier", definition={"schema": 1, "model": rules})
    uses = uses_of_segments(["loyal", "idle"])
    assert [(use.kind, use.name, use.brand_id) for use in uses["loyal"]] == [
        ("segment", "Both", brand.pk),
        ("tag", "Tier", None),
    ]
    assert uses["idle"] == []
