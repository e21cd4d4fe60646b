"""What this floor adds to a customer's page: her messages, and how much of the caps is used."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gate.limits import Limit
from campaigns.gate.rules import BY_CODE
from campaigns.gate.standing import standings
from campaigns.models import Candidate, CandidateState, Message, MessageState, Suppression
from campaigns.outbox.words import what_became_of
from campaigns.usage import names_of_journeys
from customers.access import Actor, Right, may
from customers.formats import clock, day, duration, moment, number
from customers.links import address
from customers.models import Channel, Customer, Purpose
from customers.profile import (
    Moment,
    PageAction,
    Section,
    register_action,
    register_section,
    register_timeline,
)
from customers.profile.dossier import Part, register_part
from customers.profile.veil import Veil
from customers.scope import Scope
from customers.templatetags.waypost import channel_icon

TOLD = ("message_sent", "message_failed", "message_delivered", "message_opened", "message_clicked")
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
SHOWN_CAPS = 2
SHOWN = 4


def messages(
    customer: Customer, *, scope: Scope, before: datetime, limit: int, unmask: bool
) -> list[Moment]:
    """Every message that somebody wanted for her, with the gate's word and what became of it.

    One moment a message: when it went out, else when the gate decided. Two queries.
    """
    rows = list(
        Candidate.objects.filter(customer=customer, brand__in=scope.brand_ids)
        .annotate(
            happened_at=Coalesce(
                "message__handed_over_at", "message__accepted_at", "decided_at", "wanted_at"
            )
        )
        .filter(happened_at__lt=before)
        .select_related("brand", "content", "message")
        .order_by("-happened_at", "-pk")[:limit]
    )
    journeys = names_of_journeys([row.journey_id for row in rows]) if rows else {}
    found = []
    for row in rows:
        parts = words_of(row)
        if journey := journeys.get(row.journey_id):
            parts = [*parts, format_html("{}", journey.name)]
        went = row.state == CandidateState.ALLOWED
        found.append(
            Moment(
                row.happened_at,
                title_of(row),
                format_html_join(" · ", "{}", ((part,) for part in parts)),
                "send" if went else "",
                channel_icon(row.channel) if went else "shield",
                "messages",
                address("campaigns:message", row.pk),
            )
        )
    return found


def card(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> Section | None:
    """Her last messages, each with what became of it, and how many there are; three queries."""
    mine = Candidate.objects.filter(customer=customer, brand__in=scope.brand_ids)
    sums = mine.aggregate(
        sent=Count("message", filter=Q(message__handed_over_at__isnull=False)),
        opened=Count("message", filter=Q(message__opened_at__isnull=False)),
        stopped=Count("pk", filter=Q(state=CandidateState.STOPPED)),
    )
    rows = list(
        mine.select_related("brand", "content", "message").order_by("-wanted_at", "-pk")[:SHOWN]
    )
    if not rows:
        return None
    veil = Veil.of(customer, is_open=unmask)
    shown = [
        {
            "icon": channel_icon(row.channel) if row.state == CandidateState.ALLOWED else "shield",
            "family": "send" if row.state == CandidateState.ALLOWED else "",
            "title": veil.text(title_of(row)),
            "words": veil.html(format_html_join(" ", "{}", ((part,) for part in words_of(row)))),
            "when": row.wanted_at,
            "url": address("campaigns:message", row.pk),
        }
        for row in rows
    ]
    footer = _("%(sent)s went out, %(opened)s opened, %(stopped)s stopped by the gate")
    return Section(
        _("Messages"),
        "campaigns/profile_card.html",
        {"rows": shown},
        footer=footer % {name: number(value) for name, value in sums.items()}
        if any(sums.values())
        else "",
    )


def used_caps(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> list[Section]:
    """Lines such as "2 of 3 messages used this week", those nearest to their limit; two queries."""
    found = []
    names = {brand.pk: brand.title for brand in scope.brands}
    standing = standings(
        customer.pk,
        brand_ids=scope.brand_ids,
        whole_group=scope.whole_group and scope.chosen is None,
        zone=customer.timezone or next((brand.timezone for brand in scope.brands), "UTC"),
        now=now,
    )
    for each in standing[:SHOWN_CAPS]:
        limit = each.limit
        said = sentence_of(limit) % {
            "used": number(each.used),
            "limit": number(limit.most),
            "window": duration(limit.window) if limit.window else "",
        }
        purpose = limit.purposes[0] if len(limit.purposes) == 1 else ""
        of = [
            str(Channel(limit.channel).label) if limit.channel else "",
            str(Purpose(purpose).label) if purpose else "",
            names.get(limit.brand_id or 0, "") if len(names) > 1 else "",
        ]
        found.append(Section("", footer=" · ".join([said, *(each for each in of if each)])))
    return found


def sentence_of(limit: Limit) -> str:
    """How much of it is used, for the time over which it counts."""
    match limit.period, limit.window:
        case ("day", _window):
            return _("%(used)s of %(limit)s messages used today")
        case ("week", _window):
            return _("%(used)s of %(limit)s messages used this week")
        case ("month", _window):
            return _("%(used)s of %(limit)s messages used this month")
        case (_period, window) if window == WEEK:
            return _("%(used)s of %(limit)s messages used in a week")
        case (_period, window) if window == DAY:
            return _("%(used)s of %(limit)s messages used in a day")
    return _("%(used)s of %(limit)s messages used in %(window)s")


def suppressed(customer: Customer, *, scope: Scope, now: datetime, unmask: bool) -> list[Section]:
    """A line for each suppression of her that stands for these brands; one query."""
    rows = Suppression.objects.filter(customer=customer).select_related("brand").order_by("-at")
    found = []
    for row in rows:
        if row.brand is None or row.brand in scope.brands:
            values = {
                "channel": row.get_channel_display() if row.channel else _("every channel"),
                "brand": row.brand.title if row.brand else _("every brand"),
                "reason": row.get_reason_display(),
                "since": day(row.at),
            }
            line = _("Suppressed since %(since)s: %(channel)s, %(brand)s (%(reason)s)") % values
            found.append(Section("", footer=line))
    return found


def suppress(customer: Customer, *, actor: Actor, scope: Scope, now: datetime) -> PageAction | None:
    """Suppressing needs the right in any brand: for that brand, then."""
    if not any(may(actor, Right.SUPPRESS, brand) for brand in scope.mine):
        return None
    return PageAction(_("Suppress…"), "shield", address("campaigns:suppress", customer.pk))


register_part(
    Part("messages", gettext_lazy("messages, and what became of each"),
         "SELECT b.code AS brand, t.channel, t.purpose, o.code AS content, t.state AS gate, t.rule,"
         " t.wanted_at, t.decided_at, m.address, m.subject, m.state, m.accepted_at,"
         " m.handed_over_at, m.delivered_at, m.opened_at, m.clicked_at FROM campaigns_candidate t"
         " JOIN customers_brand b ON b.id = t.brand_id JOIN campaigns_content o"
         " ON o.id = t.content_id LEFT JOIN campaigns_message m ON m.candidate_id = t.id"
         " WHERE t.customer_id = %(customer)s AND t.brand_id = ANY(%(brands)s) ORDER BY t.id"),
    Part("suppressions", gettext_lazy("suppressions"),
         "SELECT (SELECT b.code FROM customers_brand b WHERE b.id = t.brand_id) AS brand,"
         " t.channel, t.reason, t.note, t.at FROM campaigns_suppression t"
         " WHERE t.customer_id = %(customer)s"
         " AND (t.brand_id IS NULL OR t.brand_id = ANY(%(brands)s)) ORDER BY t.id"),
)  # fmt: skip
register_action("suppress", suppress, order=40)
register_section("messages", card, place="side", order=20)
register_section("suppressed", suppressed, place="consent", order=10)
register_timeline(messages, kind="messages", tells=TOLD, marked="message_id")
register_section("caps", used_caps, place="consent")


# helpers


def title_of(candidate: Candidate) -> str:
    message = _message_of(candidate)
    match candidate.state:
        case CandidateState.ALLOWED:
            failed = message is not None and message.state == MessageState.FAILED
            title = _("%(channel)s: “%(content)s”")
            if failed:
                title = _("%(channel)s failed: “%(content)s”")
        case CandidateState.STOPPED:
            title = _("%(channel)s not sent: “%(content)s”")
        case _other:
            title = _("%(channel)s waits: “%(content)s”")
    channel = capfirst(str(candidate.get_channel_display()))
    return title % {"channel": channel, "content": candidate.content.name}


def words_of(candidate: Candidate) -> list[SafeString]:
    """What became of it, or why it was stopped or put off."""
    message = _message_of(candidate)
    if message is not None:
        return [capfirst_html(fate_of(message))]
    if candidate.state == CandidateState.WAITING:
        return [format_html("{}", _("The gate has not looked at it yet."))]
    rule = BY_CODE.get(candidate.rule)
    if rule is None:
        return []
    return [format_html(_("{why} Rule <em>{rule}</em>."), why=rule.say(candidate), rule=rule.label)]


def fate_of(message: Message) -> SafeString:
    """ "Delivered in 2 seconds, opened 10:31, clicked 10:40"."""
    said = []
    went = message.handed_over_at or message.accepted_at
    if message.delivered_at:
        took = max(message.delivered_at - went, timedelta(0))
        said.append(format_html(_("delivered in <em>{span}</em>"), span=duration(took)))
    for text, at in (
        (_("opened <em>{when}</em>"), message.opened_at),
        (_("clicked <em>{when}</em>"), message.clicked_at),
    ):
        if at:
            same_day = localtime(at).date() == localtime(went).date()
            said.append(format_html(text, when=clock(at) if same_day else moment(at)))
    if not said:
        return format_html("{}", " ".join(each for each in what_became_of(message) if each))
    return format_html_join(_(", "), "{}", ((each,) for each in said))


def capfirst_html(words: SafeString) -> SafeString:
    return SafeString(words[:1].upper() + words[1:])


def _message_of(candidate: Candidate) -> Message | None:
    found: Message | None = getattr(candidate, "message", None)
    return found
