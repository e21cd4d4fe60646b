"""Channels of plain text without a provider of their own yet: they record what they would send."""

from __future__ import annotations

from campaigns.channels.base import Channel


class Push(Channel):
    code = "push"
    namespace = "device"
    parts = frozenset({"subject", "body"})


class WeChat(Channel):
    code = "wechat"
    namespace = "openid"
