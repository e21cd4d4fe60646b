"""Rights: what each role may do, and the one question that every change asks first."""

from __future__ import annotations

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from customers.access.actor import Actor
from customers.models import Brand, Role, User, Via


class Right(StrEnum):
    """One thing that can be allowed. The lowest role that has it stands in LOWEST_ROLE."""

    SEE = "see"
    EDIT = "edit"  # drafts, contents, segments, tags
    TAG_CUSTOMER = "customer.tag"
    PUBLISH = "publish"  # publish, pause, resume, drain, stop
    MOVE_CUSTOMER = "customer.move"  # take out of a journey or move on
    SEE_PERSONAL = "customer.see_personal"
    EDIT_CUSTOMER = "customer.edit"
    ERASE = "customer.erase"
    EXPORT = "export"
    SUPPRESS = "suppress"
    SET_POLICY = "policy.set"
    SET_CHANNEL = "channel.set"
    SET_RIGHTS = "rights.set"
    USE_KEYS = "keys.use"
    INGEST = "ingest"


ORDER = [Role.VIEWER, Role.MARKETER, Role.MANAGER, Role.ADMIN]
LOWEST_ROLE = {
    Right.SEE: Role.VIEWER,
    Right.EDIT: Role.MARKETER,
    Right.TAG_CUSTOMER: Role.MARKETER,
    Right.INGEST: Role.MARKETER,
    Right.PUBLISH: Role.MANAGER,
    Right.MOVE_CUSTOMER: Role.MANAGER,
    Right.SEE_PERSONAL: Role.MANAGER,
    Right.EDIT_CUSTOMER: Role.MANAGER,
    Right.ERASE: Role.ADMIN,
    Right.EXPORT: Role.MANAGER,
    Right.SUPPRESS: Role.MANAGER,
    Right.SET_POLICY: Role.ADMIN,
    Right.SET_CHANNEL: Role.ADMIN,
    Right.SET_RIGHTS: Role.ADMIN,
    Right.USE_KEYS: Role.ADMIN,
}


class RightMissing(PermissionDenied):
    """Somebody tried what she may not do; the text says what is missing and who can help."""


def brands_of(actor: Actor, right: Right = Right.SEE) -> QuerySet[Brand]:
    """The brands in which *actor* has *right*. Pages and API show nothing of any other."""
    if _is_unbounded(actor):
        return Brand.objects.all()
    if actor.key is not None:
        if right.value not in actor.key.scopes:
            return Brand.objects.none()
        return Brand.objects.filter(pk=actor.key.brand_id)
    roles = ORDER[ORDER.index(LOWEST_ROLE[right]) :]
    memberships = _memberships(actor.user)
    if any(brand is None and role in roles for brand, role in memberships):
        return Brand.objects.all()
    named = [brand for brand, role in memberships if brand is not None and role in roles]
    return Brand.objects.filter(Q(pk__in=named))


def may(actor: Actor, right: Right, brand: Brand | None) -> bool:
    """Whether *actor* has *right* in *brand* (None: in the group as a whole)."""
    if _is_unbounded(actor):
        return True
    if actor.key is not None:
        return (
            brand is not None
            and brand.pk == actor.key.brand_id
            and (right.value in actor.key.scopes)
        )
    roles = ORDER[ORDER.index(LOWEST_ROLE[right]) :]
    return any(
        role in roles and (of is None or (brand is not None and of == brand.pk))
        for of, role in _memberships(actor.user)
    )


def require(actor: Actor, right: Right, brand: Brand | None) -> None:
    """Raise RightMissing unless *actor* has *right* in *brand* (None: the whole group)."""
    if may(actor, right, brand):
        return
    raise RightMissing(
        _(
            "This needs the role “%(role)s” in %(brand)s, which %(actor)s does not have. "
            "An admin can give it."
        )
        % {
            "role": LOWEST_ROLE[right].label.split(":")[0],
            "brand": brand or _("every brand"),
            "actor": actor,
        }
    )


def _is_unbounded(actor: Actor) -> bool:
    if actor.user is not None:
        return actor.user.is_active and actor.user.is_superuser
    return actor.key is None and actor.via in (Via.COMMAND, Via.SYSTEM)


def _memberships(user: User | None) -> list[tuple[int | None, str]]:
    """(brand id or None for every brand, role) of a user; read once per user object."""
    if user is None or not user.is_active:
        return []
    known: list[tuple[int | None, str]] | None = getattr(user, "_known_memberships", None)
    if known is None:
        known = list(user.memberships.values_list("brand_id", "role"))
        user._known_memberships = known  # type: ignore[attr-defined]
    return known
