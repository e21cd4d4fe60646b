"""Writing an e-mail: a starter, and how it looks on a phone and on a computer, light and dark."""

from __future__ import annotations

import pytest

from campaigns.actions.contents import TextDraft, create_content
from campaigns.content.starters import starter
from config.clock import utc_now
from customers.access import Actor
from customers.models import Brand, User
from tests.browser.conftest import LOOKS, Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
BACK = "getComputedStyle(document.querySelector('.card > table')).backgroundColor"


@pytest.mark.parametrize(("lang", "theme", "width"), LOOKS)
def test_a_mail_on_both_screens(visit: Open, lang: str, theme: str, width: int) -> None:
    brand = Brand.objects.create(code="tea", name="Larkfell Tea")
    boss = User.objects.create_superuser(
        "boss@example.com", "pw", language={"en": "en", "zh": "zh-hans"}[lang], theme=theme
    )
    texts = [TextDraft(language, **parts) for language, parts in starter("coupon").items()]
    content = create_content(
        Actor.of_system("test"), brand, code="gift", name="Gift", channel="email",
        purpose="marketing", texts=texts, now=utc_now(),
    )  # fmt: skip
    it = visit(boss, lang, theme, width, judged=True)
    it.go(f"/content/{content.pk}/")
    assert it.page.locator("iframe.mail").count() == 4, "two languages, two widths"
    for shown in it.page.locator("iframe.mail").all():
        shown.scroll_into_view_if_needed()
    phone, computer = it.page.frames[1], it.page.frames[2]
    phone.wait_for_load_state()
    computer.wait_for_load_state()
    assert (phone.evaluate("innerWidth"), computer.evaluate("innerWidth")) == (390, 640)
    for frame in (phone, computer):
        wide = frame.evaluate("document.documentElement.scrollWidth")
        assert wide <= frame.evaluate("innerWidth"), "a mail that scrolls sideways"
    # Its own styles count, which the policy of other pages forbids.
    dark = phone.evaluate(BACK) == "rgb(30, 39, 35)"
    assert dark == (theme == "dark")
    wrong = it.look(f"content-mail-{lang}-{theme}")
    it.page.emulate_media(color_scheme="null")  # which speaks louder than any frame
    for value, is_dark in (("dark", True), ("light", False)):
        it.page.locator(f".papers label:has([value={value}])").click()
        it.page.evaluate(DRAWN)
        assert (phone.evaluate(BACK) == "rgb(30, 39, 35)") == is_dark, value
        it.keep(f"content-mail-{lang}-{theme}-{value}")
    assert it.page.locator(".papers input:checked").get_attribute("value") == "light"

    it.go("/content/new/?channel=email&starter=newsletter")
    assert it.page.locator("textarea[name=en-html]").input_value().startswith("<mjml")
    wrong += it.look(f"content-starter-{lang}-{theme}")
    assert wrong == []
