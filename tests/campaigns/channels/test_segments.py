"""Length and parts of text messages, at every edge."""

import pytest

from campaigns.channels.sms.segments import Size, measure


@pytest.mark.parametrize(
    ("text", "counting", "size"),
    [
        ("", "gsm", ("GSM-7", 0, 0)),
        ("a" * 160, "gsm", ("GSM-7", 160, 1)),
        ("a" * 161, "gsm", ("GSM-7", 161, 2)),
        ("a" * 306, "gsm", ("GSM-7", 306, 2)),
        ("a" * 307, "gsm", ("GSM-7", 307, 3)),
        ("€" * 80, "gsm", ("GSM-7", 160, 1)),
        ("€" * 81, "gsm", ("GSM-7", 162, 2)),
        # An escape and its letter stay together: 152 and a pair don't fit into 153.
        ("a" * 152 + "€" + "a" * 152, "gsm", ("GSM-7", 306, 3)),
        ("é" * 160, "gsm", ("GSM-7", 160, 1)),
        ("ê", "gsm", ("UCS-2", 1, 1)),
        ("您" * 70, "gsm", ("UCS-2", 70, 1)),
        ("您" * 71, "gsm", ("UCS-2", 71, 2)),
        ("您" * 134, "gsm", ("UCS-2", 134, 2)),
        ("您" * 135, "gsm", ("UCS-2", 135, 3)),
        ("🎁" * 35, "gsm", ("UCS-2", 70, 1)),
        ("🎁" * 36, "gsm", ("UCS-2", 72, 2)),
        # 33 pairs make 66 of 67: the last place stays empty.
        ("🎁" * 67, "gsm", ("UCS-2", 134, 3)),
        ("a" * 70, "china", ("UCS-2", 70, 1)),
        ("a" * 71, "china", ("UCS-2", 71, 2)),
        ("您" * 135, "china", ("UCS-2", 135, 3)),
    ],
)
def test_size(text: str, counting: str, size: tuple[str, int, int]) -> None:
    found = measure(text, "china" if counting == "china" else "gsm")
    assert (found.encoding, found.units, found.segments) == size


def test_what_is_left() -> None:
    assert measure("a" * 150) == Size("GSM-7", 150, 1, 160)
    assert measure("a" * 150).left == 10
    assert measure("您" * 71).left == 134 - 71
