"""Tags for pages: the list, one tag, its changes. Figures are those of the last count."""

from customers.queries.tags.listing import Filters
from customers.queries.tags.visible import visible

__all__ = ["Filters", "visible"]
