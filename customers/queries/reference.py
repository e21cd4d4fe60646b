"""The OpenAPI document as a page reads it: calls by topic, with what goes in and what comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator

METHODS: Final = ("get", "post", "put", "patch", "delete")
DEEP: Final = 4  # levels of an example
SHOWN: Final = ("path", "query", "header")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the address or a header."""

    name: str
    place: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back."""

    code: str
    text: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    parameters: Sequence[Parameter]
    body: str
    answers: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Topic:
    """Calls that belong together."""

    name: str
    operations: Sequence[Operation]


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    """All calls by topic, as the document has them; it is the same as long as the process runs."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found: dict[str, list[Operation]] = {}
    for path, method, says in _operations(document):
        name = (says.get("tags") or ["other"])[0]
        found.setdefault(name, []).append(_operation(document, path, method, says))
    return tuple(Topic(name, found[name]) for name in sorted(found))


# helpers


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def _operation(
    document: Mapping[str, Any], path: str, method: str, says: dict[str, Any]
) -> Operation:
    body = says.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Operation(
        says["operationId"],
        method.upper(),
        path,
        says.get("summary", ""),
        " ".join(says.get("description", "").split()),
        [
            Parameter(
                each["name"], each["in"], _kind(each["schema"]), each.get("required", False),
                " ".join(each.get("description", "").split()),
            )
            for each in says.get("parameters", [])
            if each["in"] in SHOWN
        ],
        _body(document, body),
        [
            Answer(code, " ".join(each.get("description", "").split()),
                   _good(document, each) if code < "300" else "")
            for code, each in says["responses"].items()
        ],
    )  # fmt: skip


def _body(document: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    if not content:
        return ""
    examples: list[dict[str, Any]] = list(content.get("examples", {}).values())
    if examples and "value" in examples[0]:
        value = examples[0]["value"]
    else:
        value = _example(document, content.get("schema", {}), DEEP)
    return json.dumps(value, indent=1, ensure_ascii=False)


def _good(document: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    content = answer.get("content", {}).get("application/json")
    if not content:
        return ""
    value = _example(document, content.get("schema", {}), DEEP)
    return json.dumps(value, indent=1, ensure_ascii=False)


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    return str(schema.get("type", "string"))


def _example(document: Mapping[str, Any], schema: Mapping[str, Any], left: int) -> Any:
    """A value of this shape, to be read and not to be sent."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _example(document, document["components"]["schemas"][name], left)
    for choice in ("oneOf", "allOf", "anyOf"):
        if schema.get(choice):
            return _example(document, schema[choice][0], left)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object" or "properties" in schema:
        if left == 0 or "properties" not in schema:
            return {}
        parts = schema["properties"].items()
        return {name: _example(document, part, left - 1) for name, part in parts}
    if kind == "array":
        return [_example(document, schema.get("items", {}), left - 1)] if left else []
    plain: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
    if kind in plain:
        return plain[kind]
    return {"date-time": "2026-01-31T09:30:00Z", "date": "2026-01-31"}.get(
        schema.get("format", ""), "…"
    )
