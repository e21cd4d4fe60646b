"""What the shell does in a real browser: sign-in, theme, language, menus, Ctrl K, sentences."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from customers.models import Brand, User
from tests.browser.conftest import PHONE, Open

pytestmark = pytest.mark.browser


def test_sign_in_leads_where_one_wanted_to_go(visit: Open, wei: User) -> None:
    page = visit().go("/account/")
    page.get_by_label("E-mail").fill("Wei@example.com")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill("a long pass phrase")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_the_first_tab_leads_to_the_content(visit: Open, wei: User) -> None:
    page = visit(wei).go("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("To the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_theme_changes_at_once_and_stays(visit: Open, wei: User) -> None:
    shown = visit(wei)
    page = shown.go("/")
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Light or dark").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    shown.go("/account/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_language_switch_comes_back_to_the_same_page(visit: Open, wei: User) -> None:
    page = visit(wei).go("/account/")
    page.get_by_role("button", name="中文").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的账号")


def test_ctrl_k_jumps_by_keyboard_alone(visit: Open, wei: User) -> None:
    page = visit(wei).go("/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("your acc")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(field).to_have_attribute("aria-activedescendant", "jump-page-account")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_a_palette_that_finds_nothing_says_so(visit: Open, wei: User) -> None:
    page = visit(wei).go("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("zzz")
    expect(page.locator("#palette-list")).to_contain_text("Nothing is called “zzz”")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first one empties the search field
    expect(page.locator("#palette")).not_to_be_visible()


def test_the_brand_menu_opens_under_its_button(visit: Open, wei: User) -> None:
    for code in ("tea", "bakery"):
        Brand.objects.create(code=code, name=code.title())
    page = visit(wei).go("/")
    page.get_by_role("button", name="All brands").click()
    menu = page.locator("#brands")
    button = page.locator(".nav .brands").bounding_box()
    box = menu.bounding_box()
    assert button
    assert box
    assert 0 <= box["y"] - (button["y"] + button["height"]) <= 8
    menu.get_by_role("button", name="Tea").click()
    expect(page.locator(".nav .brands")).to_have_text("Tea")


def test_on_a_phone_more_reaches_the_rest(visit: Open, wei: User) -> None:
    page = visit(wei, width=PHONE).go("/")
    page.locator(".nav").get_by_role("button", name="More").click()
    page.locator("#more").get_by_role("link", name="Your account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_signed_out_meanwhile_is_a_sentence_and_loses_nothing(visit: Open, wei: User) -> None:
    page = visit(wei).go("/")
    page.context.clear_cookies()
    page.keyboard.press("Control+k")
    page.keyboard.type("typed")
    expect(page.locator("#failure")).to_have_text(
        "You are signed out. Sign in again; what you typed stays here."
    )
    expect(page.get_by_role("combobox")).to_have_value("typed")


def test_leaving_with_unsaved_changes_asks(visit: Open, wei: User) -> None:
    page = visit(wei).go("/account/")
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(getattr(dialog, "type", ""))
        dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.get_by_label("Name").fill("Lin Wei, changed")
    page.get_by_role("link", name="Change password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change password")
    assert asked == ["beforeunload"]


def test_saving_is_told_by_a_toast(visit: Open, wei: User) -> None:
    page = visit(wei).go("/account/")
    page.get_by_label("Name").fill("Wei")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
