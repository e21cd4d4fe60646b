"""Template tags of the whole product: `{% load waypost %}`.

Icons, waymarks and badges of the look, and figures, dates and personal data as a reader wants them
(the filters are the functions of customers.formats).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers import formats

register = template.Library()

FAMILIES = {
    "trigger": "bolt",
    "wait": "clock",
    "branch": "branch",
    "send": "send",
    "act": "tag",
    "exit": "flag",
}
CHANNEL_ICONS = {
    "email": "mail",
    "sms": "sms",
    "push": "bell",
    "inapp": "note",
    "webhook": "hook",
    "task": "person",
    "wechat": "chat",
}
TONE_ICONS = {"ok": "ok", "warn": "warn", "bad": "bad", "info": "info"}

for name in (
    "number",
    "percent",
    "signed",
    "points",
    "money",
    "duration",
    "masked",
    "reference",
):
    register.filter(name, getattr(formats, name))


@register.filter
def moment(value: datetime | None) -> str:
    return formats.moment(value) if value else "–"


@register.filter
def day(value: datetime | None) -> str:
    return formats.day(value) if value else "–"


@register.filter
def clock(value: datetime | None) -> str:
    return formats.clock(value) if value else "–"


@register.filter
def ago(value: datetime | None) -> SafeString:
    """`<time>` that says how long ago, with the exact moment in its title."""
    if value is None:
        return SafeString("–")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds"),
        formats.moment(value),
        formats.ago(value),
    )


@register.filter
def channel_icon(channel: str) -> str:
    return CHANNEL_ICONS.get(channel, "send")


@register.filter
def at_key(held: Mapping[str, Any], key: str) -> Any:
    """What a mapping holds under a key that only the template knows, or None."""
    return held.get(key)


@register.filter
def about(value: float) -> str:
    """A figure that is an estimate: no more than two of its places."""
    return formats.number(float(f"{float(value):.1e}"))


@register.filter
def share_of(part: float, whole: float) -> float | None:
    return formats.share(part or 0, whole or 0)


@register.filter
def css_share(share: float) -> str:
    """A share of 0 to 1 as a length for a custom property: "85.6%"."""
    return f"{min(100.0, max(0.0, 100 * share)):.1f}%"


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite: `{% icon "home" %}`, `{% icon "warn" "s warn" label="…" %}`."""
    spoken = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true"')
    )
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"></use></svg>',
        f"i {css}".strip(),
        spoken,
        sprite(),
        name,
    )


@register.simple_tag
def waymark(family: str, icon_name: str = "", css: str = "") -> SafeString:
    """The mark of a family of nodes: `{% waymark "send" "mail" %}`, small with css="s"."""
    return format_html(
        '<span class="{}" aria-hidden="true">{}</span>',
        f"waymark f-{family} {css}".strip(),
        icon(icon_name or FAMILIES.get(family, "flag")),
    )


@register.simple_tag
def badge(words: str, tone: str = "", icon_name: str = "") -> SafeString:
    """A state: icon and word (with a capital), tone ok, warn, bad, info or none."""
    shown = icon_name or TONE_ICONS.get(tone, "")
    mark = icon(shown) if shown else SafeString("")
    css = f"badge {tone}".strip()
    return format_html('<span class="{}">{}{}</span>', css, mark, capfirst(words))


@register.simple_tag
def words() -> str:
    """Sentences that scripts show, as JSON for the attribute data-words of the body."""
    return json.dumps(
        {
            "offline": _("The server could not be reached. Nothing was changed; try again."),
            "failed": _("That did not work. Nothing was changed; try again in a moment."),
            "forbidden": _("You may not do that. Ask an admin of your brand for the right."),
            "gone": _("That is no longer there. Load the page again to see what is."),
            "signed_out": _("You are signed out. Sign in again; what you typed stays here."),
            "busy": _("That was too much at once. Wait a minute and try again."),
            "copied": _("Copied."),
            "unsaved": _("What you changed here is not saved yet."),
            "nothing": _("Nothing found. Try a shorter word."),
        },
        ensure_ascii=False,
    )


@register.simple_tag
def optional_script(path: str) -> SafeString:
    """A deferred script of static/, or nothing when front-end assets have not been fetched."""
    if not has_static(path):
        return SafeString("")
    return format_html('<script src="{}" defer></script>', static(path))


@register.filter
def has_static(path: str) -> bool:
    """Whether a static file is there, found by the finders or in the collected files."""
    return finders.find(path) is not None or staticfiles_storage.exists(path)


@register.inclusion_tag("partials/field.html")
def field(bound: BoundField, css: str = "") -> dict[str, Any]:
    """A field of a form: label above, help below, the error in place of the help."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    attrs: dict[str, str] = {"class": f"input {css}".strip()}
    described = []
    if bound.errors:
        attrs["aria-invalid"] = "true"
        described.append(f"{bound.auto_id}_error")
    elif bound.help_text:
        described.append(f"{bound.auto_id}_help")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if kind in ("checkbox", "radio"):
        attrs.pop("class")
    return {
        "field": bound,
        "control": bound.as_widget(attrs={**widget.attrs, **attrs}),
        "is_tick": kind == "checkbox" and not bound.subwidgets[1:],
    }


@register.inclusion_tag("partials/paginator.html", takes_context=True)
def pages(context: template.Context, page: Any, name: str = "page") -> dict[str, Any]:
    """Page numbers of a Django Page, keeping the other parameters of the address."""
    around = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {
        "page": page,
        "numbers": list(around),
        "ellipsis": page.paginator.ELLIPSIS,
        "prefix": query_with(context, name, ""),
    }


@register.inclusion_tag("partials/cursor.html", takes_context=True)
def more(
    context: template.Context, after: str = "", before: str = "", label: str = ""
) -> dict[str, Any]:
    """Links to the next and the previous rows of a list read by cursor (`?after=`, `?before=`)."""
    return {
        "after": query_with(context, "after", after, drop="before") if after else "",
        "before": query_with(context, "before", before, drop="after") if before else "",
        "label": label or _("More rows"),
    }


@register.inclusion_tag("partials/sparkline.html")
def sparkline(values: Sequence[float], tone: str = "1") -> dict[str, Any]:
    """A line of values (at least two) in a box of 100 by 28, drawn by the server."""
    enough = len(values) > 1 and any(values)
    return {"points": line_points(values, 100, 28, 4), "tone": tone, "enough": enough}


@register.simple_tag
def bar(part: float | None, whole: float | None, tone: str = "") -> SafeString:
    """A thin bar as long as part is of whole."""
    width = min(100.0, 100 * (formats.share(part or 0, whole or 0) or 0))
    style = f"--v:{width:.1f}%" + (f";--tone:var(--{tone})" if tone else "")
    return format_html('<div class="bar" style="{}" aria-hidden="true"></div>', style)


@register.simple_tag
def pair(share: float | None, other: float | None, whole: float = 1.0) -> SafeString:
    """A bar for one share of *whole*, with a line across it for another."""
    one, two = (min(100.0, 100 * (formats.share(v or 0, whole) or 0)) for v in (share, other))
    return format_html(
        '<div class="pair" style="--v:{};--w:{}" aria-hidden="true"></div>',
        f"{one:.1f}%",
        f"{two:.1f}%",
    )


# helpers


def sprite() -> str:
    return static("icons.svg")


def query_with(context: template.Context, name: str, value: Any, drop: str = "") -> str:
    request = context.get("request")
    query = request.GET.copy() if request else None
    if query is None:
        return f"?{name}={value}"
    query.pop(drop, None)
    query.pop(name, None)
    query[name] = str(value)
    return f"?{query.urlencode()}"


def line_points(values: Sequence[float], width: float, height: float, pad: float) -> str:
    """Points of an SVG polyline through values, highest at the top."""
    if not values:
        return ""
    low, high = min(values), max(values)
    spread = (high - low) or 1
    step = width / max(len(values) - 1, 1)
    spots: Iterable[str] = (
        f"{i * step:.1f},{height - pad - (v - low) / spread * (height - 2 * pad):.1f}"
        for i, v in enumerate(values)
    )
    return " ".join(spots)
