"""What the columns of a file probably are, by their names (English, Chinese) and their types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from customers.imports.moments import SECONDS, SERIALS
from customers.imports.values import is_empty, read_number
from customers.ingest.attributes import CODE
from customers.models import ImportKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names as people write them, without blanks, hyphens and underscores.
IDENTITIES: Final = {
    "phone": "phone mobile mobilephone mobileno mobilenumber phoneno phonenumber cellphone tel"
    " telephone msisdn 手机 手机号 手机号码 手机号mobile 移动电话 电话 电话号码 联系电话 联系方式"
    " 联系人电话 收货人手机 收货人手机号 注册手机 注册手机号 会员手机号 绑定手机号",
    "email": "email mail emailaddress mailaddress 邮箱 电子邮箱 邮箱地址 邮件 邮件地址 电子邮件"
    " 电子邮箱地址 注册邮箱",
    "unionid": "unionid wechatunionid wxunionid 微信unionid",
    "openid": "openid wechatopenid wxopenid 微信openid",
    "member_id": "member memberid memberno membernumber membercode membershipid membershipno"
    " membershipnumber cardno cardnumber loyaltyid vipno 会员号 会员id 会员编号 会员编码 会员卡号"
    " 会员卡 会员账号 卡号 会员代码",
    "user_id": "userid user uid customerid custid customer customerno customernumber customercode"
    " clientid accountid buyerid 用户id 用户编号 用户号 用户 客户id 客户编号 客户号"
    " 客户编码 客户代码"
    " 顾客id 顾客编号 顾客号 买家id 账号 账户id 用户标识",
    "external_id": "externalid crmid sapid 外部编号 外部id crm编号",
    "device": "device deviceid idfa oaid imei gaid androidid 设备 设备号 设备id 设备编号",
}
ATTRIBUTES: Final = {
    "name": "name fullname customername membername username 姓名 名字 客户姓名 会员姓名 客户名称"
    " 顾客姓名 用户姓名 收货人 收货人姓名 真实姓名 联系人",
    "first_name": "firstname givenname forename 名",
    "last_name": "lastname familyname surname 姓 姓氏",
    "nickname": "nickname nick 昵称 微信昵称 会员昵称",
    "gender": "gender sex 性别",
    "birthday": "birthday birthdate dateofbirth dob 生日 出生日期 出生年月日",
    "age": "age 年龄",
    "city": "city town 城市 市 所在城市 所在市 常住城市",
    "province": "province state region 省 省份 所在省 所在省份 地区",
    "country": "country nation 国家 国籍",
    "address": "address street 地址 详细地址 收货地址 联系地址",
    "language": "language lang locale 语言",
    "level": "level tier grade memberlevel 等级 会员等级 客户等级 级别 会员级别",
    "points": "points score 积分 当前积分 可用积分 会员积分",
    "registered_at": "registeredat registrationdate registerdate registertime signupdate joindate"
    " joinedat memberon becamememberon 注册时间 注册日期 入会时间 入会日期 加入时间"
    " 开卡时间 开卡日期",
    "store": "store shop storename 门店 所属门店 店铺 归属门店 门店名称",
    "channel": "channel source registrationchannel 渠道 来源 注册渠道 来源渠道",
    "occupation": "occupation job profession 职业",
    "company": "company organisation organization employer 公司 单位 公司名称",
    "income": "income 收入 年收入",
    "remark": "remark remarks note notes comment 备注 说明",
}
TIMES: Final = _words(
    "time date datetime timestamp ts at when day createdat createdtime createtime eventtime"
    " eventdate occurredat orderdate ordertime ordercreatedat paidat paytime paymenttime paydate"
    " invoicedate transactiondate transactiontime purchasedate 时间 日期 下单时间 下单日期 支付时间"
    " 付款时间 付款日期 交易时间 交易日期 订单时间 订单日期 创建时间 发生时间 事件时间 消费时间"
    " 消费日期 购买时间 购买日期 成交时间"
)
EVENT_NAMES: Final = _words("event eventname eventtype action 事件 事件名 事件名称 行为")
PROPERTIES: Final = {
    "amount": "amount total totalamount price paid paidamount orderamount revenue value"
    " dollarvalue payment sum 金额 总金额 总价 支付金额 实付金额 实付 付款金额 订单金额 消费金额"
    " 成交金额 实收金额 交易金额",
    "order_id": "orderid order orderno ordernumber invoice invoiceno invoicenumber transactionid"
    " 订单 订单号 订单编号 订单id 交易号 流水号 单号 小票号",
    "quantity": "quantity qty count number numberofcds 数量 件数 购买数量",
    "price": "unitprice 单价 商品单价 售价",
    "sku": "sku skuid stockcode itemcode productcode 商品编码 商品编号 货号 sku编码",
    "product": "product productname item itemname description 商品 商品名称 产品 产品名称 品名",
    "category": "category 类目 品类 分类 商品分类",
    "store": "store shop storename 门店 店铺 门店名称",
}
# The order number names a row of a file of orders, but not one of several lines of an order.
_PLAIN = re.compile(r"[\s_\-./:：()（）【】\[\]#*\"']+")
_UNIT = re.compile(r"[(（【\[].*?[)）】\]]")


@dataclass(frozen=True)
class Known:
    """What the brand has already: codes of namespaces, and of attributes and tags by every name
    that they are called."""

    namespaces: Sequence[str] = ()
    namespace_names: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def plain(name: str) -> str:
    """A name as it is compared: small letters, no blanks, hyphens, brackets with units."""
    bare = _PLAIN.sub("", _UNIT.sub("", name)).lower()
    return bare or _PLAIN.sub("", name).lower()


def guess_kind(header: Sequence[str], types: Mapping[str, str]) -> str:
    """Events when there is a moment beside an amount, an order or an event's name; else
    customers."""
    names = {plain(column) for column in header}
    is_dated = bool(names & TIMES) or any(
        plain(column) not in _ATTRIBUTE and types.get(column, "").startswith("date")
        for column in header
    )
    said = names & (EVENT_NAMES | {name for name, code in _PROPERTY.items() if code != "store"})
    return (ImportKind.EVENTS if is_dated and said else ImportKind.CUSTOMERS).value


def suggest(
    kind: str, header: Sequence[str], types: Mapping[str, str], known: Known
) -> dict[str, list[str]]:
    """A target for every column: what its name says, else what it holds, else a property of the
    event, an attribute, or nothing. No target is given twice."""
    given: dict[str, str] = {}
    taken: set[str] = set()
    for by in (_by_name, _by_type, _by_rest):
        for position, column in enumerate(header, 1):
            if column in given:
                continue
            target = by(kind, column, types.get(column, "text"), known, position)
            if target and target not in taken:
                given[column] = target
                taken.add(target)
    return {column: [given.get(column, "ignore")] for column in header}


def time_type(values: Iterable[object], found: str) -> str:
    """The type under which a column of *found* type is read as a time: counts of days as Excel
    has them, and of seconds since 1970, are numbers at first sight."""
    if found != "number":
        return found if found.startswith("date") else "datetime"
    numbers = [read_number(value) for value in values if not is_empty(value)]
    if numbers and all(SERIALS.start <= n < SERIALS.stop for n in numbers):
        return "datetime_excel"
    for unit in (1, 1_000):
        if numbers and all(SECONDS.start * unit <= n < SECONDS.stop * unit for n in numbers):
            return "datetime_unix"
    return "datetime"


def attribute_code(column: str, position: int) -> str:
    """A code for a new attribute: from the name of the column where it has Latin letters."""
    name = _ATTRIBUTE.get(plain(column))
    if name:
        return name
    text = column if column.isascii() else "_".join(_spelt(_UNIT.sub("", column)))
    code = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].rstrip("_")
    return code if CODE.fullmatch(code) else f"column_{position}"


# helpers


def _spelt(text: str) -> list[str]:
    """A name with its Chinese characters in pinyin, a syllable each."""
    from pypinyin import lazy_pinyin

    return list(lazy_pinyin(text))


def _turned(names: Mapping[str, str]) -> dict[str, str]:
    return {name: code for code, text in names.items() for name in text.split()}


_IDENTITY: Final = _turned(IDENTITIES)
_ATTRIBUTE: Final = _turned(ATTRIBUTES)
_PROPERTY: Final = _turned(PROPERTIES)


def _by_name(kind: str, column: str, found: str, known: Known, position: int) -> str:
    name = plain(column)
    code = known.namespace_names.get(name) or _IDENTITY.get(name)
    if code in known.namespaces:
        return f"identity:{code}"
    if kind == ImportKind.EVENTS:
        if name in TIMES:
            return "time"
        if name in EVENT_NAMES:
            return "event"
        return f"property:{_PROPERTY[name]}" if name in _PROPERTY else ""
    if name in known.tags:
        return f"tag:{known.tags[name]}"
    if code := known.attributes.get(name) or _ATTRIBUTE.get(name, ""):
        return f"attribute:{code}"
    return ""


def _by_type(kind: str, column: str, found: str, known: Known, position: int) -> str:
    if found in ("phone", "email") and found in known.namespaces:
        return f"identity:{found}"
    if kind == ImportKind.EVENTS and found.startswith("date"):
        return "time"
    return ""


def _by_rest(kind: str, column: str, found: str, known: Known, position: int) -> str:
    if kind == ImportKind.EVENTS:
        name = column.strip()[:120]
        return f"property:{name}" if name.isprintable() else "ignore"
    if kind == ImportKind.CUSTOMERS:
        return f"attribute:{attribute_code(column, position)}"
    return "ignore"
