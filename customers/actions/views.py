"""Saved views of the list of customers: kept, changed, shared, removed."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from customers.access import Actor, Right, RightMissing, brands_of, record, require
from customers.models import Brand, SavedView
from customers.queries.views import LONGEST, kept

MOST = 50


def save_view(
    actor: Actor, *, name: str, query: QueryDict, brand: Brand | None, now: datetime
) -> SavedView:
    """Keep a view under a name; one of the same name is replaced. With a brand its members see
    it, which needs the right to edit there. Raises RightMissing and ValidationError."""
    owner = actor.user
    if owner is None or not brands_of(actor).exists():
        require(actor, Right.SEE, brand)
        raise RightMissing(_("A view belongs to somebody who is signed in."))
    name = " ".join(name.split())
    if not 0 < len(name) <= 60 or not name.isprintable():
        raise ValidationError(_("Give the view a name of at most 60 characters."))
    text = kept(query)
    if len(text) > LONGEST:
        raise ValidationError(
            _("This view has more filters and columns than can be kept. Leave some out.")
        )
    if brand is not None:
        require(actor, Right.EDIT, brand)
    with transaction.atomic():
        before = SavedView.objects.select_for_update().filter(owner=owner, name=name).first()
        if before is None and SavedView.objects.filter(owner=owner).count() >= MOST:
            raise ValidationError(
                _("You have %(most)s views, which is the most. Remove one first.") % {"most": MOST}
            )
        if before is not None and before.brand is not None and before.brand != brand:
            require(actor, Right.EDIT, before.brand)
        found, _made = SavedView.objects.update_or_create(
            owner=owner,
            name=name,
            defaults={"query": text, "brand": brand, "changed_at": now},
        )
        changes = {
            "view": [kept(QueryDict(before.query)) if before else None, text],
            "shared": [
                before.brand.code if before and before.brand else None,
                brand.code if brand else None,
            ],
        }
        record(actor, "view.save", found, now=now, changes=changes)
    return found


def delete_view(actor: Actor, view: SavedView, *, now: datetime) -> None:
    """Remove a view: its owner, or of a shared one who may edit in its brand. Raises
    RightMissing."""
    if actor.user is None or view.owner_id != actor.user.pk:
        require(actor, Right.EDIT, view.brand)
    with transaction.atomic():
        record(actor, "view.delete", view, now=now, changes={"view": [view.query, None]})
        view.delete()
