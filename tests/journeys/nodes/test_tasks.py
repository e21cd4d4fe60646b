"""Tasks for people: opened with the step, done or not done by a person, or out of time."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from campaigns.actions.tasks import finish
from campaigns.models import Task
from config.wake import no_wakes
from customers.models import AuditEntry, Customer
from journeys.engine.statements import execute
from journeys.models import Enrollment
from tests.journeys.flow import Flow, at
from tests.journeys.people import actor_of, client_of

GRAPH = """
goal: {event: paid}
nodes:
  in: {kind: trigger.event, event: come, next: call}
  call: {kind: act.task, title: Call her, due: 2h, next: {done: x, not_done: y, timeout: z}}
  x: {kind: exit.leave, reason: called}
  y: {kind: exit.leave, reason: not_called}
  z: {kind: exit.leave, reason: too_late}
"""


def test_done_not_done_and_out_of_time(flow: Flow) -> None:
    flow.journey(GRAPH)
    flow.happen(("ann", "come", 0), ("bea", "come", 0), ("cat", "come", 0), ("dot", "come", 0))
    flow.run(0)
    tasks = {task.customer_id: task for task in Task.objects.all()}
    assert {task.due_at for task in tasks.values()} == {at(2)}
    mia = actor_of("mia", "marketer", flow.brand)
    with no_wakes():
        finish(mia, tasks[flow.ids["ann"]], done=True, note="She comes\non Monday", now=at(1))
        finish(mia, tasks[flow.ids["bea"]], done=False, now=at(1))
    with pytest.raises(ValidationError, match="finished already"):
        finish(mia, tasks[flow.ids["ann"]], done=False, now=at(1))
    with pytest.raises(PermissionDenied):
        finish(actor_of("vera", "viewer", flow.brand), tasks[flow.ids["cat"]], done=True, now=at(1))
    flow.run(1)
    flow.happen(("dot", "paid", 1.5))
    flow.run(3)
    assert flow.path("ann")[1:] == [("call", "done", 0, 1), ("x", "called", 1, 1)]
    assert flow.places("bea", "cat") == [("y", "not_called"), ("z", "too_late")]
    walk = Enrollment.objects.get(customer_id=flow.ids["ann"])
    assert walk.context["vars"]["task"] == {"result": "done", "note": "She comes on Monday"}
    execute("close_tasks_of_ended", {"now": at(4)})  # dot's goal ended her walk
    states = {task.customer_id: task.state for task in Task.objects.all()}
    assert states[flow.ids["cat"]] == states[flow.ids["dot"]] == "expired"
    assert AuditEntry.objects.filter(action="task.finish").count() == 2


def test_page_of_tasks(flow: Flow) -> None:
    flow.journey(GRAPH)
    flow.happen(("ann", "come", 0))
    flow.run(0)
    task = Task.objects.get()
    mia, vera = client_of("mia", "marketer", flow.brand), client_of("vera", "viewer", flow.brand)
    page = mia.get("/tasks/").content.decode()
    assert "Call her" in page
    assert f"/tasks/{task.pk}/finish/" in page
    assert f"/tasks/{task.pk}/finish/" not in vera.get("/tasks/").content.decode()
    assert vera.post(f"/tasks/{task.pk}/finish/", {"result": "done"}).status_code == 403
    with no_wakes():
        answer = mia.post(f"/tasks/{task.pk}/finish/", {"result": "not_done", "note": "no answer"})
    assert answer.status_code == 302
    task.refresh_from_db()
    assert (task.state, task.note) == ("not_done", "no answer")
    assert "no answer" in mia.get("/tasks/?done").content.decode()


def test_a_title_that_names_her_is_masked_for_who_may_not_see_it(flow: Flow) -> None:
    text = GRAPH.replace(
        "title: Call her", "title: 'Call {{ customer.name }}, order {{ event.no }}'"
    )
    flow.journey(text)
    flow.people("ann")
    Customer.objects.filter(pk=flow.ids["ann"]).update(display_name="Zebedee Quillon")
    flow.happen(("ann", "come", 0, {"no": 7}))
    flow.run(0)
    assert Task.objects.get().title == "Call Zebedee Quillon, order 7"
    vera = client_of("vera", "viewer", flow.brand)
    page = vera.get("/tasks/").content.decode()
    assert "Quillon" not in page
    assert "order 7" in page
