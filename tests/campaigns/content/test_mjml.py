"""E-mails in MJML: compiled, bounded, with a plain part, a preheader and starters that work."""

from __future__ import annotations

import time

import pytest

from campaigns.consents.pages import sample_pages
from campaigns.content import Recipient, Rendered, TextFault, problems_of, render
from campaigns.content.compiled import compile_texts
from campaigns.content.mjml import DEEPEST, MjmlUnreadable, is_mjml, to_html
from campaigns.content.plain import text_of
from campaigns.content.starters import NAMES, starter
from campaigns.models import ContentText

ANN = Recipient(
    7, display_name="Ann <b>", brand={"name": "Tea", "language": "en"}, pages=sample_pages()
)


def mjml(inner: str) -> str:
    return (
        f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"
    )


def made(html: str, body: str = "", **parts: str) -> Rendered:
    text = ContentText(language="en", subject="x", body=body, html=html, **parts)
    rendered = render(compile_texts(1, "skip", [text]), ANN)
    assert isinstance(rendered, Rendered), rendered
    return rendered


@pytest.mark.parametrize(
    ("source", "answer"),
    [("<mjml>x", True), ("\n <MJML lang='en'>", True), ("<p>", False), ("<mjmlx>", False)],
)
def test_is_mjml(source: str, answer: bool) -> None:
    assert is_mjml(source) is answer


def test_mjml_becomes_html_and_liquid_stays() -> None:
    rendered = made(
        mjml(
            "<mj-text>Hi {{ customer.name }}</mj-text>"
            '<mj-button href="https://a.cn/?b=1&amp;c=2">Go</mj-button>'
            "<mj-raw>{% for i in (1..2) %}</mj-raw><mj-text>no {{ i }}</mj-text>"
            "<mj-raw>{% endfor %}</mj-raw>"
        )
    )
    assert rendered.html.startswith("<!doctype html>")
    assert "Hi Ann &lt;b&gt;" in rendered.html
    assert "no 1" in rendered.html
    assert "no 2" in rendered.html
    assert 'href="https://a.cn/?b=1&amp;c=2"' in rendered.html
    assert "mjml" not in rendered.html
    lines = ["Hi Ann <b>", "Go: https://a.cn/?b=1&c=2", "no 1", "no 2"]
    assert [line for line in rendered.body.splitlines() if line] == lines


def test_a_text_that_was_written_is_taken() -> None:
    assert made("<p>Hi</p>", body="Hello").body == "Hello"
    assert made("<p>Hi {{ customer.name }}</p>").body == "Hi Ann <b>"


def test_plain_text() -> None:
    html = (
        '<div style="display:none">hidden</div><h1>Head</h1><p>One&amp;two</p>'
        '<ul><li>a</li><li>b</li></ul><a href="https://a.cn">https://a.cn</a>'
        '<a href="#x">top</a>'
    )
    text = text_of(html)
    assert "hidden" not in text
    assert text.startswith("Head\n\nOne&two")
    assert "* a\n* b" in text
    assert "https://a.cn: https://a.cn" not in text


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (mjml("<mj-text>{% if a < b %}x{% endif %}</mj-text>"), "&lt;"),
        ("<mjml><mj-body><mj-text>", "needs its end"),
        ('<mjml><mj-body><mj-include path="/etc/passwd" /></mj-body></mjml>', "mj-include"),
        (mjml("<mj-foo>x</mj-foo>"), "mj-foo"),
        ("<mjml>" + "<mj-wrapper>" * 15_000, str(DEEPEST)),
        (mjml("<mj-text>" + "<b>" * 5_000 + "</mj-text>"), str(DEEPEST)),
    ],
)
def test_what_can_not_be_compiled_is_said(source: str, word: str) -> None:
    began = time.process_time()
    with pytest.raises(MjmlUnreadable, match=word):
        to_html(source)
    [(part, sentence)] = problems_of("email", {"subject": "x", "body": "x", "html": source})
    assert part == "html"
    assert word in sentence
    compiled = compile_texts(1, "skip", [ContentText(language="en", body="x", html=source)])
    assert isinstance(render(compiled, ANN), TextFault)
    assert time.process_time() - began < 2


def test_no_fonts_of_others_are_loaded() -> None:
    source = mjml('<mj-text font-family="Roboto">x</mj-text>')
    assert "fonts.googleapis" not in to_html(source)


def test_the_preheader_stands_first_in_the_body() -> None:
    html = made(mjml("<mj-text>Hi</mj-text>"), preheader="Only {{ customer.name }}").html
    begin = html.index("<body")
    assert html.index("Only Ann &lt;b&gt;") > begin
    assert html.index("Only Ann") < html.index(">Hi<")
    assert "Only" not in made(mjml("<mj-text>Hi</mj-text>"), preheader="Only").body


def test_html_alone_is_enough_for_an_e_mail_and_for_nothing_else() -> None:
    assert problems_of("email", {"subject": "x", "html": "<p>Hi</p>"}) == []
    assert [part for part, _s in problems_of("email", {"subject": "x"})] == ["body"]
    assert [part for part, _s in problems_of("sms", {"html": "<p>Hi</p>"})] == ["html", "body"]


@pytest.mark.parametrize("code", NAMES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_starters(code: str, language: str) -> None:
    parts = starter(code)[language]
    assert problems_of("email", parts) == []
    rendered = render(
        compile_texts(1, "skip", [ContentText(language=language, **parts)]),
        Recipient(1, brand={"name": "Tea House"}, pages=sample_pages()),
    )
    assert isinstance(rendered, Rendered), "values that are missing have defaults"
    assert "[[" not in rendered.html
    assert "Tea House" in rendered.html
    assert rendered.html.count("/u/sample") == 1
    assert "/u/sample" in rendered.body
    assert "prefers-color-scheme: dark" in rendered.html
    assert len(rendered.html.encode()) < 40_000


def test_starters_say_the_same_in_both_languages() -> None:
    for code in NAMES:
        both = starter(code)
        assert set(both) == {"en", "zh-hans"}
    with pytest.raises(KeyError):
        starter("../frame")
