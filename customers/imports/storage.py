"""Files on their way in: kept in the storage of files until their import is done."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from customers.imports.encoding import check_size


def keep(file: File) -> str:
    """Store an uploaded file and return its name in the storage. Raises Unreadable when it is
    empty or larger than 2 GB."""
    check_size(file.size or 0)
    return default_storage.save("imports/upload", file)


def drop(stored: str) -> None:
    """Remove a stored file."""
    if stored:
        default_storage.delete(stored)


@contextmanager
def local(stored: str) -> Iterator[Path]:
    """The stored file as a path on this machine, copied here when it lies elsewhere."""
    try:
        path = Path(default_storage.path(stored))
    except NotImplementedError:
        path = Path()
    if path.is_file():
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="import-") as copy:
        with default_storage.open(stored) as file:
            shutil.copyfileobj(file, copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)
