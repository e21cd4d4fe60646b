"""The audience language: read it, compile it to SQL, ask it, say it in words."""

from customers.rules.chance import fraction, fraction_sql
from customers.rules.compile import audience, compile_node, compile_rule
from customers.rules.conditions import register_reach
from customers.rules.duration import read_duration, say_duration, write_duration
from customers.rules.nodes import Compiled, PropertyCondition, Rule
from customers.rules.problem import Problem, RuleError
from customers.rules.properties import compile_property_condition, matches
from customers.rules.read import read_property_condition, read_rule
from customers.rules.run import count, evaluate
from customers.rules.say import say, say_clause, say_property
from customers.rules.schema import SCHEMA_VERSION, json_schema
from customers.rules.vocabulary import Vocabulary
from customers.rules.where import Where

__all__ = [
    "SCHEMA_VERSION",
    "Compiled",
    "Problem",
    "PropertyCondition",
    "Rule",
    "RuleError",
    "Vocabulary",
    "Where",
    "audience",
    "compile_node",
    "compile_property_condition",
    "compile_rule",
    "count",
    "evaluate",
    "fraction",
    "fraction_sql",
    "json_schema",
    "matches",
    "read_duration",
    "read_property_condition",
    "read_rule",
    "register_reach",
    "say",
    "say_clause",
    "say_duration",
    "say_property",
    "write_duration",
]
