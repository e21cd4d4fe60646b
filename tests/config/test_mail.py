import socket
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from django.core.mail import EmailMessage

from config.mail import CatcherBackend


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def message() -> EmailMessage:
    return EmailMessage("Good morning 早安", "Hello.", "shop@example.com", ["a@example.com"])


def test_without_a_catcher_messages_become_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYPOST_VAR", str(tmp_path))
    backend = CatcherBackend(host="127.0.0.1", port=free_port())
    assert backend.send_messages([message(), message()]) == 2
    with backend:
        assert backend.send_messages([message()]) == 1
        assert backend.send_messages([message()]) == 1
    written = "".join(file.read_text() for file in (tmp_path / "mail").iterdir())
    assert written.count("shop@example.com") == 4


def test_a_catcher_gets_the_messages_over_one_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYPOST_VAR", str(tmp_path / "var"))
    catcher = Controller(Mailbox(tmp_path / "box"), hostname="127.0.0.1", port=free_port())
    catcher.start()
    try:
        backend = CatcherBackend(host="127.0.0.1", port=catcher.port)
        with backend:
            before = backend.connection
            assert backend.send_messages([message()]) == 1
            assert backend.send_messages([message()]) == 1
            assert backend.connection is before
        assert backend.send_messages([message()]) == 1
        assert backend.connection is None
    finally:
        catcher.stop()
    assert len(list((tmp_path / "box" / "new").iterdir())) == 3
    assert not (tmp_path / "var" / "mail").exists()
