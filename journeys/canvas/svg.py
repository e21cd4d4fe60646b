"""The picture of a journey as one SVG file: for a slide, a wiki, a print.

It needs nothing of the product to be seen: colours are those of the light theme, icons are drawn
into it, letters are whatever the reader's machine has, so that lines are broken with room to spare.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

from config.places import BASE_DIR
from journeys.canvas.picture import Card, Label, Line, Picture, plain
from journeys.graph.routes import CARD_WIDTH

SVG = "http://www.w3.org/2000/svg"
FONT = (
    "Inter, 'Helvetica Neue', Arial, 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
)
PAPER, SURFACE, RULE, INK, SOFT = "#f4f1ea", "#fefdfb", "#c7c4bb", "#182520", "#5d6862"
EDGE, FLOW, BAD = "#708078", "#bcd0c5", "#ae2e27"
# By family: its colour, what is drawn on that, and its ink; see static/css/tokens.css.
COLOURS = {
    "trigger": ("#fbb22f", "#392000", "#7b4e0d"),
    "wait": ("#7d7ba2", "#fbfbff", "#51507b"),
    "branch": ("#8c3a5e", "#fefafc", "#863367"),
    "send": ("#005ca2", "#f9fcff", "#005c8e"),
    "act": ("#c95b23", "#fffdfc", "#95401b"),
    "exit": ("#2f3430", "#fcfcf9", "#49524e"),
}
# A family is a shape; in a square of 34.
SHAPES = {
    "trigger": ("circle", {"cx": "17", "cy": "17", "r": "17"}),
    "wait": ("rect", {"width": "34", "height": "34", "rx": "8"}),
    "branch": ("path", {"d": "M17 0L34 17L17 34L0 17z"}),
    "send": ("path", {"d": "M2 2H26L36 17L26 32H2z"}),
    "act": ("path", {"d": "M9 1H25L35 17L25 33H9L-1 17z"}),
    "exit": ("path", {"d": "M10 0H24L34 10V24L24 34H10L0 24V10z"}),
}
MARK, INNER = 34, 19
LEFT, TEXT, EDGES = 12, 58, 12
LINES = 2


def svg_of(picture: Picture, name: str) -> str:
    """The whole picture with its counts, if it has any, as the text of a file."""
    width, height = str(picture.width), str(picture.height)
    root = ET.Element(f"{{{SVG}}}svg", {
        "viewBox": f"0 0 {width} {height}", "width": width, "height": height,
        "font-family": FONT, "role": "img",
    })  # fmt: skip
    add(root, "title").text = name
    add(root, "rect", width="100%", height="100%", fill=PAPER)
    ways = add(root, "g", fill="none", stroke=EDGE, stroke_width="2", stroke_linejoin="round")
    for line in picture.lines:
        draw_line(ways, line)
    for card in picture.cards.values():
        draw_card(root, card, picture.card_height)
    for label in picture.labels:
        draw_label(root, label)
    ET.register_namespace("", SVG)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def broken(text: str, size: float, room: float, most: int = LINES) -> list[str]:
    """A text in up to *most* lines of so many pixels; what is too long ends in an ellipsis."""
    lines: list[str] = []
    rest = text.strip()
    while rest and len(lines) < most:
        fits = len(rest)
        while fits > 1 and width_of(rest[:fits], size) > room:
            fits -= 1
        if fits < len(rest) and len(lines) == most - 1:
            return [*lines, rest[: max(1, fits - 1)].rstrip() + "…"]
        at = fits
        if fits < len(rest) and " " in rest[:fits] and not wide(rest[fits]):
            at = rest.rindex(" ", 0, fits)
        lines.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return lines


def width_of(text: str, size: float) -> float:
    """About how wide a text is; rather too much than too little."""
    return sum(size if wide(letter) else size * 0.51 for letter in text)


# helpers


def add(parent: ET.Element, tag: str, **attributes: object) -> ET.Element:
    named = {key.replace("_", "-"): str(value) for key, value in attributes.items()}
    return ET.SubElement(parent, f"{{{SVG}}}{tag}", named)


def draw_line(parent: ET.Element, line: Line) -> None:
    path = add(parent, "path", d=line.path)
    if line.width:  # running: as thick as what it carries
        path.set("stroke", FLOW)
        path.set("stroke-width", line.width)
    elif line.css == "after-wait":
        path.set("stroke-dasharray", ".1 6")
        path.set("stroke-linecap", "round")
        path.set("stroke-width", "2.75")
    if line.tip:
        add(parent, "path", d=line.tip, fill=EDGE, stroke="none")


def draw_card(parent: ET.Element, card: Card, height: int) -> None:
    fill, on, ink = COLOURS.get(card.family, COLOURS["exit"])
    group = add(parent, "g", transform=f"translate({card.x} {card.y})")
    add(group, "rect", width=CARD_WIDTH, height=height, rx=12, fill=SURFACE, stroke=RULE)
    foot = 46 if card.counts else 0
    top = (height - foot - MARK) / 2
    mark = add(group, "g", transform=f"translate({LEFT} {top:g})", fill=fill)
    shape, where = SHAPES.get(card.family, SHAPES["exit"])
    ET.SubElement(mark, f"{{{SVG}}}{shape}", where)
    offset = (MARK - INNER) / 2
    icon = add(
        mark, "g", transform=f"translate({offset:g} {offset:g}) scale({INNER / 24:.3f})",
        fill="none", stroke=on, stroke_width="2", stroke_linecap="round", stroke_linejoin="round",
    )  # fmt: skip
    icon.extend(strokes_of(card.icon))
    lines = broken(plain(str(card.words)), 16, CARD_WIDTH - TEXT - EDGES)
    first = top + MARK / 2 - 10 * len(lines) + 2
    kind = write(group, TEXT, first, 14, card.family_name, fill=ink, font_weight=600)
    if card.what:
        ET.SubElement(
            kind, f"{{{SVG}}}tspan", {"fill": SOFT, "font-weight": "400"}
        ).text = f" · {card.what}"
    for n, text in enumerate(lines):
        write(group, TEXT, first + 20 * (n + 1), 16, text)
    if card.counts:
        add(group, "path", d=f"M0 {height - foot}H{CARD_WIDTH}", stroke=RULE)
    for n, count in enumerate(card.counts):
        x = EDGES + n * CARD_WIDTH / len(card.counts)
        colour = BAD if count.is_bad else INK
        write(group, x, height - 25, 16, count.value, fill=colour, font_weight=600)
        write(group, x, height - 9, 14, count.label, fill=BAD if count.is_bad else SOFT)


def draw_label(parent: ET.Element, label: Label) -> None:
    [text] = broken(label.name, 14.5, 210, 1) or [""]
    whole = f"{text} {label.people}".strip()
    width = width_of(whole, 14.5) + 22
    add(
        parent, "rect", x=f"{label.x - width / 2:g}", y=label.y - 13, width=f"{width:g}",
        height=26, rx=13, fill=SURFACE, stroke=RULE,
    )  # fmt: skip
    made = write(parent, label.x, label.y + 5, 14.5, text, font_weight=550, text_anchor="middle")
    if label.people:
        ET.SubElement(
            made, f"{{{SVG}}}tspan", {"fill": SOFT, "font-weight": "400"}
        ).text = f" {label.people}"


def write(
    parent: ET.Element, x: float, y: float, size: float, text: str, **more: object
) -> ET.Element:
    element = add(parent, "text", x=f"{x:g}", y=f"{y:g}", font_size=size, **{"fill": INK, **more})
    element.text = text
    return element


def wide(letter: str) -> bool:
    return east_asian_width(letter) in "WF"


def strokes_of(icon: str) -> Iterator[ET.Element]:
    """What an icon of our sprite is drawn with."""
    for text in _sprite().get(icon, ()):
        yield ET.fromstring(text)  # noqa: S314 - a file of our own


@lru_cache(maxsize=1)
def _sprite() -> dict[str, list[str]]:
    root = ET.parse(BASE_DIR / "static" / "icons.svg").getroot()  # noqa: S314 - a file of our own
    return {
        symbol.get("id", ""): [ET.tostring(each, encoding="unicode") for each in symbol]
        for symbol in root.iter(f"{{{SVG}}}symbol")
    }
