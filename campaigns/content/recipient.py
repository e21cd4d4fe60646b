"""To whom a text is said: the variables of a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Recipient:
    """A customer as a template sees her, and what led to the message.

    `context` is what the journey gave along: `event` (the properties of the event), `journey`, and
    `vars`, what its acts have found out, such as a coupon's code. `pages` are the addresses of her
    own pages by name, such as `unsubscribe_url`.
    """

    customer_id: int
    display_name: str = ""
    language: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    brand: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def brand_language(self) -> str:
        return str(self.brand.get("language", ""))

    def variables(self) -> dict[str, Any]:
        """What a template may use. An attribute or name that is empty counts as missing."""
        known = {key: value for key, value in self.attributes.items() if value not in (None, "")}
        customer: dict[str, Any] = {**known, "attributes": known, "id": self.customer_id}
        if self.display_name:
            customer["name"] = customer["display_name"] = self.display_name
        if self.language:
            customer["language"] = self.language
        event = self.context.get("event")
        properties = event if isinstance(event, Mapping) else {}
        if isinstance(properties.get("properties"), Mapping):
            properties = {**properties, **properties["properties"]}
        journey = self.context.get("journey")
        return {
            **self.pages,
            "customer": customer,
            "event": dict(properties),
            "journey": dict(journey) if isinstance(journey, Mapping) else {},
            "brand": dict(self.brand),
            "vars": dict(found) if isinstance(found := self.context.get("vars"), Mapping) else {},
        }
