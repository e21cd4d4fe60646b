"""A real SMTP server on this machine that does as it is told."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

Answer = Callable[[str], str | None]


class Postbox:
    """Keeps what was accepted; `answer` may give another reply for an address."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer_rcpt: Answer = lambda address: None
        self.answer_data: Answer = lambda address: None
        self.hang_up_in_data = False
        self.sessions = 0
        self.port = 0

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if told := self.answer_rcpt(address):
            return told
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.hang_up_in_data:
            transport: Any = server.transport
            transport.abort()
            return "250 never said"
        if told := self.answer_data(envelope.rcpt_tos[0]):
            return told
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def smtp_server() -> Iterator[Postbox]:
    """A server on a free port, told what to do by the attributes of the postbox."""
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
