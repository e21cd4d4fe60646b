"""The frame of every page: navigation, language, theme, errors, and what HTMX gets."""

from __future__ import annotations

import pytest
from django.contrib import messages
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.views.decorators.csrf import csrf_exempt

from config import context
from customers.models import User

PASSWORD = "a long pass phrase"


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("wei@example.com", PASSWORD, display_name="Lin Wei")


@pytest.fixture
def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_navigation_marks_the_page_one_is_on(page: Client) -> None:
    html = page.get("/").content.decode()
    assert '<a href="/" aria-current="page"' in html
    html = page.get("/account/").content.decode()
    assert '<a href="/" aria-current="page"' not in html


def test_navigation_links_only_pages_that_exist() -> None:
    there = context.Place("home", "home", "Home", "home")
    nowhere = context.Place("x", "no:such", "X", "home")
    assert [link["key"] for link in context.links((there, nowhere), "/")] == ["home"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Lin Wei", "LW"), ("周梅", "梅"), ("wei@example.com", "WE"), ("", "")],
)
def test_initials(name: str, letters: str) -> None:
    assert context.initials(name) == letters


def test_language_of_the_browser_then_cookie_then_user(user: User) -> None:
    client = Client(headers={"accept-language": "zh-CN"})
    assert '<html lang="zh-Hans"' in client.get("/sign-in/").content.decode()
    client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert '<html lang="en"' in client.get("/sign-in/").content.decode()
    user.language = "zh-hans"
    user.save()
    client.force_login(user)
    assert '<html lang="zh-Hans"' in client.get("/").content.decode()


def test_switching_the_language_is_kept_on_the_user(page: Client, user: User) -> None:
    answer = page.post("/language/", {"language": "zh-hans", "next": "/account/"})
    assert answer.headers["Location"] == "/account/"
    user.refresh_from_db()
    assert user.language == "zh-hans"


def test_an_unknown_language_changes_nothing(page: Client, user: User) -> None:
    page.post("/language/", {"language": "xx"})
    user.refresh_from_db()
    assert user.language == ""


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:1", ""])
def test_switches_never_lead_to_another_host(page: Client, target: str) -> None:
    answer = page.post("/theme/", {"theme": "dark", "next": target})
    assert answer.headers["Location"] == "/"


def test_theme_is_in_the_first_byte_of_the_page(page: Client) -> None:
    assert "data-theme" not in page.get("/").content.decode().split("<head>")[0]
    page.post("/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in page.get("/").content.decode().split("<head>")[0]
    page.post("/sign-out/")  # unlike Client.logout it keeps the cookies of the device
    assert 'data-theme="dark"' in page.get("/sign-in/").content.decode().split("<head>")[0]


@pytest.mark.parametrize(("lang", "words"), [("en", "nothing at this address"), ("zh", "没有内容")])
@pytest.mark.django_db
def test_404_says_what_is_so_in_both_languages(lang: str, words: str) -> None:
    answer = Client(headers={"accept-language": lang}).get("/no/such/page/")
    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_gets_a_sentence() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "x"})
    assert answer.status_code == 403
    assert "too old to be sent" in answer.content.decode()


def broken(request: object) -> HttpResponse:
    raise RuntimeError("on purpose")


def refused(request: object) -> HttpResponse:
    from django.core.exceptions import PermissionDenied

    raise PermissionDenied("This needs the role “Admin” in Cloud Teahouse.")


def saved(request: object) -> HttpResponse:
    messages.success(request, "Saved <it>.")  # type: ignore[arg-type]
    messages.error(request, "That failed.")  # type: ignore[arg-type]
    return HttpResponse("<p>row</p>", content_type="text/html")


urlpatterns = [
    *__import__("config.urls", fromlist=["urlpatterns"]).urlpatterns,
    path("broken/", broken),
    path("refused/", refused),
    path("saved/", csrf_exempt(saved)),
]
handler403 = "config.views.forbidden"


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_500_needs_nothing_that_may_be_broken() -> None:
    answer = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    html = answer.content.decode()
    assert "nobody inside them is lost" in html
    assert "服务器出错了" in html
    assert "<link" not in html


@override_settings(ROOT_URLCONF=__name__)
def test_403_shows_the_sentence_of_the_one_who_refused(page: Client) -> None:
    answer = page.get("/refused/")
    assert answer.status_code == 403
    assert "role “Admin” in Cloud Teahouse" in answer.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_messages_come_along_with_an_htmx_answer_once(page: Client) -> None:
    html = page.get("/saved/", headers={"hx-request": "true"}).content.decode()
    assert html.startswith("<p>row</p>")
    assert 'id="toasts"' in html
    assert 'hx-swap-oob="beforeend"' in html
    assert "Saved &lt;it&gt;." in html
    assert html.count("That failed.") == 1
    assert "Saved" not in page.get("/").content.decode()


def test_htmx_is_never_given_the_sign_in_page(client: Client, db: None) -> None:
    answer = client.get("/", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.content == b""
    assert client.get("/").status_code == 302


def test_every_page_asks_for_sign_in(client: Client, db: None) -> None:
    """Walks all addresses without parameters; only those listed are open to the world."""
    doors = {"sign-in/", "sign-out/", "password/reset/", "password/reset/sent/"}
    switches = {"language/", "theme/"}  # POST only, and nothing of anybody's
    opened = []
    for route in plain_routes(get_resolver().url_patterns):
        if route in doors | switches or route.startswith(("admin/", "health", "metrics", "api/")):
            continue
        answer = client.get(f"/{route}")
        if answer.status_code == 200:
            opened.append(route)
    assert opened == []


def plain_routes(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if "<" in route or "^" in route or "(" in route:
            continue
        if isinstance(pattern, URLResolver):
            found += plain_routes(pattern.url_patterns, route)
        else:
            found.append(route)
    return found


def test_the_shell_costs_an_anonymous_page_no_query(
    django_assert_num_queries: pytest.FixtureRequest, client: Client, db: None
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        client.get("/sign-in/")


def test_context_is_made_only_when_a_template_looks(rf: RequestFactory) -> None:
    request = rf.get("/")  # has no user: looking would fail
    assert set(context.shell(request)) == {"shell"}
