"""What became of a message, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _

from campaigns.channels import Fault
from campaigns.models import Message, MessageState
from customers.formats import at_moment


def what_became_of(message: Message) -> list[str]:
    """Say in the active language where *message* is now, and why. Reads nothing further."""
    values = {
        "accepted": at_moment(message.accepted_at),
        "handed": at_moment(message.handed_over_at) if message.handed_over_at else "–",
        "delivered": at_moment(message.delivered_at) if message.delivered_at else "–",
        "next": at_moment(message.next_attempt_at) if message.next_attempt_at else "–",
    }
    reason = why_not(message.error)
    match message.state:
        case MessageState.HANDED_OVER:
            return [_("Handed over %(handed)s.") % values]
        case MessageState.DELIVERED:
            return [_("Delivered %(delivered)s.") % values]
        case MessageState.FAILED:
            if message.error.startswith(("bounced|", "reported|")):
                return [_("It did not arrive."), reason]
            return [_("It was not sent, and is not tried again."), reason]
        case MessageState.HELD:
            return [_("It is held until somebody looks at it."), reason]
        case MessageState.UNCERTAIN:
            return [
                _("Nobody knows whether it arrived: the hand-over was cut off in the middle."),
                _("It is not sent a second time by itself."),
            ]
    if message.claimed_at:
        return [_("It is being handed over just now.")]
    if reason:
        return [reason, _("The next attempt is %(next)s.") % values]
    return [_("Accepted %(accepted)s; it goes out next.") % values]


def why_not(error: str) -> str:
    """The sentence for an error as the outbox keeps it: `code|the provider's words`."""
    code, _bar, detail = error.partition("|")
    match code:
        case "":
            return ""
        case "paused":
            return _("Sending is paused. It goes on when somebody resumes it.")
        case "expired":
            return _("It was of use only for a time, and that was over.")
        case "consent":
            return _("The customer took her consent back after the gate had allowed it.")
        case "suppression":
            return _("The customer or the address was suppressed after the gate had allowed it.")
        case "address":
            return _("The customer has no address for this channel any more.")
        case "gone":
            return _("The content or the customer is no longer there.")
        case "text_missing":
            return _("“%(detail)s”, which the text needs, is missing for this customer.") % {
                "detail": detail
            }
        case "text_limit" | "text_broken" | "text_no_text":
            return _("The text could not be made: %(detail)s") % {"detail": detail or code}
        case "bounced":
            text = _("It came back: %(detail)s")
        case "reported":
            text = _("The provider reports that it did not arrive: %(detail)s")
        case Fault.CONNECTION:
            text = _("The provider could not be reached: %(detail)s")
        case Fault.THROTTLED:
            text = _("The provider asked to wait: %(detail)s")
        case Fault.MAILBOX:
            text = _("The address can't take messages just now: %(detail)s")
        case Fault.REFUSED:
            text = _("The provider refused it: %(detail)s")
        case Fault.CERTIFICATE:
            text = _("The certificate of the provider can't be trusted: %(detail)s")
        case Fault.ACCOUNT:
            text = _("The channel account can't be used: %(detail)s")
        case Fault.INTERRUPTED:
            return _("The hand-over was cut off in the middle.")
        case _other:
            return error
    return text % {"detail": detail or "–"}
