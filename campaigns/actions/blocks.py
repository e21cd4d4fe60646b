"""Changes to blocks: what includes one says it from the next message on."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.content.blocks import is_included
from campaigns.models import ContentBlock
from customers.access import Actor, Right, record, require
from customers.models import Brand


def create_block(
    actor: Actor, brand: Brand, *, code: str, language: str, source: str, now: datetime
) -> ContentBlock:
    """Make a block. Raises RightMissing or ValidationError."""
    require(actor, Right.EDIT, brand)
    block = ContentBlock(brand=brand, code=code, language=language, source=source)
    block.full_clean()
    with transaction.atomic():
        block.save()
        changes = {"code": code, "language": language}
        record(actor, "block.create", block, now=now, changes=changes)
    return block


def change_block(actor: Actor, block: ContentBlock, source: str, *, now: datetime) -> ContentBlock:
    """Give *block* another text; its name stays, since contents say it. Raises RightMissing or
    ValidationError."""
    require(actor, Right.EDIT, block.brand)
    with transaction.atomic():
        held = ContentBlock.objects.select_for_update(of=("self",)).select_related("brand")
        kept = held.get(pk=block.pk)
        before, kept.source = kept.source, source
        kept.full_clean()
        if before != source:
            kept.save(update_fields=["source"])
            record(actor, "block.change", kept, now=now, changes={"source": [before, source]})
    return kept


def remove_block(actor: Actor, block: ContentBlock, *, now: datetime) -> None:
    """Remove *block*. Raises RightMissing, or ValidationError while a text that goes out now, or
    another block, includes it."""
    require(actor, Right.EDIT, block.brand)
    with transaction.atomic():
        if is_included(block) and not _has_another(block):
            raise ValidationError(
                _("Texts that go out now include “%(code)s”. Take it out of them first.")
                % {"code": block.code}
            )
        changes = {"code": block.code, "language": block.language, "source": block.source}
        record(actor, "block.remove", block, now=now, changes=changes)
        block.delete()


# helpers


def _has_another(block: ContentBlock) -> bool:
    """Whether texts in the block's language find another block of the same name."""
    if not block.language:
        return False
    rows = ContentBlock.objects.filter(brand=block.brand_id, code=block.code, language="")
    return rows.exists()
