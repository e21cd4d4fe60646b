"""The body of a call: bounded, unpacked, and read as JSON whatever the Content-Type says."""

from __future__ import annotations

import json
import zlib
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers.api.problems import bad_request, too_large

PACKED_MOST = 4 * 1024 * 1024
UNPACKED_MOST = 16 * 1024 * 1024
_HELD = "_waypost_raw_body"


def read_json(request: HttpRequest) -> Any:
    """Return the JSON of the body; raise a Problem (400, 413) with a sentence."""
    text = read_text(request)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise bad_request(_("The JSON is nested too deep.")) from error
    except json.JSONDecodeError as error:
        raise bad_request(
            _("The body is not JSON: line %(line)s, column %(column)s.")
            % {"line": error.lineno, "column": error.colno}
        ) from error
    except ValueError as error:
        raise bad_request(_("A number in the JSON can't be read.")) from error


def read_text(request: HttpRequest) -> str:
    """Return the body as text; raise a Problem (400, 413) with a sentence."""
    raw = raw_body(request)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        raw = _unpack(raw)
    elif encoding not in ("identity", ""):
        raise bad_request(_("Content-Encoding may be gzip or absent."))
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise bad_request(_("The body is not UTF-8.")) from error


def raw_body(request: HttpRequest) -> bytes:
    """The bytes as they came; they may be asked for again. Raises a Problem (413)."""
    held: bytes | None = getattr(request, _HELD, None)
    if held is None:
        held = _read(request)
        setattr(request, _HELD, held)
    return held


# helpers


def _read(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > PACKED_MOST:
        raise too_large()
    raw = request.read(PACKED_MOST + 1)
    if len(raw) > PACKED_MOST:
        raise too_large()
    return raw


def _unpack(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(raw, UNPACKED_MOST + 1)
    except zlib.error as error:
        raise bad_request(_("The body is not gzip, though Content-Encoding says so.")) from error
    if len(body) > UNPACKED_MOST or unpacker.unconsumed_tail:
        raise too_large()
    if not unpacker.eof:
        raise bad_request(_("The gzip of the body is cut off."))
    return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
