"""E-mails as bytes: what any reader finds in them, and what no text can do to them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.channels import Account, Outgoing
from campaigns.channels.email import mime
from campaigns.channels.email.build import AddressUnusable, Mail, build, one_line

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
# Whatever a customer's name or a text may hold, lone surrogates excepted: PostgreSQL has none.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
NASTY = st.sampled_from(
    ["", "\r\n.\r\n", "\n.\n", "\r.\r", "\r\nBcc: x@y.example\r\n\r\n", "=?utf-8?q?=0D=0A?=",
     "陈曦", "--=_waypost_7\r\n", "From me", "x" * 1200, "=" * 80, " " * 90, "é" * 700, "\t\n ",
     "\x00\x0b", 'a "b" \\ (c), <d@e.example>', "long words " * 30]
)  # fmt: skip
ANY = st.lists(st.one_of(NASTY, TEXTS), max_size=4).map("".join)


def made(
    *,
    address: str = "ann@example.com",
    subject: str = "",
    body: str = "",
    html: str = "",
    sender_name: str = "",
    unsubscribe_url: str = "",
) -> Mail:
    message = Outgoing(
        7, address, "en", subject, body, html, sender_name, unsubscribe_url=unsubscribe_url
    )
    account = Account(1, "email", "smtp", {"from": "Tea House <news@tea.example>"})
    return build(message, account, NOW)  # fmt: skip


def read(mail: Mail) -> EmailMessage:
    found = message_from_bytes(mail.content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def lines(text: str) -> str:
    """As a reader sees it: line ends are all alike, and the last line has one."""
    alike = text.replace("\r\n", "\n").replace("\r", "\n")
    return alike if alike.endswith("\n") else f"{alike}\n"


@settings(max_examples=60)
@given(
    subject=ANY, name=ANY, body=ANY, html=ANY, url=st.sampled_from(["", "https://x.example/u/7"])
)
def test_every_text_arrives_as_it_was_and_none_makes_a_header(
    subject: str, name: str, body: str, html: str, url: str
) -> None:
    mail = made(subject=subject, sender_name=name, body=body, html=html, unsubscribe_url=url)
    raw = mail.content
    assert raw.isascii()
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert raw.endswith(b"\r\n")
    assert b"\x00" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= mime.LONGEST_LINE

    mime_headers = ["MIME-Version", "Content-Type"] + (
        [] if html else ["Content-Transfer-Encoding"]
    )
    listed = ["List-Unsubscribe", "List-Unsubscribe-Post"] if url else []
    found = read(mail)
    assert found.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Content-Language", *listed, *mime_headers
    ]  # fmt: skip
    assert not found.defects
    assert found["Subject"] == one_line(subject)
    # The newer reader puts a blank between two encoded words of a name.
    sender, address = parseaddr(message_from_bytes(raw)["From"])
    assert address == found["From"].addresses[0].addr_spec == "news@tea.example"
    assert str(make_header(decode_header(sender))) == (one_line(name) or "Tea House")
    assert found["To"] == "ann@example.com"
    text = found.get_body(("plain",))
    assert text is not None
    assert lines(text.get_content()) == lines(body)
    if html:
        page = found.get_body(("html",))
        assert page is not None
        assert lines(page.get_content()) == lines(html)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann.o'hara+tea@mail.example.com", "ann.o'hara+tea@mail.example.com"),
        ('"ann b"@example.com', '"ann b"@example.com'),
        ("chen@例子.cn", "chen@xn--fsqu00a.cn"),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
        (f"{'x' * 80}@example.com", f"{'x' * 80}@example.com"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    mail = made(address=text)
    assert mail.address == expected
    assert read(mail)["To"].addresses == (Address(addr_spec=expected),)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@b", "a..b@c.de", "a b@c.de", "a,b@c.de", "a@b.de, c@d.de", "<a@b.de>",
     "a@b.de\r\nBcc: c@d.de", "a@b.de>\nRCPT TO:<c@d.de", "a\x00@b.de", "ü@x.de", "a@" + "例" * 90,
     "x" * 1000 + "@b.de", "a@b.de\n"],
)  # fmt: skip
def test_what_is_no_address_is_said_to_be_none(text: str) -> None:
    with pytest.raises(AddressUnusable, match="is not an e-mail address"):
        made(address=text)


def test_plain_text_stays_readable_and_chinese_takes_the_shorter_way() -> None:
    assert b"Content-Transfer-Encoding: 7bit" in made(body="Hello\nthere").content
    assert b"Content-Transfer-Encoding: quoted-printable" in made(body="Café au lait").content
    assert b"Content-Transfer-Encoding: base64" in made(body="您好，春天的茶到了。" * 9).content


def test_the_same_message_is_the_same_bytes_at_every_attempt() -> None:
    assert (
        made(body="Hello", html="<p>Hello").content == made(body="Hello", html="<p>Hello").content
    )


def test_a_header_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="one line"):
        mime.header("Subject", "Hello\r\nBcc: all@example.com")
