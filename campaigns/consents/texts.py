"""The e-mail that asks for a confirmation, until a brand writes its own."""

from __future__ import annotations

from typing import Final

CODE: Final = "confirm_subscription"
NAME: Final = {"en": "Please confirm your subscription", "zh-hans": "请确认订阅"}
_HTML: Final = """\
<div style="max-width:520px;margin:0 auto;padding:24px 16px;font:16px/1.6 sans-serif">
<p>{greeting}</p>
<p>{ask}</p>
<p style="margin:28px 0"><a href="{{{{ confirm_url }}}}" style="{style}">{verb}</a></p>
<p style="color:#767676;font-size:13px">{otherwise}</p>
</div>
"""
_BUTTON: Final = (
    "display:inline-block;padding:12px 20px;border-radius:6px;background:#1f6b4f;"
    "color:#ffffff;text-decoration:none"
)
_BODY: Final = "{greeting}\n\n{ask}\n\n{{{{ confirm_url }}}}\n\n{otherwise}\n"
_WORDS: Final = {
    "en": {
        "subject": "Please confirm: news from {{ brand.name }}",
        "greeting": "Hello{% if customer.name %} {{ customer.name }}{% endif %},",
        "ask": "somebody asked for news and offers of {{ brand.name }} at this address. "
        "If that was you, please confirm it within 30 days.",
        "verb": "Yes, write to me",
        "otherwise": "If it was not you, do nothing: without your confirmation we do not write.",
    },
    "zh-hans": {
        "subject": "请确认订阅{{ brand.name }}的资讯",
        "greeting": "{% if customer.name %}{{ customer.name }}，{% endif %}您好：",
        "ask": "有人用这个邮箱订阅了{{ brand.name }}的资讯和优惠。如果是您本人，请在 30 天内确认。",
        "verb": "确认订阅",
        "otherwise": "如果不是您本人，不用理会这封邮件；未经确认，我们不会向您发送。",
    },
}


def texts() -> dict[str, dict[str, str]]:
    """By language the parts of the standard text."""
    return {
        language: {
            "subject": words["subject"],
            "body": _BODY.format(**words),
            "html": _HTML.format(style=_BUTTON, **words),
        }
        for language, words in _WORDS.items()
    }
