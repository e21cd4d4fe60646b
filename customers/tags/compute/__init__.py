"""Works out the values of a tag, set-based: a definition becomes a few statements."""

from customers.tags.compute.frame import Frame
from customers.tags.compute.values import compute, needs_figures

__all__ = ["Frame", "compute", "needs_figures"]
