"""Where the embedded PostgreSQL lives, and as which account it runs."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import ConfigurationError
from config.places import make_folder, var_dir
from config.terminal import gettext as _

# sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero.
_LONGEST_SOCKET: Final = 103
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_ELSEWHERE: Final = Path("/var/lib/waypost")


@dataclass(frozen=True)
class Account:
    """The unprivileged account of a server that root starts."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Home:
    """Folders and files of one embedded server; `account` is None when we are not root."""

    base: Path
    users_lock: Path
    start_lock: Path
    socket_dir: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def log(self) -> Path:
        return self.base / "server.log"


def find_home(var: Path | None = None) -> Home:
    """Decide where the server of this checkout lives; creates nothing.

    `var` is the folder of everything made while running (default: that of the settings). Raises
    `ConfigurationError` when another user owns the data or no account can run the server.
    """
    var = (var or var_dir()).resolve()
    base = var / "postgres"
    account = None
    if os.geteuid() == 0:
        account = _account(base)
        if not reachable(base.parent, account):
            if (base / "data").exists():
                raise ConfigurationError(
                    _(
                        "The embedded database in {folder} was made when its parent folders could "
                        "be entered by everyone. Make them so again (chmod a+x), or move {folder} "
                        "to {other}."
                    ).format(folder=base, other=_elsewhere(var))
                )
            base = _elsewhere(var)
    elif base.exists() and base.stat().st_uid != os.geteuid():
        raise ConfigurationError(
            _(
                "The embedded database in {folder} belongs to {owner}, but Waypost runs as {user}. "
                "Run it as the user who ran it first, set WAYPOST_VAR to another folder, or set "
                "DATABASE_URL."
            ).format(folder=base, owner=_name(base.stat().st_uid), user=_name(os.geteuid()))
        )
    return Home(
        base=base,
        users_lock=var / "postgres.users.lock",
        start_lock=var / "postgres.start.lock",
        socket_dir=_socket_dir(base, account),
        account=account,
    )


def prepare(home: Home) -> None:
    """Create the folders of the server with their owner; parents keep their modes."""
    make_folder(home.base.parent)
    try:
        for folder in (home.base, home.socket_dir):
            _private_folder(folder, home.account)
    except OSError as error:
        raise ConfigurationError(
            _(
                "The embedded database can't be prepared in {folder}: {reason} ({file}). Give this "
                "user the right to write there, set WAYPOST_VAR to a folder it owns, or set "
                "DATABASE_URL."
            ).format(folder=home.base, reason=error.strerror, file=error.filename)
        ) from None


def reachable(place: Path, account: Account) -> bool:
    """Tell whether `account` can enter `place` and every folder above it.

    Folders that do not exist yet count as enterable: they are created with mode 0755.
    """
    for folder in (place, *place.parents):
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        if found.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif found.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not found.st_mode & bit:
            return False
    return True


def _account(base: Path) -> Account:
    if base.exists() and base.stat().st_uid != 0:
        found = base.stat()
        return Account(found.st_uid, found.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ConfigurationError(
            _(
                "PostgreSQL refuses to run as root, and this machine has no user `nobody` to run "
                "it as. Start Waypost as a plain user, or set DATABASE_URL."
            )
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def _name(uid: int) -> str:
    try:
        return _("the user {name}").format(name=pwd.getpwuid(uid).pw_name)
    except KeyError:
        return _("the user with the id {id}").format(id=uid)


def _key(place: Path) -> str:
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:12]


def _elsewhere(var: Path) -> Path:
    return _ELSEWHERE / _key(var)


def _socket_dir(base: Path, account: Account | None) -> Path:
    inside = base / "run"
    if len(os.fsencode(inside / _SOCKET_NAME)) <= _LONGEST_SOCKET and "," not in str(inside):
        return inside
    uid = account.uid if account else os.geteuid()
    # Its owner and mode are checked before it is used.
    return Path(f"/tmp/waypost-{uid}-{_key(base)}")


def _private_folder(folder: Path, account: Account | None) -> None:
    """Create `folder` with mode 0700; one that exists must be a real folder of the right owner."""
    owner = account.uid if account else os.geteuid()
    try:
        os.mkdir(folder, 0o700)
        if account:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        # Root may have been killed between making the folder and giving it away.
        if account and folder.lstat().st_uid == 0 and not folder.is_symlink():
            os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise ConfigurationError(
            _(
                "{folder} should be a folder of {owner}, but it is something else or belongs to "
                "somebody else. Remove it and try again."
            ).format(folder=folder, owner=_name(owner))
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        os.chmod(folder, 0o700)
