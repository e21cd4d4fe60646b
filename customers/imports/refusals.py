"""The file of refused rows, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from customers.models import Import

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def refused_rows(found: Import) -> Iterator[str]:
    """The refused rows as CSV text with a mark for UTF-8: line, reason, then the row itself."""
    yield "\ufeff" + _line([_("line"), _("why it was refused"), *found.header])
    for refusal in found.refusals.order_by("line", "pk").iterator(chunk_size=2_000):
        yield _line([str(refusal.line), refusal.text, *refusal.row])


# helpers


def _line(cells: list[str]) -> str:
    into = io.StringIO()
    csv.writer(into).writerow([harmless(cell) for cell in cells])
    return into.getvalue()
