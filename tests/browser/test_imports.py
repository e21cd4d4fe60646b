"""A file comes in by the pages: brought, mapped, tried, started, mended."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse

from config.clock import utc_now
from customers.imports.trial import try_out
from customers.models import Brand, Customer, Import, User
from customers.tasks import run_import
from tests.browser.conftest import LAPTOP, PHONE, Open

pytestmark = pytest.mark.browser
DRAFT = re.compile(r"/imports/\d+/$")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Members as a shop's till exports them: in GBK, with what goes wrong in such files."""
    rows = ["会员号,姓名,手机号,邮箱,生日,城市,会员等级,最喜欢的颜色"]
    for n in range(120):
        phone = "12345" if n % 40 == 5 else f"13812{n:06}"
        day = "1990-02-30" if n % 50 == 7 else f"19{60 + n % 40}-0{1 + n % 9}-11"
        rows.append(f"VIP{n:05},陈曦{n},{phone},m{n}@example.com,{day},杭州,金卡,红")
    rows[60] = "VIP00059,林薇"
    path = tmp_path / "会员导出 2026-03 门店系统全部会员资料最终版.csv"
    path.write_bytes("\r\n".join(rows).encode("gbk"))
    return path


@pytest.mark.parametrize(
    ("lang", "theme", "width"), [("en", "light", LAPTOP), ("zh", "dark", PHONE)]
)
def test_three_steps(
    visit: Open, wei: User, file: Path, lang: str, theme: str, width: int
) -> None:  # fmt: skip
    Brand.objects.create(code="larkfell", name="Larkfell", timezone="Asia/Shanghai")
    shown = visit(wei, lang, theme, width)
    page = shown.go(reverse("customers:imports"))
    view = f"{lang}-{theme}-{width}"
    wrong: list[str] = []

    def look(name: str) -> None:
        shown.keep(f"import-{name}-{view}")
        if over := shown.overflow():
            wrong.append(f"{name} is {over} px too wide")
        wrong.extend(f"{name}: {finding}" for finding in shown.axe())

    look("empty")
    page.locator(".empty a.main-act").click()
    page.wait_for_load_state()
    look("new")
    page.locator("#file").set_input_files(file)
    page.wait_for_url(DRAFT)
    found = Import.objects.get()
    assert found.digest
    assert found.mapping["encoding"] == "gb18030"
    assert page.locator("#what-2-1").input_value() == "identity:phone"
    assert page.locator("#what-4-1").input_value() == "attribute:"
    look("columns")

    # Every change is kept, and what was typed stays.
    colour = page.locator("#name-7-1")
    assert colour.input_value() == "zui_xi_huan_de_yan_se"
    with page.expect_response("**/columns/"):
        colour.fill("colour")
        colour.blur()
    with page.expect_response("**/columns/"):
        page.locator("#add-where").click()
    page.locator("#where-op-1").wait_for()
    with page.expect_response("**/columns/"):
        page.locator("#where-1").select_option(index=5)
    with page.expect_response("**/columns/"):
        page.locator("#where-op-1").select_option("eq")
    value = page.locator("#where-value-1")
    value.wait_for()
    with page.expect_response("**/columns/"):
        value.fill("杭州")
        value.blur()
    look("conditions")
    found.refresh_from_db()
    assert found.mapping["columns"]["最喜欢的颜色"] == ["attribute:colour"]
    assert found.mapping["where"] == [{"column": "城市", "op": "eq", "value": "杭州"}]

    page.locator("button[name=next]").click()
    page.wait_for_url("**/try/")
    page.locator("#rehearsal[hx-trigger]").wait_for()
    look("trying")
    assert try_out(found.pk, clock=utc_now)
    page.locator("#rehearsal .tiles").wait_for()
    look("try")
    assert not Customer.objects.exists()
    page.locator("#rehearsal form button.main-act").click()
    page.wait_for_url(DRAFT)
    look("running")
    run_import(found.pk)
    page.locator(".badge.ok").wait_for(timeout=15_000)
    look("done")
    found.refresh_from_db()
    assert (found.accepted, found.refused) == (113, 7), "bad phones, bad days, a short row"
    assert Customer.objects.count() == 113

    # The same content again is known.
    page.goto(shown.origin + reverse("customers:import_new"))
    page.locator("#file").set_input_files(file)
    page.wait_for_url(DRAFT)
    assert page.locator("#name-7-1").count() == 0, "the attribute has a name by now"
    look("again")
    page.locator("button[name=next]").click()
    page.locator("#rehearsal[hx-trigger]").wait_for()
    assert try_out(Import.objects.latest("pk").pk, clock=utc_now)
    page.locator("#rehearsal .notice.warn").wait_for()
    look("known")
    page.goto(shown.origin + reverse("customers:imports"))
    look("list")
    assert wrong == []


def test_what_is_changed_while_an_answer_is_on_its_way_stays(
    visit: Open, wei: User, file: Path
) -> None:
    """A slow line: the second change comes before the answer to the first, and both are kept."""
    Brand.objects.create(code="larkfell", name="Larkfell", timezone="Asia/Shanghai")
    page = visit(wei).go(reverse("customers:import_new"))
    page.locator("#file").set_input_files(file)
    page.wait_for_url(DRAFT)
    page.locator("#add-where").click()
    page.locator("#where-op-1").wait_for()
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.locator("#where-1").select_option(index=5)
    page.locator("#where-op-1").select_option("eq")
    page.locator("#name-7-1").fill("colour")
    page.locator("#name-7-1").blur()
    page.locator("#where-value-1").wait_for()
    assert page.locator("#where-op-1").input_value() == "eq"
    found = Import.objects.get()
    assert found.mapping["where"] == [{"column": "城市", "op": "eq", "value": ""}]
    assert found.mapping["columns"]["最喜欢的颜色"] == ["attribute:colour"]


def test_a_file_without_end_and_a_broken_connection(visit: Open, wei: User, tmp_path: Path) -> None:
    """A part that gets lost is sent again; what is no table is told where one stands."""
    Brand.objects.create(code="larkfell", name="Larkfell")
    shown = visit(wei)
    page = shown.go(reverse("customers:import_new"))
    big = tmp_path / "big.csv"
    big.write_bytes(b"phone\n" + b"13812346021\n" * 800_000)
    lost = 0

    def lose(route: object) -> None:
        nonlocal lost
        lost += 1
        if lost == 2:
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/part/**", lose)
    page.locator("#file").set_input_files(big)
    page.wait_for_url(DRAFT, timeout=60_000)
    assert lost == 4
    found = Import.objects.get()
    assert (found.size, found.received, found.lines) == (9_600_006, 9_600_006, 800_001)
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    page.goto(page.url.split("/customers/")[0] + reverse("customers:import_new"))
    page.locator("#file").set_input_files(empty)
    page.locator("[data-problem]", has_text="empty").wait_for()
    pdf = tmp_path / "a.csv"
    pdf.write_bytes(b"%PDF-1.7")
    page.locator("#file").set_input_files(pdf)
    page.wait_for_url(DRAFT)
    page.locator(".notice.bad", has_text="PDF").wait_for()
    # The browser's own word about the part that was lost; the page said it in a sentence.
    assert [text for text in shown.complaints if "ERR_FAILED" not in text] == []
    shown.complaints.clear()
