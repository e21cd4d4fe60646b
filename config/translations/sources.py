"""Which words the code and the templates want translated, and where they stand."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.extract import extract as babel_extract
from django.utils.translation.template import templatize

from config.places import ROOMS

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators",)
TEMPLATE_SUFFIXES = {".html", ".txt"}

Key = tuple[str, str]
"""(context, singular); the context is "" where there is none."""


class ExtractionError(Exception):
    """A source file could not be read; its words must not be taken for unused."""


@dataclass
class Word:
    """One message as the source has it, with every place it stands in."""

    singular: str
    plural: str = ""
    context: str = ""
    places: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return (self.context, self.singular)


def extract(root: Path, room: str) -> dict[Key, Word]:
    """Every message of one room below the checkout `root`; raises ExtractionError."""
    words: dict[Key, Word] = {}
    for path in source_files(root, room):
        place = path.relative_to(root).as_posix()
        for line, word in _read(path, place):
            known = words.setdefault(word.key, word)
            if word.plural and known.plural and word.plural != known.plural:
                raise ExtractionError(
                    f"{place}:{line}: “{word.singular}” has the plural “{word.plural}” here and "
                    f"“{known.plural}” at {known.places[0]}. Give both the same plural, or one "
                    "of them a context."
                )
            known.plural = known.plural or word.plural
            known.places.append(f"{place}:{line}")
            known.comments += [c for c in word.comments if c not in known.comments]
    return words


def source_files(root: Path, room: str) -> list[Path]:
    """The Python files and templates whose words belong to the room's catalogue."""
    python = [
        path
        for path in (root / room).rglob("*.py")
        if "migrations" not in path.relative_to(root).parts
    ]
    templates = [
        path
        for folder in (root / room, root / "templates")
        for path in folder.rglob("*")
        if path.suffix in TEMPLATE_SUFFIXES and path.is_file()
    ]
    return sorted(python + [path for path in templates if _room_of(root, path) == room])


def _room_of(root: Path, path: Path) -> str:
    parts = path.relative_to(root).parts
    first = parts[1] if parts[0] == "templates" else parts[0]
    return first if first in ROOMS else "config"


def _read(path: Path, place: str) -> Iterator[tuple[int, Word]]:
    try:
        source = path.read_text(encoding="utf-8")
        if path.suffix in TEMPLATE_SUFFIXES:
            source = _as_python(source, place)
        # Without compiling first, a half-saved file would yield only its upper half.
        else:
            compile(source, place, "exec", dont_inherit=True)
        found = list(
            babel_extract(
                "python",
                io.BytesIO(source.encode()),
                keywords=KEYWORDS,
                comment_tags=COMMENT_TAGS,
                options={"encoding": "utf-8"},
            )
        )
    except (SyntaxError, ValueError) as error:
        raise ExtractionError(f"{place} can't be read for its words: {error}") from error
    for line, message, comments, context in found:
        forms = (message,) if isinstance(message, str) else tuple(message)
        if forms[0]:
            plural = forms[1] if len(forms) > 1 else ""
            yield line, Word(forms[0], plural, context or "", comments=list(comments))


def _as_python(source: str, place: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calls = templatize(source, origin=place)
    # templatize keeps the template's indentation, which a Python tokenizer takes for blocks.
    return "\n".join(line.lstrip() for line in calls.splitlines())
