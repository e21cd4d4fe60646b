"""SMS: a text with the brand's signature, through a provider described by settings ("http"), or
through Aliyun or Twilio by their documented APIs."""

from __future__ import annotations

from campaigns.channels.base import Channel
from campaigns.channels.sms.aliyun import Aliyun
from campaigns.channels.sms.configured import ConfiguredSms
from campaigns.channels.sms.segments import Size, measure
from campaigns.channels.sms.twilio import Twilio


class Sms(Channel):
    code = "sms"
    namespace = "phone"
    providers = {"http": ConfiguredSms, "aliyun": Aliyun, "twilio": Twilio}


__all__ = ["Aliyun", "ConfiguredSms", "Size", "Sms", "Twilio", "measure"]
