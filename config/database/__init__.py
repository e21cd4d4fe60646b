"""The database backend: Django's own for PostgreSQL, with pools, plain errors and lazy starts."""
