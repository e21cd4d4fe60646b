"""What all SMS providers share: the signature, the number, the longest text."""

from __future__ import annotations

import re
from typing import Final

from campaigns.channels.base import Account, Fault, Outgoing
from campaigns.channels.calls import Unusable
from campaigns.channels.sms.segments import Counting, measure

NUMBER: Final = re.compile(r"\+[1-9][0-9]{5,14}")
MOST_SEGMENTS: Final = 10
SIGNED: Final = re.compile(r"^\s*【[^】]{1,30}】")


def signature_of(account: Account, message: Outgoing) -> str:
    """The name in the signature: the account's, else the brand's sender name.

    With the setting `"signature": ""` there is none, as abroad.
    """
    own = account.settings.get("signature")
    return str(message.sender_name if own is None else own).strip().strip("【】")


def signed(account: Account, message: Outgoing) -> str:
    """The text as it goes out: 【signature】 before it, unless the text brings its own.

    Raises Unusable for a text of more parts than the account takes (`most_segments`).
    """
    name, text = signature_of(account, message), message.body.strip()
    if name and not SIGNED.match(text):
        text = f"【{name}】{text}"
    size = measure(text, counting(account))
    most = account.settings.get("most_segments", MOST_SEGMENTS)
    if isinstance(most, int) and size.segments > most:
        raise Unusable(f"the text makes {size.segments} parts, at most {most} are sent")
    return text


def counting(account: Account) -> Counting:
    """How the account's network counts; by the setting `counting`: "gsm" or "china"."""
    told = account.settings.get("counting")
    if told in ("gsm", "china"):
        return "china" if told == "china" else "gsm"
    return "china" if account.provider == "aliyun" else "gsm"


def number(message: Outgoing) -> str:
    """The number with its country, +8613800000000. Raises Unusable for what is none."""
    if not NUMBER.fullmatch(message.address):
        raise Unusable(f"“{message.address[:20]}” is no phone number with its country")
    return message.address


def national(number: str) -> str:
    """The number as Chinese providers take it: 13800000000, and others with 00."""
    return number.removeprefix("+86") if number.startswith("+86") else f"00{number[1:]}"


def needs(value: object, name: str) -> str:
    """A setting of the account as text. Raises Unusable when it is missing."""
    if not value:
        raise Unusable(f"the setting “{name}” of the account is missing", Fault.ACCOUNT)
    return str(value)
