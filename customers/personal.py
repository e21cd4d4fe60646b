"""What speaks of a person: names of attributes and properties, phone numbers and addresses."""

from __future__ import annotations

import re
from typing import Final

# Names of attributes and event properties that are personal from their first arrival; an admin may
# decide otherwise. The form is understood by PostgreSQL and by Python alike.
PERSONAL: Final = (
    "^((first|last|full|nick|family|given|middle|user|real|customer|member|display)_?)?name$"
    "|(^|_)(name_of_.*|e_?mail|phone|mobile|cell|tel|telephone|fax|whatsapp|wechat_?id"
    "|address|addr|street|house_?number|zip|zip_?code|postcode|postal_?code"
    "|birthday|birth_?date|date_of_birth|dob|passport|id_?card|id_?no|id_?number|ssn|iban"
    "|bank_?account|card_?number|license_plate|recipient|receiver|consignee|contact|ip"
    "|ip_?address|latitude|longitude|lat|lng)(_|$)"
    "|姓名|名字|昵称|手机|电话|邮箱|邮件|地址|生日|身份证|收件人|收货人|联系人|微信号"
)
_NAME: Final = re.compile(PERSONAL)
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s.\-]+")
EMAIL: Final = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
# A Chinese mobile number in any spelling, and any number written with its country.
PHONE: Final = re.compile(
    r"(?<![\w.])(?:(?:\+|00)?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?![\w])"
    r"|(?<![\w.])\+\d{1,3}(?:[\s-]?\d){7,12}(?!\w)"
)
MASKS: Final = ("phone", "email", "name")


def is_personal_name(name: str) -> bool:
    """Whether an attribute or property called *name* speaks of a person: "phone", "lastName"."""
    return bool(_NAME.search(_WORDS.sub("_", name).lower()))


def kind_of(name: str) -> str:
    """How a value under this name is masked: "phone", "email", "name", or "" for other."""
    said = _WORDS.sub("_", name).lower()
    if re.search("mail|邮", said):
        return "email"
    if re.search("phone|mobile|(^|_)(tel|cell)|手机|电话", said):
        return "phone"
    return (
        "name" if re.search("name|recipient|receiver|consignee|contact|姓名|名字|人$", said) else ""
    )
