"""The audience language: read it, compile it to SQL, ask it, say it in words. Schema version 1."""

from customers.rules.chance import fraction, fraction_sql
from customers.rules.compile import compile_rule
from customers.rules.duration import read_duration, say_duration, write_duration
from customers.rules.nodes import Compiled, PropertyCondition, Rule
from customers.rules.problem import Problem, RuleError
from customers.rules.properties import compile_property_condition, matches
from customers.rules.read import read_property_condition, read_rule
from customers.rules.run import audience, count, evaluate
from customers.rules.say import say, say_clause, say_property
from customers.rules.vocabulary import Vocabulary

SCHEMA_VERSION = 1

__all__ = [
    "SCHEMA_VERSION",
    "Compiled",
    "Problem",
    "PropertyCondition",
    "Rule",
    "RuleError",
    "Vocabulary",
    "audience",
    "compile_property_condition",
    "compile_rule",
    "count",
    "evaluate",
    "fraction",
    "fraction_sql",
    "matches",
    "read_duration",
    "read_property_condition",
    "read_rule",
    "say",
    "say_clause",
    "say_duration",
    "say_property",
    "write_duration",
]
