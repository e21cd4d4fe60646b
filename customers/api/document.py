"""What the OpenAPI document says of every operation alike, so that no view has to repeat it.

Called by drf-spectacular when the document is made; see SPECTACULAR_SETTINGS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from customers.api.problems import MEDIA_TYPE
from customers.api.repeats import HEADER, REPLAYED

METHODS: Final = ("get", "put", "post", "patch", "delete")
PROBLEM: Final = "#/components/schemas/ProblemAnswer"
ALIKE: Final = {
    "404": "There is no such thing, or none that your brand may see.",
    "405": "No such method here; `Allow` has those that are.",
    "406": "`Accept` names nothing in which this can be answered.",
}
REPEATED: Final = {
    "409": "The same call with this idempotency key is being carried out; see Retry-After.",
    "422": "The idempotency key was used for another call.",
}
# Code and words of everything in an address are of this form, else nothing is called so.
SLUG: Final = "^[-a-zA-Z0-9_]+$"
BIGGEST_ID: Final = 2**63 - 1
TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
HEADERS: Final = {
    "RateLimit-Policy": {
        "schema": TEXT,
        "description": "How many calls the key may make (q) in how many seconds (w).",
    },
    "RateLimit": {
        "schema": TEXT, "description": "How many of them are left (r), for how many seconds (t)."
    },
    "ETag": {"schema": TEXT, "description": "Mark of this answer."},
    "Retry-After": {"schema": NUMBER, "description": "Seconds until the next call."},
}  # fmt: skip
IF_NONE_MATCH: Final = {
    "in": "header",
    "name": "If-None-Match",
    "schema": TEXT,
    "description": "`ETag` of the answer that you have: 304 when nothing is new.",
}
IDEMPOTENCY_KEY: Final = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Makes it safe to send the call again within 24 hours: what was done is not "
    f"done again, and the answer is the same, with the header {REPLAYED}. A UUID will do.",
}


def finish(result: dict[str, Any], **_made: Any) -> dict[str, Any]:
    """Complete the document: problems as what they are sent as, and the answers of all calls."""
    _simplify(result["components"]["schemas"])
    result["components"]["headers"] = {name: dict(says) for name, says in HEADERS.items()}
    problems = _problems(result)
    for path, method, operation in _operations(result):
        answers = operation["responses"]
        alike = dict(ALIKE) if "{" in path else {code: ALIKE[code] for code in ("405", "406")}
        if method == "post":
            _add_repeats(operation, answers)
        for code, words in alike.items():
            answers.setdefault(code, _problem(words))
        for code, answer in answers.items():
            if code >= "400":
                _as_problem(answer, problems)
        if operation.get("security"):
            _add_headers(method, operation, answers)
        for parameter in operation.get("parameters", []):
            _bound(parameter)
        operation["responses"] = dict(sorted(answers.items()))
    return result


# helpers


def _operations(result: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in result["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def _problems(result: Mapping[str, Any]) -> set[str]:
    """References to the schemas that are problems, with more members or without."""
    schemas = result["components"]["schemas"]
    parts = {"type", "title", "status", "detail"}
    return {
        f"#/components/schemas/{name}"
        for name, schema in schemas.items()
        if parts <= schema.get("properties", {}).keys()
    }


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM}}}}


def _as_problem(answer: dict[str, Any], problems: set[str]) -> None:
    """Problems are sent as problem+json, also where the answer could be YAML; what has another
    shape stays what it is."""
    found = {
        MEDIA_TYPE if each["schema"].get("$ref") in problems else kind: each
        for kind, each in (answer.get("content") or {}).items()
    }
    answer["content"] = found or _problem("")["content"]


def _add_repeats(operation: dict[str, Any], answers: dict[str, Any]) -> None:
    """A change may be repeated by its key."""
    operation.setdefault("parameters", []).append(dict(IDEMPOTENCY_KEY))
    for code, words in REPEATED.items():
        held = answers.setdefault(code, _problem(words))
        held.setdefault("content", {}).setdefault(MEDIA_TYPE, {"schema": {"$ref": PROBLEM}})
        if words not in held["description"]:
            held["description"] = f"{held['description']} Or: {words}".strip()


def _add_headers(method: str, operation: dict[str, Any], answers: dict[str, Any]) -> None:
    """Every answer to a valid key tells its limit; what is read has a mark."""
    for code, answer in answers.items():
        names = [] if code == "401" else ["RateLimit-Policy", "RateLimit"]
        names += ["ETag"] if method == "get" and code == "200" else []
        names += ["Retry-After"] if code == "429" else []
        if names:
            headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
            answer["headers"] = {**headers, **answer.get("headers", {})}
    if method == "get":
        operation.setdefault("parameters", []).append(dict(IF_NONE_MATCH))
        answers["304"] = {"description": "Nothing is new since `If-None-Match`."}


def _bound(parameter: dict[str, Any]) -> None:
    """Say what a part of the address can be at all."""
    if parameter["in"] != "path":
        return
    schema = parameter["schema"]
    if schema.get("type") == "integer":
        schema.update(minimum=0, maximum=BIGGEST_ID)
    elif "enum" not in schema:
        schema.setdefault("pattern", SLUG)


def _simplify(part: Any) -> None:
    """Something or null is anything; written as a choice it would be valid twice."""
    if isinstance(part, list):
        for each in part:
            _simplify(each)
    elif isinstance(part, dict):
        if {} in part.get("oneOf", ()):
            del part["oneOf"]
        for each in part.values():
            _simplify(each)
