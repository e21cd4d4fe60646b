"""Which brands a reader may look at, and which of them the page is about just now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers.access import Actor, Right, brands_of, may
from customers.models import Brand, User, Via

SESSION_KEY = "brand"
EVERY = "all"


@dataclass(frozen=True)
class Scope:
    """The brands that a user may see (`mine`) and the chosen one (None: all of them)."""

    mine: Sequence[Brand]
    chosen: Brand | None
    whole_group: bool

    @property
    def brands(self) -> Sequence[Brand]:
        """The brands whose things the page shows."""
        return [self.chosen] if self.chosen else self.mine

    @property
    def brand_ids(self) -> list[int]:
        """Ids for `WHERE brand_id = ANY(…)`."""
        return [brand.pk for brand in self.brands]

    @property
    def title(self) -> str:
        """The chosen brand in words."""
        if self.chosen:
            return self.chosen.title
        return _("All brands") if self.whole_group else _("All my brands")

    @property
    def choices(self) -> list[dict[str, object]]:
        """Entries of the brand switcher: all, then each."""
        every = {"value": EVERY, "name": replace_chosen(self).title, "current": not self.chosen}
        each = [
            {"value": str(brand.pk), "name": brand.title, "current": brand == self.chosen}
            for brand in self.mine
        ]
        return [every, *each]


def brands_of_reader(user: User) -> tuple[list[Brand], bool]:
    """The brands that the user may see, and whether they are all of the group's."""
    if not user.is_active:
        return [], False
    actor = Actor(via=Via.PAGE, user=user)
    return list(brands_of(actor)), may(actor, Right.SEE, None)


def scope_of(request: HttpRequest) -> Scope:
    """The scope of this request, read once per request."""
    kept = getattr(request, "_scope", None)
    if kept is None:
        mine, whole = brands_of_reader(cast(User, request.user))
        wanted = request.session.get(SESSION_KEY)
        chosen = next((brand for brand in mine if brand.pk == wanted), None)
        if chosen is None and len(mine) == 1:
            chosen = mine[0]
        kept = Scope(mine, chosen, whole)
        request._scope = kept  # type: ignore[attr-defined]
    return cast(Scope, kept)


def choose(request: HttpRequest, value: str) -> None:
    """Look at one brand (its id) or at all of them ("all"); a brand of others is ignored."""
    mine, _whole = brands_of_reader(cast(User, request.user))
    if any(str(brand.pk) == value for brand in mine):
        request.session[SESSION_KEY] = int(value)
    else:
        request.session.pop(SESSION_KEY, None)


# helpers


def replace_chosen(scope: Scope) -> Scope:
    return Scope(scope.mine, None, scope.whole_group)
