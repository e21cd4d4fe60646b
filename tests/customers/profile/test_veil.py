"""Whatever is personal is masked wherever it stands, and nothing else is."""

from __future__ import annotations

import pytest
from django.utils.html import escape, format_html

from customers.personal import is_personal_name
from customers.profile.veil import Veil

HER = Veil(
    {"Chen Xi": "name", "+8613812346021": "phone", "13812346021": "phone", "O'Neil": "name",
     "陈曦": "name", "12 Long Lane": "", "1994-02-03": "", "Xi": "name"}
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("for Chen Xi, in a hurry", "for C*** X***, in a hurry"),
        ("CHEN XI", "C*** X***"),
        ("送给陈曦的礼物", "送给陈*的礼物"),
        ("call 13812346021", "call 138 **** 6021"),
        ("call +8613812346021 now", "call 138 **** 6021 now"),
        ("somebody else: 139 0000 1234", "somebody else: 139 **** 1234"),
        ("+44 20 7946 0958", "+44 **** 0958"),
        ("write to a.b+c@mail.example.co.uk!", "write to a***@***.uk!"),
        ("born 1994-02-03", "born ****-**-**"),
        # Parts of other words and plain numbers stay.
        ("Xiamen taxi, 12 pieces, order 20261122093012345", None),
        ("2026-11-22 12:30, ¥13,812", None),
    ],
)
def test_texts(text: str, shown: str | None) -> None:
    assert HER.text(text) == (text if shown is None else shown)
    assert Veil({"Chen Xi": "name"}, is_open=True).text(text) == text


def test_html_is_searched_as_it_is_written() -> None:
    words = format_html("<em>{}</em>", "O'Neil")
    assert escape("O'Neil") in words
    assert HER.html(words) == "<em>O***</em>"
    assert HER.html(format_html("<em>{}</em>", "<Chen Xi>")) == "<em>&lt;C*** X***&gt;</em>"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("phone", "123", "****23"),
        ("shippingAddress", "Somewhere 5", "Som… 5"),
        ("收件人", "王芳", "王*"),
        ("recipient", "Wang Fang", "W*** F***"),
        ("note", "ask Chen Xi", "ask C*** X***"),
        ("number", 13812346021, "138 **** 6021"),
        ("amount", 188.5, 188.5),
        ("is_first", True, True),
        ("name", "Oolong", "Oolong"),
        ("name", "Chen Xi", "C*** X***"),
        ("sku", "i93", "i93"),
    ],
)
def test_properties(name: str, value: object, shown: object) -> None:
    assert HER.value(name, value) == shown


def test_an_admin_has_the_last_word_on_a_property() -> None:
    assert HER.value("remark", "left door", {"remark": True}) == "lef…or"
    assert HER.value("contact", "no", {"contact": False}) == "no"
    # Even then what is known of her is hers.
    assert HER.value("contact", "Chen Xi", {"contact": False}) == "C*** X***"


@pytest.mark.parametrize(
    ("name", "is_personal"),
    [("email", True), ("work_email", True), ("lastName", True), ("Delivery Address", True),
     ("birthday", True), ("手机号", True), ("ip", True), ("file_name_x", False), ("city", False),
     ("category_name", False), ("amount", False), ("emailing", False), ("shipping", False)],
)  # fmt: skip
def test_names_of_what_is_personal(name: str, is_personal: bool) -> None:
    assert is_personal_name(name) is is_personal
