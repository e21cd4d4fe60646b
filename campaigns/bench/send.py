"""`bench send`: messages rendered and handed to a mail server of this machine per second, against
the same bytes from a bare loop over one connection.

What the product adds: claiming, loading the customers, rendering each text, building the mail, and
writing down what became of it, piece by piece. As in production, several workers hand over, each
over a connection of its own; the server offers PIPELINING, which a bare loop of smtplib does not
use.
"""

from __future__ import annotations

import multiprocessing
import smtplib
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from django.db import connection

from campaigns.bench.sink import mails_of, sink
from campaigns.bench.world import NOW, make_content
from campaigns.models import ChannelAccount, Content, ContentText, Message
from campaigns.outbox import dispatch
from config.bench import Bench, Line, register
from config.database.base import close_pools
from config.wake import no_wakes
from customers.models import Brand, Namespace

_FORK: Final = multiprocessing.get_context("fork")
# A usual mail: a greeting, an offer, a list; some four kilobytes.
BODY: Final = (
    "Hello {{ customer.name | default: 'there' }},\n\n"
    "{% if customer.level == 'gold' %}Thank you for being with us.{% endif %} This week in "
    "{{ customer.city | default: 'your city' }}:\n\n"
    + "".join(f"- Tea no. {n}, picked by hand in spring, {n}9.00\n" for n in range(1, 30))
)
HTML: Final = (
    "<!doctype html><html><body style='margin:0'><h1>Hello "
    "{{ customer.name | default: 'there' }}</h1><table>"
    + "".join(
        f"<tr><td style='padding:8px'>Tea no. {n}, picked by hand in spring</td>"
        f"<td>{n}9.00</td></tr>"
        for n in range(1, 30)
    )
    + "</table></body></html>"
)
_PEOPLE: Final = """
INSERT INTO customers_customer (id, display_name, sort_key, language, timezone, is_known,
    attributes, provenance, created_at)
SELECT n, 'Customer ' || n, '', 'en', '', true,
    jsonb_build_object('city', 'city ' || n %% 300,
        'level', CASE WHEN n %% 3 = 0 THEN 'gold' ELSE 'basic' END), '{}', %(now)s
FROM generate_series(1, %(people)s::bigint) AS n;
INSERT INTO customers_identity (customer_id, namespace_id, value, created_at)
SELECT n, %(email)s, 'c' || n || '@example.com', %(now)s
FROM generate_series(1, %(people)s::bigint) AS n;
INSERT INTO campaigns_candidate (brand_id, customer_id, bucket, journey_id, version_id,
    enrollment_id, node, visit, content_id, channel, purpose, priority, context, wanted_at, due_at,
    state, rule, detail, decided_at)
SELECT %(brand)s, n, n %% 256, 1, 1, n, 'send', 1, %(mail)s, 'email', 'service', 50, '{}',
    %(now)s, %(now)s, 'allowed', 'passed', '{}', %(now)s
FROM generate_series(1, %(people)s::bigint) AS n;
INSERT INTO campaigns_message (candidate_id, brand_id, customer_id, journey_id, node, content_id,
    content_version_id, channel, purpose, priority, account_id, state, accepted_at,
    next_attempt_at, attempts, address, language, variant, subject, provider_id, error)
SELECT c.id, c.brand_id, c.customer_id, c.journey_id, c.node, c.content_id, %(version)s, c.channel,
    c.purpose, c.priority, %(account)s, 'accepted', %(now)s, %(now)s, 0, '', '', '', '', '', ''
FROM campaigns_candidate c ORDER BY c.id;
"""


@register
class SendBench(Bench):
    """One line: messages per second by the outbox, by the bare loop, and their ratio."""

    name = "send"
    about = "messages rendered and handed over by SMTP per second, against the same bytes bare"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=20_000)
        parser.add_argument("--workers", type=int, default=4, help="processes that hand over")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        messages, workers = options["messages"], options["workers"]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "mails")
            with sink(file) as port:
                make_world(messages, port)
                seconds = run(messages, workers)
            mails = mails_of(file)
            if len(mails) != messages:
                raise RuntimeError(f"{len(mails)} of {messages} mails arrived.")
            with sink(Path(folder, "again")) as port:
                floor = bare_loop(mails, port)
        yield {
            "messages": messages,
            "workers": workers,
            "messages_per_s": round(messages / seconds),
            "floor_per_s": round(messages / floor),
            "ratio": round(floor / seconds, 3),
            "bytes_per_message": round(sum(map(len, mails)) / messages),
        }


def make_world(messages: int, port: int) -> None:
    """Accepted messages, one of each customer, and an account that leads to the sink."""
    brand = Brand.objects.create(code="bench", name="Bench", created_at=NOW)
    account = ChannelAccount.objects.create(
        brand=brand, channel="email", name="sink", provider="smtp", is_default=True,
        rate_per_second=1_000_000,
        settings={"host": "127.0.0.1", "port": port, "from": "bench@example.com"},
    )  # fmt: skip
    content = Content.objects.get(pk=make_content(brand, "mail", "email", "service"))
    version = content.versions.get()
    ContentText.objects.filter(version=version).update(
        subject="News for {{ customer.name | default: 'you' }}", body=BODY, html=HTML
    )
    params: dict[str, Any] = {
        "now": NOW, "people": messages, "brand": brand.pk, "mail": content.pk,
        "version": version.pk, "account": account.pk,
        "email": Namespace.objects.get(code="email").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in _PEOPLE.split(";\n"):
            if statement.strip():
                cursor.execute(statement, params)
        cursor.execute("VACUUM ANALYZE")


def run(messages: int, workers: int) -> float:
    """Hand everything over; returns the seconds. Raises RuntimeError when something is left."""
    close_pools()
    ready: Any = _FORK.Barrier(workers + 1)
    processes = [_FORK.Process(target=_work, args=(ready,), daemon=True) for _ in range(workers)]
    for process in processes:
        process.start()
    ready.wait(timeout=60)
    began = perf_counter()
    for process in processes:
        process.join()
    seconds = perf_counter() - began
    gone = Message.objects.filter(state="handed_over").count()
    if gone != messages:
        raise RuntimeError(f"{gone} of {messages} messages were handed over.")
    return seconds


def bare_loop(mails: list[bytes], port: int) -> float:
    """The same bytes by smtplib over one connection; returns the seconds."""
    began = perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as line:
        for number, mail in enumerate(mails):
            line.sendmail("bench@example.com", f"c{number}@example.com", mail)
    return perf_counter() - began


# helpers


def _work(ready: Any) -> None:
    """A worker that is up, as in production: claims until nothing is due. While another one claims
    it gets nothing."""
    try:
        with no_wakes():
            dispatch(NOW - timedelta(days=1))  # when nothing was due
            ready.wait(timeout=60)
            while dispatch(NOW).claimed or Message.objects.filter(state="accepted").exists():
                pass
    finally:
        connection.close()
