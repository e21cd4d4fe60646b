"""GET /api/v1/journeys/<code>/nodes/<node>/refusals: whom the gate stopped at a step, and why."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.gate.rules import BY_CODE
from customers.api.calls import whole_number
from customers.api.problems import bad_request
from journeys.api import schema
from journeys.api.base import AFTER, BIGGEST, CODE, LIMIT, MOST, PAGE, READS, VERSION, JourneyCalls
from journeys.api.people import NODE, known, told
from journeys.queries.refusals import REFUSED, refused_at, words_at


class RefusalsView(JourneyCalls):
    """GET /api/v1/journeys/<code>/nodes/<node>/refusals"""

    @extend_schema(
        operation_id="refusals_at_node",
        summary="Whom the gate stopped at a step or lets wait: by which rule, and why each",
        parameters=[
            CODE, NODE, VERSION,
            OpenApiParameter("verdict", str, enum=list(REFUSED)),
            OpenApiParameter("rule", str, enum=list(BY_CODE)),
            LIMIT, AFTER,
        ],
        responses={200: schema.RefusalsAnswer, **READS},
        tags=["journeys"],
    )  # fmt: skip
    def get(self, request: Request, code: str, node: str) -> Response:
        """Sums of the whole step; the messages are those that were asked for."""
        version = self.version(self.journey(code))
        known(version, node)
        asked = request.query_params
        for name, values in (("verdict", list(REFUSED)), ("rule", list(BY_CODE))):
            if asked.get(name) and asked[name] not in values:
                text = _("“%(key)s” is one of: %(known)s.")
                raise bad_request(text % {"key": name, "known": ", ".join(values)})
        words = words_at(version, node)
        page = refused_at(
            version,
            node,
            state=asked.get("verdict", ""),
            rule=asked.get("rule", ""),
            after=whole_number(request, "after", 0, BIGGEST),
            limit=max(1, whole_number(request, "limit", PAGE, MOST)),
        )
        return Response(
            {
                "version": version.number,
                "node": node,
                "allowed": words.allowed,
                "waiting": words.waiting,
                "stopped": dict(words.stopped),
                "deferred": dict(words.deferred),
                "messages": [
                    told(each)
                    | {
                        "id": each.pk,
                        "customer_id": each.customer_id,
                        "enrollment": each.enrollment_id,
                        "decided_at": each.decided_at,
                    }
                    for each in page.rows
                ],
                "next": str(page.after or ""),
            }
        )
