"""Changes to contents: make one, give it a new version, put it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns.content import problems_of
from campaigns.content.blocks import Blocks, blocks_of
from campaigns.models import Content, ContentText, ContentVersion, OnLoss, OnMissing
from customers.access import Actor, Right, record, require
from customers.models import Brand

# What may be changed of a content that is there; the rest is what journeys and messages rely on.
SETTINGS: Final = ("name", "on_missing", "on_loss", "worth")


@dataclass(frozen=True, slots=True)
class TextDraft:
    """A text in one language, as somebody wrote it."""

    language: str
    body: str
    subject: str = ""
    preheader: str = ""
    html: str = ""

    def parts(self) -> dict[str, str]:
        return {
            "subject": self.subject,
            "preheader": self.preheader,
            "body": self.body,
            "html": self.html,
        }


def create_content(
    actor: Actor,
    brand: Brand,
    *,
    code: str,
    name: str,
    channel: str,
    purpose: str,
    texts: Sequence[TextDraft],
    on_missing: str = OnMissing.SKIP,
    on_loss: str = OnLoss.DEFER,
    worth: Decimal = Decimal(0),
    now: datetime,
) -> Content:
    """Make a content with its first version. Raises RightMissing or ValidationError."""
    require(actor, Right.EDIT, brand)
    content = Content(
        brand=brand, code=code, name=name, channel=channel, purpose=purpose,
        on_missing=on_missing, on_loss=on_loss, worth=worth,
    )  # fmt: skip
    content.full_clean()
    with transaction.atomic():
        content.save()
        record(actor, "content.create", content, now=now, changes={"channel": channel})
        add_version(actor, content, texts, now=now)
    return content


def add_version(
    actor: Actor, content: Content, texts: Sequence[TextDraft], *, now: datetime
) -> ContentVersion:
    """Give *content* a new version and send it from now on.

    Messages accepted before keep the version they were accepted with. Raises RightMissing, or
    ValidationError by "language.part" when a text can't be read.
    """
    require(actor, Right.EDIT, content.brand)
    _check(content, texts)
    with transaction.atomic():
        # Two people who save at once get two numbers.
        held = Content.objects.select_for_update().get(pk=content.pk)
        before = held.versions.aggregate(last=Max("number"))["last"] or 0
        version = ContentVersion.objects.create(
            content=held, number=before + 1, created_at=now, created_by=actor.user
        )
        ContentText.objects.bulk_create(
            ContentText(version=version, language=text.language, **text.parts()) for text in texts
        )
        held.current = version
        held.save(update_fields=["current"])
        languages = sorted(text.language for text in texts)
        changes = {"version": [before or None, version.number], "languages": languages}
        record(actor, "content.version", content, now=now, changes=changes)
    content.current = version
    return version


def set_content(
    actor: Actor, content: Content, values: Mapping[str, Any], *, now: datetime
) -> Content:
    """Change the SETTINGS of a content among *values*; they hold from the gate's next decision and
    the next text on. Raises RightMissing or ValidationError."""
    require(actor, Right.EDIT, content.brand)
    with transaction.atomic():
        held = Content.objects.select_for_update(of=("self",)).select_related("brand")
        kept = held.get(pk=content.pk)
        before = {name: getattr(kept, name) for name in SETTINGS}
        for name in SETTINGS:
            if name in values:
                setattr(kept, name, values[name])
        kept.full_clean()
        changed = [name for name in SETTINGS if getattr(kept, name) != before[name]]
        if changed:
            kept.save(update_fields=changed)
            changes = {name: [str(before[name]), str(getattr(kept, name))] for name in changed}
            record(actor, "content.change", kept, now=now, changes=changes)
    return kept


def set_archived(actor: Actor, content: Content, archived: bool, *, now: datetime) -> None:
    """Put a content away, or bring it back. What sends it already goes on doing so."""
    require(actor, Right.EDIT, content.brand)
    with transaction.atomic():
        if Content.objects.filter(pk=content.pk, is_archived=not archived).update(
            is_archived=archived
        ):
            action = "content.archive" if archived else "content.restore"
            record(actor, action, content, now=now)
    content.is_archived = archived


# helpers


def _check(content: Content, texts: Sequence[TextDraft]) -> None:
    if not texts:
        raise ValidationError(_("A content needs a text in at least one language."))
    problems: dict[str, list[str]] = {}
    blocks = blocks_of([content.brand_id]).get(content.brand_id, Blocks())
    for text in texts:
        found = problems_of(content.channel, text.parts(), blocks=blocks, language=text.language)
        for part, sentence in found:
            problems.setdefault(f"{text.language}.{part}", []).append(sentence)
    if len({text.language for text in texts}) < len(texts):
        problems.setdefault("language", []).append(_("Each language has one text."))
    if problems:
        raise ValidationError(problems)
