"""What the naive oracle says of the kinds in random_more: one customer, plain clocks, no engine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")  # of the brand; no clock jumps there
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR = timedelta(hours=1)


def point(salt: str, customer: int) -> float:
    """A number from 0 up to 1, the same for the same salt and customer."""
    digest = hashlib.md5(f"{salt}:{customer}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) / 2**32


def answer(
    kind: str, key: str, set_: Mapping[str, Any], *, code: str, customer: int,
    payload: Mapping[str, Any], at: datetime, visit: int, seen: int, long: Any,
) -> tuple[str, datetime] | None:  # fmt: skip
    """(outcome, when it is left); *seen* counts earlier visits of this node. None: not mine."""
    amount = payload.get("amount")
    if kind == "wait.random":
        least, most = long(set_["at_least"]), long(set_["at_most"])
        seconds = int((most - least).total_seconds()) + 1
        drawn = int(point(f"{code}.{key}.{visit}", customer) * seconds)
        return "next", at + least + timedelta(seconds=drawn)
    if kind == "wait.until":
        return "next", max(at, datetime.fromisoformat(set_["moment"]).replace(tzinfo=ZONE))
    if kind == "wait.window":
        return "next", first_hour(set_, at)
    if kind == "wait.duration" and isinstance(set_["duration"], Mapping):
        length = set_["duration"]
        return "next", at + (long(length["missing"]) if amount is None else amount * HOUR)
    if kind == "branch.value":
        fits = [way for way in sorted(set_["ways"]) if amount in set_["ways"][way]]
        return (fits or ["otherwise"])[0], at
    if kind == "branch.holdout":
        is_held = point("holdout.holdout", customer) * 100 < set_["share"]
        return ("held_out" if is_held else "next"), at
    if kind == "branch.rounds":
        return ("again" if seen < set_["most"] else "enough"), at
    if kind == "branch.experiment":
        return arm(set_, customer), at
    return None


def first_hour(set_: Mapping[str, Any], at: datetime) -> datetime:
    """Walk on hour by hour until the clock on the wall is inside; everything is in whole hours,
    but she may come between two of them."""
    opens, closes = int(set_["opens"][:2]), int(set_["closes"][:2])

    def inside(moment: datetime) -> bool:
        local = moment.astimezone(ZONE)
        today, before = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        if opens < closes:
            return today in set_["days"] and opens <= local.hour < closes
        late, early = local.hour >= opens, local.hour < closes
        return (late and today in set_["days"]) or (early and before in set_["days"])

    if inside(at):
        return at
    hour = at.replace(minute=0, second=0, microsecond=0)
    while not inside(hour := hour + HOUR):
        pass
    return hour


def arm(set_: Mapping[str, Any], customer: int) -> str:
    """The control group first, then the arms by name with their weights of the rest."""
    at, total = point("tone", customer) * 100, sum(set_["arms"].values())
    edge = set_["control"]
    if at < edge:
        return "control"
    for name, weight in sorted(set_["arms"].items()):
        edge += (100 - set_["control"]) * weight / total
        if at < edge:
            return str(name)
    return str(max(set_["arms"]))
