"""Begin a journey from a blueprint: its contents, its drawing, and the cap that it brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.contents import TextDraft, create_content
from campaigns.actions.policies import save_cap
from campaigns.models import Content, FrequencyCap
from customers.access import Actor, Right, may, require
from customers.models import Brand
from journeys.actions.begin import begin
from journeys.blueprints import Blueprint, said
from journeys.models import Journey

DAY = 86_400


@dataclass(frozen=True)
class Begun:
    """The journey; the contents that were written for it, those that were there already, and the
    cap (None when *actor* may not set one)."""

    journey: Journey
    written: list[str]
    there: list[str]
    cap: FrequencyCap | None


def begin_from(actor: Actor, brand: Brand, name: str, blueprint: Blueprint, now: datetime) -> Begun:
    """A new journey called *name*, drawn as *blueprint* says. Contents that the brand has under
    the same code are used as they are. The cap is set by who may set policies; nobody else's right
    to begin a journey depends on it. Raises RightMissing, and JourneyRefused for the name.
    """
    require(actor, Right.EDIT, brand)
    with transaction.atomic():
        journey = begin(actor, brand, name, now, draft=draft_of(blueprint))
        for node in journey.draft["nodes"].values():
            if node["kind"] == "branch.experiment":
                # One of its own: reports and the hash of customers go by it.
                node["settings"]["experiment"] = journey.code
        journey.save(update_fields=["draft"])
        codes = [content["code"] for content in blueprint.contents]
        there = set(
            Content.objects.filter(brand=brand, code__in=codes).values_list("code", flat=True)
        )
        written = [code for code in codes if code not in there]
        for content in blueprint.contents:
            if content["code"] in written:
                write_content(actor, brand, content, now)
        cap = None
        if may(actor, Right.SET_POLICY, brand):
            cap = save_cap(actor, cap_of(journey, blueprint), now=now)
    return Begun(journey, written, sorted(there), cap)


# helpers


def draft_of(blueprint: Blueprint) -> dict[str, Any]:
    """A graph of its own, so that changing it leaves the blueprint as it is."""
    nodes = {
        key: {**node, "settings": dict(node["settings"]), "next": dict(node["next"])}
        for key, node in blueprint.graph["nodes"].items()
    }
    return {**blueprint.graph, "nodes": nodes, "description": blueprint.about}


def write_content(actor: Actor, brand: Brand, content: Any, now: datetime) -> None:
    create_content(
        actor,
        brand,
        code=content["code"],
        name=said(content["title"]),
        channel=content["channel"],
        purpose=content.get("purpose", "marketing"),
        texts=[TextDraft(language=code, **text) for code, text in content["texts"].items()],
        on_missing="fallback",
        now=now,
    )


def cap_of(journey: Journey, blueprint: Blueprint) -> dict[str, Any]:
    return {
        "name": _("At most %(n)s of “%(journey)s”")
        % {"n": blueprint.cap["limit"], "journey": journey.name[:40]},
        "brand": journey.brand,
        "journey_id": journey.pk,
        "purpose": "",
        "limit": blueprint.cap["limit"],
        "window_seconds": blueprint.cap["days"] * DAY,
    }
