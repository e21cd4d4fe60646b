"""The short way of an output says the same as the long one, whatever stands there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError
from markupsafe import Markup

from campaigns.content.compiled import in_lines
from campaigns.content.liquid import environment

TEMPLATES = (
    "{{ a }}", "{{ a.b }}", "{{ a.b.c }}", "{{ a['b'] }}", "{{ a.b | default: 'x' }}",
    "{{ a | default: '<x>' }}", "{{ a.b | upcase }}", "{{ a.b | default: 'x' | upcase }}",
    "{{ a.size }}", "{{ a.first }}", "{{ a[0] }}", "{{ a.b[c] }}", "{{ c }}{{ a.b if c else c }}",
    "{% assign a = 'mine' %}{{ a }}", "{% for a in list %}{{ a }}{% endfor %}{{ a.b }}",
)  # fmt: skip
TEXTS = st.sampled_from(["", " ", "\u3000", "Ann", "<b>&\"'", "false", "陈曦"])
LEAVES = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False),
    st.just(Markup("<i>")), st.lists(TEXTS, max_size=2),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda inner: st.dictionaries(st.sampled_from("bc"), inner, max_size=2), max_leaves=4
)


def said(source: str, values: dict[str, Any], *, html: bool, lenient: bool) -> tuple[str, str]:
    made = environment(html=html, lenient=lenient)
    try:
        return "said", str(made.from_string(source).render(**values))
    except LiquidError as error:
        return "refused", str(error)


@settings(max_examples=120)
@given(st.sampled_from(TEMPLATES), VALUES, LEAVES, st.booleans(), st.booleans())
def test_the_same_as_the_long_way(source: str, a: Any, c: Any, html: bool, lenient: bool) -> None:
    values = {"a": a, "c": c, "list": ["1", "<2>"]}
    short = said(source, values, html=html, lenient=lenient)
    made = environment(html=html, lenient=lenient)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(made.tags, Output.name, Output(made))
        assert short == said(source, values, html=html, lenient=lenient)


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OutputNode, "render_to_output", lambda *_args: pytest.fail("the long way"))
    values = {"customer": {"name": "Ann & Bob"}}
    for html, text in ((False, "Ann & Bob"), (True, "Ann &amp; Bob")):
        made = environment(html=html, lenient=False)
        for source in ("{{ customer.name }}", "{{ customer.name | default: 'x' }}"):
            assert made.from_string(source).render(**values) == text


def test_long_lines_are_broken_where_it_is_nothing() -> None:
    short = "<table><tr><td>a</td><td>b</td></tr></table>"
    assert in_lines(short) == short
    long = f"<table><tr><td>{'a ' * 400}</td><td>b</td></tr>{{% if x %}}</table><p>x</p><p>y</p>"
    assert in_lines(long).replace("\n", "") == long
    assert "</td>\n<td>b</td>\n</tr>{%" in in_lines(long)
    assert "</p><p>" in in_lines(long)
