"""What e-mail providers report afterwards, read by django-anymail.

How a post proves itself: Mailgun and MailerSend sign it, Resend signs it by Standard Webhooks;
Brevo, Mailjet, Postmark and SparkPost send the name and password of the address that they are given
(`https://name:password@…`). The account's secret of reports is the key, or `name:password`;
without one no post is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest

from campaigns.channels.base import Account
from campaigns.channels.reports import Callback, Forged, Report, Unreadable, What
from config.calling.signing import fits
from config.clock import utc_now

VIEWS: Final = {
    "brevo": ("BrevoTrackingWebhookView", "webhook_secret"),
    "mailgun": ("MailgunTrackingWebhookView", "webhook_signing_key"),
    "mailjet": ("MailjetTrackingWebhookView", "webhook_secret"),
    "mailersend": ("MailerSendTrackingWebhookView", "signing_secret"),
    "postmark": ("PostmarkTrackingWebhookView", "webhook_secret"),
    "resend": ("ResendTrackingWebhookView", ""),
    "sparkpost": ("SparkPostTrackingWebhookView", "webhook_secret"),
}
WHATS: Final = {
    "delivered": What.DELIVERED,
    "deferred": What.DEFERRED,
    "bounced": What.BOUNCED,
    "rejected": What.FAILED,
    "failed": What.FAILED,
    "complained": What.COMPLAINED,
    "opened": What.OPENED,
    "clicked": What.CLICKED,
    "unsubscribed": What.UNSUBSCRIBED,
}
FRESH: Final = timedelta(minutes=5)


def reports_of(esp: str, account: Account, callback: Callback) -> Sequence[Report]:
    """What a post of *esp* says. Raises Forged or Unreadable."""
    if not account.callback_secret:
        raise Forged("The account has no secret of reports, so no post can be believed.")
    name, option = VIEWS[esp]
    if not option:
        _verify_signed(account.callback_secret, callback)
    options = {option: account.callback_secret} if option else {"webhook_secret": "-:-"}
    view = getattr(import_module(f"anymail.webhooks.{esp}"), name)(**options)
    request = _request(callback)
    try:
        if option:
            view.run_validators(request)
        events = view.parse_events(request)
    except SuspiciousOperation as error:
        raise Forged("The post does not prove itself.") from error
    except Exception as error:
        # Whatever is missing in it, and whatever anymail makes of that.
        raise Unreadable("The post is not what this provider sends.") from error
    return [report for event in events if (report := _report(event)) is not None]


# helpers


def _request(callback: Callback) -> WSGIRequest:
    """The post once more, as anymail's views want to read it."""
    environ: dict[str, Any] = {
        f"HTTP_{key.upper().replace('-', '_')}": value for key, value in callback.headers.items()
    }
    environ |= {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": callback.headers.get("content-type", "application/json"),
        "CONTENT_LENGTH": str(len(callback.body)),
        "wsgi.input": BytesIO(callback.body),
    }
    return WSGIRequest(environ)


def _verify_signed(secret: str, callback: Callback) -> None:
    headers = {
        key.replace("svix-", "webhook-"): value
        for key, value in callback.headers.items()
        if key.startswith(("svix-", "webhook-"))
    }
    try:
        is_ours = fits(secret, headers, callback.body, utc_now(), FRESH)
    except ValueError as error:
        raise Forged("The secret of reports can't be read.") from error
    if not is_ours:
        raise Forged("The signature does not fit.")


def _report(event: Any) -> Report | None:
    """One event of anymail; None for what is no news, such as "queued"."""
    what = WHATS.get(str(event.event_type))
    if what is None or not event.message_id:
        return None
    reason = str(event.reject_reason or "")
    own = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    said = " ".join(str(own.get(name, "")) for name in ("Type", "type", "event")).lower()
    return Report(
        what,
        provider_id=str(event.message_id),
        at=event.timestamp,
        address=str(event.recipient or ""),
        key=str(event.event_id or ""),
        text=str(event.mta_response or event.description or reason)[:300],
        url=str(event.click_url or "")[:2000],
        is_permanent=(
            what == What.BOUNCED and reason in ("bounced", "invalid") and "soft" not in said
        ),
        user_agent=str(event.user_agent or ""),
    )
