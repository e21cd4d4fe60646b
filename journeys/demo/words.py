"""The words from which people, places and goods of the demo are made. All of it is invented."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A city with the clock that its people live by."""

    name: str
    zone: str


class Product(NamedTuple):
    """Something that a brand sells; the price is in the brand's currency."""

    name: str
    category: str
    price: int


GIVEN_EN = (
    "Ada", "Alfie", "Amber", "Anya", "Ben", "Bess", "Callum", "Clara", "Dara", "Della", "Edwin",
    "Effie", "Elsie", "Ewan", "Fern", "Finn", "Freya", "Gwen", "Hana", "Harvey", "Hazel", "Idris",
    "Ines", "Iris", "Ivo", "Jonah", "June", "Kit", "Lena", "Leo", "Lowri", "Mabel", "Maeve", "Milo",
    "Mira", "Nell", "Niall", "Nora", "Orla", "Oscar", "Owen", "Petra", "Poppy", "Quinn", "Rafe",
    "Rhys", "Rosa", "Rowan", "Ruth", "Sami", "Saskia", "Seth", "Tamsin", "Theo", "Tilda", "Una",
    "Vera", "Wade", "Willa", "Yara",
)  # fmt: skip
FAMILY_EN = (
    "Abbot", "Ainsley", "Ashdown", "Barrow", "Beck", "Birch", "Blythe", "Brook", "Calder", "Carrow",
    "Combe", "Crewe", "Dale", "Denholm", "Drake", "Eastham", "Ellery", "Fairley", "Farrow", "Fenn",
    "Garland", "Garth", "Hale", "Hallam", "Hartley", "Heath", "Holt", "Ingram", "Kestrel", "Kirkby",
    "Lacey", "Langdale", "Linden", "Lorne", "Marlow", "Marsh", "Merrick", "Moss", "Nash", "Oakley",
    "Orme", "Parry", "Penrose", "Quill", "Ramsay", "Reeve", "Rigby", "Rowe", "Selby", "Shaw",
    "Stroud", "Tarn", "Thorne", "Upton", "Vale", "Wakefield", "Wells", "Whitlow", "Wren", "Yardley",
)  # fmt: skip

# Written, and as it stands in an e-mail address.
FAMILY_ZH = (
    ("陈", "chen"), ("林", "lin"), ("李", "li"), ("王", "wang"), ("张", "zhang"), ("刘", "liu"),
    ("杨", "yang"), ("黄", "huang"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"),
    ("胡", "hu"), ("朱", "zhu"), ("高", "gao"), ("何", "he"), ("郭", "guo"), ("马", "ma"),
    ("罗", "luo"), ("梁", "liang"), ("宋", "song"), ("郑", "zheng"), ("谢", "xie"), ("韩", "han"),
    ("唐", "tang"), ("冯", "feng"), ("于", "yu"), ("董", "dong"), ("萧", "xiao"), ("程", "cheng"),
    ("曹", "cao"), ("袁", "yuan"), ("邓", "deng"), ("许", "xu"), ("傅", "fu"), ("沈", "shen"),
    ("曾", "zeng"), ("彭", "peng"), ("吕", "lv"), ("苏", "su"), ("卢", "lu"), ("蒋", "jiang"),
    ("蔡", "cai"), ("贾", "jia"), ("丁", "ding"), ("魏", "wei"), ("薛", "xue"), ("叶", "ye"),
)  # fmt: skip
GIVEN_ZH = (
    ("晓", "xiao"), ("雨", "yu"), ("欣", "xin"), ("思", "si"), ("怡", "yi"), ("文", "wen"),
    ("子", "zi"), ("佳", "jia"), ("明", "ming"), ("清", "qing"), ("云", "yun"), ("月", "yue"),
    ("宁", "ning"), ("安", "an"), ("书", "shu"), ("言", "yan"), ("若", "ruo"), ("溪", "xi"),
    ("川", "chuan"), ("远", "yuan"), ("航", "hang"), ("毅", "yi"), ("然", "ran"), ("琳", "lin"),
    ("琪", "qi"), ("婉", "wan"), ("辰", "chen"), ("诺", "nuo"), ("墨", "mo"), ("岚", "lan"),
    ("舒", "shu"), ("朗", "lang"), ("可", "ke"), ("心", "xin"), ("悦", "yue"), ("彤", "tong"),
)  # fmt: skip

PLACES_EN = (
    Place("London", "Europe/London"), Place("Leeds", "Europe/London"),
    Place("Bristol", "Europe/London"), Place("Edinburgh", "Europe/London"),
    Place("Cardiff", "Europe/London"), Place("Dublin", "Europe/Dublin"),
    Place("New York", "America/New_York"), Place("Boston", "America/New_York"),
    Place("Denver", "America/Denver"), Place("Seattle", "America/Los_Angeles"),
    Place("Portland", "America/Los_Angeles"),
)  # fmt: skip
PLACES_ZH = (
    Place("上海", "Asia/Shanghai"), Place("杭州", "Asia/Shanghai"), Place("苏州", "Asia/Shanghai"),
    Place("北京", "Asia/Shanghai"), Place("深圳", "Asia/Shanghai"), Place("广州", "Asia/Shanghai"),
    Place("成都", "Asia/Shanghai"), Place("武汉", "Asia/Shanghai"), Place("南京", "Asia/Shanghai"),
    Place("福州", "Asia/Shanghai"), Place("厦门", "Asia/Shanghai"), Place("西安", "Asia/Shanghai"),
)  # fmt: skip

# Kept free for stories: 555-0100 to 555-0199 in every area, and +44 7700 900000 to 900999.
AREAS_US = (
    201, 202, 206, 212, 213, 215, 216, 303, 304, 305, 312, 313, 314, 315, 401, 402, 404, 405, 406,
    410, 412, 413, 414, 415, 501, 502, 503, 504, 505, 507, 508, 509, 512, 513, 515, 516, 517, 518,
    601, 602, 603, 605, 606, 607, 608, 609, 612, 614, 615, 616, 617, 618, 619, 701, 702, 703, 704,
    706, 707, 708,
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net")

LARKFELL = (
    Product("Tarn 28 daypack", "packs", 85),
    Product("Cairn 45 pack", "packs", 145),
    Product("Scree hip pouch", "packs", 29),
    Product("Skylark rain shell", "jackets", 189),
    Product("Hollin fleece", "jackets", 79),
    Product("Beck wind shirt", "jackets", 64),
    Product("Fellside boots", "footwear", 159),
    Product("Moss trail shoes", "footwear", 119),
    Product("Merino crew socks", "footwear", 18),
    Product("Lantern two-person tent", "camp", 249),
    Product("Ember stove", "camp", 54),
    Product("Drift down quilt", "camp", 199),
    Product("Waymark map case", "small things", 22),
    Product("Tin cup", "small things", 14),
)
YUNZHU = (
    Product("云渚龙井 100 克", "绿茶", 168),
    Product("雨前毛尖 100 克", "绿茶", 98),
    Product("晨雾碧螺 50 克", "绿茶", 88),
    Product("岩隙肉桂 80 克", "乌龙", 128),
    Product("半山铁观音 250 克", "乌龙", 138),
    Product("老枞水仙 80 克", "乌龙", 158),
    Product("渚上正山 100 克", "红茶", 108),
    Product("滇红金针 200 克", "红茶", 118),
    Product("十年白牡丹 饼", "白茶", 298),
    Product("月光白 100 克", "白茶", 78),
    Product("陈香熟普 357 克", "普洱", 218),
    Product("小青柑 12 颗", "普洱", 58),
    Product("竹影茶盘", "茶具", 238),
    Product("白瓷盖碗", "茶具", 68),
)
GOODS = {"larkfell": LARKFELL, "yunzhu": YUNZHU}
