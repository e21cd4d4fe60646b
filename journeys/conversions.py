"""What this floor tells those below of goals: whether a send was followed by one."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from campaigns.evaluation.conversions import Conversions, register_conversions
from journeys.models import Enrollment

register_conversions(
    Conversions(
        join="LEFT JOIN journeys_enrollment e ON e.id = c.enrollment_id",
        condition="e.goal_at >= m.accepted_at",
        exists=Exists(
            Enrollment.objects.filter(
                pk=OuterRef("enrollment_id"), goal_at__gte=OuterRef("message__accepted_at")
            )
        ),
    )
)
