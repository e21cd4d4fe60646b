"""The conversation with a mail server, such that at each break it is known whether the server may
have a message.

smtplib's own send_message raises the same error for a line that broke before and after the last
dot; the first is safe to try again, the second is not. And it waits for each answer in turn: four
journeys over the network for a mail. Where the server offers it (PIPELINING, RFC 2920) the
envelope of the next message goes with the last dot of this one, which makes it one. Then:

- an answer belongs to the command in whose place it comes; nothing is said after a broken line,
  a late answer or one that cannot be read;
- the text of a message goes only after the server has said yes to its recipient and to DATA, so a
  message whose envelope alone was said is certainly not sent;
- where the recipient was refused and DATA nevertheless granted, a dot alone ends it: a mail for
  nobody.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from campaigns.channels.base import Fault, Outgoing, Result, Status
from campaigns.channels.email.build import Mail

LONGEST_ERROR: Final = 300
# Answers that mean "not so fast", whatever their text says.
SLOW_DOWN: Final = {421, 450, 451, 452}
ACCOUNT: Final = {530, 535, 538}
CLOSING: Final = 421
OUT_OF_STEP: Final = 503
GO_ON: Final = 354
DOT: Final = b".\r\n"
RESET: Final = b"RSET\r\n"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and the mail made of it."""

    message: Outgoing
    mail: Mail


class LineBroken(Exception):
    """Nothing more can be said on this line; *result* is that of the message in question."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.error)
        self.result = result


class Dialog:
    """One line to a server, on which messages are handed over one after the other."""

    def __init__(self, server: smtplib.SMTP, *, pipelining: bool = True) -> None:
        """Raises OSError or smtplib.SMTPException for a server that can't be greeted."""
        server.ehlo_or_helo_if_needed()
        self._server = server
        self._at_once = pipelining and server.has_extn("pipelining")
        self._is_ahead = False  # the next envelope has been said
        self._is_open = False  # an envelope that led to nothing, to be taken back

    def hand_over(
        self, letters: Iterator[Letter | Result], may_look: Callable[[], bool]
    ) -> Iterator[Result]:
        """Hand over each letter and yield its result; a result among them is passed on as it is.

        While *may_look* says so, the next letter is asked for before the last is answered.
        Raises LineBroken, with the result of the letter that was being handed over; those that
        were asked for after it are certainly not sent.
        """
        letter = next(letters, None)
        while letter is not None:
            after: Letter | Result | None = None
            if isinstance(letter, Result):
                yield letter
            elif refused := self._envelope(letter):
                yield refused
            else:
                after = next(letters, None) if self._at_once and may_look() else None
                yield self._text(letter, after)
            letter = after or next(letters, None)

    def hang_up(self) -> None:
        """End it without a goodbye, to which a broken line has no answer."""
        self._server.close()

    # helpers

    def _envelope(self, letter: Letter) -> Result | None:
        """Say from whom and to whom; None when the server waits for the text."""
        commands = _envelope(letter.mail)
        good = [{250}, {250, 251}, {GO_ON}]
        if self._is_open:
            commands, good = [RESET, *commands], [set(range(200, 600)), *good]
        refusal: tuple[int, bytes] | None = None
        code, has_recipient = 0, False
        try:
            if self._at_once and not self._is_ahead:
                self._server.send(b"".join(commands))
            self._is_ahead = False
            for command, wanted in zip(commands, good, strict=True):
                if not self._at_once:
                    self._server.send(command)
                code, words = self._server.getreply()
                if code == CLOSING or code < 0 or (code == OUT_OF_STEP and refusal is None):
                    # It hangs up, speaks another language, or is at another place than we are.
                    raise LineBroken(_broken(letter, Status.RETRY, said(code, words)))
                has_recipient |= command.startswith(b"RCPT") and code in wanted
                if code not in wanted and refusal is None:
                    refusal = code, words
                    if not self._at_once:
                        break
            self._is_open = refusal is not None
            if refusal and code == GO_ON:
                if has_recipient:
                    # Nobody knows what it would do with an empty text.
                    raise LineBroken(_broken(letter, Status.RETRY, said(*refusal)))
                self._server.send(DOT)
                self._server.getreply()
                self._is_open = False
        except (OSError, smtplib.SMTPException) as error:
            raise LineBroken(_broken(letter, Status.RETRY, text_of(error))) from error
        return _refused(letter, *refusal) if refusal else None

    def _text(self, letter: Letter, after: Letter | Result | None) -> Result:
        """Say the text, and the next envelope with its end."""
        content = letter.mail.content
        if b"\n." in content:
            content = content.replace(b"\n.", b"\n..")
        end = DOT
        if isinstance(after, Letter):
            end = b"".join((DOT, *_envelope(after.mail)))
        status = Status.RETRY
        try:
            self._server.send(content)
            # The end goes in a write of its own: only from here on may the server have it all.
            status = Status.UNCERTAIN
            self._server.send(end)
            code, words = self._server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise LineBroken(_broken(letter, status, text_of(error))) from error
        if code < 0:
            raise LineBroken(_broken(letter, status, said(code, words)))
        if code == CLOSING:
            raise LineBroken(_broken(letter, Status.RETRY, said(code, words)))
        self._is_ahead = isinstance(after, Letter)
        if code != 250:
            return _refused(letter, code, words)
        return Result(letter.message.id, Status.ACCEPTED, provider_id=letter.mail.message_id[:200])


def text_of(error: Exception) -> str:
    """What an error says, in one line."""
    return (" ".join(str(error).split()) or type(error).__name__)[:LONGEST_ERROR]


def said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(f"{code} {text}".split())[:LONGEST_ERROR]


# helpers


def _envelope(mail: Mail) -> list[bytes]:
    lines = (f"MAIL FROM:<{mail.sender}>", f"RCPT TO:<{mail.address}>", "DATA")
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise ValueError("An address of a command must be one line in seven bits.")
    return [f"{line}\r\n".encode("ascii") for line in lines]


def _broken(letter: Letter, status: Status, error: str) -> Result:
    return Result(letter.message.id, status, fault=Fault.CONNECTION, error=error)


def _refused(letter: Letter, code: int, words: bytes) -> Result:
    """What an answer means that is neither a yes nor a goodbye."""
    status, fault = Status.REFUSED, Fault.REFUSED
    if 400 <= code < 500:
        status, fault = Status.RETRY, Fault.THROTTLED if code in SLOW_DOWN else Fault.MAILBOX
    elif code in ACCOUNT:
        status, fault = Status.RETRY, Fault.ACCOUNT
    return Result(letter.message.id, status, fault=fault, error=said(code, words))
