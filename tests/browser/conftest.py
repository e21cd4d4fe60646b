"""A real Chromium for the pages: `visit` opens one, signed in, in a language, theme and width.

Set WAYPOST_SHOTS to a folder, and every page that a test looks at is kept there as a picture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from config.browser import FLAGS, HOW_TO_GET_ONE, find_browser
from config.places import BASE_DIR
from customers.models import User

AXE = BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
# Logged as errors and none: a refused request, which the page tells in a sentence, and one that
# the next letter typed overtook (htmx reports a failed one as sendError, which stays a complaint).
REFUSED = re.compile(r"status of 4|Status Error Code 4|^htmx:(sendAbort|afterRequest),")
SHOTS = os.environ.get("WAYPOST_SHOTS", "")
LAPTOP, PHONE = 1440, 390
# How the sweeps look at pages: loaded for each of these, and seen at the other width as well.
# Every language meets every theme only when somebody wants pictures.
LOOKS = [("en", "light", LAPTOP), ("zh", "dark", PHONE)]
# What another language, theme or width can break in a page that was found good in the first look.
OF_LOOKS = [
    "color-contrast", "link-in-text-block", "html-has-lang", "html-lang-valid", "valid-lang",
    "button-name", "link-name", "label", "target-size", "scrollable-region-focusable",
]  # fmt: skip
if SHOTS:
    LOOKS += [("en", "dark", PHONE), ("zh", "light", LAPTOP)]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.skip(f"No Chromium found. {HOW_TO_GET_ONE}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def kept_files() -> Iterator[None]:
    """Static files may be kept by the browser, as they may where they have a hash in their name:
    else every page asks again for each of its thirty modules."""
    plain = StaticFilesHandlerMixin.serve

    def serve(self: StaticFilesHandlerMixin, request: HttpRequest) -> HttpResponseBase:
        answer = plain(self, request)
        answer["Cache-Control"] = "max-age=3600"
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandlerMixin, "serve", serve)
        yield


@dataclass
class Visit:
    """An open page and what it complained about."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.origin + path)
        return self.page

    def keep(self, name: str) -> None:
        """Keep a picture of the whole page when somebody asked for pictures."""
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)

    def look(self, name: str, rules: list[str] | None = None) -> list[str]:
        """What is wrong with the open page at either width, one line a finding; see `keep`.

        With *rules* axe asks for these only.
        """
        wrong, size = self.axe(rules), self.page.viewport_size
        assert size is not None
        for width in (size["width"], LAPTOP + PHONE - size["width"]):
            self.page.set_viewport_size({"width": width, "height": size["height"]})
            self.keep(f"{name}-{width}")
            if over := self.overflow():
                wrong.append(f"{over} px too wide for {width}")
        self.page.set_viewport_size(size)
        return [f"{name}: {finding}" for finding in wrong]

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def axe(self, rules: list[str] | None = None) -> list[str]:
        """What axe finds wrong on this page, one line a finding; all it knows, or these *rules*."""
        if not AXE.exists():
            pytest.skip("axe-core is missing. Run npm ci, which manage.py test does by itself.")
        # The page's policy forbids scripts of others; evaluate() stands outside of it.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        # Without what only unused rules need: style sheets fetched anew, what passed in detail.
        found: list[str] = self.page.evaluate(
            """async (rules) => (await axe.run({
                    preload: false, resultTypes: ['violations'], ...(rules && {runOnly: rules}),
                })).violations
                .flatMap(({id, help, nodes}) => nodes.map(({target, html}) =>
                    `${id}: ${help} at ${target} ${html.slice(0, 120)}`))""",
            rules,
        )
        return found


Open = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Open]:
    """`visit(user=None, lang="en", theme="light", width=1440)`; fails when a page complained.

    `judged=True` for many pages that are looked at: then axe stands ready in each of them.
    """
    opened: list[tuple[BrowserContext, Visit]] = []

    def make(
        user: User | None = None, lang: str = "en", theme: str = "light", width: int = LAPTOP,
        *, judged: bool = False,
    ) -> Visit:  # fmt: skip
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 900},
            locale={"en": "en-GB", "zh": "zh-CN"}[lang],
            color_scheme="dark" if theme == "dark" else "light",
            has_touch=width < 500,
            reduced_motion="reduce",
        )
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
        if judged and AXE.exists():
            context.add_init_script(path=AXE)
        page = context.new_page()
        it = Visit(page, live_server.url)
        page.on("pageerror", lambda error: it.complaints.append(str(error)))

        def listen(said: ConsoleMessage) -> None:
            if said.type == "error" and not REFUSED.search(said.text):
                it.complaints.append(said.text)

        page.on("console", listen)
        opened.append((context, it))
        return it

    yield make
    complaints = [complaint for _context, it in opened for complaint in it.complaints]
    for context, _it in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def wei(transactional_db: None) -> User:
    """A colleague who may do everything; works in Shanghai, reads as the browser asks."""
    return User.objects.create_superuser(
        "wei@example.com", "a long pass phrase", display_name="Lin Wei", timezone="Asia/Shanghai"
    )
