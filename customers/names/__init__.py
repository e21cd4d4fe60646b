"""Names as people type them: characters, full pinyin, initials, or a mixture of these.

`keys` makes of one name the keys by which it is found, `wanted` reads what somebody typed, and
`catch_up` keeps the table of keys behind the names. The library for pinyin is known to `pinyin`
alone.
"""

from customers.names.catch_up import catch_up, waiting
from customers.names.keys import Key, keys_of
from customers.names.typed import Mixture, fold, mixtures

__all__ = ["Key", "Mixture", "catch_up", "fold", "keys_of", "mixtures", "waiting"]
