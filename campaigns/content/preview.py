"""A text as one real customer would get it, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from campaigns.consents.pages import sample_pages
from campaigns.content.blocks import blocks_of
from campaigns.content.compiled import NONE, Compiled, compile_texts
from campaigns.content.recipient import Recipient
from campaigns.content.render import FaultKind, Rendered, TextFault, render
from campaigns.models import Content, ContentText
from customers.models import Brand, Customer


@dataclass(frozen=True, slots=True)
class Preview:
    """The finished text, or the sentence that says why there is none."""

    language: str
    rendered: Rendered | None
    problem: str = ""


def preview(
    content: Content,
    customer: Customer | None,
    language: str,
    *,
    texts: Sequence[ContentText],
    context: dict[str, Any] | None = None,
) -> Preview:
    """Render *texts* of *content* in *language* as *customer* would get it.

    *texts* may be unsaved. Without a customer the values are missing and shown as such.
    """
    blocks = blocks_of([content.brand_id]).get(content.brand_id, NONE)
    compiled = compile_texts(0, content.on_missing, texts, blocks)
    return preview_compiled(compiled, recipient_of(customer, content.brand, context), language)


def preview_compiled(compiled: Compiled, to: Recipient, language: str) -> Preview:
    """The same for a version that is compiled already."""
    made = render(compiled, to, language=language)
    if isinstance(made, TextFault):
        return Preview(language, None, words_of(made))
    return Preview(language, made)


def recipient_of(
    customer: Customer | None, brand: Brand, context: dict[str, Any] | None = None
) -> Recipient:
    """The recipient that a customer is for a brand."""
    return Recipient(
        customer_id=customer.pk if customer else 0,
        display_name=customer.display_name if customer else "",
        language=customer.language if customer else "",
        attributes=customer.attributes if customer else {},
        brand=brand_variables(brand),
        context=context or {},
        pages=sample_pages(),
    )


def brand_variables(brand: Brand) -> dict[str, Any]:
    """What a template may say of the brand."""
    return {
        "name": brand.name,
        "code": brand.code,
        "language": brand.language,
        "currency": brand.currency,
        "sender_name": brand.sender_name or brand.name,
    }


def words_of(fault: TextFault) -> str:
    """Say why a text could not be made."""
    match fault.kind:
        case FaultKind.MISSING:
            text = _("“%(detail)s” is missing for this customer.")
        case FaultKind.LIMIT:
            text = _("The template does more than a message may: %(detail)s")
        case FaultKind.NO_TEXT:
            text = _("The content has no text yet.")
        case _other:
            text = _("The template fails: %(detail)s")
    return text % {"detail": fault.detail or _("it makes an empty text")}
