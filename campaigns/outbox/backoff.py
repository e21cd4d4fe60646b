"""When to try again, by the class of the error, and when to give up."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.channels import Fault

# First pause and longest pause. A full mailbox is not emptied within a minute; a line is.
PAUSES: dict[Fault, tuple[timedelta, timedelta]] = {
    Fault.CONNECTION: (timedelta(seconds=30), timedelta(minutes=30)),
    Fault.THROTTLED: (timedelta(minutes=1), timedelta(hours=1)),
    Fault.MAILBOX: (timedelta(minutes=15), timedelta(hours=6)),
    Fault.CERTIFICATE: (timedelta(minutes=5), timedelta(hours=1)),
    Fault.ACCOUNT: (timedelta(minutes=5), timedelta(hours=1)),
    Fault.INTERRUPTED: (timedelta(seconds=30), timedelta(minutes=30)),
}
# How long nobody knocks again at a server that doesn't answer or doesn't let us in.
REST = {
    Fault.CONNECTION: timedelta(seconds=30),
    Fault.CERTIFICATE: timedelta(minutes=5),
    Fault.ACCOUNT: timedelta(minutes=5),
}
MOST_ATTEMPTS = 10
LONGEST = timedelta(days=3)


def next_attempt(
    fault: Fault, *, attempts: int, accepted_at: datetime, now: datetime, number: int
) -> datetime | None:
    """The moment of the next attempt after *attempts* of them, or None to give up.

    Pauses double; *number*, the message's own, spreads them so that a thousand messages do not
    come back in one second.
    """
    first, longest = PAUSES.get(fault, PAUSES[Fault.CONNECTION])
    pause = min(first * 2 ** min(max(attempts - 1, 0), 20), longest)
    at: datetime = now + pause * (0.8 + 0.4 * (number * 2654435761 % 1000) / 1000)
    if attempts >= MOST_ATTEMPTS or at > accepted_at + LONGEST:
        return None
    return at
