"""From a bare Python 3.11 to one with the locked packages. Standard library only.

`ensure_packages` is the first thing that `manage.py` calls:

1. An interpreter that has every locked package is used as it is.
2. Else `.venv` in the checkout is created or completed, by one process at a time.
3. The command is started again in it.
"""

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from config.errors import ConfigurationError
from config.places import BASE_DIR
from config.terminal import gettext as _
from config.terminal import ngettext

RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
RESTARTED = "WAYPOST_RESTARTED"

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
DIST_INFO = re.compile(r"^(?P<name>.+?)-(?P<version>[^-]+)\.dist-info$")
NO_NETWORK = re.compile(
    r"NewConnectionError|Failed to establish|name resolution|Max retries|timed out|"
    r"Could not find a version|ProxyError|Network is unreachable|Connection refused",
    re.IGNORECASE,
)


def ensure_packages(argv: Sequence[str], root: Path = BASE_DIR) -> None:
    """Return when this interpreter has the locked packages, else restart in `.venv`.

    Raises ConfigurationError, a sentence, when the packages can't be installed.
    """
    lock = root / lock_for(argv)
    pins = read_pins(lock)
    if not missing(pins, [Path(entry) for entry in sys.path if entry]):
        os.environ.pop(RESTARTED, None)
        return
    venv = root / ".venv"
    if os.environ.get(RESTARTED):
        raise ConfigurationError(
            _(
                "The packages of {lock} are installed in {folder}, but the restarted Python "
                "doesn't see them. Remove the folder {folder} and run the command again."
            ).format(lock=lock.name, folder=venv)
        )
    with one_at_a_time(root):
        lacking = missing(pins, [site_packages(venv)])
        if lacking or not _can_run(venv):
            if not _can_install(venv):
                _create(venv)
                lacking = list(pins)
            install(venv / "bin" / "python", lock, len(lacking))
    python = str(venv / "bin" / "python")
    os.environ[RESTARTED] = "1"
    sys.stdout.flush()
    os.execv(python, [python, *sys.orig_argv[_first_own_argument() :]])  # noqa: S606


def lock_for(argv: Sequence[str]) -> str:
    """The lock file whose packages the command needs."""
    return DEV_LOCK if argv[1:2] == ["test"] else RUN_LOCK


def read_pins(lock: Path) -> dict[str, str]:
    """Normalised package name → version, as the lock file has them."""
    try:
        text = lock.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            _("{file} can't be read: {reason}. Restore it from the repository.").format(
                file=lock, reason=error.strerror
            )
        ) from None
    return {_normal(name): version for name, version in PIN.findall(text)}


def missing(pins: Mapping[str, str], folders: Sequence[Path]) -> list[str]:
    """The pinned packages that none of the folders has in exactly the pinned version."""
    # Names of folders instead of importlib.metadata: a start must not open a hundred files.
    installed = set()
    for folder in folders:
        with contextlib.suppress(OSError):
            for entry in os.listdir(folder):
                match = DIST_INFO.match(entry)
                if match:
                    installed.add((_normal(match["name"]), match["version"]))
    return [name for name, version in pins.items() if (name, version) not in installed]


def site_packages(venv: Path) -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return venv / "lib" / version / "site-packages"


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Wait until no other process installs anything into this checkout."""
    # The checkout's folder itself is locked: no file to create, to ignore or to leave behind.
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(_("Another command is installing the packages; waiting until it is done…"))
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def install(python: Path, lock: Path, count: int) -> None:
    """Install the lock file's packages for that interpreter; raises ConfigurationError."""
    _say(
        ngettext(
            "Installing {count} package of {lock} (only this once, about a minute)",
            "Installing {count} packages of {lock} (only this once, about a minute)",
            count,
        ).format(count=count, lock=lock.name)
    )
    # The lock names every package, so nothing is left to resolve. Asked to, pip would prefer a
    # newer release for what is wanted with extras, such as coverage[toml], and refuse its hash.
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--no-deps"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--retries", "2", "-r", str(lock)]
    output: list[str] = []
    fetched = 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_clean_environment(),
    ) as pip:
        for line in pip.stdout or ():
            output.append(line)
            if line.startswith("Collecting "):
                fetched += 1
                told = _("{done} of {count}: {package}").format(
                    done=min(fetched, count), count=count, package=line.split()[1]
                )
                _progress(f"  {told}")
            elif line.startswith("Installing collected"):
                unpacking = _("unpacking")
                _progress(f"  {unpacking}")
    _progress("")
    if pip.returncode != 0:
        raise ConfigurationError(explain(lock.name, "".join(output)))
    _say(_("The packages are installed."))


def explain(lock_name: str, output: str) -> str:
    """Why pip failed and what to do, as a sentence, from what it printed."""
    if "DO NOT MATCH THE HASHES" in output:
        advice = _("A downloaded file is not the one that was locked; check the package index.")
    elif "No space left" in output:
        advice = _("The disk is full; make room and run the command again.")
    elif "Permission denied" in output:
        advice = _("Give this user the right to write into .venv, or remove that folder.")
    elif NO_NETWORK.search(output):
        advice = _(
            "Check the network, or point pip to an index that can be reached (PIP_INDEX_URL), "
            "and run the command again."
        )
    else:
        advice = _("Mend that and run the command again.")
    # From the first error on: pip names the packages in the lines below it.
    told = re.search(r"^ERROR: (.*(?:\n(?!ERROR).+){0,3})", output, re.MULTILINE)
    reason = " ".join((told[1] if told else _last_line(output)).split()).rstrip(".")
    return _("The packages of {lock} could not be installed: {reason}. {advice}").format(
        lock=lock_name, reason=reason, advice=advice
    )


# helpers


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _first_own_argument() -> int:
    """Index in sys.orig_argv of the script, behind the interpreter and its own options."""
    return len(sys.orig_argv) - len(sys.argv)


def _can_run(venv: Path) -> bool:
    return os.access(venv / "bin" / "python", os.X_OK) and (venv / "pyvenv.cfg").exists()


def _can_install(venv: Path) -> bool:
    return _can_run(venv) and (site_packages(venv) / "pip").is_dir()


def _create(venv: Path) -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise ConfigurationError(
                _(
                    "Python's module {module} is missing, so no virtual environment can be made. "
                    "On Debian and Ubuntu: apt-get install python3.11-venv, then run the command "
                    "again."
                ).format(module=module)
            )
    if not os.access(venv.parent, os.W_OK):
        raise ConfigurationError(
            _(
                "The folder {folder} can't be written, so {name} can't be made there. Give this "
                "user the right to write, or install requirements.lock into a virtual environment "
                "of your own and use that."
            ).format(folder=venv.parent, name=venv.name)
        )
    _say(_("Preparing a virtual environment in {folder}").format(folder=venv))
    if venv.exists():
        # Left half-made by an interrupted start, or made by another Python.
        shutil.rmtree(venv, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)],
        capture_output=True,
        text=True,
        env=_clean_environment(),
    )
    if done.returncode != 0:
        shutil.rmtree(venv, ignore_errors=True)
        raise ConfigurationError(
            _(
                "The virtual environment in {folder} could not be made: {reason} On Debian and "
                "Ubuntu: apt-get install python3.11-venv; otherwise see that the disk has room."
            ).format(folder=venv, reason=_last_line(done.stderr + done.stdout))
        )


def _clean_environment() -> dict[str, str]:
    """The environment without what would send pip's files elsewhere or mix in other packages."""
    unwanted = {"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONHOME", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else _("no reason was given.")


def _say(text: str) -> None:
    print(text, flush=True)


def _progress(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)
