"""Benches of this floor: what the gate decides and the outbox hands over in a second."""

from campaigns.bench import gate, send

__all__ = ["gate", "send"]
