"""What the calls about segments and rules share: the key, its rights, and refusals as problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from customers.access import Right
from customers.api.base import Keyed
from customers.api.body import read_json
from customers.api.problems import Problem, bad_request
from customers.models import ApiKey, Segment
from customers.queries.segments import visible
from customers.rules import RuleError
from customers.rules.problem import Problem as RuleProblem
from customers.scope import Scope


class Call(Keyed):
    """A call with a key; `rights` says which scope each method needs beside "see"."""

    rights: ClassVar[Mapping[str, Right]] = {}

    @property
    def scope(self) -> str:
        """What the key must have for this call."""
        return self.rights.get(self.request.method or "", Right.SEE).value


def key_of(request: Request) -> ApiKey:
    """The key of a call that was let in."""
    return cast(ApiKey, request.auth)


def scope_of_key(request: Request) -> Scope:
    """What the key may look at: its brand, and what all brands share."""
    brand = key_of(request).brand
    return Scope([brand], brand, False)


def segment_of(request: Request, code: str) -> Segment:
    """The segment called *code*; one of another brand does not exist for this key."""
    found = visible(scope_of_key(request)).filter(code=code).first()
    if found is None:
        raise NotFound(_("Your brand has no segment “%s”.") % code)
    return found


def object_of(request: Request, known: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """The body as an object of known keys, each of its type. Raises a Problem (400)."""
    body = read_json(request._request)
    if not isinstance(body, dict):
        raise bad_request(_("An object is expected, {…}."))
    for name, value in body.items():
        if name not in known:
            words = _("“%(key)s” is not known here. Expected are: %(known)s.")
            shown = str(name)[:40].replace("\x00", "?")
            raise bad_request(words % {"key": shown, "known": ", ".join(known)})
        kinds = known[name]
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        # A yes or no is no number, though Python takes it for one.
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            words = _("The value of “%(key)s” is not of the right type: %(value)s came.")
            raise bad_request(words % {"key": name, "value": repr(value)[:60]})
        if isinstance(value, str) and "\x00" in value:
            raise bad_request(
                _("“%(key)s” holds a character that can't be stored.") % {"key": name}
            )
    return body


def whole_number(request: Request, name: str, default: int, most: int) -> int:
    """A number of the address, from 0 to *most*. Raises a Problem (400)."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= most):
        words = _("“%(key)s” is a whole number from 0 to %(most)s.")
        raise bad_request(words % {"key": name, "most": most})
    return int(text)


@contextmanager
def told() -> Iterator[None]:
    """What an action refuses is answered 422, with every place in the rule that is wrong."""
    try:
        yield
    except RuleError as error:
        raise refused_rule(error.problems) from error
    except ValidationError as error:
        raise Problem(422, _("It can't be done"), _sentence(error)) from error


def refused_rule(problems: list[RuleProblem]) -> Problem:
    """A rule that can't be used: each place with its reason."""
    refused = [each for each in problems if not each.is_warning]
    words = " ".join(f"{each.place}: {each.text}" for each in refused[:3])
    places = [{"place": each.place, "text": each.text} for each in refused]
    return Problem(422, _("The rule can't be used"), words, problems=places)


# helpers


def _sentence(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
