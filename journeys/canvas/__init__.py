"""The drawing of a journey as HTML: cards, lines and labels, the outline, the people at a step."""
