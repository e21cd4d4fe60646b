"""Writes what the brands of the demo say; the texts stand in contents.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from campaigns.actions.contents import TextDraft, create_content
from customers.access import Actor
from customers.models import Brand

SOURCE = Path(__file__).with_name("contents.yaml")


def read_contents() -> list[dict[str, Any]]:
    """The contents as they are written: code, brand, name, channel and texts by language."""
    found: list[dict[str, Any]] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return found


def write_contents(actor: Actor, brands: Mapping[str, Brand], now: datetime) -> None:
    """Write the contents with one version each; raises ValidationError for a bad template."""
    for said in read_contents():
        create_content(
            actor,
            brands[said["brand"]],
            code=said["code"],
            name=said["name"],
            channel=said["channel"],
            purpose=said.get("purpose", "marketing"),
            texts=[TextDraft(language=code, **text) for code, text in said["texts"].items()],
            on_missing="fallback",
            now=now,
        )
