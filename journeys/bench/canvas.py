"""`bench canvas`: how fast the editor answers, and how soon the drawing stands.

A journey of many steps is edited: what the server needs for an operation is taken in this process,
through every middleware; what the eye waits for in a Chromium, from the click to the frame in which
the drawing stands again. The first load counts what comes over the wire, compressed as in
production.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client, override_settings
from django.test.testcases import LiveServerThread

from campaigns.models import ChannelAccount
from config.bench import Bench, Line, register
from config.browser import FLAGS, HOW_TO_GET_ONE, find_browser
from config.clock import utc_now
from customers.access import Actor
from customers.models import Brand, EventType, User
from journeys.actions.begin import begin
from journeys.bench.world import make_content
from journeys.models import Journey

ROUNDS, SEEN = 40, 15
DRAWN: Final = re.compile(r'data-drawn="([^"]+)"')
# From the click on a kind of step to the second frame after the drawing has come.
SETTLE: Final = """
async (slot) => {
  document.querySelector(`${slot} [data-add], ${slot}[data-add]`).click();
  const choice = document.querySelector("#add-step [data-kind='wait.duration']");
  const drawn = new Promise((done) => {
    document.addEventListener("canvas:drawn", done, {once: true});
  });
  const began = performance.now();
  choice.click();
  await drawn;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}
"""


@register
class CanvasBench(Bench):
    """Keys: nodes, op_ms_p50, op_ms_p95, settle_ms_p50, kb_first_load (null without a browser)."""

    name = "canvas"
    about = (
        "Edit a journey of many steps: the server's answer, the browser's drawing, the first load."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large the journey is."""
        parser.add_argument("--nodes", type=int, default=200, help="steps of the journey")

    def measure(self, options: Mapping[str, Any]) -> Iterator[Line]:
        """One line."""
        # Static files as they lie here; nobody has to collect them for a measurement.
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        logging.getLogger("django_structlog").setLevel(logging.WARNING)
        with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
            yield self._line(int(options["nodes"]))

    def _line(self, nodes: int) -> Line:
        brand = Brand.objects.create(code="bench", name="Bench")
        for code in ("mail", "sms"):
            channel = "email" if code == "mail" else "sms"
            make_content(brand, code, channel)
            ChannelAccount.objects.create(
                brand=brand, channel=channel, name=channel, provider="recording"
            )
        for code in ("received", "viewed"):
            EventType.objects.create(
                code=code, name=code, first_seen_at=utc_now(), last_seen_at=utc_now()
            )
        user = User.objects.create_superuser("bench@example.com", display_name="Bench")
        draft = graph_of(nodes)
        journey = begin(Actor.of_command("bench"), brand, "Large", utc_now(), draft=draft)
        client = Client(HTTP_HOST="localhost")
        client.force_login(user)
        # What asks of the first draft is asked of this process's caches too: as in a process that
        # has served the page.
        spent = list(operate(client, journey, ROUNDS))
        settle, size = look(client, journey)
        line: dict[str, Any] = {
            "nodes": len(journey.draft["nodes"]),
            "op_ms_p50": round(median(spent), 1),
            "op_ms_p95": round(quantiles(spent, n=20)[-1], 1),
            "settle_ms_p50": settle,
            "kb_first_load": size,
        }
        return line


def graph_of(nodes: int) -> dict[str, Any]:
    """A graph of so many steps: splits, messages, waits for events, ways that meet again."""
    steps: dict[str, Any] = {
        "start": {
            "kind": "trigger.event",
            "settings": {"event": "received"},
            "next": {"next": "split_0"},
        }
    }
    parts = max(1, (nodes - 2) // 4)
    for n in range(parts):
        after = f"split_{n + 1}" if n + 1 < parts else "done"
        steps[f"split_{n}"] = step(
            "branch.random", {"weights": {"a": 1, "b": 1}}, a=f"mail_{n}", b=f"sms_{n}"
        )
        steps[f"mail_{n}"] = step("send.message", {"content": "mail"}, next=f"wait_{n}")
        steps[f"sms_{n}"] = step("send.message", {"content": "sms"}, next=f"wait_{n}")
        until = {"until": {"viewed": {"event": "viewed"}}, "at_most": "2d"}
        steps[f"wait_{n}"] = step("wait.event", until, viewed=after, timeout=after)
    steps["done"] = step("exit.leave", {})
    return {"nodes": steps, "order": list(steps)}


def operate(client: Client, journey: Journey, rounds: int) -> Iterator[float]:
    """Milliseconds of each operation, after one that is not counted."""
    page = client.get(f"/journeys/{journey.pk}/edit/").content.decode()
    drawn = DRAWN.search(page)
    token, number = drawn[1] if drawn else "", journey.draft_number
    splits = [key for key in journey.draft["nodes"] if key.startswith("split_")]
    for n in range(rounds + 1):
        key = splits[n % len(splits)]
        operation, given = OPERATIONS[n % len(OPERATIONS)]
        said = json.dumps({name: value.replace("KEY", key) for name, value in given.items()})
        began = perf_counter()
        answer = client.post(
            f"/journeys/{journey.pk}/edit/do/{operation}/",
            {"number": number, "given": said, "drawn": token},
            headers={"hx-request": "true"},
        )
        spent = (perf_counter() - began) * 1000
        said = answer.content.decode()
        found = DRAWN.search(said)
        # Who is overtaken is answered too, without anything being done.
        if found is None or f'data-number="{number + 1}"' not in said:
            raise RuntimeError(f"{operation} was answered with {answer.status_code}, and not done.")
        token, number = found[1], number + 1
        if n:
            yield spent


OPERATIONS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("insert", {"kind": "wait.duration", "source": "KEY", "outcome": "a"}),
    ("annotate", {"key": "KEY", "note": "Ask legal about KEY"}),
    ("insert", {"kind": "branch.random", "source": "KEY", "outcome": "b"}),
    ("undo", {}),
)


def look(client: Client, journey: Journey) -> tuple[float | None, float | None]:
    """(median milliseconds until the drawing stands, kB of the first load); None: no browser."""
    path = find_browser()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None, None
    if path is None:
        print(HOW_TO_GET_ONE)
        return None, None
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with serving() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": origin}]
        )
        page = context.new_page()
        sizes: list[int] = []
        page.on("response", lambda response: sizes.append(len(gzip.compress(response.body(), 6))))
        page.goto(f"{origin}/journeys/{journey.pk}/edit/", wait_until="networkidle")
        size = sum(sizes) / 1024
        page.locator("#journey[data-ready]").wait_for()
        spent = []
        for n in range(SEEN + 1):
            spent.append(page.evaluate(SETTLE, f"#way-split_{n}-b"))
        browser.close()
    return round(median(spent[1:]), 1), round(size, 1)


@contextmanager
def serving() -> Iterator[str]:
    """The pages on a port of this machine."""
    with override_settings(ALLOWED_HOSTS=["localhost"]):
        thread = LiveServerThread("localhost", StaticFilesHandler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        try:
            yield f"http://localhost:{thread.port}"
        finally:
            thread.terminate()


# helpers


def step(kind: str, given: dict[str, Any], **ways: str) -> dict[str, Any]:
    return {"kind": kind, "settings": given, "next": ways}
