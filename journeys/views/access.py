"""Fetching a journey, a walk or a version as the reader may see it; anything else is not there."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from customers.access import Actor
from customers.scope import scope_of
from journeys.models import Enrollment, Journey, JourneyVersion


def journey_of(request: HttpRequest, pk: int) -> Journey:
    """A journey of one of the reader's brands, else 404: whose it is is nobody else's business."""
    brands = [brand.pk for brand in scope_of(request).mine]
    rows = Journey.objects.select_related("brand", "current", "owner")
    return get_object_or_404(rows, pk=pk, brand__in=brands)


def version_of(request: HttpRequest, journey: Journey) -> JourneyVersion | None:
    """The version that `?version=` numbers, else the current one; None while there is none."""
    wanted = request.GET.get("version", "")
    if not wanted:
        return journey.current
    if not (wanted.isascii() and wanted.isdigit()) or len(wanted) > 9:
        raise Http404
    return get_object_or_404(JourneyVersion, journey=journey, number=int(wanted))


def walk_of(request: HttpRequest, pk: int) -> Enrollment:
    """A walk through a journey of one of the reader's brands, else 404."""
    brands = [brand.pk for brand in scope_of(request).mine]
    rows = Enrollment.objects.select_related(
        "customer", "version", "journey__brand", "journey__current"
    )
    return get_object_or_404(rows, pk=pk, journey__brand__in=brands)


def actor_of(request: HttpRequest) -> Actor:
    """The reader as the one who changes something."""
    return Actor.of_request(request)
