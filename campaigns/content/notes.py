"""What an author should know of a finished text: nothing here keeps it from being saved.

Links are judged by how they are written; nobody is called for it. What a text weighs is measured
as it is written, before its links are followed.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.channels import Account, Outgoing
from campaigns.channels.sms.segments import measure
from campaigns.channels.sms.text import SIGNED, counting, signature_of
from campaigns.consents.pages import sample_pages
from campaigns.content.render import Rendered
from campaigns.models import ChannelAccount
from customers.formats import number
from customers.models import Channel, Purpose

# Gmail shows no more than this of a mail, and a followed link is longer than its target.
CLIPPED: Final = 102 * 1024
PER_LINK: Final = 120
HUGE_IMAGE: Final = 100 * 1024
WIDEST_IMAGE: Final = 1300
MOST_NAMED: Final = 5
LONG_SUBJECT: Final = 70
_HREF: Final = re.compile(r"<a\s(?:[^<>]*?\s)?href\s*=\s*(\"[^\"<>]*\"|'[^'<>]*')", re.IGNORECASE)
_IMG: Final = re.compile(r"<img\s[^<>]*>", re.IGNORECASE)
_SRC: Final = re.compile(r"\ssrc\s*=\s*(\"[^\"<>]*\"|'[^'<>]*')", re.IGNORECASE)
_WIDTH: Final = re.compile(r"\swidth\s*=\s*[\"']?(\d{1,6})\b", re.IGNORECASE)
_ALT: Final = re.compile(r"\salt\s*=", re.IGNORECASE)
_WAY_OUT: Final = re.compile(r"退订|拒收|取消订阅|\bTD\b|\bSTOP\b|unsubscribe", re.IGNORECASE)
_SCHEMES: Final = ("http", "https", "mailto", "tel", "sms")


def notes_of(channel: str, purpose: str, said: Rendered) -> list[str]:
    """Sentences about *said*, the weightiest first."""
    if channel == Channel.EMAIL:
        return [*_leaving(purpose, said), *_size(said.html), *_links(said), *_images(said.html),
                *_subject(said.subject)]  # fmt: skip
    if channel == Channel.SMS:
        return _sms_leaving(purpose, said.body)
    return []


def size_of_sms(said: Rendered, *, account: ChannelAccount | None, signature: str) -> str:
    """How many parts an SMS makes through *account*, with the signature, as a sentence."""
    made = Account(0, "sms", "")
    if account:
        made = Account(account.pk, "sms", account.provider, account.settings)
    message = Outgoing(0, "", said.language, "", said.body, sender_name=signature)
    name, text = signature_of(made, message), said.body.strip()
    if name and not SIGNED.match(text):
        text = f"【{name}】{text}"
    size = measure(text, counting(made))
    words = ngettext(
        "%(n)s part: %(units)s of %(room)s characters (%(encoding)s), with the signature.",
        "%(n)s parts: %(units)s characters, %(room)s to a part (%(encoding)s), with the signature.",
        size.segments,
    )
    return words % {
        "n": number(size.segments),
        "units": number(size.units),
        "room": number(size.per_segment),
        "encoding": size.encoding,
    }


# helpers


def _leaving(purpose: str, said: Rendered) -> list[str]:
    if purpose != Purpose.MARKETING:
        return []
    pages = sample_pages()
    ways = (pages["unsubscribe_url"], pages["preferences_url"])
    if any(way in part for way in ways for part in (said.html or said.body,)):
        return []
    return [
        _(
            "It has no link to unsubscribe, so a line with one is added beneath. Write "
            "{{ unsubscribe_url }} where you want it."
        )
    ]


def _sms_leaving(purpose: str, body: str) -> list[str]:
    if purpose != Purpose.MARKETING or _WAY_OUT.search(body):
        return []
    if sample_pages()["unsubscribe_url"] in body:
        return []
    return [_("It does not say how to stop. Add “reply STOP”, 回T退订 or {{ unsubscribe_url }}.")]


def _size(html: str) -> list[str]:
    size = len(html.encode()) + PER_LINK * len(_HREF.findall(html))
    if size <= CLIPPED:
        return []
    return [
        _("The HTML is about %(size)s kB long. Gmail cuts a mail off after 102 kB.")
        % {"size": number(size // 1024)}
    ]


def _links(said: Rendered) -> list[str]:
    targets = [unescape(found[1:-1]).strip() for found in _HREF.findall(said.html)]
    broken = [target for target in dict.fromkeys(targets) if not _leads(target)]
    unfinished = [
        target
        for target in dict.fromkeys([*targets, *re.findall(r"https?://\S+", said.body)])
        if "://www.example." in target or "://example." in target
    ]
    found = [
        _("The link “%(link)s” leads nowhere from a mail. Write it whole, with https://.")
        % {"link": target[:80]}
        for target in broken[:MOST_NAMED]
    ]
    if unfinished:
        found.append(
            _("The link “%(link)s” is still that of the template.") % {"link": unfinished[0][:80]}
        )
    return found


def _leads(target: str) -> bool:
    try:
        parts = urlsplit(target)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme.lower() not in _SCHEMES or " " in target:
        return target.startswith("#") and len(target) > 1
    return bool((host and "." in host) or host == "localhost") or parts.scheme in _SCHEMES[2:]


def _images(html: str) -> list[str]:
    found: list[str] = []
    for image in _IMG.findall(html):
        src = _SRC.search(image)
        source = unescape(src[1][1:-1]).strip() if src else ""
        if source.startswith("data:") and len(source) > HUGE_IMAGE:
            found.append(
                _("An image of %(size)s kB is written into the mail. Put it on a server.")
                % {"size": number(len(source) // 1024)}
            )
        elif source.startswith("data:"):
            found.append(_("An image is written into the mail; Gmail does not show such ones."))
        elif not source.startswith(("https://", "http://")):
            found.append(
                _("The image “%(link)s” can't be found from a mail. Write it whole, with https://.")
                % {"link": source[:80]}
            )
        width = _WIDTH.search(image)
        if width and int(width[1]) > WIDEST_IMAGE:
            found.append(
                _("An image is %(n)s pixels wide; 1,200 are enough for every screen.")
                % {"n": number(int(width[1]))}
            )
        if not _ALT.search(image):
            found.append(_("An image has no alt text, which is all that many people see of it."))
    return list(dict.fromkeys(found))[:MOST_NAMED]


def _subject(subject: str) -> list[str]:
    if len(subject) <= LONG_SUBJECT:
        return []
    return [_("Of a subject this long a phone shows less than half.")]
