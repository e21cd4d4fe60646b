"""The words of the terminal, in the language of whoever sits at it. Standard library only.

`manage.py` speaks before anything is installed, compiled or set, so these words can't come by way
of Django: they are read from the source of the ground's catalogue, and only when it isn't English.
"""

import ast
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

_CATALOGUE: Final = Path(__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
# As gettext asks them: the first that is set decides.
_VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
LANGUAGES: Final = ("en", "zh")


def language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return "zh" or "en": what `--lang` asks for, else what the terminal's locale says."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, value = argument.partition("=")
        if name == "--lang":
            return _known(value or following) or "en"
    asked = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return next(filter(None, map(_known, asked.split(":"))), "en")


def gettext(text: str) -> str:
    """Return the text in the language of the terminal."""
    return _words().get(text, text) if _speaks_chinese() else text


def ngettext(one: str, many: str, count: int) -> str:
    """Return the text that fits the count, in the language of the terminal."""
    return gettext(one if _speaks_chinese() or count == 1 else many)


# helpers


def _known(name: str) -> str:
    """The language behind a name such as zh_CN.UTF-8; "" for one that we don't speak."""
    short = name.lower().replace("-", "_").partition(".")[0].partition("_")[0]
    return "en" if short in ("c", "posix") else short if short in LANGUAGES else ""


def _speaks_chinese() -> bool:
    return language(sys.argv, os.environ) == "zh" and _can_show("中文")


def _can_show(text: str) -> bool:
    """Whether the terminal has letters for it; a stream without an encoding takes any text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@cache
def _words() -> dict[str, str]:
    """English → Chinese; nothing when the catalogue can't be read, so English is spoken then."""
    try:
        lines = _CATALOGUE.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {
        entry["msgid"]: entry.get("msgstr") or entry.get("msgstr[0]", "")
        for entry in _entries(lines)
        if "msgctxt" not in entry and (entry.get("msgstr") or entry.get("msgstr[0]"))
    }


def _entries(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    """The entries of a .po file, each as keyword → text."""
    entry: dict[str, str] = {}
    keyword = ""
    for line in [*lines, ""]:
        if not line.strip():
            if entry.get("msgid"):
                yield entry
            entry = {}
        elif line.startswith('"'):
            entry[keyword] += ast.literal_eval(line)
        elif not line.startswith("#"):
            keyword, _, quoted = line.partition(" ")
            entry[keyword] = ast.literal_eval(quoted)
