"""Files on their way in: kept in the storage of files until their import is done.

A file comes in parts, each an object of the storage by itself, so that an upload goes on where a
connection broke and no server holds more than one part at a time.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from customers.imports.encoding import check_size

# A part is held in memory once; proxies commonly let bodies of that size pass.
PART_BYTES: Final = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the storage: its name there, its SHA-256, and how many line ends it has."""

    stored: str
    digest: str
    lines: int


def keep(file: File) -> str:
    """Store an uploaded file and return its name in the storage. Raises Unreadable when it is
    empty or larger than 2 GB."""
    check_size(file.size or 0)
    return default_storage.save("imports/upload", file)


def keep_part(import_id: int, offset: int, data: bytes) -> None:
    """Store the part of a file that begins at *offset*; one that came before is replaced."""
    name = _part(import_id, offset)
    if default_storage.exists(name):
        default_storage.delete(name)
    default_storage.save(name, ContentFile(data))


def join_parts(import_id: int, size: int) -> Kept:
    """Put the parts of a file together, reading each once; `drop_parts` removes them."""
    parts = _Parts(import_id, size)
    whole = File(io.BufferedReader(parts, 1 << 20), name="upload")
    whole.size = size
    stored = default_storage.save("imports/upload", whole)
    return Kept(stored, parts.digest.hexdigest(), parts.lines)


def drop_parts(import_id: int) -> None:
    """Remove the parts of a file that came so far."""
    offset = 0
    while default_storage.exists(name := _part(import_id, offset)):
        offset += default_storage.size(name)
        default_storage.delete(name)


def drop(stored: str) -> None:
    """Remove a stored file."""
    if stored:
        default_storage.delete(stored)


@contextmanager
def local(stored: str) -> Iterator[Path]:
    """The stored file as a path on this machine, copied here when it lies elsewhere. Raises
    FileNotFoundError when it is gone."""
    path = None
    with suppress(NotImplementedError):
        path = Path(default_storage.path(stored))
    if path is not None and path.is_file():
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="import-") as copy:
        with default_storage.open(stored) as file:
            shutil.copyfileobj(file, copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)


# helpers


def _part(import_id: int, offset: int) -> str:
    return f"imports/parts/{import_id}-{offset:012}"


class _Parts(io.RawIOBase):
    """The parts of a file as one, with the digest and the line ends of what was read."""

    def __init__(self, import_id: int, size: int) -> None:
        self.import_id = import_id
        self.left = size
        self.offset = self.lines = 0
        self.digest = hashlib.sha256()
        self.part: Any = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self.left:
            if self.part is None:
                self.part = default_storage.open(_part(self.import_id, self.offset))
            if data := self.part.read(min(len(buffer), self.left)):
                buffer[: len(data)] = data
                self.digest.update(data)
                self.lines += data.count(b"\n")
                self.offset += len(data)
                self.left -= len(data)
                return len(data)
            self.part.close()
            self.part = None
        if self.part is not None:
            self.part.close()
            self.part = None
        return 0
