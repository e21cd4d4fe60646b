"""Browser libraries: what is missing, how it is fetched, what is served."""

import json
import os
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from config.finders import FILES, VendorFinder
from config.frontend import AssetsError, ensure_assets, explain, lacking
from config.places import BASE_DIR

LOCK = {
    "packages": {
        "": {"name": "x"},
        "node_modules/morph": {"version": "1.0.0"},
        "node_modules/checker": {"version": "5.0.0", "dev": True},
    }
}
NPM = """\
#!/bin/sh
echo "$@" >> calls
mkdir -p node_modules/morph node_modules/checker
cp package-lock.json node_modules/.package-lock.json
"""
BROKEN_NPM = """\
#!/bin/sh
echo "npm error code ENOTFOUND" >&2
echo "npm error network request to the registry failed" >&2
echo "npm error A complete log of this run can be found in: /somewhere" >&2
exit 1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "package-lock.json").write_text(json.dumps(LOCK))
    return tmp_path


def put_npm(root: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Make `script` the machine's npm, beside a Node that is new enough."""
    folder = root / "bin"
    folder.mkdir()
    for name, text in (("npm", script), ("node", "#!/bin/sh\necho v22.1.0\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_only_what_is_missing_is_fetched_and_only_once(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_npm(root, monkeypatch, NPM)
    assert lacking(root) == ["morph"]
    assert lacking(root, dev=True) == ["morph", "checker"]
    assert ensure_assets(root) is True
    assert ensure_assets(root) is False
    (call,) = (root / "calls").read_text().splitlines()
    assert call.startswith("ci ")
    assert "--omit=dev" in call


def test_another_version_or_a_removed_folder_counts_as_missing(root: Path) -> None:
    installed = {"packages": {"node_modules/morph": {"version": "0.9.0"}}}
    (root / "node_modules" / "morph").mkdir(parents=True)
    stamp = root / "node_modules" / ".package-lock.json"
    stamp.write_text(json.dumps(installed))
    assert lacking(root) == ["morph"]
    installed["packages"]["node_modules/morph"]["version"] = "1.0.0"
    stamp.write_text(json.dumps(installed))
    assert lacking(root) == []
    (root / "node_modules" / "morph").rmdir()
    assert lacking(root) == ["morph"]


def test_an_unreachable_registry_is_told_in_a_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_npm(root, monkeypatch, BROKEN_NPM)
    with pytest.raises(AssetsError) as raised:
        ensure_assets(root)
    assert str(raised.value) == (
        "The browser libraries could not be installed: code ENOTFOUND network request to the "
        "registry failed. Check the network or npm's registry setting, then start again."
    )


def test_a_folder_without_the_right_to_write_is_told_in_a_sentence() -> None:
    assert "right to write into the checkout's" in explain("npm error code EACCES\n")


def test_the_lock_has_every_library_that_is_served() -> None:
    locked = json.loads((BASE_DIR / "package-lock.json").read_text())["packages"]
    for source in FILES.values():
        package = locked[f"node_modules/{source.split('/')[0]}"]
        assert not package.get("dev")
        assert package["integrity"].startswith("sha512-")


def test_nothing_but_the_listed_files_is_served(tmp_path: Path) -> None:
    for source in [*FILES.values(), "echarts/package.json"]:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text(source)
    finder = VendorFinder(modules=tmp_path)
    for name, source in FILES.items():
        assert finder.find(f"vendor/{name}") == str(tmp_path / source)
        assert finder.find(f"vendor/{name}", find_all=True) == [str(tmp_path / source)]
    for path in ("vendor/package.json", "vendor/../echarts/package.json", "echarts.min.js"):
        assert finder.find(path) == []
    assert {name for name, storage in finder.list(None) if storage.open(name).read()} == set(FILES)


def test_missing_libraries_are_reported_with_a_hint(tmp_path: Path) -> None:
    (message,) = VendorFinder(modules=tmp_path).check()
    assert message.id == "waypost.W001"
    assert "manage.py up" in (message.hint or "")
    assert VendorFinder(modules=tmp_path).find("vendor/echarts.min.js") == []


def test_the_finder_is_in_use() -> None:
    assert any(isinstance(finder, VendorFinder) for finder in finders.get_finders())
