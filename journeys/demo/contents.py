"""Writes what the brands of the demo say; the texts stand in contents.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from campaigns.content import problems_of
from campaigns.models import Content, ContentText, ContentVersion
from customers.models import Brand, User

SOURCE = Path(__file__).with_name("contents.yaml")
PARTS = ("subject", "preheader", "body")


def read_contents() -> list[dict[str, Any]]:
    """The contents as they are written: code, brand, name, channel and texts by language."""
    found: list[dict[str, Any]] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return found


def write_contents(brands: Mapping[str, Brand], author: User, now: datetime) -> None:
    """Write the contents with one published version each; raises ValueError for a bad template."""
    for said in read_contents():
        content = Content.objects.create(
            brand=brands[said["brand"]],
            code=said["code"],
            name=said["name"],
            channel=said["channel"],
            on_missing="fallback",
        )
        version = ContentVersion.objects.create(
            content=content, number=1, created_at=now, created_by=author
        )
        for language, text in said["texts"].items():
            parts = {part: text.get(part, "") for part in PARTS}
            problems = problems_of(said["channel"], parts)
            if problems:
                raise ValueError(f"{said['code']} ({language}): {problems}")
            ContentText.objects.create(version=version, language=language, **parts)
        content.current = version
        content.save(update_fields=["current"])
