"""Identities in the one form in which they are compared and stored."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _

from customers.models import Normaliser

LONGEST = 320


class NotAnIdentity(ValueError):
    """The value can't be an identity of this kind; the text is a sentence that says why."""


def normalise(normaliser: str, value: str, region: str | None = None) -> str:
    """Return *value* in normal form; raise NotAnIdentity when it has none.

    Phone numbers without a country are read as numbers of *region* (default: PHONE_REGION of
    the settings).
    """
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
    if normaliser == Normaliser.PHONE:
        found = _phone(text, region or getattr(settings, "PHONE_REGION", "CN"))
        if found is None:
            raise NotAnIdentity(
                _("“%(value)s” is not a phone number. Write it as +86 138 1234 6021.")
                % {"value": text[:40]}
            )
        return found
    if normaliser == Normaliser.EMAIL:
        return _email(text)
    if normaliser == Normaliser.LOWER:
        return text.lower()
    return text


# helpers


@lru_cache(maxsize=65_536)
def _phone(text: str, region: str) -> str | None:
    # Reading a number costs 40 µs, and a busy customer comes again and again.
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if not (name and at and "." in domain.strip(".")) or any(sign in text for sign in " ,;<>"):
        raise NotAnIdentity(
            _("“%(value)s” is not an e-mail address. Write it as name@example.com.")
            % {"value": text[:80]}
        )
    return text.lower()
