"""Who is in a segment, page by page; and who is put on a list or taken off it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.request import Request
from rest_framework.response import Response

from config.clock import utc_now
from customers.access import Right, record
from customers.actions.segment_lists import change_list
from customers.api import segment_shapes as shapes
from customers.api.authentication import actor_of
from customers.api.body import read_json
from customers.api.calls import Call, key_of, segment_of, told, whole_number
from customers.api.items import objects_of, read_customer
from customers.api.problems import MEDIA_TYPE
from customers.api.segments import NOT_THERE, REFUSED, TAGS
from customers.api.views import PROBLEMS
from customers.ingest import BadFact, Item
from customers.models import ApiKey, Identity, Segment, SegmentMember

PAGE_MOST: Final = 2_000
ID_MOST: Final = 2**63 - 1


class SegmentMembersView(Call):
    """GET and POST /api/v1/segments/<code>/members"""

    rights: ClassVar = {"POST": Right.EDIT}

    @extend_schema(
        operation_id="list_segment_members",
        summary="Who is in a segment",
        parameters=[
            OpenApiParameter("limit", int, description=f"1 to {PAGE_MOST}, default 500."),
            OpenApiParameter("after", int, description="`next` of the page before."),
        ],
        responses={200: shapes.MembersAnswer, 404: NOT_THERE, **PROBLEMS},
        tags=TAGS,
    )
    def get(self, request: Request, code: str) -> Response:
        """By number of the customer. Identities are those by which your brand or the group knows
        customers of your brand; personal ones, such as phone numbers, only for a key with the
        scope "export", and then the call stands in the audit log."""
        segment, key = segment_of(request, code), key_of(request)
        limit = max(1, whole_number(request, "limit", 500, PAGE_MOST))
        after = whole_number(request, "after", 0, ID_MOST)
        rows = list(
            SegmentMember.objects.filter(segment=segment, customer_id__gt=after)
            .order_by("customer_id")
            .values_list("customer_id", "since", "customer__brand_ids")[: limit + 1]
        )
        page = rows[:limit]
        known = [id for id, _since, brands in page if key.brand_id in brands]
        is_personal = Right.EXPORT.value in key.scopes
        body = {
            "members": _members(page, _identities(known, key, is_personal)),
            "size": segment.size,
            "built_at": segment.built_at,
            "next": page[-1][0] if len(rows) > limit else None,
        }
        if is_personal and known:
            _record(request, segment, len(known))
        return Response(body, headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="change_list",
        summary="Put customers on a list, or take them off it",
        request=PolymorphicProxySerializer(
            component_name="Listed",
            serializers=[shapes.ListedBody, shapes.ListedBatchBody],
            resource_type_field_name=None,
        ),
        responses={
            200: OpenApiResponse(shapes.ListedAnswer, description="Everything was done."),
            207: OpenApiResponse(shapes.ListedAnswer, description="Some were refused: see errors."),
            404: NOT_THERE,
            (422, "application/json"): OpenApiResponse(
                shapes.ListedAnswer, description="All were refused: see errors."
            ),
            (422, MEDIA_TYPE): REFUSED,
            **PROBLEMS,
        },
        tags=TAGS,
    )
    def post(self, request: Request, code: str) -> Response:
        """One customer or a batch of up to 2,000. Whom nobody knows yet is made, as by an upload;
        for that the key needs the scope "ingest" as well. Saying it again changes nothing."""
        segment, key, now = segment_of(request, code), key_of(request), utc_now()
        add: list[Item] = []
        remove: list[Item] = []
        errors: dict[int, str] = {}
        objects = objects_of(read_json(request._request))
        for index, each in enumerate(objects):
            try:
                item, goes = _read(index, each)
            except BadFact as error:
                errors[index] = str(error)
            else:
                (remove if goes else add).append(item)
        with told():
            done = change_list(
                actor_of(request),
                segment,
                key.brand,
                add=add,
                remove=remove,
                source=f"api:{key.brand.code}",
                now=now,
            )
        errors |= done.refused
        body = {
            "came": done.came,
            "went": done.went,
            "customers_created": done.customers_created,
            "size": Segment.objects.values_list("size", flat=True).get(pk=segment.pk),
            "errors": [{"index": index, "text": errors[index]} for index in sorted(errors)],
        }
        status = 200 if not errors else 207 if len(errors) < len(objects) else 422
        return Response(body, status=status)


# helpers


def _read(index: int, data: object) -> tuple[Item, bool]:
    if not isinstance(data, dict):
        raise BadFact(_("An object is expected, {…}."))
    goes = data.get("remove", False)
    if not isinstance(goes, bool):
        raise BadFact(_("“remove” is true or false."))
    item = read_customer(str(index), {key: data[key] for key in data if key != "remove"})
    if not item.identities:
        raise BadFact(
            _("Nobody is named. Give at least one identity, such as a phone number or an e-mail.")
        )
    return item, goes


def _identities(
    ids: Sequence[int], key: ApiKey, is_personal: bool
) -> dict[int, dict[str, list[str]]]:
    """By customer and namespace; one query."""
    rows = Identity.objects.filter(customer__in=ids).select_related("namespace").order_by("pk")
    found: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for each in rows:
        space = each.namespace
        if space.brand_id in (None, key.brand_id) and (is_personal or not space.is_personal):
            found[each.customer_id].setdefault(space.code, []).append(each.value)
    return found


def _members(
    page: Sequence[tuple[int, Any, Any]], identities: dict[int, dict[str, list[str]]]
) -> list[dict[str, Any]]:
    return [
        {"customer": id, "since": since, "identities": identities.get(id, {})}
        for id, since, _brands in page
    ]


def _record(request: Request, segment: Segment, count: int) -> None:
    with transaction.atomic():
        record(
            actor_of(request),
            "segment.export",
            segment,
            now=utc_now(),
            brand=key_of(request).brand,
            changes={"customers": count},
        )
