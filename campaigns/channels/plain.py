"""Channels of plain text without a provider of their own yet: they record what they would send."""

from __future__ import annotations

from campaigns.channels.base import Channel


class Sms(Channel):
    code = "sms"
    namespace = "phone"


class Push(Channel):
    code = "push"
    namespace = "device"
    parts = frozenset({"subject", "body"})


class WeChat(Channel):
    code = "wechat"
    namespace = "openid"


class InApp(Channel):
    code = "inapp"
    namespace = None
    parts = frozenset({"subject", "body"})


class Webhook(Channel):
    code = "webhook"
    namespace = None


class TaskForAPerson(Channel):
    code = "task"
    namespace = None
    parts = frozenset({"subject", "body"})
