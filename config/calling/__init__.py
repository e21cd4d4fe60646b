"""Calls of other systems over HTTP: guarded, bounded in time and size, and honest about how far
they came. `guard` says where a call may go, `line` makes it."""
