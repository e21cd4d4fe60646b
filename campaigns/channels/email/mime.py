"""Headers and parts of an e-mail as bytes: what the standard library's EmailMessage makes, thirty
times as fast, and stricter.

Nearly every header and text is plain, which one look decides. Lines end with CRLF, and no CR or LF
stands alone, so that no server can read an end into a text. Letters that look like an encoded word
are encoded themselves: the library's own folding would read them, and what they say may be the end
of a line.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

# Every server takes seven bits; eight need an extension that some lack.
LONGEST_LINE: Final = 998
_HEADER_LINE: Final = 76
# Of a text in UTF-8, so that its base64 and the marks around it stay within 75 letters.
_WORD_BYTES: Final = 45
_LONGEST_WORD: Final = 900
_PLAIN: Final = re.compile(r"[ -~]*")
_SEVEN_BITS: Final = bytes((9, 10, 13, *range(32, 127)))
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_DOT_ATOM: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)
_LONGEST_PLAIN_ADDRESS: Final = 70


def header(name: str, text: str) -> str:
    """One header with its CRLF, folded and encoded where it has to be. Raises ValueError for a
    text of more than one line."""
    if _PLAIN.fullmatch(text) and "=?" not in text:
        if len(name) + 2 + len(text) <= _HEADER_LINE:
            return f"{name}: {text}\r\n"
        words = text.split(" ")
        if all(0 < len(word) < _LONGEST_WORD for word in words):
            return _folded(name, words)
    elif not text.isprintable():
        raise ValueError(f"The header {name} must be one line of text.")
    return f"{name}: {_encoded(text)}\r\n"


@lru_cache(maxsize=256)
def sender(name: str, address: str) -> str:
    """The header From. Raises ValueError for a name of more than one line."""
    if not name:
        return f"From: {address}\r\n"
    if not name.isprintable():
        raise ValueError("The name of a sender must be one line of text.")
    said = name
    if not _PLAIN.fullmatch(name) or "=?" in name or len(name) > _HEADER_LINE // 2:
        said = f"{_encoded(name)}\r\n"
    elif not _ATOMS.fullmatch(name):
        said = '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))
    return f"From: {said} <{address}>\r\n"


def address_of(text: str) -> str:
    """*text* as an address for headers and commands, which have seven bits: a domain in other
    letters is written in those that the network knows. Raises ValueError for what is none."""
    if len(text) <= _LONGEST_PLAIN_ADDRESS and _DOT_ATOM.fullmatch(text):
        return text
    local, _at, domain = text.rpartition("@")
    if not domain.isascii():
        text = f"{local}@{domain.encode('idna').decode('ascii')}"
    try:
        # An Address refuses line breaks, and a value with a comma is one odd name, never two.
        address = Address(addr_spec=text).addr_spec
    except (IndexError, MessageError) as error:
        raise ValueError(str(error)) from error
    if not _PLAIN.fullmatch(address) or len(address) > LONGEST_LINE - 20:
        raise ValueError("not in seven bits")
    return address


@lru_cache(maxsize=16)
def date(now: datetime) -> str:
    """The header Date."""
    return f"Date: {format_datetime(now)}\r\n"


def text_part(text: str, subtype: str) -> bytes:
    """A part of text with its headers: as it is where each server takes it so, else in the
    encoding that is shorter."""
    lines = _BREAK.sub("\r\n", text) if "\r" in text else text.replace("\n", "\r\n")
    raw = lines.encode("utf-8", "replace")
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    encoding = b"7bit"
    if raw.translate(None, _SEVEN_BITS) or max(map(len, raw.split(b"\n"))) > LONGEST_LINE:
        quoted = binascii.b2a_qp(raw)
        encoding = b"quoted-printable"
        if len(quoted) * 3 > len(raw) * 4 + 200:
            encoding, quoted = b"base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")
        raw = quoted
    return b"".join(
        (
            b"Content-Type: text/", subtype.encode("ascii"), b'; charset="utf-8"\r\n',
            b"Content-Transfer-Encoding: ", encoding, b"\r\n\r\n", raw,
        )
    )  # fmt: skip


def alternatives(parts: Sequence[bytes], mark: bytes) -> bytes:
    """Several parts of which a reader shows the last that it can; *mark* is made longer until no
    part has it."""
    while any(mark in part for part in parts):
        mark += b"_"
    inner = b"".join(b"--%b\r\n%b\r\n" % (mark, part) for part in parts)
    head = b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n' % mark
    return b"%b%b--%b--\r\n" % (head, inner, mark)


# helpers


def _encoded(text: str) -> str:
    """*text* as encoded words, RFC 2047, each of whole letters."""
    words, word, size = [], "", 0
    for letter in text:
        width = len(letter.encode("utf-8", "replace"))
        if size + width > _WORD_BYTES:
            words.append(word)
            word, size = "", 0
        word, size = word + letter, size + width
    words.append(word)
    return "\r\n ".join(
        f"=?utf-8?b?{base64.b64encode(each.encode('utf-8', 'replace')).decode('ascii')}?="
        for each in words
    )


def _folded(name: str, words: Sequence[str]) -> str:
    lines, line = [], f"{name}: {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) > _HEADER_LINE:
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line, ""])
