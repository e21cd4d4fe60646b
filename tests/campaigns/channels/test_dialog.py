"""SMTP with several commands in one go, and everything that a server can do to us meanwhile."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.channels import Account, Outgoing, Result, channel
from campaigns.channels.pace import Paced
from tests.campaigns.channels.relay import END, HALF_CLOSE, HANG, HANG_UP, Relay, relay
from tests.campaigns.channels.tls import certified

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
FIRST = "c1@example.com"
SENT, LATER, REFUSED = ("accepted", ""), ("retry", "mailbox"), ("refused", "refused")
DOUBTFUL, BROKEN, UNTOUCHED = (
    (status, "connection") for status in ("uncertain", "retry", "untouched")
)


@pytest.fixture
def server() -> Iterator[Relay]:
    with relay() as made:
        yield made


def messages(n: int) -> list[Outgoing]:
    return [
        Outgoing(i, f"c{i}@example.com", "en", f"News {i}", f".dot\n\n..\nHello {i}")
        for i in range(1, n + 1)
    ]


def hand_over(server: Relay, batch: Any = 3, **more: Any) -> list[Result]:
    own = {"host": "127.0.0.1", "port": server.port, "from": "a@tea.example", "timeout": 0.3}
    account = Account(1, "email", "smtp", {**own, **more}, secret="s3cret")
    batch = messages(batch) if isinstance(batch, int) else batch
    return list(channel("email").provider(account).hand_over(batch, NOW))


def states(results: list[Result]) -> list[tuple[str, str]]:
    return [(result.status.value, result.fault.value) for result in results]


def to(command: str, verb: str, number: int) -> bool:
    return command.startswith(verb) and f"c{number}@" in command


def at(server: Relay, place: str, told: str, number: int = 1) -> None:
    """Let the server answer *told* to the command *place* of message *number*."""
    turns = iter(range(1, 100))

    def answer(command: str) -> str:
        return told if re.match(re.escape(place), command) and next(turns) == number else ""

    server.answer = answer


def test_what_is_handed_over_arrives_as_it_was(server: Relay) -> None:
    assert states(hand_over(server)) == [SENT] * 3
    assert server.lines == 1
    assert [to for to, _text in server.mails] == [[f"c{i}@example.com"] for i in (1, 2, 3)]
    head, _blank, text = server.mails[0][1].partition(b"\r\n\r\n")
    assert text == b".dot\r\n\r\n..\r\nHello 1\r\n"
    assert b"\r\nSubject: News 1\r\n" in head
    assert server.verbs == ["EHLO", *["MAIL", "RCPT", "DATA", END] * 3, "QUIT"]


def test_the_next_envelope_goes_with_the_end_of_a_mail(server: Relay) -> None:
    """One journey over the network for a mail."""
    sent: list[bytes] = []
    real = socket.socket.sendall

    def sendall(self: Any, data: Any, *rest: Any) -> None:
        sent.append(bytes(data))
        real(self, data, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "sendall", sendall)
        assert states(hand_over(server, 2)) == [SENT] * 2
    envelope = b"MAIL FROM:<a@tea.example>\r\nRCPT TO:<c%d@example.com>\r\nDATA\r\n"
    ours = [each for each in sent if not each[:3].isdigit()]
    assert envelope % 1 in ours
    assert b".\r\n" + envelope % 2 in ours


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("data", ["503 No valid recipients", "354 Go on all the same"])
def test_a_recipient_is_refused(server: Relay, data: str, pipelining: bool) -> None:
    refused: list[str] = []

    def answer(command: str) -> str:
        if to(command, "RCPT", 2):
            refused.append(command)
            return "550 5.1.1 No such user"
        if to(command, "RCPT", 3):
            refused.clear()
        if command == "DATA" and refused:
            return data
        return ""

    server.answer = answer
    results = hand_over(server, pipelining=pipelining)
    assert states(results) == [SENT, REFUSED, SENT]
    assert results[1].error == "550 5.1.1 No such user"
    assert [to for to, _text in server.mails] == [[FIRST], ["c3@example.com"]]
    assert all(
        text.rstrip().endswith(b"Hello %s" % to[0][1:2].encode()) for to, text in server.mails
    )


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("place", "told", "expected"),
    [
        ("MAIL", "451 Later", [("retry", "throttled"), SENT, SENT]),
        ("MAIL", "550 Not from you", [REFUSED, SENT, SENT]),
        ("MAIL", "530 Authenticate first", [("retry", "account"), SENT, SENT]),
        ("MAIL", "503 Nested MAIL", [BROKEN, UNTOUCHED, UNTOUCHED]),
        ("RCPT", "450 Greylisted", [("retry", "throttled"), SENT, SENT]),
        ("RCPT", "432 Not now", [LATER, SENT, SENT]),
        ("RCPT", "421 Closing down", [BROKEN, UNTOUCHED, UNTOUCHED]),
        ("RCPT", "what?", [BROKEN, UNTOUCHED, UNTOUCHED]),
        ("DATA", "554 No", [REFUSED, SENT, SENT]),
        (END, "554 Looks like spam", [REFUSED, SENT, SENT]),
        (END, "452 Full", [("retry", "throttled"), SENT, SENT]),
        (END, "421 Closing down", [BROKEN, UNTOUCHED, UNTOUCHED]),
        (END, "what?", [DOUBTFUL, UNTOUCHED, UNTOUCHED]),
    ],
)  # fmt: skip
def test_answers_that_are_no_yes(
    server: Relay, place: str, told: str, expected: list[tuple[str, str]], pipelining: bool
) -> None:
    at(server, place, told)
    assert states(hand_over(server, pipelining=pipelining)) == expected
    assert [to[0] for to, _text in server.mails] == [
        f"c{i}@example.com" for i, state in enumerate(expected, 1) if state == SENT
    ]


def test_a_server_that_wants_the_text_of_a_mail_that_it_refused_gets_none(server: Relay) -> None:
    server.is_mad = True
    at(server, "MAIL", "550 Not from you")
    assert states(hand_over(server)) == [BROKEN, UNTOUCHED, UNTOUCHED]
    assert END not in server.heard


@pytest.mark.parametrize("doing", [HANG_UP, HANG, HALF_CLOSE])
@pytest.mark.parametrize(
    ("place", "number", "expected"),
    [
        ("MAIL", 1, [BROKEN, UNTOUCHED, UNTOUCHED]),
        ("RCPT", 2, [SENT, BROKEN, UNTOUCHED]),
        ("DATA", 2, [SENT, BROKEN, UNTOUCHED]),
        # The envelope of the third was said already; its text was not.
        (END, 2, [SENT, DOUBTFUL, UNTOUCHED]),
        (END, 3, [SENT, SENT, DOUBTFUL]),
    ],
)
def test_the_line_breaks(
    server: Relay, place: str, number: int, doing: str, expected: list[tuple[str, str]]
) -> None:
    at(server, place, doing, number)
    assert states(hand_over(server)) == expected
    assert len(server.mails) == expected.count(SENT)


def test_an_answer_that_comes_too_late_is_never_taken_for_another(server: Relay) -> None:
    late = threading.Event()

    def answer(command: str) -> str:
        if command == END:
            late.wait(0.6)
        return ""

    server.answer = answer
    assert states(hand_over(server, 2)) == [DOUBTFUL, UNTOUCHED]
    assert "QUIT" not in server.verbs


def test_a_server_that_speaks_slowly_but_in_time_loses_nothing(server: Relay) -> None:
    pause = threading.Event()

    def answer(command: str) -> str:
        pause.wait(0.02)
        return ""

    server.answer = answer
    assert states(hand_over(server, 4)) == [SENT] * 4


def test_the_pace_is_kept_and_no_mail_waits_for_the_next(server: Relay) -> None:
    """Nobody is asked for before her turn, so that the last mail is not held back for her."""
    clock = [0.0]
    heard_at_sleep: list[int] = []

    def sleep(seconds: float) -> None:
        heard_at_sleep.append(len(server.mails))
        clock[0] += seconds

    batch = Paced(messages(3), 5, 0.0, clock=lambda: clock[0], sleep=sleep)
    assert states(hand_over(server, batch)) == [SENT] * 3
    assert heard_at_sleep == [1, 2]


def test_nobody_is_there_and_the_pace_is_not_waited_for() -> None:
    with relay() as server:
        pass
    batch = Paced(messages(3), 1, 0.0, sleep=lambda seconds: pytest.fail("it slept"))
    assert states(hand_over(server, batch)) == [UNTOUCHED] * 3


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("expired", "expired"), ("stranger", "self-signed"), ("other_name", "mismatch")],
)
def test_a_certificate_that_proves_nothing(
    kind: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with certified(kind, monkeypatch) as context, relay(context) as server:
        results = hand_over(server, 2, security="tls", timeout=3)
    assert states(results) == [("untouched", "certificate")] * 2
    assert expected in results[0].error
    assert server.heard == []


def test_an_expired_certificate_after_starttls(
    server: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = "250-relay\r\n250-PIPELINING\r\n250 STARTTLS"
    server.answer = lambda command: offers if command.startswith("ehlo") else ""
    with certified("expired", monkeypatch) as server.starttls:
        results = hand_over(server, 2, security="starttls", timeout=3)
        assert states(results) == [("untouched", "certificate")] * 2
        assert "expired" in results[0].error
    with certified("good", monkeypatch) as server.starttls:
        assert states(hand_over(server, 2, security="starttls", timeout=3)) == [SENT] * 2
    assert len(server.mails) == 2


def test_where_tls_is_asked_for_nothing_is_said_without_it(server: Relay) -> None:
    results = hand_over(server, 2, security="starttls", user="tea")
    assert states(results) == [UNTOUCHED] * 2
    assert "STARTTLS" in results[0].error
    assert set(server.verbs) <= {"EHLO", "QUIT"}


def test_a_certificate_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    with certified("good", monkeypatch) as context, relay(context) as server:
        assert states(hand_over(server, 2, security="tls", timeout=3)) == [SENT] * 2


def test_a_wrong_password_is_the_accounts_fault(server: Relay) -> None:
    greeting = "250-relay\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN"
    said: dict[str, Callable[[], str]] = {"ehlo": lambda: greeting}
    server.answer = lambda command: (
        said["ehlo"]() if command.startswith("ehlo") else
        "535 Authentication failed" if command.startswith("AUTH") else ""
    )  # fmt: skip
    results = hand_over(server, 2, user="tea")
    assert states(results) == [("untouched", "account")] * 2
    assert results[0].error == "535 Authentication failed"
    assert "MAIL" not in server.verbs


def test_a_sender_that_is_no_address_sends_nothing(server: Relay) -> None:
    results = hand_over(server, 2, **{"from": "Tea House"})
    assert states(results) == [("untouched", "account")] * 2
    assert server.lines == 0
