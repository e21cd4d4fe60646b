"""Hides what is personal in texts about one customer, whoever wrote them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from customers import formats
from customers.models import Attribute, Customer, Identity
from customers.personal import EMAIL, MASKS, PHONE, is_personal_name, kind_of

SHORTEST: Final = 3  # letters; a shorter word stands in too many others
HAN: Final = "\u2e7f"


class Veil:
    """What is known of a customer, to be found and masked wherever it stands.

    `known` maps a value to its kind ("phone", "email", "name" or ""). Besides these, whatever
    looks like a phone number or an e-mail address is masked: it may be that of somebody else.
    """

    def __init__(self, known: Mapping[str, str], *, is_open: bool = False) -> None:
        self.is_open = is_open
        words = {
            word.casefold(): formats.masked(word, kind)
            for word, kind in known.items()
            if _long(word)
        }
        self._words = words
        self._plain = _pattern(words)
        self._html = _pattern({str(escape(word)): shown for word, shown in words.items()})
        self._shown = words | {str(escape(word)): shown for word, shown in words.items()}

    @classmethod
    def of(cls, customer: Customer, *, is_open: bool = False, told: Any = None) -> Veil:
        """With all that is known of her; two queries, none for an open one.

        *told* is JSON from which words were made, such as an event: what its names say is
        personal is masked wherever it stands.
        """
        if is_open:
            return cls({}, is_open=True)
        identities = _personal_identities([customer])
        known = _known(customer, identities.get(customer.pk, ()), _definitions([customer]))
        for name, one in _named(told):
            if name.lower() != "name" and is_personal_name(name):
                known.setdefault(str(one), kind_of(name))
        return cls(known)

    @classmethod
    def of_all(
        cls, customers: Iterable[Customer], is_open: Callable[[Customer], bool]
    ) -> dict[int, Veil]:
        """A veil for each by her id; two queries, however many they are."""
        people = {customer.pk: customer for customer in customers}
        hidden = [customer for customer in people.values() if not is_open(customer)]
        identities, definitions = _personal_identities(hidden), _definitions(hidden)
        found = {pk: cls({}, is_open=True) for pk in people}
        return found | {
            customer.pk: cls(_known(customer, identities.get(customer.pk, ()), definitions))
            for customer in hidden
        }

    def text(self, text: str) -> str:
        """*text* with all that is personal masked."""
        return text if self.is_open else self._masked(text, self._plain)

    def html(self, words: str) -> SafeString:
        """As `text`, of HTML that is safe: it is searched for what is known as it stands there."""
        if self.is_open:
            return mark_safe(words)  # noqa: S308 - the caller's, and safe already
        return mark_safe(self._masked(words, self._html))  # noqa: S308 - masks hold no markup

    def value(self, name: str, value: Any, marks: Mapping[str, bool] | None = None) -> Any:
        """The value of an event property called *name*; *marks* are those of its event type.

        "name" alone is not personal in an event: most often it is that of a product.
        """
        if self.is_open or isinstance(value, bool) or value is None:
            return value
        mark = (marks or {}).get(name)
        if mark is None:
            mark = name.lower() != "name" and is_personal_name(name)
        if mark:
            return formats.masked(str(value), kind_of(name))
        if isinstance(value, str):
            return self.text(value)
        digits = str(value)
        # A number that is known of her, or that looks like a mobile number.
        if digits.casefold() in self._words or PHONE.fullmatch(digits):
            return formats.mask_phone(digits)
        return value

    def days(self, days: Sequence[tuple[str, Sequence[Any]]]) -> list[tuple[str, list[Any]]]:
        """A timeline, as partials/timeline.html takes it, of rows with `title` and `words`."""
        return [(day, [self._row(row) for row in rows]) for day, rows in days]

    # helpers

    def _row(self, row: Any) -> Any:
        words = row.words
        said = self.html(words) if isinstance(words, SafeString) else self.text(words)
        return replace(row, title=self.text(row.title), words=said)

    def _mask(self, found: str) -> str:
        return self._shown.get(found.casefold()) or formats.mask_text(found)

    def _masked(self, text: str, pattern: re.Pattern[str] | None) -> str:
        if pattern is not None:
            text = pattern.sub(lambda found: self._mask(found[0]), text)
        text = EMAIL.sub(lambda found: formats.mask_email(found[0]), text)
        return PHONE.sub(lambda found: formats.mask_phone(re.sub(r"[\s-]", "", found[0])), text)


def _personal_identities(customers: Sequence[Customer]) -> dict[int, list[tuple[str, str]]]:
    """customer → (value, normaliser) of her identities that are personal; one query."""
    found: dict[int, list[tuple[str, str]]] = {}
    if customers:
        rows = Identity.objects.filter(customer__in=customers, namespace__is_personal=True)
        for pk, value, kind in rows.values_list("customer", "value", "namespace__normaliser"):
            found.setdefault(pk, []).append((value, kind))
    return found


def _definitions(customers: Sequence[Customer]) -> dict[str, bool]:
    """Which of the attributes that they have are said to be personal; one query."""
    codes = {code for customer in customers for code in customer.attributes}
    rows = Attribute.objects.filter(code__in=codes) if codes else Attribute.objects.none()
    return dict(rows.values_list("code", "is_personal"))


def _known(
    customer: Customer, identities: Iterable[tuple[str, str]], definitions: Mapping[str, bool]
) -> dict[str, str]:
    """What is personal of her, with its kind."""
    name = customer.display_name
    # Words of a name stand alone too: "for Ms Quillon".
    known = dict.fromkeys([name, *re.split(r"[\s,.]+", name)], "name")
    for value, kind in identities:
        for spelling in _spellings(value, kind):
            known[spelling] = kind if kind in MASKS else ""
    for code, value in customer.attributes.items():
        if definitions.get(code, is_personal_name(code)):
            for one in value if isinstance(value, list) else [value]:
                if not isinstance(one, bool):
                    known.setdefault(str(one), kind_of(code))
    return known


def _named(told: Any, name: str = "") -> Iterator[tuple[str, str | int | float]]:
    """The single values in a JSON value, each under the name next to it."""
    if isinstance(told, Mapping):
        for key, value in told.items():
            yield from _named(value, str(key))
    elif isinstance(told, list):
        for value in told:
            yield from _named(value, name)
    elif isinstance(told, str | int | float) and not isinstance(told, bool):
        yield name, told


def _long(word: str) -> bool:
    return len(word) >= (2 if word[:1] > HAN else SHORTEST)


def _spellings(value: str, kind: str) -> Iterable[str]:
    yield value
    if kind == "phone":
        digits = value.removeprefix("+")
        yield digits
        for prefix in ("86", "1", "44", "49", "852"):
            if digits.startswith(prefix) and len(digits) - len(prefix) >= 8:
                yield digits.removeprefix(prefix)


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """The longest first. A Latin word must stand alone; Chinese has no blanks between words."""
    parts = [
        re.escape(word) if word[:1] > HAN else rf"(?<!\w){re.escape(word)}(?!\w)"
        for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
