"""What marks a group out: its attributes, tags and events against everybody's, or another's.

`people` says who is compared and puts them into cells, `collect` counts what they have in a fixed
number of statements, `statistics` and `ranking` tell what differs and what is chance (pure), `work`
does it in the background and keeps the counts. `overlap` counts the regions of up to four.
"""

from customers.segments.insight.ranking import Finding, Sizes, rank
from customers.segments.insight.work import Asked, ask, insight_of, run, stop

__all__ = ["Asked", "Finding", "Sizes", "ask", "insight_of", "rank", "run", "stop"]
