"""One-ID: the normal form of identities, and which customer they belong to."""
