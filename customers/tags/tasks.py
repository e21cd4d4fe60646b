"""Wake-ups of the room of tags; all of them run in the queue of audiences."""

from __future__ import annotations

from celery import shared_task

from config.clock import utc_now
from customers.models import Tag
from customers.tags import count, expire, flag, look
from customers.tags.evaluation import evaluate
from customers.tags.refresh import Busy, NotComputed, refresh


@shared_task(name="customers.tags.look")
def look_at_tags() -> int:
    """Refresh what is due, follow events, take what is not valid any more."""
    look.rescue(utc_now())
    done = look.follow(utc_now())
    done += look.refresh_due(utc_now())
    return done + expire.expire(utc_now())


@shared_task(name="customers.tags.follow")
def follow_events() -> int:
    """Look again at the customers of whom events came in."""
    return look.follow(utc_now())


@shared_task(name="customers.tags.refresh")
def refresh_tag(tag_id: int) -> None:
    """Refresh one tag whole, asked for by somebody."""
    if Tag.objects.filter(pk=tag_id).exists():
        try:
            refresh(tag_id, utc_now(), full=True)
            count(now=utc_now(), tag_ids=[tag_id])
        except (Busy, NotComputed):
            # The one that runs does it; what can't be computed stands in its log.
            return


@shared_task(name="customers.tags.count")
def count_tags(tag_id: int | None = None) -> int:
    """Count all tags, or the one that somebody asked for on its page, and flag them."""
    done = count(now=utc_now(), tag_ids=None if tag_id is None else [tag_id])
    flag(now=utc_now())
    return done


@shared_task(name="customers.tags.evaluate")
def evaluate_tags(tag_id: int | None = None) -> int:
    """Work out what all tags are worth, or the one that somebody asked for."""
    return evaluate(now=utc_now(), tag_ids=None if tag_id is None else [tag_id])


@shared_task(name="customers.tags.forget")
def forget_old() -> int:
    """Remove old lines of the log of refreshes."""
    return expire.forget(utc_now())
