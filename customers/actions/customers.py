"""What people change of a customer by hand: attributes, identities, tags, consents.

Facts go through the one door, from the source "by hand". A customer is shared, so the right is
needed in a brand that knows her; a tag and a consent of a brand need it in that brand.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.access import Actor, Right, record, require
from customers.access.people import require_with
from customers.identity.assign import Clash
from customers.identity.columns import columns_of
from customers.identity.merge import LOCK
from customers.identity.normalise import NotAnIdentity, normalise
from customers.identity.reviews import open_reviews
from customers.ingest import BadFact, Batch, ConsentFact, Item, TagFact, ingest
from customers.ingest.attributes import read_value
from customers.models import (
    Attribute,
    Brand,
    Channel,
    ConsentState,
    Customer,
    Identity,
    Namespace,
    Purpose,
    Source,
    SourceKind,
    Strength,
    Tag,
    TagKind,
)

SOURCE: Final = "by_hand"
NOTE: Final = 240


def set_attribute(
    actor: Actor, customer: Customer, definition: Attribute, value: Any, *, now: datetime
) -> None:
    """Give an attribute another value, or none (None). A person has looked, so it stands whatever
    the rule of conflicts says. Raises RightMissing, and ValidationError with what was expected.
    """
    require_with(actor, Right.EDIT_CUSTOMER, customer)
    code = definition.code
    try:
        read = None if value is None else read_value(definition.title, definition.data_type, value)
    except BadFact as error:
        raise ValidationError({"value": str(error)}) from error
    if code == "timezone" and read is not None and read not in available_timezones():
        raise ValidationError(
            {
                "value": _("“%(zone)s” is no time zone. Write it as Asia/Shanghai.")
                % {"zone": str(read)[:40]}
            }
        )
    with transaction.atomic():
        found = _locked(customer)
        if found.attributes.get(code) == read:
            return
        if read is None:
            found.attributes.pop(code)
            found.provenance.pop(code, None)
        else:
            found.attributes[code] = read
            found.provenance[code] = [source().pk, now.isoformat()]
        names = columns_of(found.attributes)
        found.display_name, found.sort_key, found.language, found.timezone = names
        found.save(
            update_fields=[
                "attributes", "provenance", "display_name", "sort_key", "language", "timezone",
            ]
        )  # fmt: skip
        verb = "remove_attribute" if read is None else "set_attribute"
        record(actor, f"customer.{verb}", customer, now=now, changes={"attribute": code})


def add_identity(
    actor: Actor, customer: Customer, space: Namespace, value: str, *, now: datetime
) -> Customer | None:
    """Add an identity. One that belongs to somebody else is not moved: the pair goes to the queue
    of reviews and the other customer is returned. Raises RightMissing, and ValidationError for a
    value that is none, above the limit, or a weak one of somebody else.
    """
    require_with(actor, Right.EDIT_CUSTOMER, customer)
    try:
        normal = normalise(space.normaliser, value)
    except NotAnIdentity as error:
        raise ValidationError({"value": str(error)}) from error
    with transaction.atomic():
        _locked(customer)
        owner = Identity.objects.filter(namespace=space, value=normal).first()
        if owner is not None and owner.customer_id == customer.pk:
            raise ValidationError({"value": _("She has this identity already.")})
        if owner is not None:
            if space.strength == Strength.WEAK:
                raise ValidationError(
                    {"value": _("It belongs to C-%(id)s. Such an identity joins nobody.")
                     % {"id": owner.customer_id}}
                )  # fmt: skip
            _ask_whether_one(customer, owner.customer_id, space, now)
            record(actor, "customer.ask_whether_one", customer, now=now,
                   changes={"other": owner.customer_id, "kind": space.code})  # fmt: skip
            return Customer.objects.get(pk=owner.customer_id)
        held = Identity.objects.filter(namespace=space, customer=customer).count()
        if held >= space.limit:
            raise ValidationError(
                {"value": _("She has %(n)s of this kind, and that is the limit. Remove one first.")
                 % {"n": held}}
            )  # fmt: skip
        _say(customer, now=now, identities=[(space.code, normal)])
        record(actor, "customer.add_identity", customer, now=now, changes={"kind": space.code})
    return None


def remove_identity(actor: Actor, identity: Identity, *, now: datetime) -> None:
    """Take an identity away; whoever comes with it next is somebody new. Raises RightMissing."""
    customer = identity.customer
    require_with(actor, Right.EDIT_CUSTOMER, customer)
    with transaction.atomic():
        found = _locked(customer)
        identity.delete()
        strong = Identity.objects.filter(customer=found, namespace__strength=Strength.STRONG)
        if found.is_known and not strong.exists():
            found.is_known = False
            found.save(update_fields=["is_known"])
        kind = identity.namespace.code
        record(actor, "customer.remove_identity", customer, now=now, changes={"kind": kind})


def set_tag(
    actor: Actor,
    customer: Customer,
    tag: Tag,
    value: str = "",
    *,
    added: bool = True,
    now: datetime,
) -> None:
    """Give her a tag, or take it away. Computed tags are not set by hand. Raises RightMissing,
    and ValidationError for such a tag or a value of another type."""
    if tag.brand is not None:
        require(actor, Right.TAG_CUSTOMER, tag.brand)
    else:
        require_with(actor, Right.TAG_CUSTOMER, customer)
    if tag.kind != TagKind.ASSIGNED:
        raise ValidationError({"tag": _("This tag is computed, so nobody sets it by hand.")})
    value = value.strip()
    if added and value:
        try:
            value = str(read_value(tag.title, tag.data_type, value))
        except BadFact as error:
            raise ValidationError({"value": str(error)}) from error
    with transaction.atomic():
        _locked(customer)
        _say(customer, now=now, tags=[TagFact(tag.code, value, added)])
        verb = "tag" if added else "untag"
        record(actor, f"customer.{verb}", customer, now=now, brand=tag.brand,
               changes={"tag": tag.code})  # fmt: skip


def set_consent(
    actor: Actor,
    customer: Customer,
    brand: Brand,
    *,
    channel: str,
    purpose: str,
    state: str,
    note: str = "",
    now: datetime,
) -> None:
    """Write down a yes or no that she gave. A yes needs a word on how she gave it: that is the
    proof. Raises RightMissing and ValidationError."""
    require(actor, Right.EDIT_CUSTOMER, brand)
    require_with(actor, Right.EDIT_CUSTOMER, customer)
    note = " ".join(note.replace("\x00", "").split())[:NOTE]
    if state not in ConsentState.values or channel not in Channel.values:
        raise ValidationError({"state": _("Choose what she said, and for which channel.")})
    if purpose not in Purpose.values:
        raise ValidationError({"purpose": _("Choose what the consent is for.")})
    if state == ConsentState.GRANTED and not note:
        raise ValidationError({"note": _("Say how she gave her consent: it is the proof.")})
    proof = {"by": str(actor.user.pk) if actor.user else str(actor), "note": note}
    with transaction.atomic():
        _locked(customer)
        fact = ConsentFact(channel, purpose, state, brand.pk, now, proof=proof)
        _say(customer, now=now, consents=[fact])
        record(actor, "customer.set_consent", customer, now=now, brand=brand,
               changes={"channel": channel, "purpose": purpose, "state": state})  # fmt: skip


def source() -> Source:
    """The source of what people write themselves."""
    found, _made = Source.objects.get_or_create(
        code=SOURCE,
        defaults={
            "name": "by hand",
            "names": {"zh-hans": "手工"},
            "kind": SourceKind.MANUAL,
            "trust": 90,
        },
    )
    return found


# helpers


def _locked(customer: Customer) -> Customer:
    """The row as it is now; nobody is changed who is not there any more."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [[customer.pk]])
    found = Customer.objects.get(pk=customer.pk)
    if found.merged_into_id is not None or found.erased_at is not None:
        raise ValidationError(
            _("She was erased or merged with somebody already. Look at the page again.")
        )
    return found


def _say(customer: Customer, *, now: datetime, **facts: Any) -> None:
    """Through the one door; what it refuses is said as it says it."""
    item = Item("1", customer_id=customer.pk, **facts)
    done = ingest(Batch(source().code, [item], source_kind=SourceKind.MANUAL.value), now=now)
    if done.refused:
        raise ValidationError(done.refused[0].text)


def _ask_whether_one(customer: Customer, other: int, space: Namespace, now: datetime) -> None:
    clash = Clash(0, min(customer.pk, other), max(customer.pk, other), (space.pk,))
    with connection.cursor() as cursor:
        open_reviews(cursor, [clash], source=SOURCE, brand_id=None, places=[""], now=now)
