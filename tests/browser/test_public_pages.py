"""The pages that links in messages open, as a customer sees them: on her phone, in her language."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from campaigns.consents.pages import pages_of
from campaigns.models import Suppression
from config.clock import utc_now
from customers.models import Consent
from tests.browser.conftest import PHONE, Open
from tests.campaigns.making import make_shop
from tests.campaigns.outbox.reported import sent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
UNSUBSCRIBE = {"en": "Unsubscribe", "zh": "退订"}
SAVE = {"en": "Save", "zh": "保存"}


@pytest.fixture
def now() -> datetime:
    return utc_now() - timedelta(hours=1)


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_unsubscribe_and_come_back(visit: Open, now: datetime, lang: str, theme: str) -> None:
    shop = make_shop(now, name="Larkfell Tea")
    [message] = sent(shop, now)
    message.customer.language = {"en": "en", "zh": "zh-hans"}[lang]
    message.customer.save()
    Suppression.objects.create(
        scope="address", value=f"+86138{message.customer_id:08d}", reason="manual", at=now
    )
    consents = Consent.objects.filter(customer=message.customer, channel="email")
    it = visit(lang=lang, theme=theme, width=PHONE, judged=True)

    page = it.go(urlsplit(pages_of(message.pk, {})["unsubscribe_url"]).path)
    wrong = it.look(f"unsubscribe-{lang}-{theme}")
    assert consents.get(purpose="marketing").state == "granted"
    page.get_by_role("button", name=UNSUBSCRIBE[lang], exact=True).click()
    page.wait_for_load_state()
    wrong += it.look(f"unsubscribed-{lang}-{theme}")
    assert consents.get(purpose="marketing").state == "denied"

    # Made of PUBLIC_URL, which is not where this test's server listens.
    page = it.go(urlsplit(page.get_by_role("link").get_attribute("href") or "").path)
    wrong += it.look(f"preferences-{lang}-{theme}")
    page.get_by_role("switch").first.check()
    page.get_by_role("button", name=SAVE[lang], exact=True).click()
    page.get_by_role("status").wait_for()
    wrong += it.look(f"preferences-saved-{lang}-{theme}")
    assert consents.get(purpose="marketing").state == "granted"

    it.go("/p/nonsense")
    wrong += it.look(f"nowhere-{lang}-{theme}")
    assert wrong == []
