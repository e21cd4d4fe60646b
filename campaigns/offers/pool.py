"""How full the pool of an offer is."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q

from campaigns.models import Offer


class Pool(NamedTuple):
    """Numbers of codes: all of them, given away, redeemed, still free."""

    all: int
    issued: int
    redeemed: int
    free: int


def pool_of(offer: Offer) -> Pool:
    """The pool of an offer; one query."""
    found = offer.codes.aggregate(
        all=Count("pk"),
        issued=Count("pk", filter=Q(issued_at__isnull=False)),
        redeemed=Count("pk", filter=Q(redeemed_at__isnull=False)),
    )
    return Pool(found["all"], found["issued"], found["redeemed"], found["all"] - found["issued"])
