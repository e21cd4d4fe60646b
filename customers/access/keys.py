"""API keys: made once, shown once, checked by digest, renewed with an overlap, revoked for good."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.access.actor import Actor
from customers.access.audit import record
from customers.access.rights import Right, require
from customers.actions.keys import revoke as end_key
from customers.models import ApiKey, Brand

MARK: Final = "wp_"
SHOWN: Final = 11  # the mark and eight characters, which tell keys apart and open nothing
# "Last used" is this exact: a busy key would otherwise rewrite its row for every call.
USED_EVERY: Final = timedelta(minutes=1)
# Longer than this is no overlap but a second key.
OVERLAP_MOST: Final = timedelta(days=90)
SCOPES: Final = (
    Right.INGEST, Right.SEE, Right.EDIT, Right.PUBLISH, Right.MOVE_CUSTOMER, Right.EXPORT,
)  # fmt: skip


def create(
    actor: Actor,
    brand: Brand,
    *,
    name: str,
    scopes: Sequence[str] = (Right.INGEST,),
    expires_at: datetime | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key of *brand* and return it with its token, which nobody can show again.

    Raises RightMissing, and ValidationError for a bad name, scope or expiry.
    """
    require(actor, Right.USE_KEYS, brand)
    name = name.strip()
    if not 0 < len(name) <= 80 or not name.isprintable():
        raise ValidationError({"name": _("Give the key a name of at most 80 characters.")})
    known = {str(scope) for scope in SCOPES}
    wanted = [str(scope) for scope in scopes]
    if not wanted or not set(wanted) <= known:
        raise ValidationError(
            {
                "scopes": _("Choose among these scopes: %(known)s.")
                % {"known": ", ".join(sorted(known))}
            }
        )
    if expires_at is not None and expires_at <= now:
        raise ValidationError({"expires_at": _("A key can't expire before it is made.")})
    token = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            brand=brand,
            name=name,
            prefix=token[:SHOWN],
            digest=digest(token),
            scopes=wanted,
            created_by=actor.user,
            expires_at=expires_at,
        )
        record(actor, "apikey.create", key, now=now, changes={"scopes": wanted})
    return key, token


def rotate(actor: Actor, key: ApiKey, *, until: datetime, now: datetime) -> str:
    """Give *key* a new secret and return it; the one before works until then.

    Name, scopes and whatever else is known of the key stay. There is never more than one old
    secret: a still older one ends at once. Raises RightMissing, and ValidationError for a key that
    is revoked or has ended, and for an overlap that is past or longer than 90 days.
    """
    require(actor, Right.USE_KEYS, key.brand)
    if not now <= until <= now + OVERLAP_MOST:
        raise ValidationError(
            {
                "until": _("The old secret may work on for at most %(n)d days.")
                % {"n": OVERLAP_MOST.days}
            }
        )
    token = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        held = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
        if held.revoked_at is not None or _has_ended(held, now):
            raise ValidationError(_("This key opens nothing any more. Make a new one."))
        before = held.prefix
        held.old_digest, held.old_prefix = bytes(held.digest), before
        held.old_until, held.old_used_at = until, held.last_used_at
        held.digest, held.prefix = digest(token), token[:SHOWN]
        held.rotated_at, held.last_used_at = now, None
        held.save()
        record(
            actor,
            "apikey.rotate",
            held,
            now=now,
            changes={"prefix": [before, held.prefix], "old_until": until.isoformat()},
        )
    key.refresh_from_db()
    return token


def end_old(actor: Actor, key: ApiKey, *, now: datetime) -> bool:
    """End the old secret of a renewed key at once; whether there was one. Raises RightMissing."""
    require(actor, Right.USE_KEYS, key.brand)
    with transaction.atomic():
        rows = ApiKey.objects.filter(pk=key.pk, old_until__gt=now)
        if not rows.update(old_until=now):
            return False
        record(actor, "apikey.end_old", key, now=now, changes={"prefix": key.old_prefix})
    key.refresh_from_db()
    return True


def verify(token: str, *, now: datetime) -> ApiKey | None:
    """The key of *token* if it may be used now. Unknown, expired and revoked are all None."""
    key = _find(token)
    return None if key is None or _why_not(key, token, now) else _used(key, token, now)


def why_not(token: str, *, now: datetime) -> str:
    """Why a token opens nothing, for its bearer; an unknown one is told nothing of any other."""
    key = _find(token)
    why = _why_not(key, token, now) if key is not None else ""
    return why or _("This key is not known. Make one on the page Developers.")


def revoke(actor: Actor, key: ApiKey, *, now: datetime) -> None:
    """End a key at once and for good. Revoking twice changes nothing. Raises RightMissing."""
    if key.revoked_at is None:
        end_key(actor, key, now)


def digest(token: str) -> bytes:
    """What is stored of a token. It is random enough that one round of SHA-256 suffices."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


# helpers


def _find(token: str) -> ApiKey | None:
    if not token.startswith(MARK) or len(token) > 100:
        return None
    mark = digest(token)
    rows = ApiKey.objects.select_related("brand").filter(Q(digest=mark) | Q(old_digest=mark))
    return rows.first()


def _is_old(key: ApiKey, token: str) -> bool:
    return key.old_digest is not None and bytes(key.old_digest) == digest(token)


def _has_ended(key: ApiKey, now: datetime) -> bool:
    return key.expires_at is not None and key.expires_at <= now


def _why_not(key: ApiKey, token: str, now: datetime) -> str:
    """Why it may not be used, "" when it may."""
    if key.revoked_at is not None:
        words = _("This key was revoked on %(day)s. Make one on the page Developers.")
        return words % {"day": f"{key.revoked_at:%Y-%m-%d}"}
    if key.expires_at is not None and key.expires_at <= now:
        words = _("This key ended on %(day)s. Make one on the page Developers.")
        return words % {"day": f"{key.expires_at:%Y-%m-%d}"}
    if _is_old(key, token) and (key.old_until is None or key.old_until <= now):
        words = _("This key was renewed on %(day)s, and its old secret has ended. Use the new one.")
        return words % {"day": f"{key.rotated_at or now:%Y-%m-%d}"}
    return ""


def _used(key: ApiKey, token: str, now: datetime) -> ApiKey:
    """Note when the secret was used last."""
    name = "old_used_at" if _is_old(key, token) else "last_used_at"
    last = getattr(key, name)
    if last is None or last <= now - USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(**{name: now})
    return key
