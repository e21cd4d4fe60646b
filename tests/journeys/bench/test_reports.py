"""The bench of reports builds what it says and asks for every page."""

from __future__ import annotations

import pytest

from campaigns.models import Candidate, Message
from customers.models import Event
from journeys.bench import ReportsBench
from journeys.bench.reports import make_world
from journeys.models import Enrollment
from journeys.queries.experiment_places import places_of
from journeys.queries.experiments import told_of


@pytest.mark.django_db(transaction=True)
def test_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = []

    def once(customers: int, events: int) -> object:
        worlds.append(make_world(customers, events))
        return worlds[-1]

    monkeypatch.setattr("journeys.bench.reports.make_world", once)
    lines = list(ReportsBench().measure({"customers": 300, "events": 2_000, "rounds": 1}))
    assert [line["page"] for line in lines] == [
        "home", "reports", "experiment", "experiment, read once", "journey report",
        "journey report, compared", "reports, by channel", "campaign", "people of a bar",
    ]  # fmt: skip
    assert all(float(line["ms_p50"]) > 0 for line in lines)
    assert Enrollment.objects.count() == 300
    assert Event.objects.count() == 2_000
    assert Candidate.objects.count() == 240
    assert 0 < Message.objects.count() < 240
    [(journey, _campaign)] = worlds
    last = Enrollment.objects.latest("entered_at").entered_at
    told = told_of(journey, places_of(journey)[0], last)
    assert [arm.rate.people for arm in told.evaluation.arms] == [120, 120, 60]
    assert all(arm.rate.hits for arm in told.evaluation.arms)
    assert sum(arm.values.total for arm in told.evaluation.arms if arm.values) > 0
