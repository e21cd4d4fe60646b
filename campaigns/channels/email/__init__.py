"""E-mail: text and HTML in one message, handed over by SMTP or by the API of a provider."""

from __future__ import annotations

from campaigns.channels.base import Channel
from campaigns.channels.email.providers import PROVIDERS
from campaigns.channels.email.smtp import Smtp


class Email(Channel):
    code = "email"
    namespace = "email"
    parts = frozenset({"subject", "preheader", "body", "html"})
    providers = {"smtp": Smtp, **PROVIDERS}


__all__ = ["Email", "Smtp"]
