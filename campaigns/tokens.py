"""The signed part of the links that messages carry: short, and not to be made by anybody else.

    kind · numbers · text · the first ten bytes of an HMAC-SHA-256 over them, in URL-safe base64

The key is derived from SECRET_KEY; tokens signed under a key in SECRET_KEY_FALLBACKS are good too.
A token says nothing secret and opens nothing but what its kind is for. Ten bytes are 2^80 tries,
each a request to this server.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from django.conf import settings

_PURPOSE: Final = b"waypost.campaigns.tokens.v1"
_MAC: Final = 10
_BIGGEST: Final = 1 << 63
LONGEST: Final = 4_000


class Kind(IntEnum):
    """What a token is for. The numbers are in mails that people keep: never reuse one."""

    CLICK = 1  # message, and the target as text
    SHORT = 2  # message, number of the target
    OPEN = 3  # message
    UNSUBSCRIBE = 4  # message
    PREFERENCES = 5  # message
    CONFIRM = 6  # message


class Forged(ValueError):
    """A token that this server has not made, or one for something else."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says."""

    kind: Kind
    numbers: tuple[int, ...]
    text: str = ""


def sign(kind: Kind, *numbers: int, text: str = "") -> str:
    """The token of *kind* that carries *numbers* and *text*."""
    said = bytearray((kind, len(numbers)))
    for number in numbers:
        _write(said, number)
    said += text.encode()
    mac = _mac(_keys()[0], bytes(said))
    return _text(bytes(said) + mac)


def read(token: str, *kinds: Kind) -> Token:
    """What *token* says; raises Forged unless it is ours and of one of *kinds*."""
    if len(token) > LONGEST or not token.isascii():
        raise Forged("too long or not of this alphabet")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Forged("not base64") from error
    if _text(raw) != token:
        # The last letter has bits to spare; each token is written in one way only.
        raise Forged("not written as we write")
    said, mac = raw[:-_MAC], raw[-_MAC:]
    if len(said) < 2 or not any(hmac.compare_digest(mac, _mac(key, said)) for key in _keys()):
        raise Forged("not signed by this server")
    if said[0] not in kinds:
        raise Forged("a token for something else")
    numbers, place = [], 2
    for _each in range(said[1]):
        number, place = _read(said, place)
        numbers.append(number)
    return Token(Kind(said[0]), tuple(numbers), said[place:].decode())


# helpers


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _keys() -> Sequence[bytes]:
    return _keys_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _keys_of(secrets: tuple[str, ...]) -> Sequence[bytes]:
    """Derived once: a batch signs tens of thousands of links."""
    return [hmac.digest(secret.encode(), _PURPOSE, "sha256") for secret in secrets]


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")[:_MAC]


def _write(said: bytearray, number: int) -> None:
    """Seven bits to a byte, as small numbers are many and large ones few."""
    if not 0 <= number < _BIGGEST:
        raise ValueError(f"no number for a token: {number}")
    while number > 0x7F:
        said.append(number & 0x7F | 0x80)
        number >>= 7
    said.append(number)


def _read(said: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = said[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place
