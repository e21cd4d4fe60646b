"""Calls of other systems: signed, guarded, retried; never inside the engine's transaction."""
