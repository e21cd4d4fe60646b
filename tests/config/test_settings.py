import json
import stat
from pathlib import Path

import pytest

from config import env
from config.database.address import database_settings
from config.errors import ConfigurationError
from config.mail import mail_settings
from config.origin import is_loopback, public_origin
from config.secrets import secret_key
from tests.config.running import manage, python


def test_deploy_check_is_clean_with_an_https_address(tmp_path: Path) -> None:
    done = manage(
        *("check", "--deploy", "--fail-level", "WARNING", "--tag", "security"),
        WAYPOST_VAR=str(tmp_path),
        WAYPOST_URL="https://waypost.example.com",
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("address", "complaints"),
    [({}, 0), ({"WAYPOST_URL": "http://shop.example", "WAYPOST_ALLOW_HTTP": "1"}, 4)],
)
def test_plain_http_is_fine_on_this_machine_only(
    tmp_path: Path, address: dict[str, str], complaints: int
) -> None:
    variables = {"WAYPOST_VAR": str(tmp_path), **address}
    done = manage("check", "--deploy", "--tag", "security", timeout=60, **variables)
    assert done.stderr.count("(security.W") == complaints, done.stderr


def test_https_turns_the_secure_settings_on(tmp_path: Path) -> None:
    code = """
import json
from django.conf import settings as s
print(json.dumps([s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT,
    s.SECURE_HSTS_SECONDS > 0, s.DEBUG, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS]))
"""
    done = python(
        code,
        DJANGO_SETTINGS_MODULE="config.settings",
        WAYPOST_VAR=str(tmp_path),
        WAYPOST_URL="https://waypost.example.com",
    )
    assert json.loads(done.stdout) == [
        *(True, True, True, True, False),
        ["waypost.example.com"],
        ["https://waypost.example.com"],
    ]


def test_plain_http_to_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_URL", "http://waypost.example.com")
    with pytest.raises(ConfigurationError, match="WAYPOST_ALLOW_HTTP=1"):
        public_origin()
    monkeypatch.setenv("WAYPOST_ALLOW_HTTP", "1")
    assert public_origin().hosts == ("waypost.example.com",)


def test_without_a_word_only_this_machine_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYPOST_URL", raising=False)
    assert public_origin().hosts == ("localhost", "127.0.0.1", "[::1]")


def test_an_address_with_a_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_URL", "https://example.com/waypost")
    with pytest.raises(ConfigurationError, match="only scheme, host and port"):
        public_origin()


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_a_wrong_setting_ends_a_command_with_a_sentence(tmp_path: Path) -> None:
    done = manage("check", WAYPOST_VAR=str(tmp_path), WAYPOST_DEBUG="perhaps")
    assert done.returncode != 0
    assert "WAYPOST_DEBUG is 'perhaps', but 1 or 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreachable_database_ends_a_command_with_a_sentence(tmp_path: Path) -> None:
    done = manage(
        *("migrate", "--skip-checks"),
        WAYPOST_VAR=str(tmp_path),
        DATABASE_URL="postgresql://someone:hidden@127.0.0.1:1/nowhere",
    )
    assert done.returncode != 0
    assert "can't be reached" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


def test_the_secret_key_is_made_once_for_all_processes(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(secret_key, [tmp_path] * 64))
    assert len(keys) == 1
    kept = tmp_path / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(kept.read_text()) >= 64
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_a_secret_key_that_cannot_be_kept_says_so(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(ConfigurationError, match="SECRET_KEY_FILE"):
        secret_key(tmp_path)


def test_database_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:p%40ss@[::1]:6543/my%20db?sslmode=require")
    read = database_settings()
    assert [read[k] for k in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        *("me", "p@ss", "::1", "6543", "my db")
    ]
    assert read["OPTIONS"]["sslmode"] == "require"
    monkeypatch.setenv("DATABASE_URL", "postgresql:///waypost?host=/run/postgresql")
    assert database_settings()["HOST"] == "/run/postgresql"
    monkeypatch.delenv("DATABASE_URL")
    assert database_settings()["EMBEDDED"] is True


@pytest.mark.parametrize(
    "address", ["mysql://h/db", "postgresql://u:hidden@h:x/db", "postgresql://h", "nonsense"]
)
def test_wrong_database_addresses(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(ConfigurationError, match="DATABASE_URL is") as caught:
        database_settings()
    assert "hidden" not in str(caught.value)


def test_mail_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert mail_settings().backend == "config.mail.CatcherBackend"
    monkeypatch.setenv("EMAIL_URL", "smtps://me:p%40ss@mail.example.com")
    read = mail_settings()
    assert (read.host, read.port, read.user, read.password, read.tls) == (
        *("mail.example.com", 465, "me", "p@ss", True),
    )
    monkeypatch.setenv("EMAIL_URL", "pop://x")
    with pytest.raises(ConfigurationError, match="smtp://"):
        mail_settings()


def test_unknown_brokers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from config.broker.address import broker_settings

    monkeypatch.setenv("CELERY_BROKER_URL", "filesystem://:hidden@x")
    with pytest.raises(ConfigurationError, match="CELERY_BROKER_URL") as caught:
        broker_settings()
    assert "hidden" not in str(caught.value)
    assert env.without_password("filesystem://:hidden@x") == "filesystem://***@x"
