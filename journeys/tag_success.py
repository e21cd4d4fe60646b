"""How walks fare whose audience was chosen by a tag: the goal reached, against all others."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from customers.tags.evaluation.success import count_hits, register_success

# Walks of the period through versions with a goal; what counts is who carried the tag on entering.
REACHED = """
SELECT e.journey_id, e.customer_id, j.brand_id, e.entered_at AS at, e.goal_at IS NOT NULL AS hit
FROM journeys_enrollment e
JOIN journeys_journey j ON j.id = e.journey_id
JOIN journeys_journeyversion v ON v.id = e.version_id
WHERE e.entered_at > %(since)s AND e.entered_at <= %(until)s
    AND jsonb_typeof(v.graph -> 'goal') = 'object'
"""

reached = partial(count_hits, REACHED)
register_success("goal", _("walks that reached their goal"), reached)
