"""The engine: enroll, claim, walk, write. See `advance` for one batch, step by step."""
