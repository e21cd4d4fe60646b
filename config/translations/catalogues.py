"""The .po files: read, merge with the sources, write in a stable shape, compile to .mo."""

import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from config.places import ROOMS
from config.translations.sources import Key, Word

LOCALE = "zh_Hans"

# No dates and no tool versions: two branches that add words must not conflict in the header.
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Waypost\\n"
"Language: {locale}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


# A figure (or what stands for one) and its measure word stay on one line.
_MEASURED = re.compile(
    r"(?<=[0-9)sd}>]) (?=(?:人|天|次|位|个|条|秒|分钟|小时|笔|行|周|月|年|项|封|种|名|列|份))"
)
NO_BREAK = "\u00a0"


def po_path(root: Path, room: str) -> Path:
    return root / room / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def read(root: Path, room: str) -> Catalog:
    """The room's catalogue; an empty one when the file isn't there yet."""
    path = po_path(root, room)
    if not path.exists():
        return Catalog(locale=LOCALE)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, charset="utf-8")


def merge(root: Path, words_by_room: Mapping[str, dict[Key, Word]]) -> list[Path]:
    """Bring the .po files of the given rooms in line with the sources; returns those changed.

    Translations and translators' comments stay; a word that moved to another room takes its
    translation along; words that no source has any more are dropped.
    """
    memory = _memory(root)
    changed = []
    for room, words in words_by_room.items():
        old = read(root, room)
        new = Catalog(locale=LOCALE)
        for key in sorted(words, key=lambda key: (key[1], key[0])):
            _add(new, words[key], old, memory)
        if (words or po_path(root, room).exists()) and _write(po_path(root, room), new):
            changed.append(po_path(root, room))
    return changed


def compile_stale(root: Path) -> list[Path]:
    """Compile every .po file that is newer than its .mo; returns the .mo files written."""
    written = []
    for room in ROOMS:
        source = po_path(root, room)
        target = source.with_suffix(".mo")
        if not source.exists() or _is_fresh(target, source):
            continue
        buffer = io.BytesIO()
        write_mo(buffer, _typeset(read(root, room)))
        _replace(target, buffer.getvalue())
        # The .po's own time, so that a .po restored with an older date is compiled again.
        stamp = source.stat().st_mtime_ns
        os.utime(target, ns=(stamp, stamp))
        written.append(target)
    return written


def translation(message: Message) -> str:
    """The translation; Chinese has one form for any number."""
    if not message.string:
        return ""
    return message.string if isinstance(message.string, str) else message.string[0]


# helpers


def _typeset(catalogue: Catalog) -> Catalog:
    """Set what the .po files write with plain spaces, which nobody can tell apart in an editor."""
    for message in catalogue:
        if not message.id or not message.string:
            continue
        if isinstance(message.string, str):
            message.string = _MEASURED.sub(NO_BREAK, message.string)
        else:
            message.string = tuple(_MEASURED.sub(NO_BREAK, each) for each in message.string)
    return catalogue


def _memory(root: Path) -> dict[Key, str]:
    known: dict[Key, str] = {}
    for room in ROOMS:
        for message in read(root, room):
            singular = _singular(message.id)
            if singular and not message.fuzzy:
                text = translation(message)
                if text:
                    known.setdefault((message.context or "", singular), text)
    return known


def _add(new: Catalog, word: Word, old: Catalog, memory: Mapping[Key, str]) -> None:
    before = old.get(word.singular, context=word.context or None)
    flags: set[str] = set()
    if before is not None and translation(before):
        text = translation(before)
        flags = before.flags & {"fuzzy"}
    else:
        text = memory.get(word.key, "")
    new.add(
        (word.singular, word.plural) if word.plural else word.singular,
        (text,) if word.plural else text,
        flags=flags,
        auto_comments=word.comments,
        user_comments=before.user_comments if before is not None else (),
        context=word.context or None,
    )


def _singular(message_id: Sequence[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _write(path: Path, catalogue: Catalog) -> bool:
    buffer = io.BytesIO()
    buffer.write(HEADER.format(locale=LOCALE).encode())
    write_po(buffer, catalogue, width=0, no_location=True, omit_header=True)
    content = buffer.getvalue().rstrip(b"\n") + b"\n"
    if path.exists() and path.read_bytes() == content:
        return False
    _replace(path, content)
    return True


def _is_fresh(target: Path, source: Path) -> bool:
    return target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    scratch.replace(path)
