"""Signatures as Standard Webhooks say.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

PREFIX: Final = "whsec_"


def sign(secret: str, id: str, at: datetime, body: bytes, *others: str) -> dict[str, str]:
    """The three headers of a signed call. *secret* is whsec_ and base64. While secrets are changed
    there are *others*: a signature by any of them will do."""
    stamp = str(int(at.timestamp()))
    signed = b".".join([id.encode(), stamp.encode(), body])
    marks = []
    for each in (secret, *others):
        key = base64.b64decode(each.removeprefix(PREFIX))
        mark = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        marks.append(f"v1,{mark}")
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": " ".join(marks)}


def new_secret() -> str:
    """A secret as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def fits(
    secret: str, headers: Mapping[str, str], body: bytes, now: datetime, tolerance: timedelta
) -> bool:
    """Whether a call that came in was signed with *secret*, not longer ago than *tolerance*.

    *headers* have small letters. Of several signatures one is enough: keys are changed that way.
    """
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    said = headers.get("webhook-signature", "").split()
    if not secret or not id or not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        return False
    if abs(now.timestamp() - int(stamp)) > tolerance.total_seconds():
        return False
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX))
    except (binascii.Error, ValueError):
        return False
    signed = b".".join([id.encode(), stamp.encode(), body])
    mark = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(mark.encode(), each.encode()) for each in said)
