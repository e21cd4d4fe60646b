"""Segments: who is in them, how large they are and were."""

from customers.segments.build import Built, build

__all__ = ["Built", "build"]
