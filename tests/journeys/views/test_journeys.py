"""The list of journeys, new ones as text, and reports."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customers.models import Brand, Segment
from journeys.graph.yaml import dump_yaml, load_yaml
from journeys.models import Journey
from tests.journeys.flow import Flow
from tests.journeys.people import client_of
from tests.journeys.views.test_journey import text_of

TEXT = """\
journey: offers
name: Offers
nodes:
  received: {kind: trigger.event, event: received, next: remind}
  remind: {kind: send.message, content: note, next: done}
  done: {kind: exit.leave}
"""


@pytest.fixture
def flow(db: None) -> Flow:
    return Flow.make()


@pytest.fixture
def mia(flow: Flow) -> Client:
    return client_of("mia", "marketer", flow.brand)


def test_an_empty_list_offers_the_first_journey(mia: Client, flow: Flow) -> None:
    assert "No journey yet" in text_of(mia, "/journeys/")
    assert "/journeys/new/" in mia.get("/journeys/").content.decode()
    vera = client_of("vera", "viewer", flow.brand)
    assert "/journeys/new/" not in vera.get("/journeys/").content.decode()
    assert vera.get("/journeys/new/").status_code == 403


def test_the_list_searches_filters_and_keeps_to_the_brand(mia: Client, flow: Flow) -> None:
    flow.journey(TEXT)
    other = Brand.objects.create(code="other", name="Other")
    Journey.objects.create(brand=other, code="secret", name="Secret")
    Journey.objects.create(brand=flow.brand, code="old", name="Old", state="archived")
    text = text_of(mia, "/journeys/")
    assert "Offers" in text
    assert "Secret" not in text
    assert "Old" not in text
    assert "Old" in text_of(mia, "/journeys/?state=archived")
    assert "No journey fits" in text_of(mia, "/journeys/?q=nothing")
    assert "Offers" in text_of(mia, "/journeys/?q=OFF&state=running")


def test_a_typed_journey_becomes_a_draft(mia: Client, flow: Flow) -> None:
    page = mia.post("/journeys/new/text/", {"brand": flow.brand.pk, "text": TEXT}, follow=True)
    assert "Nobody enters before it is published." in page.content.decode()
    journey = Journey.objects.get()
    assert (journey.state, journey.name) == ("draft", "Offers")


def test_a_file_takes_the_place_of_the_text(mia: Client, flow: Flow) -> None:
    file = SimpleUploadedFile("offers.yaml", TEXT.encode())
    mia.post("/journeys/new/text/", {"brand": flow.brand.pk, "text": "nonsense", "file": file})
    assert Journey.objects.get().code == "offers"


def test_problems_stand_beside_their_lines_and_the_text_stays(mia: Client, flow: Flow) -> None:
    text = TEXT.replace("send.message", "send.pigeon").replace("next: done", "next: gone")
    response = mia.post("/journeys/new/text/", {"brand": flow.brand.pk, "text": text})
    assert response.status_code == 422
    html = response.content.decode()
    assert html.count('data-line="5"') == 2
    assert "2</b> problems keep this journey from running" in html
    assert "send.pigeon, content: note, next: gone" in html
    assert not Journey.objects.exists()


@pytest.mark.parametrize("text", ["", "  ", "a: [", "- x", "name: x", "a: *b"])
def test_anything_typed_gets_an_answer(mia: Client, flow: Flow, text: str) -> None:
    response = mia.post("/journeys/new/text/", {"brand": flow.brand.pk, "text": text})
    assert response.status_code == 422
    assert not Journey.objects.exists()


def test_a_journey_cannot_be_made_in_anothers_brand(mia: Client, flow: Flow) -> None:
    other = Brand.objects.create(code="other", name="Other")
    response = mia.post("/journeys/new/text/", {"brand": other.pk, "text": TEXT})
    assert response.status_code == 422
    assert not Journey.objects.exists()


def test_a_new_one_begins_with_the_segment_it_is_for(mia: Client, flow: Flow) -> None:
    other = Brand.objects.create(code="cup", name="Cup")
    for code, brand in (("quiet", flow.brand), ("theirs", other)):
        Segment.objects.create(code=code, name=code, kind="list", brand=brand)
    assert "everybody in <em>quiet</em>" in mia.get("/journeys/new/?segment=quiet").content.decode()
    link = mia.get(f"/segments/{Segment.objects.get(code='quiet').pk}/").content.decode()
    assert "/journeys/new/?segment=quiet" in link
    mia.post("/journeys/new/", {"brand": flow.brand.pk, "name": "For them", "segment": "quiet"})
    nodes = Journey.objects.get().draft["nodes"]
    assert nodes["trigger_audience"]["settings"] == {"segment": "quiet"}
    for code in ("theirs", "nobody", "%00"):
        assert "everybody in" not in mia.get(f"/journeys/new/?segment={code}").content.decode()


def test_a_new_one_has_a_name_and_nothing_else(mia: Client, flow: Flow) -> None:
    page = mia.post("/journeys/new/", {"brand": flow.brand.pk, "name": " "})
    assert page.status_code == 422
    assert "a name of 1 to 120 characters" in page.content.decode()
    for name in ("Erste Bestellung!", "首单关怀", "首单关怀"):
        page = mia.post("/journeys/new/", {"brand": flow.brand.pk, "name": name}, follow=True)
        assert "Where does it begin?" in page.content.decode()
    codes = list(Journey.objects.order_by("pk").values_list("code", flat=True))
    assert codes == ["erste_bestellung", "journey", "journey_2"]
    other = Brand.objects.create(code="other", name="Other")
    assert mia.post("/journeys/new/", {"brand": other.pk, "name": "Mine"}).status_code == 422
    assert Journey.objects.count() == 3


def test_a_code_that_exists_is_refused_for_new_ones(mia: Client, flow: Flow) -> None:
    flow.journey(TEXT)
    response = mia.post("/journeys/new/text/", {"brand": flow.brand.pk, "text": TEXT})
    assert response.status_code == 422
    assert "Give yours another code" in response.content.decode()


def test_the_draft_is_edited_as_text_and_keeps_its_code(mia: Client, flow: Flow) -> None:
    journey = flow.journey(TEXT)
    url = f"/journeys/{journey.pk}/text/"
    assert "content: note" in mia.get(url).content.decode()
    values = {"brand": flow.brand.pk, "text": TEXT.replace("done", "end")}
    assert mia.post(url, values).status_code == 302
    journey.refresh_from_db()
    assert "end" in journey.draft["nodes"]
    assert journey.current is not None
    assert "end" not in journey.current.graph["nodes"]
    values["text"] = TEXT.replace("journey: offers", "journey: others")
    assert "its code can" in mia.post(url, values).content.decode()


def test_a_journey_leaves_as_yaml_and_comes_back_the_same(mia: Client, flow: Flow) -> None:
    journey = flow.journey(TEXT)
    response = mia.get(f"/journeys/{journey.pk}/journey.yaml")
    assert response["Content-Type"].startswith("application/yaml")
    assert load_yaml(response.content.decode()) == load_yaml(TEXT)
    assert response.content.decode() == dump_yaml(load_yaml(TEXT))


def test_reports_count_walks_goals_and_messages(mia: Client, flow: Flow) -> None:
    from config.clock import utc_now
    from tests.journeys.flow import T0

    flow.journey(TEXT.replace("name: Offers", "name: Offers\ngoal: {event: paid, within: 900d}"))
    hours = (utc_now() - T0).total_seconds() / 3600 - 24
    flow.happen(("ann", "received", hours), ("bob", "received", hours))
    flow.run(hours)
    text = text_of(mia, "/reports/?days=7")
    assert "2 walks began" in text
    assert "Done 2" in text
    assert "Nobody entered a journey" not in text
    assert mia.get("/reports/?days=x&journey=x&figure=x").status_code == 200


def test_reports_before_anything_ran(mia: Client) -> None:
    assert "No journey has run yet" in text_of(mia, "/reports/")
