"""Running parts of Waypost as processes of their own, in an environment of their own."""

import os
import subprocess
import sys
from pathlib import Path

from config.places import BASE_DIR

_OURS = ("DATABASE", "CELERY", "WAYPOST", "SECRET_KEY", "EMAIL", "CACHE", "DJANGO")


def clean_environment(**variables: str) -> dict[str, str]:
    """This environment without any setting of Waypost, plus `variables`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
    return kept | {"PYTHONPATH": str(BASE_DIR)} | variables


def python(
    code: str, *, uid: int | None = None, timeout: float = 60, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `code` in a new interpreter, as another user if `uid` is given."""
    return subprocess.run(
        [sys.executable, "-B", "-c", code],
        env=clean_environment(**variables),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=timeout,
        user=uid,
        group=uid,
        extra_groups=[] if uid is not None else None,
        check=False,
    )


def manage(
    *arguments: str, timeout: float = 60, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `manage.py`."""
    return subprocess.run(
        [sys.executable, str(Path(BASE_DIR, "manage.py")), *arguments],
        env=clean_environment(**variables),
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
