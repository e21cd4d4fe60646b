"""The reference of all kinds of nodes as Markdown, in the active language."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from journeys.canvas.kinds import Kind, Setting, kinds
from journeys.canvas.words import family_name
from journeys.nodes.entry import LIMITS


def reference(only: str = "") -> str:
    """Every kind, or those whose name begins with *only*, with its settings."""
    return "\n".join(_lines(only))


# helpers


def _lines(only: str) -> Iterator[str]:
    family = ""
    for kind in kinds():
        if not kind.kind.startswith(only):
            continue
        if kind.family != family:
            family = kind.family
            yield f"# {family_name(family)}\n"
        yield from _kind(kind)


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {kind.kind} · {kind.label}\n"
    for setting in kind.settings:
        if setting.group != LIMITS:
            yield _setting(setting)
    limits = [setting for setting in kind.settings if setting.group == LIMITS]
    if limits:
        yield "- " + _("Who may enter how often:")
        for setting in limits:
            yield f"  {_setting(setting)}"
    yield ""


def _setting(setting: Setting) -> str:
    needed = " " + _("(needed)") if setting.is_needed else ""
    text = f"- `{setting.name}`{needed}: {setting.label}"
    if setting.form.choices:
        values = ", ".join(f"`{value}` {label}" for value, label in setting.form.choices.items())
        text += f" [{values}]"
    if setting.form.lowest is not None and setting.form.highest is not None:
        text += f" ({setting.form.lowest:g}–{setting.form.highest:g})"
    text += "."
    if setting.help:
        text += f" {setting.help}"
    if setting.form.example and not setting.form.choices:
        text += " " + _("Such as `%(example)s`.") % {"example": setting.form.example}
    return text
