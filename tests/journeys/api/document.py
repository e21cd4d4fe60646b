"""The OpenAPI document put to the test: calls made of it, asked of the server, answers compared.

The calls come from schemathesis: for each operation those at the edges of what the document says
(`edges`), and random ones. What is made at random rarely names anything that exists, so most calls
get the names of a small world. Every call is taken back, so that each meets the same world.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from config.wake import no_wakes

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
MODES: Final = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
# The path of an operation → what its address names in the world of the test.
Names = Callable[[str], Mapping[str, Any]]


def written() -> dict[str, Any]:
    """The document as the product serves it."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    made: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return copy.deepcopy(made)


@dataclass
class Trial:
    """A document, a key that may everything, and what was found wrong, by what it is."""

    token: str
    names: Names
    document: dict[str, Any] = field(default_factory=written)
    asked: int = 0
    statuses: set[int] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schema = schemathesis.openapi.from_dict(self.document)
        self.app = WSGIHandler()

    def operations(self) -> list[Any]:
        """All of the document, in its order."""
        return [found.ok() for found in self.schema.get_all_operations()]

    def edges(self, operation: Any, most: int | None = None) -> None:
        """Ask at the edges of what is allowed: each limit met, passed, and each part left out. With
        `most` no more than so many, evenly of all."""
        config = self.schema.config.generation_for(operation=operation, phase="coverage")
        cases = list(
            self.schema.iter_coverage_cases(
                operation,
                generation_modes=MODES,
                generation_config=config,
                extra_data_source=None,
                error_feedback=None,
                session=None,
            )
        )
        step = 1 if most is None else max(1, -(-len(cases) // most))
        for case in cases[::step]:
            self.ask(case, is_known=True)

    def random(self, operation: Any, examples: int, salt: int = 0) -> None:
        """Ask so many random calls."""
        drawn = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES))

        @seed(salt)
        @settings(
            max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(drawn, st.integers(0, 3))
        def ask(case: Any, kind: int) -> None:
            self.ask(case, is_known=kind > 0)

        ask()

    def ask(self, case: Any, *, is_known: bool) -> None:
        """Send it, look at the answer, and take back what it did."""
        if is_known:
            case.path_parameters = {**(case.path_parameters or {}), **self.names(case.path)}
        self.asked += 1
        cache.clear()  # the limit of calls a minute is not what is tried here
        headers = {"Authorization": f"Bearer {self.token}"}
        with no_wakes(), kept_connection(), transaction.atomic():
            answer = case.call(app=self.app, base_url="http://testserver", headers=headers)
            transaction.set_rollback(True)
        self.statuses.add(answer.status_code)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                title = getattr(failure, "title", "")
                what = f"{case.operation.label}: {title}, {answer.status_code}"
                told = f"{failure}\n{case.as_curl_command()[:800]}\n{answer.content[:400]!r}"
                self.wrong.setdefault(what, told)

    def report(self) -> str:
        """What was wrong, each once, with the call that shows it."""
        return "\n\n".join(f"{what}\n{told}" for what, told in self.wrong.items())


@contextmanager
def kept_connection() -> Iterator[None]:
    """A request would close its connection, and with it the world of the test."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)
