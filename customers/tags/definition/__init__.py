"""Definitions of tags as data: read them, say them in words, write them. Schema version 1."""

from customers.tags.definition.nodes import Definition, Fact, Model
from customers.tags.definition.read import read_definition
from customers.tags.definition.say import say

SCHEMA_VERSION = 1

__all__ = ["SCHEMA_VERSION", "Definition", "Fact", "Model", "read_definition", "say"]
