"""On whose behalf a change is made, and by which way it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from django.utils.translation import gettext as _

from customers.models import ApiKey, User, Via

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, an API key or the system itself. Every change takes one as its first argument."""

    via: Via
    user: User | None = None
    key: ApiKey | None = None
    label: str = ""
    request_id: str = field(default="")

    @classmethod
    def of_request(cls, request: HttpRequest, via: Via = Via.PAGE) -> Actor:
        """The signed-in user of *request*; raises TypeError when nobody is signed in."""
        user = request.user
        if not isinstance(user, User):
            raise TypeError("A change needs somebody who makes it: the request has no user.")
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        return cls(via=via, user=user, label=str(user), request_id=str(request_id))

    @classmethod
    def of_key(cls, key: ApiKey) -> Actor:
        """The holder of an API key."""
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        return cls(via=Via.API, key=key, label=str(key), request_id=str(request_id))

    @classmethod
    def of_command(cls, name: str) -> Actor:
        """Somebody at the command line of the server, who may do everything."""
        return cls(via=Via.COMMAND, label=f"manage.py {name}")

    @classmethod
    def of_system(cls, name: str) -> Actor:
        """The server itself, such as a schedule or the engine."""
        return cls(via=Via.SYSTEM, label=name)

    def __str__(self) -> str:
        return self.label or _("somebody")
