"""What providers share that take one message per call over HTTP."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from campaigns.channels.base import Fault, Outgoing, Provider, Result, Status
from config.calling.guard import Refused
from config.calling.line import SECONDS, Answer, Broken, Line

LONGEST_ERROR: Final = 300
# After these nothing of the batch can go either.
ENDS: Final = (Fault.CONNECTION, Fault.CERTIFICATE, Fault.ACCOUNT)
THROTTLED_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready to be made."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


class Unusable(ValueError):
    """A message that can't be made into a call; the fault says whether it is the account's."""

    def __init__(self, text: str, fault: Fault = Fault.REFUSED) -> None:
        super().__init__(text)
        self.fault = fault


class CallingProvider(Provider):
    """Makes a call for each message and says how far it came. A provider says what to call and
    how to read the answer."""

    @abstractmethod
    def call(self, message: Outgoing, now: datetime) -> Call:
        """The call for *message*. Raises Unusable."""

    @abstractmethod
    def read(self, message: Outgoing, answer: Answer) -> Result:
        """What the answer means."""

    @property
    def repeats(self) -> bool:
        """Whether the same call twice has the effect of once."""
        return self.is_repeatable

    def hand_over(self, batch: Sequence[Outgoing], now: datetime) -> Iterator[Result]:
        with closing(Line(self._seconds())) as line:
            for place, message in enumerate(batch):
                result = self._one(line, message, now)
                yield result
                if result.fault in ENDS or result.rest_seconds:
                    # Whoever was not tried lost nothing.
                    for left in batch[place + 1 :]:
                        yield Result(left.id, Status.UNTOUCHED, "", result.fault, result.error)
                    return

    # helpers

    def _one(self, line: Line, message: Outgoing, now: datetime) -> Result:
        try:
            call = self.call(message, now)
            if any("\n" in part or "\r" in part for pair in call.headers.items() for part in pair):
                raise Unusable("a header must be one line", Fault.ACCOUNT)
            answer = line.ask(call.method, call.url, call.body, call.headers)
        except Unusable as error:
            status = Status.RETRY if error.fault == Fault.ACCOUNT else Status.REFUSED
            return Result(message.id, status, "", error.fault, shorten(error))
        except Refused as error:
            return Result(message.id, Status.RETRY, "", Fault.ACCOUNT, shorten(error))
        except Broken as error:
            fault = Fault.CERTIFICATE if error.is_certificate else Fault.CONNECTION
            is_sure = self.repeats or not error.said_all
            status = Status.RETRY if is_sure else Status.UNCERTAIN
            return Result(message.id, status, "", fault, shorten(error))
        return self.read(message, answer)

    def _seconds(self) -> float:
        told = self.account.settings.get("timeout")
        return float(told) if isinstance(told, int | float) and 0 < told <= 60 else SECONDS

    def by_status(self, message: Outgoing, answer: Answer, text: str = "") -> Result:
        """What an answer without a yes means by its status alone."""
        said = shorten(f"{answer.status} {text or words_of(answer)}")
        status, fault, rest = Status.REFUSED, Fault.REFUSED, 0
        if answer.status == 429 or (answer.status == 503 and answer.retry_after is not None):
            status, fault = Status.RETRY, Fault.THROTTLED
            rest = THROTTLED_SECONDS if answer.retry_after is None else answer.retry_after
        elif answer.status in (401, 403):
            status, fault = Status.RETRY, Fault.ACCOUNT
        elif answer.status in (408, 425, 503):
            status, fault = Status.RETRY, Fault.CONNECTION
        elif answer.status >= 500:
            # What stands behind a gateway that failed may have done it all the same.
            status = Status.RETRY if self.repeats else Status.UNCERTAIN
            fault = Fault.CONNECTION
        elif answer.status < 400:
            # Neither a yes nor a no: the address of the provider is wrong.
            status, fault = Status.RETRY, Fault.ACCOUNT
        return Result(message.id, status, "", fault, said, max(rest, 0))


def json_of(answer: Answer) -> Any:
    """The JSON of an answer, or None."""
    try:
        return json.loads(answer.body.decode())
    except (ValueError, RecursionError):
        return None


def words_of(answer: Answer) -> str:
    """The beginning of an answer as text."""
    return answer.body[:1000].decode("utf-8", "replace")


def shorten(text: object) -> str:
    """One line of at most as many letters as are kept."""
    return " ".join(str(text).replace("\x00", " ").split())[:LONGEST_ERROR]


def missing(account_settings: Mapping[str, Any], *names: str) -> list[str]:
    """A sentence for each setting that is not there."""
    return [
        _("The setting “%(name)s” is missing.") % {"name": name}
        for name in names
        if not account_settings.get(name)
    ]
