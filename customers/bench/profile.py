"""`bench profile`: how long the page of a customer takes, the first time and again."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, Final

from django.db import connection
from django.template import engines
from django.test import Client, override_settings
from django.urls import reverse

from config.bench import Bench, Line, register
from config.bench.timing import median_seconds
from config.database.base import close_pools
from customers.ingest import Batch, ConsentFact, EventFact, Item, TagFact, ingest
from customers.models import Brand, Tag, User

NOW: Final = datetime.now(UTC).replace(microsecond=0)
BATCH: Final = 1_000  # events of one item
DAYS: Final = 3 * 365
LIMIT_MS: Final = 300
# Nothing has been collected for a bench, and the page is not about its style sheets.
PLAIN: Final = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@register
class ProfileBench(Bench):
    """The whole page with the first of her timeline, asked for as a browser does.

    *Cold* is what a worker process that has just started does: a new connection, no template
    compiled, nothing of the customer read before. *Warm* is the median of the next ones. The
    events spread over three years, so that every partition has some.
    """

    name = "profile"
    about = "milliseconds of a customer's page, cold and warm"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--events", type=int, nargs="+", default=[1_000, 100_000], help="events of a customer"
        )

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=PLAIN):
            yield from self._lines(options["events"])

    def _lines(self, events: Sequence[int]) -> Iterator[Line]:
        brand = Brand.objects.create(code="bench", name="Bench")
        Tag.objects.create(code="tier", name="Tier")
        user = User.objects.create_superuser("bench@example.com", "x", language="en")
        client = Client()
        client.force_login(user)
        for count in events:
            url = reverse("customers:detail", args=[_customer(brand, count)])
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            cold, answer = _cold(client, url)
            warm = median_seconds(lambda url=url: client.get(url), rounds=9)  # type: ignore[misc]
            yield {
                "what": f"page of {count} events",
                "events": count,
                "cold_ms": round(cold * 1_000, 1),
                "warm_ms": round(warm * 1_000, 1),
                "kb": round(len(answer) / 1_024),
                "within_limit": int(cold * 1_000 <= LIMIT_MS),
            }


# helpers


def _customer(brand: Brand, count: int) -> int:
    who = [("member_id", f"m{count}"), ("email", f"m{count}@example.com"), ("phone", _phone(count))]
    first = Item(
        "1", who,
        attributes={"name": "Chen Xi", "city": "Hangzhou", "birthday": "1994-02-03"},
        tags=[TagFact("tier", "gold")],
        consents=[ConsentFact("sms", "marketing", "granted")],
    )  # fmt: skip
    done = ingest(Batch("bench", [first], brand_id=brand.pk), now=NOW)
    for start in range(0, count, BATCH * 10):
        items = [
            Item(str(part), who[:1], events=[
                _event(n, count) for n in range(part, min(part + BATCH, start + BATCH * 10, count))
            ])
            for part in range(start, min(start + BATCH * 10, count), BATCH)
        ]  # fmt: skip
        ingest(Batch("bench", items, brand_id=brand.pk), now=NOW)
    return done.customer_ids[0] or 0


def _phone(count: int) -> str:
    return f"+86138{count % 10**8:08}"


def _event(n: int, count: int) -> EventFact:
    at = NOW - timedelta(seconds=n * DAYS * 86_400 / count)
    if n % 10 == 0:
        return EventFact("order_paid", at, {"amount": n % 900, "sku": f"i{n % 97}"})
    return EventFact(f"viewed {n % 7}", at, {"page": f"/p/{n % 997}", "seconds": n % 60})


def _cold(client: Client, url: str) -> tuple[float, bytes]:
    """Seconds of the first page of a process, and the page."""
    close_pools()
    for engine in engines.all():
        for loader in getattr(getattr(engine, "engine", None), "template_loaders", ()):
            loader.reset()
    began = perf_counter()
    answer = client.get(url)
    seconds = perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"The page answered {answer.status_code}.")
    return seconds, bytes(answer.content)
