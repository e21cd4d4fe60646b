"""The browser libraries: exactly the versions of package-lock.json, in node_modules."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import bootstrap
from config.errors import ConfigurationError
from config.places import BASE_DIR
from config.terminal import gettext as _

OLDEST_NODE = 20
NODE_LOCK = "requirements-node.lock"
NO_NETWORK = re.compile(r"EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH")


class AssetsError(Exception):
    """The browser libraries could not be installed; the text says why and what to do."""


def ensure_assets(
    root: Path = BASE_DIR, *, dev: bool = False, say: Callable[[str], None] = print
) -> bool:
    """Install what node_modules lacks; `dev` includes the checker of our own scripts.

    Returns whether something was installed. Raises AssetsError; pages work without the libraries,
    only charts and the quiet refreshing of parts of a page are missing then.
    """
    if not lacking(root, dev=dev):
        return False
    with bootstrap.one_at_a_time(root):
        wanted = lacking(root, dev=dev)
        if not wanted:
            return False
        npm, path = node_tools(root, say)
        say(_("Fetching {packages} from npm's registry").format(packages=", ".join(wanted)))
        command = [npm, "ci", "--no-progress", "--fetch-retries=1"]
        if not dev:
            command.append("--omit=dev")
        done = subprocess.run(
            command,
            cwd=root,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": path},
        )
        if done.returncode != 0:
            raise AssetsError(explain(done.stderr + done.stdout))
    return True


def lacking(root: Path = BASE_DIR, *, dev: bool = False) -> list[str]:
    """The packages of package-lock.json that node_modules lacks in the locked version."""
    locked = _packages(root / "package-lock.json")
    # npm writes what it has installed into a lock file of its own, so that is the stamp.
    installed = _packages(root / "node_modules" / ".package-lock.json")
    return [
        place.removeprefix("node_modules/")
        for place, package in locked.items()
        if place
        and (dev or not package.get("dev"))
        and (
            installed.get(place, {}).get("version") != package["version"]
            or not (root / place).is_dir()
        )
    ]


def explain(output: str) -> str:
    """Why npm failed and what to do, as a sentence, from what it printed."""
    lines = [
        line.removeprefix("npm error").strip()
        for line in output.splitlines()
        if line.startswith("npm error") and "complete log" not in line
    ]
    reason = " ".join(line for line in lines[:3] if line).rstrip(".") or _("npm gave no reason")
    if NO_NETWORK.search(output):
        advice = _("Check the network or npm's registry setting, then start again.")
    elif "EACCES" in output or "EROFS" in output:
        advice = _("Give this user the right to write into the checkout's folder node_modules.")
    else:
        advice = _("Mend that, or remove the folder node_modules, and start again.")
    return _("The browser libraries could not be installed: {reason}. {advice}").format(
        reason=reason, advice=advice
    )


def node_tools(root: Path = BASE_DIR, say: Callable[[str], None] = print) -> tuple[str, str]:
    """The npm to call and the PATH to call it with; fetches a Node where there is none.

    Raises AssetsError when it can't be fetched.
    """
    path = os.environ.get("PATH", os.defpath)
    npm = shutil.which("npm")
    if npm and _node_version(shutil.which("node")) >= OLDEST_NODE:
        return npm, path
    own = Path(sys.prefix) / "bin"
    if not (own / "npm").exists():
        say(
            _("No Node {version} or newer on this machine; fetching one into {folder}").format(
                version=OLDEST_NODE, folder=sys.prefix
            )
        )
        try:
            lock = root / NODE_LOCK
            bootstrap.install(Path(sys.executable), lock, len(bootstrap.read_pins(lock)))
        except ConfigurationError as error:
            raise AssetsError(
                _("{problem} Or install Node {version} or newer with npm yourself.").format(
                    problem=error, version=OLDEST_NODE
                )
            ) from None
    return str(own / "npm"), f"{own}{os.pathsep}{path}"


# helpers


def _packages(lock: Path) -> dict[str, dict[str, Any]]:
    try:
        packages: dict[str, dict[str, Any]] = json.loads(lock.read_text("utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return {}
    return packages


def _node_version(node: str | None) -> int:
    if node is None:
        return 0
    done = subprocess.run([node, "--version"], capture_output=True, text=True)
    match = re.match(r"v(\d+)\.", done.stdout)
    return int(match[1]) if match else 0
