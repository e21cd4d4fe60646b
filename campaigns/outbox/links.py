"""The links of a message: UTM parameters, and the way over this server that notes a click.

Which links: `href` of `<a>` and `<area>` in HTML, and every address in plain text; http and https
only, never those of this server itself. What an author has written into an address stays: a UTM
parameter that is there is not replaced.

An e-mail's link carries its target in the signed token. In an SMS every letter costs, so its
target has a number (`ShortLink`), one for each different address.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from html import escape, unescape
from typing import Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connection, transaction

from campaigns.channels import Outgoing
from campaigns.models import ShortLink
from campaigns.tokens import Kind, sign

FOLLOWED: Final = ("email", "sms")
# Longer ones make links that some programs cut; they lead straight to their target.
LONGEST_TARGET: Final = 1_500
# So long after it was last written into a message, a short link may be clicked.
KEPT: Final = timedelta(days=400)
_IN_HTML: Final = re.compile(
    r"""(<(?:a|area)\s(?:[^<>]*?\s)?href\s*=\s*)("|')(https?://[^"'<>\s]+)\2""", re.IGNORECASE
)
# ASCII only: in a Chinese sentence the words go on without a blank.
_IN_TEXT: Final = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_PICTURE: Final = re.compile(r'<img src="[^"]*/o/[\w-]+\.gif"[^>]*>')
_BODY_ENDS: Final = re.compile(r"</body\s*>", re.IGNORECASE)
INSERT: Final = """
INSERT INTO campaigns_shortlink (digest, url, used_on)
SELECT digest, url, %s FROM unnest(%s::uuid[], %s::text[]) AS said (digest, url)
ON CONFLICT (digest) DO NOTHING
"""
# Whoever holds the row writes the same day.
USED: Final = """
UPDATE campaigns_shortlink SET used_on = %s WHERE id IN (
    SELECT id FROM campaigns_shortlink WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Following:
    """What is done to the links of a message."""

    tracks_clicks: bool = True
    tracks_opens: bool = True
    utm: tuple[tuple[str, str], ...] = ()


def follow(messages: Iterable[tuple[Outgoing, str, Following]], now: datetime) -> list[Outgoing]:
    """The messages of (message, channel, following) with their links made ready, in order.

    At most four queries, however many messages; none where nothing needs a short link.
    """
    known = list(messages)
    short = {
        target
        for message, channel, how in known
        if channel == "sms" and how.tracks_clicks
        for target in _targets(message.body, how.utm)
    }
    numbers = numbers_of(short, now) if short else {}
    return [_followed(message, channel, how, numbers) for message, channel, how in known]


def numbers_of(urls: Iterable[str], now: datetime) -> dict[str, int]:
    """The number of each target; those that have none get one."""
    digests = {_digest(url): url for url in urls}
    today = now.date()
    with transaction.atomic():
        found = _read(digests)
        missing = sorted(digests.keys() - found.keys())
        if missing:
            with connection.cursor() as cursor:
                cursor.execute(INSERT, [today, missing, [digests[each] for each in missing]])
            found = _read(digests)
        old = sorted(pk for pk, used_on in found.values() if used_on < today)
        if old:
            with connection.cursor() as cursor:
                cursor.execute(USED, [today, old])
    return {digests[digest]: pk for digest, (pk, _used_on) in found.items()}


def forget_unused(now: datetime) -> int:
    """Drop the short links that no message has carried for `KEPT`; returns how many."""
    gone, _by_model = ShortLink.objects.filter(used_on__lt=(now - KEPT).date()).delete()
    return gone


def end_of_body(html: str) -> int:
    """Where something may be added to what *html* shows: before its body ends, else at the end."""
    # As nearly everybody writes it; the pattern looks at each letter twice.
    end = html.find("</body>")
    if end < 0:
        found = _BODY_ENDS.search(html)
        end = found.start() if found else len(html)
    return end


def without_picture(html: str) -> str:
    """*html* without the picture of an open: a colleague who looks at it is not the customer."""
    return _PICTURE.sub("", html)


@lru_cache(maxsize=10_000)
def with_utm(url: str, utm: tuple[tuple[str, str], ...]) -> str:
    """*url* with the parameters of *utm* that it does not have."""
    address, hash_sign, fragment = url.partition("#")
    query = address.partition("?")[2]
    has = {pair.partition("=")[0] for pair in query.split("&")}
    more = "&".join(f"{name}={quote(value, safe='')}" for name, value in utm if name not in has)
    if not more:
        return url
    joint = "" if address.endswith(("?", "&")) else "&" if query else "?"
    return f"{address}{joint}{more}{hash_sign}{fragment}"


# helpers


def _followed(
    message: Outgoing, channel: str, how: Following, numbers: Mapping[str, int]
) -> Outgoing:
    def link(target: str) -> str:
        target = with_utm(target, how.utm)
        if not how.tracks_clicks or len(target) > LONGEST_TARGET:
            return target
        if channel != "sms":
            return f"{settings.PUBLIC_URL}/r/{sign(Kind.CLICK, message.id, text=target)}"
        number = numbers.get(target)
        return (
            f"{settings.PUBLIC_URL}/r/{sign(Kind.SHORT, message.id, number)}" if number else target
        )

    if channel not in FOLLOWED:
        return message
    html = _in_html(message.html, link) if message.html else ""
    if html and how.tracks_opens:
        html = _with_picture(html, message.id)
    return replace(message, body=_in_text(message.body, link), html=html)


def _in_html(html: str, link: Callable[[str], str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        before, mark, written = found.groups()
        target = unescape(written)
        return (
            found[0] if not _leads_away(target) else f"{before}{mark}{escape(link(target))}{mark}"
        )

    return _IN_HTML.sub(replaced, html)


def _in_text(text: str, link: Callable[[str], str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        target, rest = _without_stops(found[0])
        return f"{link(target)}{rest}" if _leads_away(target) else found[0]

    return _IN_TEXT.sub(replaced, text) if "://" in text else text


def _targets(text: str, utm: tuple[tuple[str, str], ...]) -> Iterable[str]:
    for written in _IN_TEXT.findall(text):
        target, _rest = _without_stops(written)
        if _leads_away(target) and len(full := with_utm(target, utm)) <= LONGEST_TARGET:
            yield full


def _without_stops(written: str) -> tuple[str, str]:
    """An address in a sentence, and the stops behind it, which are the sentence's."""
    target = written.rstrip(".,;:!?'")
    while target.endswith(")") and target.count(")") > target.count("("):
        target = target[:-1].rstrip(".,;:!?'")
    while target.endswith("]") and target.count("]") > target.count("["):
        target = target[:-1].rstrip(".,;:!?'")
    return target, written[len(target) :]


@lru_cache(maxsize=10_000)
def _leads_away(target: str) -> bool:
    """Whether it is an address of somebody else; our own pages need no way over this server."""
    try:
        parts = urlsplit(target)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and not f"{target}/".startswith(f"{settings.PUBLIC_URL}/")


def _with_picture(html: str, number: int) -> str:
    picture = (
        f'<img src="{settings.PUBLIC_URL}/o/{sign(Kind.OPEN, number)}.gif" width="1" height="1"'
        ' alt="" style="display:block;width:1px;height:1px;border:0">'
    )
    end = end_of_body(html)
    return f"{html[:end]}{picture}{html[end:]}"


def _digest(url: str) -> uuid.UUID:
    return uuid.UUID(bytes=sha256(url.encode()).digest()[:16])


def _read(digests: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[int, date]]:
    rows = ShortLink.objects.filter(digest__in=list(digests))
    return {
        digest: (pk, used_on) for pk, digest, used_on in rows.values_list("pk", "digest", "used_on")
    }
