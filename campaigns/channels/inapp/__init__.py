"""In-app: an inbox and popups, which the brand's app fetches by REST (`campaigns/api/inbox.py`)."""

from __future__ import annotations

from campaigns.channels.base import Channel
from campaigns.channels.inapp.shelf import Shelf


class InApp(Channel):
    code = "inapp"
    namespace = None
    parts = frozenset({"subject", "body"})
    providers = {"inbox": Shelf}


__all__ = ["InApp", "Shelf"]
