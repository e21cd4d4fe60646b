"""The shape of the checkout: what lies at the top, how long files are, what is never committed."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.bootstrap import read_pins
from config.places import BASE_DIR

AT_THE_TOP = {
    *{".ci", ".editorconfig", ".gitattributes", ".gitignore", ".npmrc", ".pre-commit-config.yaml"},
    *{"CHANGELOG.md", "LICENSE", "README.md", "manage.py", "package-lock.json", "package.json"},
    *{"pyproject.toml", "requirements-dev.lock", "requirements-node.lock", "requirements.lock"},
    *{"tsconfig.json", "campaigns", "config", "customers", "docs", "journeys"},
    *{"static", "templates", "tests"},
}
CODE = {".css", ".html", ".js", ".py", ".sql"}
MOST_LINES = 400
# An index or a download address belongs to the machine on which a lock file was made.
ADDRESS = re.compile(r"--(?:extra-)?index-url\s+\S|--find-links\s+\S|\"resolved\":")


def committed() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("This folder is not a Git checkout.")
    return [name for name in listed.stdout.split("\0") if name and (BASE_DIR / name).exists()]


def texts() -> Iterator[tuple[str, str]]:
    for name in committed():
        try:
            yield name, (BASE_DIR / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_the_top_of_the_checkout_has_only_known_names() -> None:
    assert {name.split("/")[0] for name in committed()} <= AT_THE_TOP


def test_files_can_be_read_at_one_sitting() -> None:
    lengths = {
        name: len(text.splitlines())
        for name, text in texts()
        if Path(name).suffix in CODE and "/migrations/" not in name
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_nothing_of_one_machine_is_committed() -> None:
    places = [f"{folder}/" for folder in (BASE_DIR, Path.home())]
    private = re.compile("|".join([ADDRESS.pattern, *map(re.escape, places)]))
    here = Path(__file__).relative_to(BASE_DIR).as_posix()
    found = {
        f"{name}: {match[0]}"
        for name, text in texts()
        if name != here
        for match in private.finditer(text)
    }
    assert found == set()


def test_lock_files_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        text = (BASE_DIR / name).read_text(encoding="utf-8")
        assert "://" not in text
        pins = re.findall(r"^[a-z0-9._-]+==.*(?:\n .*)*", text, re.MULTILINE)
        assert pins
        assert [pin.split("\n")[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in (BASE_DIR / "package-lock.json").read_text(encoding="utf-8")


def test_the_locks_of_running_and_of_developing_agree() -> None:
    running = read_pins(BASE_DIR / "requirements.lock")
    developing = read_pins(BASE_DIR / "requirements-dev.lock")
    assert running.items() <= developing.items()


def test_the_build_script_can_be_run() -> None:
    script = BASE_DIR / ".ci" / "run"
    assert script.stat().st_mode & 0o100
    subprocess.run(["bash", "-n", str(script)], check=True)
