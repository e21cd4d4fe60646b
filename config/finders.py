"""Serves the few browser libraries that pages use, straight from node_modules."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Warning
from django.core.files.storage import FileSystemStorage

from config.places import BASE_DIR

PREFIX = "vendor"
# Of all that lies in node_modules only these are served, under their own names.
FILES = {
    source.rpartition("/")[2]: source
    for source in ("idiomorph/dist/idiomorph-ext.min.js", "echarts/dist/echarts.min.js")
}


class VendorFinder(BaseFinder):
    """Finds the allow-listed files of others as `vendor/<name>`."""

    def __init__(self, *args: Any, modules: Path | None = None, **kwargs: Any) -> None:
        self.modules = modules or BASE_DIR / "node_modules"

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        missing = [name for name, source in FILES.items() if not (self.modules / source).exists()]
        if not missing:
            return []
        return [
            Warning(
                f"Browser libraries are missing: {', '.join(missing)}.",
                hint="Run `npm ci --omit=dev`, or start with `manage.py up`, which does it.",
                id="waypost.W001",
            )
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        folder, _, name = path.partition("/")
        source = self.modules / FILES[name] if folder == PREFIX and name in FILES else None
        found = [str(source)] if source is not None and source.exists() else []
        if find_all:
            return found
        return found[0] if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        for name, source in FILES.items():
            path = self.modules / source
            if path.exists():
                storage = FileSystemStorage(location=path.parent)
                storage.prefix = PREFIX  # type: ignore[attr-defined]  # read by collectstatic
                yield name, storage
