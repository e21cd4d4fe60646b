"""How messages fare whose audience was chosen by a tag: opened or clicked, against all others."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from customers.tags.evaluation.success import count_hits, register_success

# Handed-over messages of the period; what counts is who carried the tag when they were accepted.
RESPONDED = """
SELECT journey_id, customer_id, brand_id, accepted_at AS at,
    opened_at IS NOT NULL OR clicked_at IS NOT NULL AS hit
FROM campaigns_message
WHERE accepted_at > %(since)s AND accepted_at <= %(until)s AND handed_over_at IS NOT NULL
"""

responded = partial(count_hits, RESPONDED)
register_success("responded", _("messages opened or clicked"), responded)
