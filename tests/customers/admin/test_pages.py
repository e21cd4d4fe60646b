"""Every page of the admin answers, asks a constant number of questions and guards history."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from campaigns.models import Campaign
from customers.admin.base import Desk, History
from customers.models import User
from tests.customers.admin.samples import a_brand, a_user, key_of, one_of_each, whose

pytestmark = pytest.mark.django_db

PAGES = sorted(
    ((model, page) for model, page in admin.site._registry.items()),
    key=lambda pair: pair[0]._meta.label,
)


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(a_user(is_staff=True, is_superuser=True))
    return client


def url(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_every_page_stands_in_our_base() -> None:
    assert all(isinstance(page, Desk) for _model, page in PAGES)
    assert len(PAGES) > 30


def test_the_first_page_has_the_floors_in_plain_words(boss: Client) -> None:
    page = boss.get("/admin/").content.decode()
    headings = re.findall(r'<h2 id="group-\d+"[^>]*>(.*?)</h2>', page)
    assert headings == ["Journeys", "Campaigns", "Customers", "People and rights", "System"]
    assert "what they have agreed to" in page
    assert "Authentication and Authorization" not in page
    links = page.split("<main", 1)[-1]
    assert all(links.count(f'href="{url(model, "changelist")}"') for model, _page in PAGES)


def test_the_first_page_shows_what_the_reader_may_open(client: Client) -> None:
    client.force_login(a_user(is_staff=True))
    page = client.get("/admin/").content.decode()
    assert "An admin can give you a role" in page
    assert 'id="group-' not in page


def test_the_floors_have_their_names_in_chinese(boss: Client) -> None:
    User.objects.update(language="zh-hans")
    page = boss.get("/admin/").content.decode()
    assert all(name in page for name in ("客户旅程", "营销活动", "人员与权限"))
    with translation.override("zh-hans"):
        names = [
            str(apps.get_app_config(label).verbose_name)
            for label in ("journeys", "campaigns", "customers", "config")
        ]
    assert names == ["客户旅程", "营销活动", "客户", "系统底座"]
    assert "营销活动" in boss.get(url(Campaign, "changelist")).content.decode()


def test_list_search_add_and_change_answer_and_more_rows_ask_no_more(
    boss: Client, now: datetime
) -> None:
    """One walk through all of them, as a page takes its tenth of a second to draw."""
    asked: dict[str, list[int]] = {}

    def count_questions(model: Any) -> None:
        with CaptureQueriesContext(connection) as queries:
            boss.get(url(model, "changelist"))
        asked.setdefault(model._meta.label, []).append(len(queries))

    rows = one_of_each(a_brand(), now)
    wrong: dict[str, Any] = {}
    for model, page in PAGES:
        row = rows[model]
        # The first look at a page asks also what is asked once in the life of a process.
        listed = boss.get(url(model, "changelist"), whose(page, row)).content.decode()
        count_questions(model)
        added = boss.get(url(model, "add"))
        answers = {
            "listed": str(row.pk) in listed,
            "nothing found": boss.get(url(model, "changelist"), {"q": "none 42"}).status_code,
            "change": boss.get(url(model, "change", key_of(page, row))).status_code,
            "add": added.status_code,
        }
        may_add = page.has_add_permission(added.wsgi_request)
        wanted = {"listed": True, "nothing found": 200, "change": 200,
                  "add": 200 if may_add else 403}  # fmt: skip
        if answers != wanted:
            wrong[model._meta.label] = answers
    assert wrong == {}
    for _ in range(3):
        one_of_each(a_brand(), now)
    for model, _page in PAGES:
        count_questions(model)
    assert {label: (few, many) for label, (few, many) in asked.items() if many > few} == {}
    assert {label: few for label, (few, _many) in asked.items() if few > 14} == {}


HISTORY = [pair for pair in PAGES if isinstance(pair[1], History)]


def test_history_refuses_every_change(boss: Client, now: datetime) -> None:
    rows = one_of_each(a_brand(), now)
    wrong: dict[str, Any] = {}
    for model, page in HISTORY:
        key = key_of(page, rows[model])
        answers = [
            boss.post(url(model, "add"), {}).status_code,
            boss.post(url(model, "change", key), {}).status_code,
            boss.post(url(model, "delete", key), {"post": "yes"}).status_code,
        ]
        kept = page.get_object(answered(boss, model), unquote(key)) is not None
        if answers != [403, 403, 403] or not kept:
            wrong[model._meta.label] = (answers, kept)
    assert wrong == {}
    assert len(HISTORY) > 15


def answered(client: Client, model: Any) -> Any:
    """A request as the reader's, for what a page is asked directly."""
    return client.get(url(model, "changelist")).wsgi_request


def test_the_history_is_what_the_plan_calls_history() -> None:
    names = {model._meta.model_name for model, _page in HISTORY}

    assert names >= {
        "auditentry", "decision", "step", "consentchange", "consent", "contentversion",
        "journeyversion", "enrollment", "candidate", "message", "customer", "timer", "replay",
    }  # fmt: skip


def test_what_history_names_is_never_removed(boss: Client, now: datetime) -> None:
    made = {type(row).__name__.lower(): row for row in one_of_each(a_brand(), now).values()}
    named = [
        "brand", "user", "namespace", "attribute", "eventtype", "campaign", "journey", "segment",
    ]  # fmt: skip
    answers = {
        label: boss.post(url(made[label], "delete", made[label].pk), {"post": "yes"}).status_code
        for label in named
    }
    assert answers == dict.fromkeys(named, 403)


def test_the_list_of_apps_is_made_where_it_is_read(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    build = admin.site._build_app_dict

    def counted(request: Any, label: Any = None) -> Any:
        made.append(request.path)
        return build(request, label)

    monkeypatch.setattr(admin.site, "_build_app_dict", counted)
    one_app, found = reverse("admin:app_list", args=["campaigns"]), reverse("admin:search")
    answers = [
        boss.get(url(Campaign, "changelist")).content.decode(),
        boss.get(one_app).content.decode(),
        boss.get(found, {"s": "campaign"}).content.decode(),
    ]
    assert set(made) == {one_app, found}
    assert all(url(Campaign, "changelist") in answer for answer in answers)


def test_the_sidebar_is_grouped_by_the_floors_and_leads_back(boss: Client) -> None:
    page = boss.get(reverse("admin:index")).content.decode().split('id="group-1"')[0]

    assert f'href="{reverse("home")}"' in page
    places = [page.index(f">{name}<") if f">{name}<" in page else page.index(name)
              for name in ("Back to Waypost", "People and rights", "System")]  # fmt: skip
    assert places == sorted(places)
    for model, _page in PAGES:
        assert f'href="{url(model, "changelist")}"' in page


def test_the_sidebar_speaks_chinese(boss: Client) -> None:
    page = boss.get(reverse("admin:index"), headers={"accept-language": "zh-hans"}).content.decode()

    assert "返回 Waypost" in page
    assert "客户旅程" in page


def test_somebody_without_staff_rights_stays_outside(client: Client) -> None:
    client.force_login(User.objects.create_user("v@example.com", "pw"))

    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_the_way_in_is_the_sign_in_of_the_product(client: Client) -> None:
    answer = client.get(reverse("admin:index"), follow=True)

    assert answer.redirect_chain[-1][0] == f"{reverse('sign_in')}?next={reverse('admin:index')}"
