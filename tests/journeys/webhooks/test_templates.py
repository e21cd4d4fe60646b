"""What webhooks and other acts say of a customer: templates, bounded, never in the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from campaigns.models import Task
from customers.models import Customer, Event
from journeys.actions.load import check
from journeys.graph.yaml import load_yaml
from journeys.models import Enrollment, WebhookCall
from journeys.nodes.templates import in_short
from tests.journeys.flow import Flow
from tests.journeys.webhooks.servers import serving
from tests.journeys.webhooks.test_work import call, hook

ENDS = """
  yes: {kind: exit.leave, reason: told}
  no: {kind: exit.leave, reason: failed}
"""
WHOLE = (
    """
nodes:
  in: {kind: trigger.event, event: come, key: order, reentry: always, next: ask}
  ask:
    kind: act.webhook
    webhook: crm
    body: >-
      {"who": {{ customer.name | json }}, "city": "{{ customer.city }}", "order": {{ event.order }},
       "key": {{ entry_key | json }}, "from": "{{ journey.code }}/{{ brand.code }}"}
    headers: {X-Tenant: flow, X-City: '{{ customer.city }}'}
    next: {ok: again, failed: no}
  again:
    kind: act.webhook
    webhook: crm
    send: {tier: '{{ vars.answer.tier | upcase }}', raw: $vars.answer.tier, n: 3}
    variable: second
    next: {ok: yes, failed: no}
"""
    + ENDS
)


def named(flow: Flow, name: str, **attributes: Any) -> None:
    flow.people(name)
    Customer.objects.filter(pk=flow.ids[name]).update(display_name=name, attributes=attributes)


def test_the_whole_body_headers_and_what_was_answered(flow: Flow) -> None:
    named(flow, 'Ann "A" Abbot\n', city="Zürich\r\nX-Evil: 1")
    ann = 'Ann "A" Abbot\n'
    with serving(lambda n, path: (200, {}, b'{"tier": "gold"}')) as server:
        hook(flow, server.url)
        flow.journey(WHOLE.replace('"{{ customer.city }}", "order"', '"x", "order"'))
        flow.happen((ann, "come", 0, {"order": 7}))
        flow.run(0)
        assert call(0.01) == 1
        flow.run(0.02)
        assert call(0.03) == 1
        flow.run(0.04)
    first, second = server.asked
    assert json.loads(first.body) == {
        "who": ann, "city": "x", "order": 7, "key": "7", "from": "flow/flow",
    }  # fmt: skip
    assert first.headers["X-Tenant"] == "flow"
    assert first.headers["X-City"] == "Z%C3%BCrich X-Evil: 1"
    assert "X-Evil" not in first.headers
    assert json.loads(second.body)["data"]["values"] == {"tier": "GOLD", "raw": "gold", "n": 3}
    assert flow.places(ann) == [("yes", "told")]


@pytest.mark.parametrize(
    ("city", "why"),
    [
        (None, "“customer.city” is missing"),
        ('Bath"', "The body is not JSON"),
        ("x" * 70_000, "The template fails"),
    ],
)
def test_whoever_it_fails_for_goes_on_uncalled(flow: Flow, city: str | None, why: str) -> None:
    named(flow, "ann", city=city)
    named(flow, "bea", city="Bath")
    hook(flow, "http://nowhere.invalid/")
    flow.journey(WHOLE)
    flow.happen(("ann", "come", 0, {"order": 1}), ("bea", "come", 0, {"order": 2}))
    flow.run(0)
    assert flow.places("ann", "bea") == [("no", "failed"), ("ask", "active")]
    assert WebhookCall.objects.get().body["city"] == "Bath"
    walk = Enrollment.objects.get(customer_id=flow.ids["ann"])
    from journeys.models import Step

    step = Step.objects.get(enrollment_id=walk.pk, node="ask")
    assert step.outcome == "failed"
    assert why in (step.detail or {})["error"]


def test_tasks_events_and_attributes_say_it_too(flow: Flow) -> None:
    named(flow, "ann", city="Bath")
    flow.journey("""
nodes:
  in: {kind: trigger.event, event: come, next: city}
  city: {kind: act.attribute, attribute: label, value: '{{ customer.city }}-{{ event.order }}',
         next: tell}
  tell:
    kind: act.event
    event: told
    properties: {what: '{{ customer.label }}', order: $entry.order}
    next: gap
  gap: {kind: act.event, event: gap, properties: {what: '{{ customer.nothing }}'}, next: call}
  call:
    kind: act.task
    title: Call {{ customer.label }} in {{ customer.city }}
    instructions: 'Order {{ event.order }}{{ event.nothing }}'
    due: 2h
    next: {done: x, not_done: x, timeout: x}
  x: {kind: exit.leave, reason: over}
""")  # fmt: skip
    flow.happen(("ann", "come", 0, {"order": 5}))
    flow.run(0)
    told = Event.objects.get(event_type__code="told").properties
    assert (told["what"], told["order"]) == ("Bath-5", 5)
    assert not Event.objects.filter(event_type__code="gap").exists()
    task = Task.objects.get()
    assert (task.title, task.instructions) == ("Call Bath-5 in Bath", "Order 5")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("body: '{{ customer.name'", "can't be read"),
        ("body: '{{ secrets.key }}'", "“secrets” is not known here"),
        ("body: '{% include \"x\" %}'", "can't be read"),
        ("body: '{}', send: {a: 1}", "not both"),
        ("headers: {Host: x}", "set by Waypost itself"),
        ("headers: {webhook-id: x}", "set by Waypost itself"),
        ("headers: {'X Y': x}", "is no name of a header"),
        ("headers: [x]", "at most 10 headers"),
        ("send: {a: '{{ x }}'}", "“x” is not known here"),
    ],
)
def test_what_can_not_be_written(flow: Flow, written: str, said: str) -> None:
    hook(flow, "http://nowhere.invalid/")
    text = f"""
journey: flow
name: Flow
nodes:
  in: {{kind: trigger.event, event: come, next: ask}}
  ask: {{kind: act.webhook, webhook: crm, {written}, next: {{ok: yes, failed: no}}}}
{ENDS}"""
    _graph, problems = check(load_yaml(text), flow.brand)
    assert any(said in problem.text for problem in problems if not problem.is_warning), problems


def test_a_template_costs_two_queries_whatever_the_cohort(flow: Flow) -> None:
    from journeys.engine.statements import counting

    names = [f"p{n}" for n in range(40)]
    for name in names:
        named(flow, name, city="Bath")
    hook(flow, "http://nowhere.invalid/")
    flow.journey(WHOLE)
    flow.happen(*((name, "come", 0, {"order": 1}) for name in names))
    with counting() as run:
        flow.run(0)
    assert run.count("people") == run.count("around") == 1
    assert WebhookCall.objects.count() == 40


def test_a_card_shows_what_is_filled_in_by_its_name() -> None:
    assert in_short("Call {{ customer.name }} about {{- event.a_b | default: 'x' }}!") == (
        "Call [name] about [a_b]!"
    )
    assert in_short("{% if vars.x %}Hi{% endif %} {{ entry_key }}") == "Hi [entry_key]"


def test_a_loop_without_end_is_stopped(flow: Flow) -> None:
    hook(flow, "http://nowhere.invalid/")
    loop = "body: '[{% for i in (1..100000) %}1,{% endfor %}1]'"
    a, b = WHOLE.index("    body:"), WHOLE.index("    headers:")
    flow.journey(WHOLE[:a] + f"    {loop}\n" + WHOLE[b:])
    named(flow, "ann", city="Bath")
    flow.happen(("ann", "come", 0, {"order": 1}))
    flow.run(0)
    assert flow.places("ann") == [("no", "failed")]
