"""The global control group: customers who get no marketing, so that the rest can be compared."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Experiment, ExperimentState
from customers.access import Actor, Right, record, require
from customers.models import Brand

CONTROL = "control"
TREATED = "treated"
LARGEST = Decimal(50)  # per cent


def global_control(brand: Brand | None) -> Experiment | None:
    """The running global control group of a brand, or of the group."""
    return Experiment.objects.filter(
        brand=brand, journey_id=None, state=ExperimentState.RUNNING
    ).first()


def set_control_group(
    actor: Actor, brand: Brand | None, share: Decimal, *, now: datetime
) -> Experiment | None:
    """Hold out *share* per cent of all customers; 0 ends the group. Raises RightMissing or
    ValidationError.

    Who is in it is a hash of the group's salt and her id. A larger share keeps everybody who is
    in it and adds others; after it has ended, the next one holds out other people.
    """
    require(actor, Right.SET_POLICY, brand)
    if not 0 <= share <= LARGEST:
        raise ValidationError(
            {"share": _("A control group is between 0 and 50 per cent; got %(n)s.") % {"n": share}}
        )
    with transaction.atomic():
        # One at a time: two who set a share at once would make two groups.
        list(Brand.objects.select_for_update().order_by("pk").filter(**_of(brand)))
        held = global_control(brand)
        if held is None and not share:
            return None
        arms = {CONTROL: float(share), TREATED: float(100 - share)}
        if held is None:
            code = f"control_{brand.code if brand else 'all'}_{now:%y%m%d%H%M%S}"[:40]
            held = Experiment.objects.create(
                brand=brand, code=code, name=str(_("Global control group")), salt=code,
                arms=arms, started_at=now,
            )  # fmt: skip
            record(actor, "control_group.start", held, now=now, changes={"share": str(share)})
        elif not share:
            held.state, held.ended_at = ExperimentState.ENDED, now
            held.save(update_fields=["state", "ended_at"])
            record(actor, "control_group.end", held, now=now, changes={})
        elif held.arms != arms:
            before, held.arms = held.arms.get(CONTROL), arms
            held.save(update_fields=["arms"])
            changes = {"share": [before, float(share)]}
            record(actor, "control_group.change", held, now=now, changes=changes)
    return held


# helpers


def _of(brand: Brand | None) -> dict[str, int]:
    return {"pk": brand.pk} if brand else {}
