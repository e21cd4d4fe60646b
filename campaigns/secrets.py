"""Secrets of channel accounts, encrypted at rest.

The key is derived from SECRET_KEY, so a copy of the database alone opens nothing. After a change
of SECRET_KEY the old one stays in SECRET_KEY_FALLBACKS until `renew` has run over what it sealed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

_PURPOSE = b"waypost.campaigns.secrets.v1"


class SecretUnreadable(ValueError):
    """A sealed secret can't be opened with the keys of this installation."""


def seal(text: str) -> bytes:
    """Encrypt *text* under the present key; the result goes into the database."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """Return the text that was sealed.

    Raises SecretUnreadable when neither SECRET_KEY nor one of its fallbacks opens it.
    """
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except (InvalidToken, UnicodeDecodeError):
        raise SecretUnreadable(
            _(
                "A secret can't be opened with the present SECRET_KEY. Put the key under which it "
                "was kept into SECRET_KEY_FALLBACKS, or enter the secret again."
            )
        ) from None


def renew(sealed: bytes | memoryview) -> bytes:
    """Seal again under the present key what an older one sealed; raises SecretUnreadable."""
    return seal(unseal(sealed))


# helpers


def _box() -> MultiFernet:
    return _box_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _box_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    digest = hmac.new(key.encode(), _PURPOSE, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)
