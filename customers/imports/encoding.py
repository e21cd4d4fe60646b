"""Which encoding a text file is in, and the digest by which the file is known again."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from customers.imports.lines import FILE_BYTES, Unreadable

_BLOCK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def digest_of(path: Path) -> str:
    """SHA-256 of the file. Raises Unreadable when it is missing, empty or larger than 2 GB."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(
            _("%(file)s can't be read: %(why)s.") % {"file": path, "why": error.strerror}
        ) from error
    check_size(size)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_size(size: int) -> None:
    """Refuse an empty file and one of more than 2 GB, before any of it is read."""
    if size == 0:
        raise Unreadable(_("The file is empty."))
    if size > FILE_BYTES:
        raise Unreadable(
            _("The file has %(size).1f GB, at most 2 GB are taken. Split it into parts.")
            % {"size": size / 1024**3}
        )


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its mark, else UTF-8, UTF-16 or GB18030 (GBK) if it fits.

    A file that fits none is read as UTF-8, and its unreadable rows are refused one by one.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\x00" in head and (name := _wide(head)):
        return name
    for name in ("utf-8", "gb18030"):
        if _fits(path, name):
            return name
    return "utf-8"


def _wide(head: bytes) -> str:
    """UTF-16 without its mark shows by the zero bytes of its blanks, digits and separators."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 10 * even and odd > len(head) / 20:
        return "utf-16-le"
    if even > 10 * odd and even > len(head) / 20:
        return "utf-16-be"
    return ""


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
