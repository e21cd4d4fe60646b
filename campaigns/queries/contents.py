"""Contents, their versions and texts."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Prefetch, Q, QuerySet

from campaigns.models import Content, ContentBlock, ContentText, ContentVersion
from customers.models import Brand, Customer


def contents_of(
    brand_ids: Sequence[int], *, words: str = "", channel: str = "", archived: bool = False
) -> QuerySet[Content]:
    """Contents of these brands by name, each with the texts of its current version."""
    texts = Prefetch("current__texts", ContentText.objects.order_by("language", "variant"))
    found = (
        Content.objects.filter(brand__in=brand_ids, is_archived=archived)
        .select_related("brand", "current")
        .prefetch_related(texts)
        .annotate(version_count=Count("versions"))
        .order_by("name", "id")
    )
    if words:
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words))
    return found.filter(channel=channel) if channel else found


def versions_of(content: Content) -> QuerySet[ContentVersion]:
    """Versions, the newest first, each with its author and texts."""
    return content.versions.select_related("created_by").prefetch_related("texts")


def people_to_preview(language: str = "", n: int = 12) -> list[Customer]:
    """The latest known customers, to preview a text as: two queries at most."""
    known = Customer.objects.filter(
        is_known=True, merged_into__isnull=True, erased_at__isnull=True
    ).order_by("-pk")
    found = list(known[:n])
    return found or list(Customer.objects.filter(merged_into__isnull=True).order_by("-pk")[:n])


def block_codes(brand: Brand) -> list[str]:
    """The names of the blocks that texts of *brand* may include."""
    rows = ContentBlock.objects.filter(brand=brand).order_by("code")
    return list(rows.values_list("code", flat=True).distinct())
