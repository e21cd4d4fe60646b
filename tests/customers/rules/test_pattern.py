"""Patterns: what explodes is refused, the rest means the same to Python and to PostgreSQL."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.rules.pattern import BadPattern, check_pattern, python_pattern, sql_pattern

PIECES = [
    "a", "b", "ä", "中", ".", "[ab]", "[^a]", "[a-c0-9]", "\\d", "\\.", "\\(", "(ab)", "(a|b|)",
    "(?:b.)", "|", "-", " ", "%s",
]  # fmt: skip
REPEATS = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b", "(a*)*", "((a|b)+c)*", "(a{2,3}){2}", "(?=a)", "(?<n>a)", "(?i)a", "a**", "a++",
        "a{51}", "a{3,2}", "a{,2}", "{2}", "*a", "(a", "a)", "[a", "[", "[]", "\\w", "\\1", "a\\",
        "^a", "a$", "", "a" * 201, "((((((a))))))", "[[:alpha:]]",
    ],
)  # fmt: skip
def test_refused_with_a_sentence(pattern: str) -> None:
    with pytest.raises(BadPattern) as error:
        check_pattern(pattern)
    assert str(error.value).endswith(".")


@pytest.mark.django_db
@pytest.mark.backends
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(REPEATS)), max_size=6),
    st.lists(st.text(alphabet="abcä中.(1٣\n %s-", max_size=6), min_size=1, max_size=8),
)
def test_both_engines_agree(pieces: list[tuple[str, str]], texts: list[str]) -> None:
    pattern = "".join(piece + ("" if piece == "|" else repeat) for piece, repeat in pieces) or "a"
    check_pattern(pattern)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(t ~ %s ORDER BY n)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS u (t, n)",
            [sql_pattern(pattern), texts],
        )
        found = cursor.fetchone()[0]
    assert found == [python_pattern(pattern).fullmatch(text) is not None for text in texts]
