"""What forms begin with: the names that marketers use, in both languages, and common figures."""

from __future__ import annotations

from typing import Any

# High or low R, F, M → code, English, Chinese. The Chinese names are those of every CRM there.
_EIGHT = (
    ((1, 1, 1), "champions", "Champions", "重要价值客户"),
    ((1, 0, 1), "big_spenders", "Big spenders to develop", "重要发展客户"),
    ((0, 1, 1), "valued_to_keep", "Valued, to keep", "重要保持客户"),
    ((0, 0, 1), "valued_to_win_back", "Valued, to win back", "重要挽留客户"),
    ((1, 1, 0), "regulars", "Regulars", "一般价值客户"),
    ((1, 0, 0), "newcomers", "Newcomers to develop", "一般发展客户"),
    ((0, 1, 0), "fading_regulars", "Fading regulars", "一般保持客户"),
    ((0, 0, 0), "dormant", "Dormant", "一般挽留客户"),
)
_STAGES = {
    "aarrr": (
        ("acquisition", "Acquisition", "获取"),
        ("activation", "Activation", "激活"),
        ("retention", "Retention", "留存"),
        ("revenue", "Revenue", "变现"),
        ("referral", "Referral", "推荐"),
    ),
    "aipl": (
        ("aware", "Aware", "认知"),
        ("interest", "Interest", "兴趣"),
        ("purchase", "Purchase", "购买"),
        ("loyal", "Loyal", "忠诚"),
    ),
    "custom": (),
}
TIERS = (
    ("bronze", "Bronze", "铜卡"),
    ("silver", "Silver", "银卡"),
    ("gold", "Gold", "金卡"),
)


def named(code: str, english: str, chinese: str) -> dict[str, Any]:
    """A value with its name in both languages."""
    return {"code": code, "name": {"en": english, "zh-hans": chinese}}


def rfm_cells(r: int, f: int, m: int) -> list[dict[str, Any]]:
    """The eight cells of high and low R, F and M for so many classes each; they fill the cube."""
    cells = []
    for highs, code, english, chinese in _EIGHT:
        ranges = {}
        for letter, classes, is_high in zip("rfm", (r, f, m), highs, strict=True):
            first = classes // 2 + 1 + classes % 2
            ranges[letter] = [first, classes] if is_high else [1, first - 1]
        cells.append(named(code, english, chinese) | ranges)
    return cells


def rfm(event: str, amount: str, **more: Any) -> dict[str, Any]:
    """An RFM model in fifths with the eight cells."""
    fifths = {"quantiles": 5}
    return {
        "of": "rfm",
        "event": event,
        "amount": amount,
        **more,
        "recency": fifths,
        "frequency": fifths,
        "monetary": fifths,
        "cells": rfm_cells(5, 5, 5),
        "else": None,
    }


def stages(kind: str) -> list[dict[str, Any]]:
    """The stages of a funnel by name, without their rules."""
    return [named(*each) for each in _STAGES[kind]]
