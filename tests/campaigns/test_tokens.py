"""Signed tokens: what was said comes back, and nothing else is taken."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from campaigns.tokens import Forged, Kind, Token, read, sign

NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)


@how(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
@given(st.sampled_from(Kind), st.lists(NUMBERS, max_size=4), st.text(max_size=60))
def test_what_was_said_comes_back(kind: Kind, numbers: list[int], text: str) -> None:
    token = sign(kind, *numbers, text=text)
    assert read(token, kind) == Token(kind, tuple(numbers), text)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_it_is_short() -> None:
    assert len(sign(Kind.SHORT, 5_000_000, 900)) <= 26


def test_one_letter_more_less_or_other_is_forged() -> None:
    token = sign(Kind.CLICK, 7, text="https://a.example/")
    others = [token[:-1], token + "A", token[1:], "", "=", "A", "é" * 30, "A" * 5000, token + "=="]
    for place in range(len(token) - 1):
        changed = "A" if token[place] != "A" else "B"
        others.append(token[:place] + changed + token[place + 1 :])
    for other in others:
        with pytest.raises(Forged):
            read(other, Kind.CLICK)


def test_a_token_is_good_for_its_kind_only() -> None:
    with pytest.raises(Forged):
        read(sign(Kind.OPEN, 7), Kind.CLICK, Kind.SHORT)


def test_signed_under_another_key(settings: Settings) -> None:
    token = sign(Kind.OPEN, 7)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert read(token, Kind.OPEN).numbers == (7,)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Forged):
        read(token, Kind.OPEN)


def test_a_mac_of_nothing_signs_nothing() -> None:
    with pytest.raises(Forged):
        read(base64.urlsafe_b64encode(b"\x00" * 12).decode().rstrip("="), Kind.CLICK)
