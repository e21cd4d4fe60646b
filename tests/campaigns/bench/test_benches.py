"""The benches of gate and outbox measure what they say, and notice a broken promise."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest
from django.db import connection

from campaigns.bench.gate import _VIOLATIONS, copy_candidates, floor_seconds
from campaigns.bench.sink import mails_of, sink
from campaigns.bench.world import NOW, make_world
from campaigns.gate import decide
from campaigns.models import Candidate, Message


def violations() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_VIOLATIONS)
        ((found,),) = cursor.fetchall()
    return int(found)


@pytest.mark.django_db(transaction=True)
def test_the_gates_world_uses_every_rule_and_the_recount_sees_what_is_broken() -> None:
    make_world(600)
    copy_candidates()
    while decide(NOW, limit=200).more:
        pass
    rules = set(Candidate.objects.filter(node="send").values_list("rule", flat=True))
    assert rules >= {
        "passed", "consent", "suppression", "control_group", "quiet_hours", "arbitration",
        "frequency_cap",
    }  # fmt: skip
    assert violations() == 0
    assert floor_seconds() > 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM floor_message")
        ((copied,),) = cursor.fetchall()
    assert copied == Message.objects.filter(node="send").count() > 0
    with connection.cursor() as cursor:
        for table in ("candidate", "message", "decision"):
            cursor.execute(f"DROP TABLE floor_{table}")
    sent = Message.objects.filter(node="send", purpose="marketing").first()
    assert sent is not None
    Message.objects.filter(pk=sent.pk).update(channel="sms")
    Message.objects.filter(customer=sent.customer_id, node="before").update(channel="sms")
    assert violations() > 0


def test_the_sink_keeps_what_came_over_the_line(tmp_path: Path) -> None:
    with sink(tmp_path / "mails") as port, smtplib.SMTP("127.0.0.1", port) as line:
        for n in range(3):
            line.sendmail("a@example.com", "b@example.com", f"Subject: {n}\r\n\r\n.dot\r\n")
    mails = mails_of(tmp_path / "mails")
    assert [mail.splitlines()[0] for mail in mails] == [b"Subject: 0", b"Subject: 1", b"Subject: 2"]
