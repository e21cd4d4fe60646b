"""No page of the admin leaves English words to a reader of Chinese."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from config.places import ROOMS
from customers.models import ImportRefusal
from tests.customers.admin.samples import a_brand, a_user, key_of, one_of_each


class Visible(HTMLParser):
    """Texts and spoken attributes of a page, without scripts, styles, pictures and icons."""

    UNSEEN = ("script", "style", "svg", "template", "textarea", "code", "pre", "option")
    SPOKEN = ("title", "placeholder", "aria-label", "alt")

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        # Icons are drawn from their names.
        if tag in self.UNSEEN or "material-symbols" in (held.get("class") or ""):
            self._unseen.append(tag)
        self.texts |= {plain(held[name] or "") for name in self.SPOKEN if name in held}

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and self._unseen[-1] == tag:
            self._unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.texts.add(plain(data))


def plain(text: str) -> str:
    return " ".join(text.split()).rstrip(":")


def texts(client: Client, url: str) -> set[str]:
    answer = client.get(url)
    assert answer.status_code in (200, 403)
    reader = Visible()
    reader.feed(answer.content.decode())
    return reader.texts


def addresses(rows: Mapping[Any, Any]) -> Iterator[str]:
    """The first page, and of every noun its list and a form."""
    yield reverse("admin:index")
    for model in sorted(OURS, key=lambda model: model._meta.label):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_change", args=[key_of(admin.site._registry[model], rows[model])])


# Other libraries' nouns have words of their own, which we don't translate.
OURS = {model for model in admin.site._registry if model.__module__.split(".")[0] in ROOMS}
# Codes and names that customers give, keys of the keyboard, what is called the same everywhere, and
# the masked beginning of a password's hash, whose six letters now and then are no figures.
SAME = re.compile(
    r"""Waypost|Webhook|esc|Esc|Enter|Ctrl\ K|English|[A-Z]{2,5}…?|
    [a-z_]+\.[a-z_.]+|\S+@\S+|.*\d.*|:\ [0-9A-Za-z+/]{6}\*{10,}""",
    re.VERBOSE,
)


@pytest.mark.django_db
def test_what_is_called_in_english_is_called_in_chinese(client: Client, now: datetime) -> None:
    """A text without a Chinese letter was not translated, unless it is what somebody typed: that
    stands in the rows themselves."""
    rows = one_of_each(a_brand("atlas"), now)
    boss = a_user(
        "boss@example.com", is_staff=True, is_superuser=True, display_name="Bo", language="zh-hans"
    )
    client.force_login(boss)
    typed = typed_words()
    left: dict[str, str] = {}
    for url in addresses(rows):
        for text in texts(client, url):
            foreign = re.search("[A-Za-z]{3,}", text) and not re.search("[\u4e00-\u9fff]", text)
            if foreign and not SAME.fullmatch(text) and text.lower() not in typed:
                left.setdefault(text, url)
    assert left == {}


def typed_words() -> set[str]:
    """Every text value of every row that the admin shows, in small letters; refusals stand on the
    page of their import."""
    found: set[str] = set()
    shown: list[type[Model]] = [*admin.site._registry, ImportRefusal]
    for model in shown:
        for values in model._default_manager.values():
            found |= {word.lower() for value in values.values() for word in strings(value)}
    return found


def strings(value: Any) -> Iterator[str]:
    """The texts in a value, also in the JSON of an attribute."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (word for pair in value.items() for part in pair for word in strings(part))
    elif isinstance(value, list):
        yield from (word for part in value for word in strings(part))
