"""The Liquid that contents are written in: bounded, without access to anything but its variables.

The same template is read by up to three environments: for plain text, for HTML (values are
escaped), and leniently, where a missing value is empty instead of an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ClassVar

from liquid import Environment, Mode, StrictDefaultUndefined, Undefined
from liquid.exceptions import FilterArgumentError, LocalNamespaceLimitError

from campaigns.content.quick import QuickOutput

# A mail of a megabyte is read by nobody, and mail servers cut or refuse it.
LARGEST_OUTPUT = 500_000
LARGEST_VALUE = 500_000
MOST_ITERATIONS = 2_000
LARGEST_NAMESPACE = 200_000
LONGEST_SOURCE = 200_000
LONGEST_DATE_FORMAT = 100

# Nothing to include, since each template stands alone, and nothing that inherits.
NO_TAGS = ("include", "render", "extends", "block", "macro", "call", "snippet")


class MissingValue(StrictDefaultUndefined):
    """A value that is not there: it may be asked for (`if`, `default`), never written out."""

    allowed_properties = StrictDefaultUndefined.allowed_properties | {
        "__bool__",
        "__class__",
        "__eq__",
        "__hash__",
        "__liquid__",
    }

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or other is False

    def __hash__(self) -> int:
        return 0


class Bounded(Environment):
    """Liquid with limits, so that no template can hold up the outbox."""

    loop_iteration_limit: ClassVar[int | None] = MOST_ITERATIONS
    output_stream_limit: ClassVar[int | None] = LARGEST_OUTPUT
    local_namespace_limit: ClassVar[int | None] = LARGEST_NAMESPACE
    block_nesting_limit: ClassVar[int] = 20
    context_depth_limit: ClassVar[int] = 20


class Brief(Bounded):
    """For texts that the engine makes for thousands of customers in one transaction."""

    loop_iteration_limit: ClassVar[int | None] = 200
    output_stream_limit: ClassVar[int | None] = 64_000
    local_namespace_limit: ClassVar[int | None] = 20_000
    block_nesting_limit: ClassVar[int] = 8
    context_depth_limit: ClassVar[int] = 8


@cache
def environment(*, html: bool, lenient: bool, brief: bool = False) -> Bounded:
    """The environment for HTML or plain text; *lenient*: a missing value is empty.

    Otherwise writing out a missing value raises liquid.exceptions.UndefinedError, unless the
    template gives it a default. *brief* sets closer limits.
    """
    made = (Brief if brief else Bounded)(
        tolerance=Mode.STRICT,
        undefined=Undefined if lenient else MissingValue,
        strict_filters=True,
        autoescape=html,
    )
    for tag in NO_TAGS:
        made.tags.pop(tag, None)
    made.add_tag(QuickOutput)
    # Values come from customers and shops: none of them may write HTML.
    made.filters.pop("safe", None)
    for name in ("replace", "join", "date", "append", "prepend", "newline_to_br", "escape"):
        made.filters[name] = _bounded(name, made.filters[name])
    made.filters["json"] = as_json
    return made


def as_json(value: Any) -> str:
    """A value as JSON, a text with its quotation marks: nothing in it can end the text around it.

    Nothing that is missing has a meaning here: it is null.
    """
    if isinstance(value, Undefined):
        return "null"
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        raise FilterArgumentError(f"json: {error}", token=None) from error
    if len(text) > LARGEST_VALUE:
        raise LocalNamespaceLimitError("json: the value becomes too large", token=None)
    return text


# helpers


def _bounded(name: str, filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that refuses before it makes a value larger than a message may be.

    The limits of the library look at loops, variables and output, not at a value inside one
    expression: `"x" | replace: "x", "xxxxxxxxxx" | replace: …` would fill the memory.
    """

    @wraps(filter_)
    def bounded(value: Any, *args: Any, **kwargs: Any) -> Any:
        if _size_after(name, value, args) > LARGEST_VALUE:
            raise LocalNamespaceLimitError(f"{name}: the value becomes too large", token=None)
        return filter_(value, *args, **kwargs)

    return bounded


def _size_after(name: str, value: Any, args: tuple[Any, ...]) -> int:
    """At most how long the result will be; 0 for a value that can't grow."""
    given = [str(arg) for arg in args if isinstance(arg, str)]
    match name, value:
        case "replace", str():
            old = given[0] if given else ""
            new = given[1] if len(given) > 1 else ""
            times = value.count(old) if old else len(value) + 1
            return len(value) + times * len(new)
        case "join", list() | tuple():
            return sum(len(str(item)) for item in value) + len(value) * len("".join(given))
        case "date", _:
            pattern = given[0] if given else ""
            # A width makes the C library fill up with that many blanks.
            return LARGEST_VALUE + 1 if _too_wide(pattern) else 0
        case (("append" | "prepend"), str()):
            return len(value) + len("".join(given))
        case (("newline_to_br" | "escape"), str()):
            return 6 * len(value)
    return 0


def _too_wide(pattern: str) -> bool:
    return len(pattern) > LONGEST_DATE_FORMAT or bool(re.search(r"%[^a-zA-Z%]*\d", pattern))
