"""The line beneath a marketing e-mail whose author wrote no way to unsubscribe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.channels import Outgoing
from campaigns.outbox.links import end_of_body

_STYLE: Final = "margin:24px 16px;text-align:center;font:12px/1.6 sans-serif;color:#767676"


def with_footer(message: Outgoing, pages: Mapping[str, str]) -> Outgoing:
    """*message* with a line to unsubscribe in each part that has none."""
    out, all_of_it = pages["unsubscribe_url"], pages["preferences_url"]
    leave, choose = _words(message.language)
    body, html = message.body, message.html
    if body and out not in body and all_of_it not in body:
        body = f"{body.rstrip()}\n\n--\n{leave}: {out}\n"
    if html and out not in html and all_of_it not in html:
        line = (
            f'<p style="{_STYLE}"><a style="color:inherit" href="{escape(out)}">{escape(leave)}</a>'
            f' · <a style="color:inherit" href="{escape(all_of_it)}">{escape(choose)}</a></p>'
        )
        end = end_of_body(html)
        html = f"{html[:end]}{line}{html[end:]}"
    return replace(message, body=body, html=html)


# helpers


@lru_cache(maxsize=64)
def _words(language: str) -> tuple[str, str]:
    with translation.override(language or "en"):
        return _("Unsubscribe"), _("Choose what you get")
