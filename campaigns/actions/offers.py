"""Filling the pool of an offer with codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns.models import Offer
from customers.access import Actor, Right, record, require

MOST: Final = 1_000_000
CODE: Final = re.compile(r"[!-~]{1,64}")
PIECE: Final = 50_000


@dataclass(frozen=True, slots=True)
class Imported:
    """How many codes are new, and how many were in the pool or stood twice in the file."""

    new: int
    known: int


def import_codes(actor: Actor, offer: Offer, lines: Iterable[str], *, now: datetime) -> Imported:
    """Add codes to the pool, one a line; blank lines are skipped, a known code changes nothing.

    All or nothing: raises ValidationError with the line of the first code that can't be one, or
    when there are more than a million; and RightMissing.
    """
    require(actor, Right.PUBLISH, offer.brand)
    codes: dict[str, None] = {}
    read = 0
    for number, line in enumerate(lines, start=1):
        code = line.strip().removeprefix("\ufeff")
        if not code:
            continue
        if not CODE.fullmatch(code):
            text = _(
                "Line %(line)s is no code: “%(code)s”. Expected up to 64 letters, digits and "
                "signs without blanks, one code a line."
            )
            raise ValidationError(text % {"line": number, "code": code[:40]})
        read += 1
        codes[code] = None
        if len(codes) > MOST:
            text = _("A file may hold at most %(most)s codes. Split it.")
            raise ValidationError(text % {"most": MOST})
    listed = list(codes)
    new = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(0, len(listed), PIECE):
            cursor.execute(
                "INSERT INTO campaigns_offercode (offer_id, code, token)"
                " SELECT %s, code, '' FROM unnest(%s::text[]) WITH ORDINALITY AS given (code, n)"
                " ORDER BY n ON CONFLICT (offer_id, code) DO NOTHING",
                [offer.pk, listed[start : start + PIECE]],
            )
            new += cursor.rowcount
        changes = {"new": new, "known": read - new}
        record(actor, "offer.import_codes", offer, now=now, brand=offer.brand, changes=changes)
    return Imported(new, read - new)
