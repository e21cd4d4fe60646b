"""Every blueprint can be published as it is, in both languages, by whoever may begin a journey."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils.translation import override

from campaigns.models import Content, FrequencyCap
from customers.models import Attribute
from journeys.actions.blueprint import begin_from
from journeys.actions.load import check
from journeys.actions.publish import publish
from journeys.blueprints import CODES, FOLDER, blueprint, blueprints
from tests.journeys.flow import ACTOR, T0, Flow
from tests.journeys.people import actor_of, client_of


def test_every_file_is_offered() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(CODES)


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_complete(code: str) -> None:
    flow = Flow.make()
    Attribute.objects.create(code="birthday", name="Birthday", data_type="date")
    drawn = blueprint(code)
    begun = begin_from(ACTOR, flow.brand, "Mine", drawn, T0)
    _graph, problems = check(begun.journey.draft, flow.brand)
    assert [p for p in problems if "come in" not in p.text] == []
    publish(ACTOR, begun.journey, T0)
    graph = begun.journey.draft
    assert graph["goal"]
    kinds = {node["kind"] for node in graph["nodes"].values()}
    assert kinds & {"branch.holdout", "branch.experiment"}, "nobody is left alone to compare with"
    assert begun.cap is not None
    assert (begun.cap.journey_id, begun.cap.limit) == (begun.journey.pk, drawn.cap["limit"])
    languages = {language for language, _name in settings.LANGUAGES}
    assert set(drawn.titles) == set(drawn.abouts) == languages
    assert all(set(label) == languages for label in graph["labels"].values())
    for content in Content.objects.filter(code__startswith="bp_"):
        assert content.current is not None
        assert set(content.current.texts.values_list("language", flat=True)) == languages


@pytest.mark.django_db
def test_twice_in_one_brand() -> None:
    flow = Flow.make()
    first = begin_from(ACTOR, flow.brand, "First", blueprint("two_offers"), T0)
    second = begin_from(ACTOR, flow.brand, "Second", blueprint("two_offers"), T0)
    assert len(first.written) == 2
    assert (second.written, len(second.there)) == ([], 2)
    codes = [
        begun.journey.draft["nodes"]["which"]["settings"]["experiment"] for begun in (first, second)
    ]
    assert codes == ["first", "second"]


@pytest.mark.django_db
def test_a_marketer_begins_without_the_cap() -> None:
    flow = Flow.make()
    mia = actor_of("mia", "marketer", flow.brand)
    assert begin_from(mia, flow.brand, "Hers", blueprint("welcome"), T0).cap is None
    assert not FrequencyCap.objects.exists()
    client = client_of("mio", "marketer", flow.brand, "zh-hans")
    assert "沉睡客户唤醒" in client.get("/journeys/new/").content.decode()
    values = {"brand": flow.brand.pk, "name": "生日", "blueprint": "birthday"}
    page = client.post("/journeys/new/", values, follow=True).content.decode()
    assert 'id="node-wishes"' in page
    assert "只有可设置策略的人才能添加" in page, "she is told which cap it comes with"


def test_both_languages() -> None:
    with override("zh-hans"):
        assert blueprints()[0].title == "欢迎与首单"
    with override("en"):
        assert blueprints()[0].title == "Welcome and first purchase"
