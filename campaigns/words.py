"""Policies and campaigns in words."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import FrequencyCap, QuietAction, QuietHours
from customers.formats import duration, number


def say_cap(cap: FrequencyCap, journey: str = "") -> SafeString:
    """A cap as a sentence, its settings marked: "At most 2 messages in 7 days, by e-mail"."""
    sentence = ngettext(
        "At most {limit} message in {window}", "At most {limit} messages in {window}", cap.limit
    )
    parts = [
        format_html(
            sentence,
            limit=format_html("<em>{}</em>", number(cap.limit)),
            window=format_html("<em>{}</em>", duration(cap.window_seconds)),
        )
    ]
    for value in (
        cap.get_channel_display() if cap.channel else "",
        cap.get_purpose_display() if cap.purpose else _("all but transactional"),
        str(cap.brand) if cap.brand else "",
        str(cap.campaign) if cap.campaign else "",
        journey or (f"#{cap.journey_id}" if cap.journey_id else ""),
    ):
        if value:
            parts.append(format_html("<em>{}</em>", value))
    return SafeString(" · ".join(parts))


def say_quiet_hours(hours: QuietHours) -> SafeString:
    """Quiet hours as a sentence."""
    if hours.action == QuietAction.SKIP:
        sentence = _("From {starts} to {ends} on the customer's clock messages are not sent.")
    else:
        sentence = _("From {starts} to {ends} on the customer's clock messages wait.")
    return format_html(
        sentence,
        starts=format_html("<em>{}</em>", f"{hours.starts:%H:%M}"),
        ends=format_html("<em>{}</em>", f"{hours.ends:%H:%M}"),
    )
