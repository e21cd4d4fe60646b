"""API keys: made once, shown once, checked by digest, revoked for good."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
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


def verify(token: str, *, now: datetime) -> ApiKey | None:
    """The key of *token* if it may be used now. Unknown, expired and revoked are all None."""
    if not token.startswith(MARK) or len(token) > 100:
        return None
    key = ApiKey.objects.select_related("brand").filter(digest=digest(token)).first()
    if key is None or key.revoked_at is not None:
        return None
    if key.expires_at is not None and key.expires_at <= now:
        return None
    if key.last_used_at is None or key.last_used_at <= now - USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def revoke(actor: Actor, key: ApiKey, *, now: datetime) -> None:
    """End a key at once and for good. Revoking twice changes nothing. Raises RightMissing."""
    if key.revoked_at is None:
        end_key(actor, key, now)


def digest(token: str) -> bytes:
    """What is stored of a token. It is random enough that one round of SHA-256 suffices."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
