"""The Chinese catalogues: what is extracted, what survives a merge, what fails the build."""

import gettext
from pathlib import Path

import pytest

from config.translations import ROOMS, ExtractionError, compile_stale, extract, find_problems, merge
from config.translations.catalogues import po_path, read, translation
from config.translations.sources import Key, Word

PYTHON = """\
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext_lazy
GREETING = _("Good "
             "morning")
# Translators: on a button
VERB = pgettext_lazy("verb", "Send")
COUNT = ngettext("%(n)s customer", "%(n)s customers", 3)
NOT_OURS = len("Not for translation")
"""
TEMPLATE = """\
    <p>{% translate "100% sure" %}</p>
{# Translators: above the list #}
  {% blocktranslate trimmed count counter=list|length with a=b %}
      One {{ a }} customer
  {% plural %}
      {{ counter }} {{ a }} "customers" (all
  {% endblocktranslate %}
{% include "x.html" with title=_("Title (short") only %}{{ x|default:_("none") }}
<script>if (a) { b = "x' }</script>
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for room in ROOMS:
        (tmp_path / room).mkdir()
    (tmp_path / "templates" / "customers").mkdir(parents=True)
    (tmp_path / "customers" / "words.py").write_text(PYTHON)
    (tmp_path / "templates" / "customers" / "list.html").write_text(TEMPLATE)
    (tmp_path / "templates" / "base.html").write_text('{% translate "Sign out" %}')
    return tmp_path


def words(root: Path) -> dict[str, dict[Key, Word]]:
    return {room: extract(root, room) for room in ROOMS}


def translate(root: Path, room: str, answers: dict[str, str]) -> None:
    """Fill in answers by English text, as a translator with an editor does."""
    path = po_path(root, room)
    lines, chinese = [], ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("msgid "):
            chinese = answers.get(line[7:-1], "")
        if chinese and line in {'msgstr ""', 'msgstr[0] ""'}:
            line = line[:-2] + f'"{chinese}"'
        lines.append(line)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def answer(root: Path, room: str, english: str, context: str | None = None) -> str:
    message = read(root, room).get(english, context)
    assert message is not None
    return translation(message)


def problems(root: Path) -> str:
    return "\n".join(find_problems(root, words(root)))


def test_words_of_python_and_templates_are_found_with_their_places(root: Path) -> None:
    found = extract(root, "customers")
    assert {key: word.plural for key, word in found.items()} == {
        ("", "Good morning"): "",
        ("verb", "Send"): "",
        ("", "%(n)s customer"): "%(n)s customers",
        ("", "100%% sure"): "",
        ("", "One %(a)s customer"): '%(counter)s %(a)s "customers" (all',
        ("", "Title (short"): "",
        ("", "none"): "",
    }
    assert found["verb", "Send"].places == ["customers/words.py:5"]
    assert found["verb", "Send"].comments == ["Translators: on a button"]
    assert found["", "none"].places == ["templates/customers/list.html:8"]


def test_a_shared_template_belongs_to_the_ground(root: Path) -> None:
    assert list(extract(root, "config")) == [("", "Sign out")]


def test_a_file_that_cannot_be_read_stops_everything(root: Path) -> None:
    (root / "customers" / "words.py").write_text('x = _("half')
    with pytest.raises(ExtractionError, match=r"customers/words\.py can't be read"):
        extract(root, "customers")


def test_two_plurals_for_one_singular_are_refused(root: Path) -> None:
    (root / "customers" / "b.py").write_text('ngettext("%(n)s customer", "%(n)s people", 2)\n')
    with pytest.raises(ExtractionError, match="Give both the same plural"):
        extract(root, "customers")


def test_a_merge_keeps_translations_and_comments_and_drops_what_is_gone(root: Path) -> None:
    merge(root, words(root))
    translate(root, "customers", {"Good morning": "早上好", "none": "无", "Send": "发送"})
    path = po_path(root, "customers")
    path.write_text(path.read_text().replace('msgid "none"', '# short\nmsgid "none"'))
    (root / "customers" / "words.py").write_text(PYTHON.replace('_("Good "', '_("Fine "'))
    assert merge(root, words(root)) == [path]
    kept = read(root, "customers").get("none")
    assert kept is not None
    assert kept.user_comments == ["short"]
    assert answer(root, "customers", "none") == "无"
    assert answer(root, "customers", "Send", "verb") == "发送"
    assert answer(root, "customers", "Fine morning") == ""
    assert "Good morning" not in path.read_text()
    assert merge(root, words(root)) == []


def test_a_word_that_moves_takes_its_translation_along(root: Path) -> None:
    merge(root, words(root))
    translate(root, "customers", {"Good morning": "早上好"})
    (root / "journeys" / "words.py").write_text('_("Good morning")\n')
    (root / "customers" / "words.py").unlink()
    merge(root, words(root))
    assert answer(root, "journeys", "Good morning") == "早上好"


def test_the_file_has_no_dates_and_no_line_numbers(root: Path) -> None:
    merge(root, words(root))
    text = po_path(root, "customers").read_text()
    assert "Date" not in text
    assert "words.py" not in text
    ids = [line for line in text.splitlines() if line.startswith("msgid ")][1:]
    assert ids == sorted(ids)


def test_what_is_missing_fuzzy_or_unused_is_listed_with_its_place(root: Path) -> None:
    merge(root, words(root))
    translate(root, "config", {"Sign out": "退出登录"})
    path = po_path(root, "config")
    path.write_text(path.read_text().replace('msgid "Sign', '#, fuzzy\nmsgid "Sign'))
    path.write_text(path.read_text() + '\nmsgid "Old"\nmsgstr "旧"\n')
    listed = problems(root)
    assert "customers/words.py:2: “Good morning” has no Chinese translation" in listed
    assert "templates/base.html:1: “Sign out” is marked fuzzy" in listed
    assert "“Old” is in the catalogue, but no source has it any more" in listed


@pytest.mark.parametrize(
    ("english", "chinese", "complaint"),
    [
        ("Hello %(name)s", "你好", "placeholders none in Chinese, expected %(name)s"),
        ("Hello {name}", "你好{nmae}", "placeholders {nmae} in Chinese, expected {name}"),
        ("Saved.", "已保存.", "expected “。”"),
        ("Name:", "名称:", "expected “：”"),
        ("Sure?", "确定?", "expected “？”"),
        ("A, b", "甲,乙", "expected “，”"),
        ("Wait (long)", "等待(很久)", "expected “（）”"),
        ("Read <b>this</b>", "阅读", "other HTML tags"),
        ("Open ", "打开", "white space"),
    ],
)
def test_a_malformed_translation_is_refused(
    root: Path, english: str, chinese: str, complaint: str
) -> None:
    (root / "templates" / "base.html").write_text("")
    (root / "config" / "a.py").write_text(f"_({english!r})\n")
    merge(root, words(root))
    translate(root, "config", {english: chinese})
    complaints = [line for line in problems(root).splitlines() if line.startswith("config/a.py:1")]
    assert len(complaints) == 1
    assert complaint in complaints[0]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Version 2.5, at 10:30 (UTC)", "版本 2.5，10:30 (UTC)"),
        ("%(n)s of %(total)s", "共 %(total)s 个，第 %(n)s 个"),
        ("See https://example.com/a", "详见 https://example.com/a"),
        (", ", "，"),
    ],
)
def test_a_good_translation_is_accepted(root: Path, english: str, chinese: str) -> None:
    (root / "templates" / "base.html").write_text("")
    (root / "config" / "a.py").write_text(f"_({english!r})\n")
    merge(root, words(root))
    translate(root, "config", {english: chinese})
    assert "config/a.py" not in problems(root)


def test_two_rooms_may_not_translate_one_word_differently(root: Path) -> None:
    for room, answer in (("journeys", "发送"), ("campaigns", "触达")):
        (root / room / "a.py").write_text('_("Send")\n')
        merge(root, words(root))
        # The later room would inherit the answer of the earlier one: take it out again.
        path = po_path(root, room)
        path.write_text(path.read_text().replace('msgstr "发送"', 'msgstr ""'))
        translate(root, room, {"Send": answer})
    assert "is “触达” in campaigns but “发送” in journeys" in problems(root)


def test_compiled_words_are_what_gettext_reads(root: Path) -> None:
    merge(root, words(root))
    translate(root, "customers", {"%(n)s customer": "%(n)s 位客户", "Send": "发送"})
    (compiled,) = [path for path in compile_stale(root) if "customers" in path.parts]
    with compiled.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    # A figure and its measure word are not torn apart at the end of a line.
    assert catalogue.ngettext("%(n)s customer", "%(n)s customers", 1) == "%(n)s\u00a0位客户"
    assert catalogue.ngettext("%(n)s customer", "%(n)s customers", 5) == "%(n)s\u00a0位客户"
    assert catalogue.pgettext("verb", "Send") == "发送"
    assert compile_stale(root) == []
    po_path(root, "customers").touch()
    assert compile_stale(root) == [compiled]
