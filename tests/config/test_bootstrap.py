"""From a bare Python to the locked packages: decided right, done for real, told in sentences."""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import bootstrap
from config.errors import ConfigurationError
from config.places import BASE_DIR

SCRIPT = """\
import sys
from pathlib import Path
from config import bootstrap
from config.errors import ConfigurationError
try:
    bootstrap.ensure_packages(sys.argv, Path(__file__).parent)
except ConfigurationError as error:
    sys.exit(f"SENTENCE {error}")
import tinything
print("ran", tinything.VERSION, *sys.argv[1:])
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


def bare_python() -> str:
    """The interpreter under this virtual environment, which has none of the packages."""
    return str(Path(sys.base_prefix) / "bin" / "python3.11")


def make_wheel(folder: Path, version: str) -> str:
    """Put a wheel of `tinything` there; returns the line that locks it."""
    folder.mkdir(exist_ok=True)
    wheel = folder / f"tinything-{version}-py3-none-any.whl"
    info = f"tinything-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tinything.py", f"VERSION = {version!r}\n")
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tinything\nVersion: {version}\n"
        )
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"tinything=={version} \\\n    --hash=sha256:{digest}\n"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with pip and nothing else, made once: it takes seconds."""
    venv = tmp_path_factory.mktemp("prepared") / "venv"
    subprocess.run([bare_python(), "-m", "venv", str(venv)], check=True)
    return venv


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with our bootstrap, a lock of one package and the wheel that it wants."""
    root = tmp_path / "checkout"
    (root / "config").mkdir(parents=True)
    for name in ("__init__.py", "bootstrap.py", "env.py", "errors.py", "places.py", "terminal.py"):
        shutil.copy(BASE_DIR / "config" / name, root / "config" / name)
    (root / "config" / "__init__.py").write_text("")
    (root / "start.py").write_text(SCRIPT)
    (root / "requirements.lock").write_text(make_wheel(tmp_path / "wheels", "1.0"))
    return root


@pytest.fixture
def run(checkout: Path, tmp_path: Path) -> Run:
    def start(*arguments: str, python: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(tmp_path / "wheels"),
            "PIP_CONFIG_FILE": os.devnull,
        }
        return subprocess.run(
            [python or bare_python(), "start.py", *arguments],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return start


def test_it_installs_once_and_again_only_when_the_lock_changed(
    checkout: Path, run: Run, tmp_path: Path
) -> None:
    with ThreadPoolExecutor() as pool:
        both = [
            done.result() for done in [pool.submit(run, "up", "--port", "81") for _ in range(2)]
        ]
    assert [done.stdout.splitlines()[-1] for done in both] == ["ran 1.0 up --port 81"] * 2
    assert sum("Installing 1 package " in done.stdout for done in both) == 1
    assert run("up").stdout == "ran 1.0 up\n"
    (checkout / "requirements.lock").write_text(make_wheel(tmp_path / "wheels", "2.0"))
    assert run("up").stdout.splitlines()[-1] == "ran 2.0 up"


def test_a_half_made_environment_is_made_again(checkout: Path, run: Run) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    assert run("up").stdout.splitlines()[-1] == "ran 1.0 up"


def test_an_environment_that_has_everything_is_used_as_it_is(
    checkout: Path, run: Run, tmp_path: Path, prepared: Path
) -> None:
    shutil.copytree(prepared, tmp_path / "own", symlinks=True)
    own = tmp_path / "own" / "bin" / "python"
    subprocess.run(
        [own, "-m", "pip", "install", "-q", "--no-index", *(tmp_path / "wheels").glob("*.whl")],
        check=True,
    )
    assert run("up", python=str(own)).stdout == "ran 1.0 up\n"
    assert not (checkout / ".venv").exists()


def test_a_package_that_cannot_be_fetched_is_told_in_a_sentence(
    checkout: Path, run: Run, tmp_path: Path, prepared: Path
) -> None:
    shutil.copytree(prepared, checkout / ".venv", symlinks=True)
    for wheel in (tmp_path / "wheels").iterdir():
        wheel.unlink()
    failed = run("up")
    assert failed.returncode == 1
    assert "SENTENCE The packages of requirements.lock could not be installed" in failed.stderr
    assert "Check the network" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_pips_reason_is_told_with_the_packages_it_names() -> None:
    output = "Collecting a\nERROR: All must be pinned. These do not:\n    b>=1 from redis\n"
    assert "These do not: b>=1 from redis. Mend that" in bootstrap.explain("x.lock", output)


def test_a_file_other_than_the_locked_one_is_refused(
    checkout: Path, run: Run, prepared: Path
) -> None:
    shutil.copytree(prepared, checkout / ".venv", symlinks=True)
    lock = checkout / "requirements.lock"
    lock.write_text(lock.read_text().split("sha256:")[0] + f"sha256:{'0' * 64}\n")
    failed = run("up")
    assert "is not the one that was locked" in failed.stderr


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigurationError, match="can't be written"):
        bootstrap._create(tmp_path / ".venv")


def test_debians_python_without_venv_is_told_which_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"apt-get install python3\.11-venv"):
        bootstrap._create(tmp_path / ".venv")


def test_another_python_is_refused_with_the_command_to_run() -> None:
    pretend = (
        "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); "
        "sys.argv = ['manage.py', 'up']; runpy.run_path('manage.py', run_name='__main__')"
    )
    refused = subprocess.run(
        [bare_python(), "-c", pretend], cwd=BASE_DIR, capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert "this is Python 3.9" in refused.stderr
    assert "python3.11 manage.py up" in refused.stderr


def test_older_pythons_can_read_the_file_that_refuses_them() -> None:
    ast.parse((BASE_DIR / "manage.py").read_text(), feature_version=(3, 6))


def test_names_and_versions_are_compared_as_pip_does(tmp_path: Path) -> None:
    for name in ("Django_Thing-1.0.dist-info", "other-2.0.dist-info", "other-2.0.data"):
        (tmp_path / name).mkdir()
    pins = {"django-thing": "1.0", "other": "2.1", "absent": "1"}
    assert bootstrap.missing(pins, [tmp_path, tmp_path / "nowhere"]) == ["other", "absent"]


def test_pins_are_read_with_extras_and_without_hashes(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("# words\nA.B[c]==1.0 \\\n    --hash=sha256:00\nd-e==2\n")
    assert bootstrap.read_pins(lock) == {"a-b": "1.0", "d-e": "2"}


def test_tests_need_the_packages_of_developers() -> None:
    assert bootstrap.lock_for(["manage.py", "test", "x"]) == "requirements-dev.lock"
    assert bootstrap.lock_for(["manage.py", "up"]) == "requirements.lock"


@pytest.mark.proof
def test_a_fresh_clone_runs_with_nothing_but_python(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(BASE_DIR), str(clone)], check=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    }
    done = subprocess.run(
        [bare_python(), "manage.py", "check"],
        cwd=clone,
        env={**environment, "WAYPOST_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr or "waypost.W001" in done.stderr
