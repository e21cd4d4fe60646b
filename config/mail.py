"""Where e-mail goes: `EMAIL_URL`, else a mail catcher on this machine."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.mail.backends.filebased import EmailBackend as FileBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from config import env
from config.places import var_dir

_log = logging.getLogger(__name__)
_SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"


@dataclass(frozen=True)
class MailSettings:
    """Django's e-mail settings, by what they mean."""

    backend: str
    folder: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def mail_settings() -> MailSettings:
    """Read `EMAIL_URL` (or `EMAIL_URL_FILE`).

    - `smtp://USER:PASSWORD@HOST:587?starttls=1` and `smtps://USER:PASSWORD@HOST:465`;
    - `file:///a/folder` writes messages to files, `console://` prints them;
    - nothing: a mail catcher at localhost:1025 if there is one, else files in `var/mail`.
    """
    folder = str(var_dir() / "mail")
    address = env.secret("EMAIL_URL", "")
    if not address:
        return MailSettings("config.mail.CatcherBackend", folder, port=1025)
    if not env.text("EMAIL_URL", ""):
        # It came from a file; the check below must see it, and its text must not be shown.
        parts = urlsplit(address)
    else:
        parts = env.url("EMAIL_URL", schemes=["smtp", "smtps", "file", "console"], needs_host=False)
    if parts.scheme == "console":
        return MailSettings("django.core.mail.backends.console.EmailBackend", folder)
    if parts.scheme == "file":
        return MailSettings("django.core.mail.backends.filebased.EmailBackend", parts.path)
    tls = parts.scheme == "smtps"
    options = parse_qs(parts.query)
    return MailSettings(
        _SMTP,
        folder,
        host=parts.hostname or "localhost",
        port=parts.port or (465 if tls else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=options.get("starttls", ["0"])[-1] in ("1", "true"),
        tls=tls,
    )


class CatcherBackend(SmtpBackend):
    """SMTP to a mail catcher on this machine; without one, messages become files in `var/mail`.

    So a demo shows its messages in a catcher, and needs none.
    """

    files: FileBackend | None = None

    def open(self) -> bool | None:
        if self.files is not None:
            return False
        try:
            return super().open()
        except ConnectionRefusedError:
            folder = mail_settings().folder
            Path(folder).mkdir(parents=True, exist_ok=True)
            _log.info("no mail catcher at %s:%s, writing to %s", self.host, self.port, folder)
            self.files = FileBackend(file_path=folder)
            return True

    def close(self) -> None:
        if self.files is not None:
            self.files.close()
            self.files = None
        super().close()

    def send_messages(self, email_messages: Any) -> int:
        messages = list(email_messages)
        if not messages:
            return 0
        opened = self.open()
        if self.files is None:
            sent = super().send_messages(messages)
        else:
            sent = self.files.send_messages(messages)
        if opened:
            self.close()
        return sent or 0
