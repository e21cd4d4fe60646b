"""Recorded history walked through the engine, the gate and the outbox with a virtual clock."""
