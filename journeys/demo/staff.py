"""What people and machines of the demo's brands do when a journey asks them: tasks and calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Final

from campaigns.actions.tasks import finish
from campaigns.models import Task, TaskState
from campaigns.secrets import seal
from config.calling.signing import new_secret
from customers.access import Actor
from customers.models import Brand, User, Via
from journeys.engine.statements import fetch
from journeys.models import Webhook
from journeys.webhooks.post import Reply
from journeys.webhooks.work import Call, settle

# Nobody is reached there, ever: .example is kept free for stories.
WORKSHOP: Final = "https://workshop.larkfell.example/orders"
LEASE: Final = timedelta(minutes=2)
MOST: Final = 500
# Of the tasks: done, not done; the others are left until their time is over.
DONE, NOT_DONE = 0.55, 0.8
NOTES: Final = {
    "larkfell": (
        ("Fits well. She asks for the autumn catalogue.", "Wants a fitting on Saturday.",
         "Happy with it; asked how to wash it."),
        ("No answer, tried twice.", "Asked not to be called."),
    ),
    "yunzhu": (
        ("已约周六下午品鉴。", "喜欢岩茶，想了解新到的肉桂。", "会带朋友一起来。"),
        ("两次未接通。", "暂时不需要。"),
    ),
}  # fmt: skip


def write_webhook(brand: Brand) -> None:
    """The workshop's system, which journeys of the brand ask about customers."""
    Webhook.objects.create(
        brand=brand,
        code="workshop",
        name="Workshop: repairs and fittings",
        url=WORKSHOP,
        secret=seal(new_secret()),
    )


def answer_calls(seed: int, now: datetime) -> int:
    """Let the workshop answer what it was asked; returns how many calls."""
    until = now + LEASE
    rows = fetch("claim_webhook_calls", {"now": now, "until": until, "limit": MOST})
    calls = [Call(*row) for row in rows]
    mine = [call for call in calls if call.url == WORKSHOP]
    return settle(mine, [_reply(seed, call) for call in mine], now) if mine else 0


def do_tasks(seed: int, staff: Mapping[str, User], now: datetime) -> int:
    """Let those who work there finish the tasks that they have got to by now; returns how many."""
    made = 0
    open_ = Task.objects.filter(state=TaskState.OPEN, due_at__gt=now, brand__code__in=staff)
    for task in open_.select_related("brand"):
        draw = Random(f"{seed}:task:{task.enrollment_id}:{task.node}")
        fate, share = draw.random(), draw.uniform(0.1, 0.9)
        if fate > NOT_DONE or now < task.opened_at + share * (task.due_at - task.opened_at):
            continue
        code = task.brand.code
        good, bad = NOTES[code]
        user = staff[code]
        actor = Actor(via=Via.PAGE, user=user, label=str(user))
        is_done = fate < DONE
        finish(actor, task, done=is_done, note=draw.choice(good if is_done else bad), now=now)
        made += 1
    return made


# helpers


def _reply(seed: int, call: Call) -> Reply:
    draw = Random(f"{seed}:workshop:{call.body}")
    if draw.random() < 0.06:
        return Reply(503, error="It answered 503.", is_final=True)
    level = draw.choices(("gold", "silver", "none"), (15, 35, 50))[0]
    return Reply(200, answer={"level": level, "repairs": draw.randrange(4)})
