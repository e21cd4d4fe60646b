"""Identities in the one form in which they are compared and stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _
from phonenumbers import PhoneMetadata

from customers.models import Normaliser

LONGEST = 320
# An address that needs no reading: whatever fits this is its own normal form.
_PLAIN_EMAIL = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_NEVER_IN_EMAIL = re.compile("[ ,;<>]")
_PLAIN_PHONE = re.compile(r"\+?[1-9](?:[ -]?[0-9]){3,17}")
# Digits of a phone number that is written without its country.
SHORTEST_PHONE = 7


class NotAnIdentity(ValueError):
    """The value can't be an identity of this kind; the text is a sentence that says why."""


def normalise(normaliser: str, value: str, region: str | None = None) -> str:
    """Return *value* in normal form; raise NotAnIdentity when it has none.

    Phone numbers without a country are read as numbers of *region* (default: PHONE_REGION of
    the settings).
    """
    if normaliser == Normaliser.PHONE:
        return _phone(_printable(value), region)
    return FORMS[normaliser](value)


# helpers


def _printable(value: str) -> str:
    if len(value) > LONGEST:
        raise NotAnIdentity(
            _("An identity has at most %(most)s characters, this one has %(count)s.")
            % {"most": LONGEST, "count": len(value)}
        )
    text = value.strip()
    if not text:
        raise NotAnIdentity(_("An identity must not be empty."))
    if not text.isprintable():
        raise NotAnIdentity(_("An identity must not hold control characters."))
    return text


def _lower(value: str) -> str:
    return _printable(value).lower()


def _email(value: str) -> str:
    if len(value) <= LONGEST and _PLAIN_EMAIL.fullmatch(value):
        return value
    text = _printable(value)
    name, at, domain = text.rpartition("@")
    if not (name and at and "." in domain.strip(".")) or _NEVER_IN_EMAIL.search(text):
        raise NotAnIdentity(
            _("“%(value)s” is not an e-mail address. Write it as name@example.com.")
            % {"value": text[:80]}
        )
    return text.lower()


def _phone(value: str, region: str | None = None) -> str:
    text = _printable(value)
    home = region or str(getattr(settings, "PHONE_REGION", "CN"))
    # Hotlines such as 95588 are no numbers of a person; many rows hold one where a phone is asked.
    is_short = len(text) < 10 and text[0] != "+" and sum(map(str.isdigit, text)) < SHORTEST_PHONE
    found = None if is_short else plain_phone(text, home) or read_phone(text, home)
    if found is None:
        raise NotAnIdentity(
            _("“%(value)s” is not a phone number. Write it as +86 138 1234 6021.")
            % {"value": text[:40]}
        )
    return found


# By normaliser, for callers who read many values of one kind.
FORMS: dict[str, Callable[[str], str]] = {
    Normaliser.PHONE.value: _phone,
    Normaliser.EMAIL.value: _email,
    Normaliser.LOWER.value: _lower,
    Normaliser.TEXT.value: _printable,
}


def plain_phone(text: str, region: str) -> str | None:
    """The E.164 form of a number that needs no reading, or None: a country and a possible count
    of digits, with no prefix that might have to go. `read_phone` would say the same."""
    if not _PLAIN_PHONE.fullmatch(text):
        return None
    digits = text.replace(" ", "").replace("-", "")
    if digits[0] != "+":
        code = _country_code(region)
        if not code or digits.startswith(code):
            return None
        national = digits
    else:
        for length in (1, 2, 3):
            code = digits[1 : 1 + length]
            if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                break
        else:
            return None
        national = digits[1 + length :]
    lengths, prefix = _country(code)
    if len(national) not in lengths or (prefix and prefix.match(national)):
        return None
    return f"+{code}{national}" if national[0] != "0" else None


@lru_cache(maxsize=65_536)
def read_phone(text: str, region: str) -> str | None:
    """The E.164 form of a number as the library reads it, or None."""
    # Reading a number costs 40 µs, and a busy customer comes again and again.
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache
def _country_code(region: str) -> str:
    code = phonenumbers.country_code_for_region(region)
    return str(code) if code else ""


@lru_cache
def _country(code: str) -> tuple[frozenset[int], re.Pattern[str] | None]:
    """How many digits a number of this country has, and what stands before it at home."""
    region = phonenumbers.region_code_for_country_code(int(code))
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    if metadata is None or metadata.general_desc is None:
        return frozenset(), None
    prefix = metadata.national_prefix_for_parsing
    form = re.compile(prefix) if prefix else None
    return frozenset(metadata.general_desc.possible_length or ()), form
