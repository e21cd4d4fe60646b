from collections.abc import Callable
from pathlib import Path

import pytest

from config import env
from config.errors import ConfigurationError


def test_values_are_read_in_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "T_TEXT": " hello ",
        "T_ON": "Yes",
        "T_OFF": "0",
        "T_INT": "12",
        "T_TIME": "1.5m",
        "T_MS": "250ms",
        "T_LIST": "a, b,,c",
        "T_PATH": "/tmp/x",
    }.items():
        monkeypatch.setenv(name, value)
    assert env.text("T_TEXT") == "hello"
    assert env.flag("T_ON") is True
    assert env.flag("T_OFF") is False
    assert env.integer("T_INT", least=1, most=12) == 12
    assert env.seconds("T_TIME") == 90.0
    assert env.seconds("T_MS") == 0.25
    assert env.items("T_LIST") == ["a", "b", "c"]
    assert env.path("T_PATH") == Path("/tmp/x")


def test_defaults_stand_for_missing_and_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T_EMPTY", "  ")
    assert env.text("T_EMPTY", "x") == "x"
    assert env.integer("T_MISSING", 7) == 7
    assert env.flag("T_MISSING", True) is True
    assert env.items("T_MISSING", ["a"]) == ["a"]


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (lambda: env.flag("T"), "maybe", "T is 'maybe', but 1 or 0"),
        (lambda: env.integer("T"), "ten", "T is 'ten', but a whole number is expected"),
        (lambda: env.integer("T", least=1, most=5), "9", "of at least 1 and at most 5"),
        (lambda: env.seconds("T"), "5 weeks", "a duration such as"),
        (lambda: env.text("T", choices=["a", "b"]), "c", "one of a, b"),
        (lambda: env.url("T", schemes=["http"]), "ftp://x", "begins with http://"),
        (lambda: env.url("T", schemes=["http"]), "http://x:99999", "port between"),
        (lambda: env.url("T", schemes=["http"]), "http://", "names a host"),
    ],
)
def test_wrong_values_name_variable_value_and_expectation(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], value: str, expected: str
) -> None:
    monkeypatch.setenv("T", value)
    with pytest.raises(ConfigurationError) as caught:
        read()
    assert expected in str(caught.value)
    assert value in str(caught.value)


def test_a_missing_variable_without_default_says_what_to_set() -> None:
    with pytest.raises(
        ConfigurationError, match=r"T_MISSING is not set\. Set it to a whole number"
    ):
        env.integer("T_MISSING", least=1)


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = tmp_path / "secret"
    kept.write_text("hidden\n")
    monkeypatch.setenv("T_FILE", str(kept))
    assert env.secret("T") == "hidden"


def test_messages_about_secrets_never_hold_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("T", "hidden")
    monkeypatch.setenv("T_FILE", str(tmp_path / "missing"))
    with pytest.raises(ConfigurationError, match="both set") as caught:
        env.secret("T")
    assert "hidden" not in str(caught.value)
    monkeypatch.delenv("T")
    with pytest.raises(ConfigurationError, match="can't be read"):
        env.secret("T")
    (tmp_path / "missing").touch()
    with pytest.raises(ConfigurationError, match="is empty"):
        env.secret("T")


@pytest.mark.parametrize(
    "address", ["postgresql://u:p@ss/word@host:5/db", "redis://:p@ss/word@host:5/db"]
)
def test_passwords_are_cut_out_of_addresses(address: str) -> None:
    shown = env.without_password(address)
    assert shown.endswith("://***@host:5/db")
    assert "word" not in shown
