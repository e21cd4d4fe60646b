"""Tasks for people as a channel."""

from datetime import datetime, timedelta

import pytest

from campaigns.gate import decide
from campaigns.models import ChannelAccount, Message, Task
from campaigns.outbox import dispatch
from tests.campaigns.making import make_candidate, make_customers, make_shop

pytestmark = pytest.mark.django_db


def test_a_task_is_opened_once(now: datetime) -> None:
    shop = make_shop(now)
    ChannelAccount.objects.create(
        brand=shop.brand, channel="task", name="desk", provider="desk", settings={"hours": 3}
    )
    [customer] = make_customers(shop, 1, now)
    make_candidate(shop, customer, now, channel="task", purpose="service")
    decide(now)
    assert dispatch(now).handed_over == 1
    Message.objects.update(state="accepted", claimed_at=None, next_attempt_at=now)
    assert dispatch(now).handed_over == 1
    task = Task.objects.get()
    assert (task.title, task.instructions, task.due_at) == (
        "News",
        "Hello",
        now + timedelta(hours=3),
    )
    assert task.customer_id == customer.pk
