"""What a drawing must keep: nothing overlaps, and no line runs through a card."""

from __future__ import annotations

from journeys.graph.drawing import Drawing
from journeys.graph.routes import CARD_WIDTH


def faults_of(drawing: Drawing) -> list[str]:
    """Cards that overlap, labels on cards or on each other, and lines through cards."""
    found = []
    boxes = [(card.x, card.y) for card in drawing.cards.values()]
    high = drawing.card_height
    for n, (x, y) in enumerate(boxes):
        if not (0 <= x <= drawing.width - CARD_WIDTH and 0 <= y <= drawing.height - high):
            found.append(f"a card outside: {x} {y}")
        found += [
            f"cards at {x} {y} and {ox} {oy}"
            for ox, oy in boxes[n + 1 :]
            if abs(x - ox) < CARD_WIDTH + 28 and abs(y - oy) < high + 20
        ]
    for label in drawing.labels:
        for x, y in boxes:
            beside = not x - 60 < label.x < x + CARD_WIDTH + 60
            if not (beside or label.y + 13 < y or label.y - 13 > y + high):
                found.append(f"the label of {label.way} on a card")
        found += [
            f"labels of {label.way} and {other.way}"
            for other in drawing.labels
            if other is not label and abs(label.x - other.x) < 200 and abs(label.y - other.y) < 26
        ]
    return found + through_cards(drawing)


def through_cards(drawing: Drawing) -> list[str]:
    """Lines that run through a card."""
    found = []
    for line in drawing.lines:
        for (ax, ay), (bx, by) in zip(line.points, line.points[1:], strict=False):
            left, right, top, bottom = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            for card in drawing.cards.values():
                inside_x = left < card.x + CARD_WIDTH and right > card.x
                inside_y = top < card.y + drawing.card_height and bottom > card.y
                if inside_x and inside_y:
                    found.append(f"{line.way} through {card.key}")
    return found
