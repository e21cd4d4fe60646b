"""Reads of this floor: what pages, admin and API show."""
