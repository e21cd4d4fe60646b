"""Ends the parts when the supervisor was killed and could not do it itself.

Runs as a process of its own, in a session of its own, with the standard library alone. It reads
`+group` and `-group` lines from the supervisor; when that pipe closes, it ends every process
group that is still on its list: SIGTERM, some seconds, SIGKILL.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

GRACE_SECONDS = 5.0


class Leash:
    """The supervisor's end: tells the process which groups are there, renews it if it dies."""

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self._process = self._start()

    def add(self, group: int) -> None:
        self.groups.add(group)
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        self.groups.discard(group)
        self._tell(f"-{group}\n")

    def check(self) -> None:
        """Start the process again if it is gone."""
        if self._process.poll() is not None:
            self._process = self._start()
            self._tell("".join(f"+{group}\n" for group in self.groups))

    def close(self) -> None:
        """End the process, and with it every group that is still there."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", __file__], stdin=subprocess.PIPE, start_new_session=True
        )

    def _tell(self, lines: str) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write(lines.encode())
                self._process.stdin.flush()


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    _send(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while groups and time.monotonic() < deadline:
        time.sleep(0.1)
        groups = {group for group in groups if _lives(group)}
    _send(groups, signal.SIGKILL)


def _send(groups: set[int], number: int) -> None:
    for group in groups:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            continue


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
