"""Webhook: the message as signed JSON, posted to the brand's own endpoint."""

from __future__ import annotations

from campaigns.channels.base import Channel
from campaigns.channels.webhook.signed import SignedWebhook


class Webhook(Channel):
    code = "webhook"
    namespace = None
    parts = frozenset({"subject", "body", "html"})
    providers = {"signed": SignedWebhook}


__all__ = ["SignedWebhook", "Webhook"]
