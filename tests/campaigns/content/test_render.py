"""Texts made of templates: values, languages, what is missing, and templates that misbehave."""

from __future__ import annotations

import time
from typing import Any

import pytest

from campaigns.content import Recipient, Rendered, TextFault, problems_of, render
from campaigns.content.compiled import compile_texts
from campaigns.models import ContentText

ANN = Recipient(
    7,
    display_name="Ann",
    language="en",
    attributes={"city": "Rome", "nick": "", "orders": 3},
    brand={"name": "Tea", "language": "zh-hans"},
    context={"event": {"name": "offer received", "properties": {"offer id": "o-1"}}},
)


def made(
    body: str, *, policy: str = "skip", to: Recipient = ANN, **parts: Any
) -> Rendered | TextFault:
    return render(compile_texts(1, policy, [ContentText(language="en", body=body, **parts)]), to)


def body_of(*args: Any, **kwargs: Any) -> str:
    rendered = made(*args, **kwargs)
    assert isinstance(rendered, Rendered), rendered
    return rendered.body


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ customer.name }} {{ customer.city }}", "Ann Rome"),
        ("{{ customer.attributes.city | upcase }}", "ROME"),
        ("{{ event['offer id'] }} of {{ event.name }}", "o-1 of offer received"),
        ("{{ brand.name }}", "Tea"),
        ("{{ customer.zip | default: 'there' }}", "there"),
        ("{% if customer.zip %}a{% else %}b{% endif %}", "b"),
        ("{% if customer.zip == 'x' %}a{% endif %}c", "c"),
        ("{% if customer.orders > 2 %}many{% endif %}", "many"),
    ],
)
def test_values(template: str, text: str) -> None:
    assert body_of(template) == text


@pytest.mark.parametrize("name", ["customer.zip", "customer.nick", "event.nothing", "nobody.x"])
def test_a_missing_value_is_named(name: str) -> None:
    fault = made("{{ " + name + " }}")
    assert isinstance(fault, TextFault)
    assert (fault.kind, fault.on_missing) == ("missing", "skip")
    assert fault.detail.startswith(name.split(".")[0])


def test_the_fallback_leaves_it_empty() -> None:
    rendered = made("Hi {{ customer.zip }}!", policy="fallback")
    assert isinstance(rendered, Rendered)
    assert (rendered.body, rendered.used_fallback) == ("Hi !", True)


def test_html_escapes_and_text_does_not() -> None:
    to = Recipient(1, display_name="<b>Ann</b> & co")
    rendered = made("{{ customer.name }}", html="<p>{{ customer.name }}</p>", to=to)
    assert isinstance(rendered, Rendered)
    assert rendered.body == "<b>Ann</b> & co"
    assert rendered.html == "<p>&lt;b&gt;Ann&lt;/b&gt; &amp; co</p>"


def test_a_subject_stays_one_line() -> None:
    to = Recipient(1, display_name="Ann\r\nBcc: all@example.com\u2028x\x00")
    rendered = made("x", subject="For {{ customer.name }}", to=to)
    assert isinstance(rendered, Rendered)
    assert rendered.subject == "For Ann Bcc: all@example.com x"


@pytest.mark.parametrize(
    ("language", "brand_language", "asked", "got"),
    [
        ("en", "zh-hans", "", "en"),
        ("zh-hans", "en", "", "zh-hans"),
        ("zh", "en", "", "zh-hans"),
        ("fr", "zh-hans", "", "zh-hans"),
        ("", "", "", "en"),
        ("en", "en", "zh-hans", "zh-hans"),
    ],
)
def test_language(language: str, brand_language: str, asked: str, got: str) -> None:
    texts = [ContentText(language=code, body=code) for code in ("zh-hans", "en")]
    to = Recipient(1, language=language, brand={"language": brand_language})
    rendered = render(compile_texts(1, "skip", texts), to, language=asked)
    assert isinstance(rendered, Rendered)
    assert rendered.body == got


@pytest.mark.parametrize(
    "bomb",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
        "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..60) %}{% assign a = a | append: a %}"
        "{% endfor %}{{ a }}",
        "{{ 'x'" + " | replace: 'x', 'xxxxxxxxxx'" * 15 + " }}",
        "{{ 'a,b,c' | split: ',' | join: '" + "x" * 190_000 + "' }}",
        "{{ 'now' | date: '%1000000000d' }}",
        "{% if true %}" * 60 + "x" + "{% endif %}" * 60,
    ],
)
def test_bombs_end_quickly(bomb: str) -> None:
    # Time on the processor: a machine that is busy with others must not decide.
    began = time.process_time()
    fault = made(bomb)
    assert isinstance(fault, TextFault)
    assert fault.kind in ("limit", "broken")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "template",
    ["{{ customer.orders | divided_by: 0 }}", "{{ customer.city | times: 'x' | date: 5 }}{{", ""],
)
def test_a_template_that_fails_is_a_fault_and_not_an_exception(template: str) -> None:
    assert isinstance(made(template), TextFault)


@pytest.mark.parametrize("reach", ["__class__", "__init__", "_state", "pk"])
def test_a_template_sees_nothing_but_its_variables(reach: str) -> None:
    assert isinstance(made("{{ customer." + reach + " }}"), TextFault)


def test_problems_before_a_text_is_kept() -> None:
    found = problems_of("email", {"subject": "a\nb", "body": "{{ x", "html": "{{ foo.bar }}"})
    assert [part for part, _sentence in found] == ["subject", "body", "html"]
    assert "foo" in found[2][1]
    assert [part for part, _s in problems_of("sms", {"body": " ", "html": "x"})] == [
        "html",
        "body",
    ]
    assert problems_of("email", {"subject": "Hi", "body": "{{ customer.anything }}"}) == []
