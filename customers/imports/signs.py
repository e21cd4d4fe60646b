"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.imports.lines import Unreadable

_PACKED = _("This is a packed file. Unpack it, and bring the table inside.")
_PICTURE = _("This is a picture, not a table. Bring a CSV, XLSX or Parquet file.")
_SIGNS: Final[tuple[tuple[bytes, Promise | str], ...]] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        _(
            "This is an old Excel workbook (.xls) or one with a password. "
            "Save it as XLSX without a password, or as CSV."
        ),
    ),
    (b"%PDF", _("This is a PDF, not a table. Bring a CSV, XLSX or Parquet file.")),
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"\x1f\x8b", _PACKED),
    (b"BZh", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"Rar!", _PACKED),
    (b"\xfd7zXZ", _PACKED),
    (b"\x28\xb5\x2f\xfd", _PACKED),
    (b"PK\x05\x06", _PACKED),
    (b"SQLite format 3", _("This is a database file. Export the table from it as CSV.")),
    (b"\x7fELF", _("This is a program, not a table. Bring a CSV, XLSX or Parquet file.")),
    (b"MZ\x90", _("This is a program, not a table. Bring a CSV, XLSX or Parquet file.")),
)
_WEB_PAGE = _(
    "This is a web page that is called a workbook, as some systems export it. "
    "Open it in Excel, and save it as XLSX or CSV."
)
_JSON = _("This is JSON, not a table. Send it through the API, or turn it into CSV.")
_XML = _("This is XML, not a table. Open it in Excel, and save it as XLSX or CSV.")


def refuse_other_kinds(head: bytes) -> None:
    """Raise Unreadable, with what to do, when the file begins like something else than a table."""
    for sign, text in _SIGNS:
        if head.startswith(sign):
            raise Unreadable(str(text))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:2_000].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        raise Unreadable(str(_WEB_PAGE))
    if start.startswith(b"<?xml"):
        raise Unreadable(str(_WEB_PAGE if b"<html" in start or b"<table" in start else _XML))
    if start.startswith((b"{", b"[")) and (b'":' in start or b'" :' in start):
        raise Unreadable(str(_JSON))
