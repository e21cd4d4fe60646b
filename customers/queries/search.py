"""Finding customers by what somebody typed: number, identity, name.

Who sees personal data finds by beginnings. Who does not finds by what she must know already (a
whole identity, a whole name) and by what masked pages show anyway (the last four digits of a
phone number): a beginning that fits or not would tell a masked value sign by sign.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Final

import phonenumbers
from django.conf import settings
from django.db import connection

from customers.identity.normalise import NotAnIdentity, normalise
from customers.models import Namespace, Normaliser
from customers.names import fold, mixtures
from customers.queries.branches import Branch
from customers.rules import Compiled

LONGEST: Final = 320
PREFIX_FROM: Final = 3  # characters; a shorter beginning fits too many identities
END: Final = 4  # digits of a phone number
# Names wait a few seconds for their keys; until then this many are looked at one by one.
NEW_NAMES: Final = 2_000
_REFERENCE: Final = re.compile(r"(?i)c-\s*([\d\s,]{1,24})")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_DIALLED: Final = re.compile(r"\+?[\d\s().-]+")


def searched(q: str) -> str:
    """What was typed, without what can't be searched for."""
    return unicodedata.normalize("NFKC", q.replace("\x00", "")).strip()[:LONGEST]


def search(q: str, *, unmask: bool) -> list[Branch]:
    """Branches for these words, what fits best first; at most two queries to make them."""
    if found := _REFERENCE.fullmatch(q):
        return [_these([int(re.sub(r"[\s,]", "", found[1])) % 2**62])]
    spaces = list(Namespace.objects.all())
    # Numbers are copied as they are shown, with blanks between the thousands.
    bare = re.sub(r"[\s,]", "", q)
    numbers = [int(bare)] if _NUMBER.fullmatch(bare) else []
    branches = [_these([*_who_has(q, spaces), *numbers])]
    if not unmask:
        branches.append(_whole_name(q))
        if len(digits := _digits(q)) == END and not q.startswith("+"):
            branches.append(_phone_end(digits, spaces))
        return branches
    folded = fold(q)
    if any(char.isalpha() for char in folded):
        branches += [_names(folded), _new_names(q)]
        if mixed := _mixed(folded):
            branches.append(mixed)
    if beginnings := _beginnings(q, spaces):
        branches.append(_identities(beginnings))
    if END <= len(digits := _digits(q)) <= 2 * END and not q.startswith("+"):
        branches.append(_phone_end(digits, spaces))
    return branches


def within(branch: Branch, brand_ids: list[int]) -> Branch:
    """A branch of those customers only whom one of these brands knows."""
    mine = " AND c.brand_ids && %s::bigint[]"

    parts = [Compiled(part.sql + mine, (*part.params, brand_ids)) for part in branch.parts]
    member = Compiled(f"({branch.member.sql}{mine})", (*branch.member.params, brand_ids))
    return replace(branch, parts=parts, member=member)


# helpers


def _these(ids: list[int]) -> Branch:
    """Customers by id; of merged ones those whom they are now."""
    member = Compiled("(c.id = ANY(%s))", (ids,))
    return Branch(
        [Compiled(f"customers_customer c WHERE {member.sql}", member.params)], member=member
    )


def _who_has(q: str, spaces: list[Namespace]) -> list[int]:
    """Who has this identity, whole and in any writing."""
    pairs: list[tuple[int, str]] = []
    for space in spaces:
        try:
            pairs.append((space.pk, normalise(space.normaliser, q)))
        except NotAnIdentity:
            continue
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.customer_id FROM customers_identity i
            JOIN unnest(%s::smallint[], %s::text[]) AS w (space, value)
              ON i.namespace_id = w.space AND i.value = w.value
            """,
            [[space for space, _value in pairs], [value for _space, value in pairs]],
        )
        return sorted({row[0] for row in cursor.fetchall()})


def _whole_name(q: str) -> Branch:
    member = Compiled("(c.sort_key = %s AND c.sort_key <> '')", (q.casefold()[:160],))
    return Branch(
        [Compiled(f"customers_customer c WHERE {member.sql}", member.params)], member=member
    )


def _names(folded: str) -> Branch:
    """Names by a key that begins so, in the order of the keys: the shortest fit comes first."""
    like = f"{folded}%"
    source = (
        "customers_namekey k JOIN customers_customer c ON c.id = k.customer_id"
        " WHERE k.key LIKE %s AND NOT EXISTS (SELECT 1 FROM customers_namekey l"
        " WHERE l.customer_id = k.customer_id AND l.key LIKE %s AND l.key < k.key)"
    )
    member = Compiled(
        "EXISTS (SELECT 1 FROM customers_namekey l WHERE l.customer_id = c.id AND l.key LIKE %s)",
        (like,),
    )
    return Branch([Compiled(source, (like, like))], "k.key", member)


def _new_names(q: str) -> Branch:
    """Names that have no keys yet."""
    like = f"{_escaped(q.casefold())}%"
    source = (
        f"(SELECT customer_id FROM customers_nametokey ORDER BY customer_id LIMIT {NEW_NAMES}) n"
        " JOIN customers_customer c ON c.id = n.customer_id WHERE c.sort_key LIKE %s"
    )
    member = Compiled(
        "(c.sort_key LIKE %s AND EXISTS"
        " (SELECT 1 FROM customers_nametokey n WHERE n.customer_id = c.id))",
        (like,),
    )
    return Branch([Compiled(source, (like,))], member=member)


def _mixed(folded: str) -> Branch | None:
    """Names by syllables and initials in one word: wangxm."""
    ways = mixtures(folded)
    if not ways:
        return None
    fits = " OR ".join(["({0}.key LIKE %s AND {0}.spelled ~ %s)"] * len(ways))
    params = tuple(value for way in ways for value in (f"{way.initials}%", way.pattern))
    this, that = fits.format("k"), fits.format("l")
    source = (
        "customers_namekey k JOIN customers_customer c ON c.id = k.customer_id"
        f" WHERE ({this}) AND NOT EXISTS (SELECT 1 FROM customers_namekey l"
        f" WHERE l.customer_id = k.customer_id AND ({that}) AND l.key < k.key)"
    )
    member = Compiled(
        f"EXISTS (SELECT 1 FROM customers_namekey l WHERE l.customer_id = c.id AND ({that}))",
        params,
    )
    return Branch([Compiled(source, (*params, *params))], "k.key", member)


def _identities(beginnings: list[tuple[int, str]]) -> Branch:
    """Identities by their beginning, in the order of their values."""
    mine = " OR ".join(["(j.namespace_id = %s AND j.value LIKE %s)"] * len(beginnings))
    params = tuple(value for space, text in beginnings for value in (space, f"{_escaped(text)}%"))
    parts = [
        Compiled(
            "customers_identity i JOIN customers_customer c ON c.id = i.customer_id"
            " WHERE i.namespace_id = %s AND i.value LIKE %s AND NOT EXISTS"
            " (SELECT 1 FROM customers_identity j WHERE j.customer_id = i.customer_id"
            f" AND ({mine}) AND (j.value, j.namespace_id) < (i.value, i.namespace_id))",
            (space, f"{_escaped(text)}%", *params),
        )
        for space, text in beginnings
    ]
    member = Compiled(
        f"EXISTS (SELECT 1 FROM customers_identity j WHERE j.customer_id = c.id AND ({mine}))",
        params,
    )
    return Branch(parts, "i.value", member)


def _phone_end(digits: str, spaces: list[Namespace]) -> Branch:
    """Phone numbers by their last digits; the index knows the last four."""
    phones = [space.pk for space in spaces if space.normaliser == Normaliser.PHONE]
    fits = (
        "right({0}.value, 4) = %s AND {0}.value LIKE '+%%' AND {0}.value LIKE %s"
        " AND {0}.namespace_id = ANY(%s)"
    )
    params = (digits[-END:], f"%{digits}", phones)
    # Somebody with two such numbers is one row.
    source = (
        "customers_customer c WHERE c.id IN"
        f" (SELECT i.customer_id FROM customers_identity i WHERE {fits.format('i')})"
    )
    member = Compiled(
        "EXISTS (SELECT 1 FROM customers_identity j WHERE j.customer_id = c.id"
        f" AND {fits.format('j')})",
        params,
    )
    return Branch([Compiled(source, params)], member=member, descending=True)


def _beginnings(q: str, spaces: list[Namespace]) -> list[tuple[int, str]]:
    """(namespace id, beginning in normal form) of whatever identity the words may begin."""
    if len(q) < PREFIX_FROM:
        return []
    found: dict[tuple[int, str], None] = {}
    for space in spaces:
        match space.normaliser:
            case Normaliser.PHONE:
                texts = _phone_beginnings(q)
            case Normaliser.TEXT:
                texts = [q, q.upper()]
            case _:
                texts = [q.lower()]
        found |= dict.fromkeys((space.pk, text) for text in texts)
    return list(found)


def _phone_beginnings(q: str) -> list[str]:
    digits = _digits(q)
    if len(digits) < PREFIX_FROM:
        return []
    if q.startswith("+"):
        return [f"+{digits}"]
    if digits.startswith("00"):
        return [f"+{digits[2:]}"] if len(digits) > PREFIX_FROM + 1 else []
    country = phonenumbers.country_code_for_region(getattr(settings, "PHONE_REGION", "CN"))
    home = f"+{country}{digits.lstrip('0')}"
    return [home, f"+{digits}"] if digits.startswith(str(country)) else [home]


def _digits(q: str) -> str:
    """The digits of what may be a phone number, or nothing."""
    return re.sub(r"\D", "", q) if q.isascii() and _DIALLED.fullmatch(q) else ""


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
