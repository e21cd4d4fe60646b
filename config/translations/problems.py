"""What is wrong with the Chinese catalogues, as sentences with their place."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Message

from config.translations.catalogues import po_path, read, translation
from config.translations.sources import Key, Word

HAN = "\u3400-\u9fff"
PLACEHOLDER = re.compile(
    r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sd]|\{\w*(?:![rs])?(?::[^{}]*)?\}"
)
HTML_TAG = re.compile(r"</?[a-z][a-z0-9]*")
PUNCTUATION = [
    (re.compile(rf"[{HAN}]\.(?![\w.])"), "ends a sentence with “.” (expected “。”)"),
    (re.compile(rf"[{HAN}],"), "has “,” after Chinese (expected “，” or “、”)"),
    (re.compile(rf"[{HAN}];"), "has “;” after Chinese (expected “；”)"),
    (re.compile(rf"[{HAN}]:(?!//)"), "has “:” after Chinese (expected “：”)"),
    (re.compile(rf"[{HAN}]\?"), "has “?” after Chinese (expected “？”)"),
    (re.compile(rf"[{HAN}]!"), "has “!” after Chinese (expected “！”)"),
    (re.compile(rf"[{HAN}]\.\.\."), "has “...” after Chinese (expected “…”)"),
    (re.compile(rf"\([^()]*[{HAN}][^()]*\)"), "has Chinese in “()” (expected “（）”)"),
]


def find_problems(root: Path, words_by_room: Mapping[str, dict[Key, Word]]) -> list[str]:
    """One sentence per missing, fuzzy, unused, contradictory or malformed translation."""
    problems: list[str] = []
    translated: dict[Key, tuple[str, str]] = {}
    for room, words in words_by_room.items():
        catalogue = read(root, room)
        file = po_path(root, room).relative_to(root).as_posix()
        for key, word in words.items():
            message = catalogue.get(word.singular, context=word.context or None)
            for complaint in _complaints(word, message):
                problems.append(
                    f"{word.places[0]}: “{shorten(word.singular)}” {complaint} ({file})"
                )
            text = _text(message)
            other = translated.setdefault(key, (room, text)) if text else ("", text)
            # Django pours all catalogues into one: of two answers one would win silently.
            if other[1] != text:
                problems.append(
                    f"{word.places[0]}: “{shorten(word.singular)}” is “{text}” in {room} but "
                    f"“{other[1]}” in {other[0]}. Use one translation, or give one a context."
                )
        problems += [
            f"{file}: “{shorten(key[1])}” is in the catalogue, but no source has it any more. "
            "Run manage.py translations."
            for key in _keys(root, room)
            if key not in words
        ]
    return problems


def shorten(text: str, limit: int = 60) -> str:
    """The text in one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


# helpers


def _complaints(word: Word, message: Message | None) -> Iterator[str]:
    text = _text(message)
    if message is None or not text:
        yield "has no Chinese translation"
        return
    if message.fuzzy:
        yield "is marked fuzzy"
    wanted = sorted(set(PLACEHOLDER.findall(word.plural or word.singular)))
    got = sorted(set(PLACEHOLDER.findall(text)))
    # A Chinese sentence for "1 customer" may leave the number out only if the English does.
    if wanted != got and not (word.plural and got == _placeholders(word.singular)):
        yield f"has the placeholders {_listed(got)} in Chinese, expected {_listed(wanted)}"
    source = word.plural or word.singular
    if sorted(HTML_TAG.findall(source)) != sorted(HTML_TAG.findall(text)):
        yield "has other HTML tags in Chinese than in English"
    # Full-width punctuation brings its own space along: “, ” between two words is “，”.
    is_mark = not any(letter.isalnum() for letter in source + text)
    if not is_mark and (
        source[:1].isspace() != text[:1].isspace() or source[-1:].isspace() != text[-1:].isspace()
    ):
        yield "begins or ends with white space in only one of the two languages"
    for pattern, complaint in PUNCTUATION:
        if pattern.search(text):
            yield f"in Chinese, “{shorten(text)}”, {complaint}"


def _placeholders(text: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(text)))


def _listed(placeholders: list[str]) -> str:
    return ", ".join(placeholders) or "none"


def _text(message: Message | None) -> str:
    return translation(message) if message is not None else ""


def _keys(root: Path, room: str) -> list[Key]:
    keys: list[Key] = []
    for message in read(root, room):
        singular = message.id if isinstance(message.id, str) else message.id[0]
        if singular:
            keys.append((message.context or "", singular))
    return keys
