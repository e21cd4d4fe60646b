"""The terminal speaks the language of whoever sits at it, before anything is installed."""

import io
import sys
from pathlib import Path

import pytest

from config import terminal
from config.bootstrap import explain
from config.places import BASE_DIR
from config.translations.catalogues import read, translation
from config.up.console import Console
from tests.config.running import manage


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh-Hans"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr:zh_CN:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": ""}, "zh"),
    ],
)
def test_the_locale_decides(variables: dict[str, str], expected: str) -> None:
    assert terminal.language(["manage.py", "up"], variables) == expected


@pytest.mark.parametrize(
    "arguments", [["--lang", "zh"], ["--lang=zh"], ["--port", "1", "--lang=zh"]]
)
def test_an_option_wins_over_the_locale(arguments: list[str]) -> None:
    assert terminal.language(["manage.py", "up", *arguments], {"LANG": "en_GB.UTF-8"}) == "zh"
    assert terminal.language(["manage.py", "up", "--lang", "en"], {"LANG": "zh_CN.UTF-8"}) == "en"


def test_the_small_reader_reads_what_the_big_one_reads() -> None:
    """The oracle is Babel, which isn't there yet when the first words are said."""
    expected = {
        message.id if isinstance(message.id, str) else message.id[0]: translation(message)
        for message in read(BASE_DIR, "config")
        if message.id and not message.context
    }
    assert terminal._words() == expected


def test_what_is_said_follows_while_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    assert explain("requirements.lock", "ERROR: No space left on device") == (
        "无法安装 requirements.lock 中的软件包：No space left on device。"
        "磁盘已满，请腾出空间后重新执行命令。"
    )
    out = io.StringIO()
    with Console(out).step(terminal.gettext("Tables")) as note:
        note(terminal.ngettext("{count} migration applied", "{count} migrations applied", 1))
    assert out.getvalue().rstrip().endswith("秒  数据表  执行了 {count} 个迁移")
    monkeypatch.setenv("LANGUAGE", "en")
    assert terminal.ngettext("one", "many", 2) == "many"
    assert terminal.gettext("Tables") == "Tables"


def test_a_terminal_without_the_letters_gets_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert terminal.gettext("Tables") == "Tables"


def test_settings_and_options_are_refused_in_chinese(tmp_path: Path) -> None:
    held = {"WAYPOST_VAR": str(tmp_path), "LC_ALL": "zh_CN.UTF-8", "LANGUAGE": ""}
    told = manage("up", "--port", "0", timeout=60, **held).stderr
    assert told == "--port 为 0，应为 1 到 65535 之间的数字。\n"
    wrong = manage("up", timeout=60, **held, DATABASE_URL="mysql://shop").stderr
    assert wrong == (
        "DATABASE_URL 为 'mysql://shop'，应为 postgresql://USER:PASSWORD@HOST:PORT/NAME。\n"
    )
