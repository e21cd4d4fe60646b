"""Of a name the keys by which people type it."""

from __future__ import annotations

import pytest

from customers.names import fold, keys_of, mixtures
from customers.names.pinyin import readings_of
from customers.names.typed import SYLLABLES, TYPED


def keys(name: str) -> set[str]:
    return {key.key for key in keys_of(name)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("王小明", {"王小明", "小明", "wangxiaoming", "xiaoming", "wxm"}),
        ("欧阳修", {"欧阳修", "修", "ouyangxiu", "xiu", "oyx"}),
        ("Chen Xi", {"chenxi", "xi", "xichen", "cx"}),
        ("José O'Neil", {"joseoneil", "oneil", "oneiljose", "jo"}),
        ("上海阿里公司", {"上海阿里公司", "shanghaialigongsi", "shalgs"}),
        ("陈Lily", {"陈lily", "chenlily", "cl"}),
        ("😀", set()),
        ("", set()),
    ],
)
def test_keys_of_a_name(name: str, expected: set[str]) -> None:
    assert keys(name) == expected


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("单雄信", "shanxiongxin"), ("曾国藩", "zengguofan"), ("解晓东", "xiexiaodong"),
        ("仇英", "qiuying"), ("区志航", "ouzhihang"), ("查良镛", "zhaliangyong"),
        ("尉迟恭", "yuchigong"), ("长孙无忌", "zhangsunwuji"), ("万俟卨", "moqixie"),
        ("王重庆", "wangchongqing"), ("翟天临", "zhaitianlin"), ("吕布", "lvbu"),
    ],
)  # fmt: skip
def test_a_surname_is_read_as_a_surname(name: str, first: str) -> None:
    assert keys_of(name)[0].key == first


def test_other_readings_are_found_too() -> None:
    assert {"shanxiongxin", "danxiongxin"} <= keys("单雄信")
    assert {"wangqian", "wangxi"} <= keys("王茜")
    assert {"yuejia", "lejia"} <= keys("乐嘉")
    assert len(readings_of("单行重乐")) <= 4


def test_the_order_of_names_is_that_of_pinyin_then_of_characters() -> None:
    names = ["西安", "先", "王小明", "王晓明", "王伟", "Anna", "曾一", "赵六", "李四"]
    places = {name: keys_of(name)[0].place for name in names}
    in_order = sorted(names, key=places.__getitem__)
    assert in_order == ["Anna", "李四", "王伟", "王小明", "王晓明", "西安", "先", "曾一", "赵六"]
    assert all(not key.place for name in names for key in keys_of(name)[1:])


def test_what_is_typed_is_folded() -> None:
    assert fold(" Wáng  Xiǎo-Míng ") == "wangxiaoming"
    assert fold("ＡＢＣ１２") == "abc12"
    assert fold("Łukasz Żółć") == "lukaszzolc"
    assert fold("100%_\\") == "100"
    assert len(fold("x" * 1_000)) == 80


def test_mixtures_have_whole_syllables_and_initials() -> None:
    best = mixtures("wangxm")[0]
    assert best.initials == "wxm"
    assert "wang" in best.pattern
    assert mixtures("wxiaoming")[0].initials == "wxm"
    assert mixtures("wxm") == mixtures("王xm") == mixtures("w1") == ()
    assert len(mixtures("an" * (TYPED // 2))) <= 4
    assert mixtures("x" * (TYPED + 1)) == ()


def test_every_syllable_of_the_library_is_known() -> None:
    from pypinyin import lazy_pinyin

    common = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家"
    assert set(lazy_pinyin(common)) <= SYLLABLES
