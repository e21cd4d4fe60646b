"""What columns are taken for, by names in two languages and by what they hold."""

from __future__ import annotations

import pytest

from customers.imports.suggest import Known, attribute_code, guess_kind, plain, suggest, time_type

SPACES = ("phone", "email", "unionid", "openid", "member_id", "user_id", "external_id", "device")
KNOWN = Known(
    SPACES, {"会员号": "member_id", "shopno": "shop_no"}, {"城市": "city"}, {"等级": "tier"}
)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("手机号", "identity:phone"),
        ("Mobile No.", "identity:phone"),
        ("联系电话（手机）", "identity:phone"),
        ("E-mail Address", "identity:email"),
        ("电子邮箱", "identity:email"),
        ("会员号", "identity:member_id"),
        ("会员卡号", "identity:member_id"),
        ("UnionID", "identity:unionid"),
        ("customer_id", "identity:user_id"),
        ("客户编号", "identity:user_id"),
        ("姓名", "attribute:name"),
        ("出生日期", "attribute:birthday"),
        ("所在城市", "attribute:city"),
        ("等级", "tag:tier"),
        ("最喜欢的颜色", "attribute:zui_xi_huan_de_yan_se"),
        ("Favourite Colour", "attribute:favourite_colour"),
        ("2nd name", "attribute:column_1"),
    ],
)
def test_columns_of_customers(name: str, target: str) -> None:
    assert suggest("customers", [name], {}, KNOWN) == {name: [target]}


def test_columns_of_orders() -> None:
    header = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    assert suggest("events", header, {}, KNOWN) == {
        "InvoiceNo": ["property:order_id"],
        "StockCode": ["property:sku"],
        "Quantity": ["property:quantity"],
        "InvoiceDate": ["time"],
        "UnitPrice": ["property:price"],
        "CustomerID": ["identity:user_id"],
    }
    chinese = ["订单号", "手机号", "下单时间", "实付金额(元)", "门店", "备注"]
    assert list(suggest("events", chinese, {}, KNOWN).values()) == [
        ["property:order_id"], ["identity:phone"], ["time"], ["property:amount"],
        ["property:store"], ["property:备注"],
    ]  # fmt: skip


def test_what_a_column_holds_tells_where_its_name_does_not() -> None:
    types = {"a": "phone", "b": "email", "c": "datetime"}
    assert suggest("events", ["a", "b", "c"], types, KNOWN) == {
        "a": ["identity:phone"],
        "b": ["identity:email"],
        "c": ["time"],
    }


def test_no_target_is_given_twice() -> None:
    found = suggest("customers", ["手机", "手机号", "电话"], {}, KNOWN)
    assert found["手机"] == ["identity:phone"]
    assert len({target for targets in found.values() for target in targets}) == 3


def test_a_brands_own_kind_of_identity_is_known_by_its_name() -> None:
    known = Known([*SPACES, "shop_no"], {"门店会员号": "shop_no"}, {}, {})
    assert suggest("customers", ["门店会员号"], {}, known) == {"门店会员号": ["identity:shop_no"]}


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["customer_id", "date", "number_of_cds", "dollar_value"], "events"),
        (["订单号", "手机号", "下单时间", "金额"], "events"),
        (["手机号", "姓名", "生日"], "customers"),
        (["会员号", "姓名", "注册时间", "积分"], "customers"),
    ],
)
def test_what_a_file_is_for(header: list[str], kind: str) -> None:
    types = {"生日": "date", "注册时间": "datetime"}
    assert guess_kind(header, types) == kind


@pytest.mark.parametrize(
    ("values", "found", "expected"),
    [
        (["45292", "45293.5"], "number", "datetime_excel"),
        (["1767225600"], "number", "datetime_unix"),
        ([1767225600123], "number", "datetime_unix"),
        (["12", "13"], "number", "datetime"),
        (["x"], "text", "datetime"),
        (["31/01/2026"], "date_dmy", "date_dmy"),
    ],
)
def test_numbers_that_are_times(values: list[object], found: str, expected: str) -> None:
    assert time_type(values, found) == expected


def test_names_are_compared_plainly() -> None:
    assert plain(" Mobile-No. ") == "mobileno"
    assert plain("金额（元）") == "金额"
    assert attribute_code("姓名", 3) == "name"
