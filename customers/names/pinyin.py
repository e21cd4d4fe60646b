"""Chinese names in pinyin: how the surname is read, and what else a character may be read as."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Final

READINGS: Final = 4  # of one name; more find more strangers than friends
PHRASE: Final = 4  # characters; what is longer is a company and read as a text

# Surnames that are read otherwise than the character is elsewhere; the usual reading is kept too.
SURNAMES: Final = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "盖": "ge",
    "翟": "zhai", "缪": "miao", "种": "chong", "员": "yun", "覃": "qin", "召": "shao", "洗": "xian",
    "祭": "zhai", "宓": "mi", "谌": "chen", "葛": "ge", "隗": "wei", "繁": "po", "撒": "sa",
    "句": "gou", "过": "guo", "朴": "piao", "乐": "yue", "任": "ren", "华": "hua", "黑": "he",
    "折": "she", "车": "che", "石": "shi", "柏": "bai", "贾": "jia", "薄": "bo", "纪": "ji",
    "尹": "yin", "燕": "yan", "宁": "ning", "应": "ying", "相": "xiang", "牟": "mou", "那": "na",
}  # fmt: skip
DOUBLE: Final = {
    "尉迟": "yu chi", "长孙": "zhang sun", "万俟": "mo qi", "单于": "chan yu", "澹台": "tan tai",
    "欧阳": "ou yang", "司马": "si ma", "上官": "shang guan", "诸葛": "zhu ge",
    "司徒": "si tu", "司空": "si kong", "夏侯": "xia hou", "皇甫": "huang fu", "东方": "dong fang",
    "公孙": "gong sun", "慕容": "mu rong", "令狐": "ling hu", "宇文": "yu wen", "端木": "duan mu",
    "轩辕": "xuan yuan", "百里": "bai li", "呼延": "hu yan", "南宫": "nan gong", "独孤": "du gu",
    "钟离": "zhong li", "闻人": "wen ren", "申屠": "shen tu", "公冶": "gong ye", "赫连": "he lian",
    "濮阳": "pu yang", "淳于": "chun yu", "太史": "tai shi", "仲孙": "zhong sun", "西门": "xi men",
    "拓跋": "tuo ba", "完颜": "wan yan", "纳兰": "na lan", "第五": "di wu", "左丘": "zuo qiu",
}  # fmt: skip
# Characters of names for which two readings are both common. For others the library also lists
# readings that nobody uses in a name, which would only lead to strangers.
SEVERAL: Final = frozenset(
    "乐行重朝长茜娜莘柏晟朴盛调都好和合降教觉卡论没强曲塞省石说宿提兴许应钥晕载占正中转着著琢奇仔单曾解仇"
    "区查盖翟缪种贾任车佟蕃藏传弹更冠会将角校居均看乘澄大丹菲芘佛观贯亨红胜圣识数为尉相血咽殷予与育"
)


def is_han(char: str) -> bool:
    """Whether this is a Chinese character."""
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003134f"


def surname_of(name: str) -> str:
    """The surname of a Chinese name: two characters when those are one, else the first."""
    return name[:2] if len(name) > 2 and name[:2] in DOUBLE else name[:1]


@lru_cache(maxsize=8_192)
def readings_of(name: str) -> tuple[tuple[str, ...], ...]:
    """Readings of a name of Chinese characters, a syllable each, the likeliest first; ü is v."""
    if len(name) > PHRASE:
        return (_text(name),)
    surname, given = surname_of(name), name[len(surname_of(name)) :]
    whole = _text(name)
    if surname in DOUBLE:
        firsts = [tuple(DOUBLE[surname].split()), whole[: len(surname)]]
    else:
        known = [SURNAMES[surname], whole[0]] if surname in SURNAMES else _of_character(surname)
        firsts = [(one,) for one in known]
    lasts: list[tuple[str, ...]] = [_text(given)] if given else [()]
    lasts.append(whole[len(surname) :])
    lasts += product(*[_of_character(char) for char in given])
    found = [(*first, *last) for last, first in product(_once(lasts), _once(firsts))]
    return tuple(_once([whole, *found] if not given else [*found, whole])[:READINGS])


# helpers


def _once(readings: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(readings))


def _text(text: str) -> tuple[str, ...]:
    """The library's reading, which knows words: 重庆 is chong qing."""
    # Its dictionaries take half a second to load, and most processes never read a name.
    from pypinyin.constants import PHRASES_DICT

    # Cutting a text into words takes it 90 µs; a name is one word or none.
    if len(text) > PHRASE or (len(text) > 1 and text in PHRASES_DICT):
        return _words(text)
    return tuple(syllable for char in text for syllable in _words(char))


@lru_cache(maxsize=16_384)
def _words(text: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    # Characters that it does not know stand for themselves; its types leave lists out.
    return tuple(lazy_pinyin(text, errors=list))  # type: ignore[arg-type]


@lru_cache(maxsize=16_384)
def _of_character(char: str) -> tuple[str, ...]:
    """The usual reading, and a second one where it is common in names."""
    usual = _text(char)
    if char not in SEVERAL:
        return usual
    from pypinyin import Style, pinyin

    several = pinyin(char, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys([*usual, *several]))[:2]
