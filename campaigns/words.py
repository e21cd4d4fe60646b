"""Policies in words."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import (
    Arbitration,
    BrandSending,
    CapPeriod,
    Experiment,
    FrequencyCap,
    Holiday,
    QuietAction,
    QuietHours,
    Quota,
    QuotaAction,
    QuotaPeriod,
    SendApproval,
    SendingPause,
)
from campaigns.models.policy import ByPurpose
from customers.formats import day, duration, moment, number, percent
from customers.models import Purpose


def say_cap(cap: FrequencyCap, journey: str = "") -> SafeString:
    """A cap as a sentence, its settings marked: "At most 2 messages in 7 days, by e-mail"."""
    parts = [_how_often(cap)]
    for value in (
        cap.get_channel_display() if cap.channel else "",
        cap.get_purpose_display() if cap.purpose else _("all but transactional"),
        str(cap.brand) if cap.brand else "",
        str(cap.campaign) if cap.campaign else "",
        journey or (f"#{cap.journey_id}" if cap.journey_id else ""),
        str(cap.content) if cap.content else "",
        _("for each of her addresses") if cap.per_address else "",
        _("transactional messages take a place") if cap.counts_transactional else "",
    ):
        if value:
            parts.append(format_html("<em>{}</em>", value))
    return SafeString(" · ".join(parts))


def say_quiet_hours(hours: QuietHours) -> SafeString:
    """Quiet hours as a sentence, and what becomes of each purpose."""
    return format_html(
        _("From {starts} to {ends} on the customer's clock: {actions}"),
        starts=_em(f"{hours.starts:%H:%M}"),
        ends=_em(f"{hours.ends:%H:%M}"),
        actions=say_actions(hours),
    )


def say_holiday(holiday: Holiday) -> SafeString:
    """A holiday's days, and what becomes of each purpose."""
    days = day(holiday.starts_on)
    if holiday.ends_on != holiday.starts_on:
        days = f"{days} – {day(holiday.ends_on)}"
    return format_html("{}: {}", _em(days), say_actions(holiday))


def say_actions(policy: ByPurpose) -> SafeString:
    """What becomes of messages of each purpose: "marketing waits · transactional goes"."""
    words = {
        QuietAction.DEFER: _("{purpose} waits"),
        QuietAction.SKIP: _("{purpose} is not sent"),
        QuietAction.PASS: _("{purpose} goes all the same"),
    }
    return format_html_join(
        " · ",
        "{}",
        (
            (format_html(words[QuietAction(policy.action(purpose))], purpose=_em(label)),)
            for purpose, label in (
                (Purpose.MARKETING, Purpose.MARKETING.label),
                (Purpose.SERVICE, Purpose.SERVICE.label),
                (Purpose.TRANSACTIONAL, Purpose.TRANSACTIONAL.label),
            )
        ),
    )


def say_arbitration(rule: Arbitration) -> SafeString:
    """Who competes within which time."""
    if rule.includes_service:
        sentence = _("Of marketing and service messages within {window} one goes.")
    else:
        sentence = _("Of marketing messages within {window} one goes.")
    return format_html(sentence, window=_em(duration(rule.window_seconds)))


def say_quota(quota: Quota) -> SafeString:
    """A quota as a sentence."""
    if quota.action == QuotaAction.SKIP:
        sentence = _("At most {limit} by {channel} in one {period}; the rest is not sent.")
    else:
        sentence = _("At most {limit} by {channel} in one {period}; the rest waits.")
    return format_html(
        sentence,
        limit=_em(number(quota.limit)),
        channel=_em(quota.get_channel_display()),
        period=QuotaPeriod(quota.period).label,
    )


def say_approval(approval: SendApproval) -> SafeString:
    """From how many people on a send is confirmed twice."""
    return format_html(
        _("A send to {size} people or more is confirmed twice."), size=_em(number(approval.size))
    )


def say_sending(sending: BrandSending) -> SafeString:
    """What happens to the links of a brand's messages, and to whoever asks for marketing."""
    follows = {
        (True, True): _("Clicks and opens are followed."),
        (True, False): _("Clicks are followed, opens are not."),
        (False, True): _("Opens are followed, clicks are not."),
        (False, False): _("Neither clicks nor opens are followed."),
    }[sending.tracks_clicks, sending.tracks_opens]
    utm = _("Links get UTM parameters.") if sending.adds_utm else _("Links stay as they are.")
    confirms = (
        _("Consent to e-mails is confirmed by a link.")
        if sending.double_opt_in
        else _("Consent to e-mails holds without a confirmation.")
    )
    return format_html_join(" ", "{}", ((each,) for each in (follows, utm, confirms)))


def say_pause(pause: SendingPause) -> SafeString:
    """What is paused, since when and why."""
    what = [
        str(pause.campaign) if pause.campaign else "",
        str(pause.brand) if pause.brand else "",
        str(pause.get_channel_display()) if pause.channel else "",
        str(_("transactional messages too")) if pause.holds_transactional else "",
    ]
    parts = [part for part in what if part] or [_("everything but transactional messages")]
    if not any(what[:3]) and pause.holds_transactional:
        parts = [_("everything")]
    text = format_html(
        _("Paused since {since}: {what}"), since=moment(pause.since), what=_em(" · ".join(parts))
    )
    return format_html("{} {}", text, pause.note) if pause.note else text


def say_control(group: Experiment) -> SafeString:
    """A global control group as a sentence."""
    share = float(group.arms.get("control", 0)) / 100
    return format_html(_("{share} of all customers get no marketing."), share=_em(percent(share)))


def rank_of(by: str) -> str:
    """By what one of two messages went first, in words."""
    words = {
        "priority": _("its priority is higher"),
        "leaning": _("she answers such messages more often"),
        "worth": _("it is worth more"),
        "age": _("it has waited longer"),
        "earlier": _("it had gone already"),
    }
    return words.get(by, by)


# helpers


def _em(value: object) -> SafeString:
    return format_html("<em>{}</em>", value)


def _how_often(cap: FrequencyCap) -> SafeString:
    if cap.period == CapPeriod.ROLLING:
        sentence = ngettext(
            "At most {limit} message in {window}", "At most {limit} messages in {window}", cap.limit
        )
        return format_html(
            sentence, limit=_em(number(cap.limit)), window=_em(duration(cap.window_seconds))
        )
    match cap.period:
        case CapPeriod.DAY:
            sentence = ngettext(
                "At most {limit} message on one day", "At most {limit} messages on one day",
                cap.limit,
            )  # fmt: skip
        case CapPeriod.WEEK:
            sentence = ngettext(
                "At most {limit} message in one calendar week",
                "At most {limit} messages in one calendar week",
                cap.limit,
            )
        case _month:
            sentence = ngettext(
                "At most {limit} message in one calendar month",
                "At most {limit} messages in one calendar month",
                cap.limit,
            )
    return format_html(sentence, limit=_em(number(cap.limit)))
